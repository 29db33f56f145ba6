//! Organizations: creating, changing and removing them.

use rand::Rng;

use super::changes::{Edit, OrganizationChanges};
use super::{AdminError, AdminRows, AdminWrite, AdminWrites, Source};
use crate::base::ids::prefixed;
use crate::directory::change::Change;
use crate::directory::model::{DirectoryState, DomainState, Organization, OrganizationDetails, OrganizationDomain};

impl AdminWrites {
    pub(super) fn add_organization<R: Rng>(
        &mut self,
        name: &str,
        changes: OrganizationChanges,
        rows: &AdminRows,
        source: &mut Source<'_, R>,
    ) -> Result<Organization, AdminError> {
        let mut organization = Organization {
            id: prefixed("org", (source.next_id)()),
            name: name.to_owned(),
            domains: Vec::new(),
            external_id: None,
            details: OrganizationDetails::default(),
            created_at: source.now,
            updated_at: source.now,
        };
        changes.apply(&mut organization, rows, source)?;
        self.rows.push(AdminWrite::InsertOrganization(organization.clone()));
        Ok(organization)
    }

    pub(super) fn set_organization<R: Rng>(
        &mut self,
        mut organization: Organization,
        changes: OrganizationChanges,
        rows: &AdminRows,
        source: &mut Source<'_, R>,
    ) -> Result<(), AdminError> {
        let before = organization.clone();
        changes.apply(&mut organization, rows, source)?;
        if organization != before {
            organization.updated_at = source.now.max(before.updated_at);
            self.rows.push(AdminWrite::UpdateOrganization(organization.clone()));
        }
        self.outcome.organization = Some(organization);
        Ok(())
    }

    /// Removes an organization with its directories. The only events are those of the directories.
    pub(super) fn remove_organization<R: Rng>(
        &mut self,
        organization: Organization,
        rows: AdminRows,
        source: &Source<'_, R>,
    ) {
        for directory in rows.directories {
            self.remove_directory(directory, source);
        }
        self.rows.push(AdminWrite::DeleteOrganization { id: organization.id.clone(), at: source.now });
        self.outcome.organization = Some(organization);
    }

    /// Removes a directory. `dsync.deleted` is the only event: users, groups and tokens go without one (WorkOS).
    pub(super) fn remove_directory<R: Rng>(
        &mut self,
        mut directory: crate::directory::Directory,
        source: &Source<'_, R>,
    ) {
        // A directory that is being deleted already was reported.
        if directory.state != DirectoryState::Deleting {
            directory.state = DirectoryState::Deleting;
            directory.updated_at = source.now.max(directory.updated_at);
            self.organization = Some(directory.organization_id.clone());
            self.rows.push(AdminWrite::DeleteDirectory(directory.clone()));
            self.publish(&Change::Removed(Box::new(directory.clone())));
        }
        self.outcome.directory = Some(directory);
    }
}

impl OrganizationChanges {
    fn apply<R: Rng>(
        self,
        organization: &mut Organization,
        rows: &AdminRows,
        source: &mut Source<'_, R>,
    ) -> Result<(), AdminError> {
        let others = |owner: &&(String, String)| owner.1 != organization.id;
        if let Some((domain, _)) = rows.domain_owners.iter().find(others) {
            return Err(AdminError::DomainTaken(domain.clone()));
        }
        if let (Some(id), Some(owner)) = (self.external_id.value(), &rows.external_id_owner)
            && *owner != organization.id
        {
            return Err(AdminError::ExternalIdTaken(id.clone()));
        }
        organization.name = self.name.unwrap_or_else(|| std::mem::take(&mut organization.name));
        if let Some(domains) = self.domains {
            organization.domains = renewed(&organization.domains, domains, source);
        }
        self.external_id.apply(&mut organization.external_id);
        let details = &mut organization.details;
        match self.metadata {
            Edit::Keep => {}
            Edit::Clear => details.metadata.clear(),
            Edit::Set(changes) => {
                for (key, value) in changes {
                    match value {
                        Some(value) => drop(details.metadata.insert(key, value)),
                        None => drop(details.metadata.remove(&key)),
                    }
                }
            }
        }
        self.stripe_customer_id.apply(&mut details.stripe_customer_id);
        if let Some(allow) = self.allow_profiles_outside_organization {
            details.allow_profiles_outside_organization = allow;
        }
        if details.metadata.len() > crate::base::limits::METADATA_KEYS {
            return Err(AdminError::TooMuchMetadata);
        }
        Ok(())
    }
}

/// Returns the domains of an organization. Those that it already has keep their IDs.
fn renewed<R: Rng>(
    before: &[OrganizationDomain],
    wanted: Vec<(String, DomainState)>,
    source: &mut Source<'_, R>,
) -> Vec<OrganizationDomain> {
    let domain = |(domain, state): (String, DomainState)| {
        let known = before.iter().find(|known| known.domain == domain);
        let (id, created_at) = match known {
            Some(known) if known.state == state => return known.clone(),
            Some(known) => (known.id.clone(), known.created_at),
            None => (prefixed("org_domain", (source.next_id)()), source.now),
        };
        OrganizationDomain { id, domain, state, created_at, updated_at: source.now }
    };
    wanted.into_iter().map(domain).collect()
}

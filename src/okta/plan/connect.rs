//! The connection test, the list of groups that Okta keeps, and imports.

use std::collections::BTreeSet;

use serde_json::Value;

use super::call::Call;
use super::job::{Job, Next};
use super::response;
use super::task::TaskError;
use crate::okta::mapping::Mapping;
use crate::okta::org::{ClientKind, ImportedDetails, JobKind, PersonId};
use crate::wire::Exchange;

/// The page size of an import (REF20).
const PAGE: u64 = 100;
/// The maximum number of pages in one import, so that a target with a wrong total cannot make a run endless.
const PAGES: u64 = 1_000;

impl Job {
    /// Queues the connection test. `groups` is set if Okta reads the groups as well (AZLAB-2), `saving` if the connection
    /// is being saved.
    pub(super) fn test_connection(&mut self, groups: bool, saving: bool) {
        self.queue.push_back(Call::TestConnection);
        if saving && self.settings.client == ClientKind::Oiw {
            self.queue.push_back(Call::ReadSchemas);
        }
        if groups {
            self.queue.push_back(Call::ImportPage { groups: true, start: 1 });
        }
    }

    pub(super) fn handle_list_response(&mut self, call: &Call, exchange: &Exchange) -> Result<Next, TaskError> {
        let importing = matches!(self.spec.kind, JobKind::Import { .. });
        let failed = if importing { TaskError::Import } else { TaskError::Connection };
        let response = response::success(exchange).map_err(failed)?;
        let list = response::list(response).map_err(TaskError::NotAList)?;
        if let Call::ImportPage { groups, start } = *call {
            self.add_read(groups, &list.resources);
            let next = start + PAGE;
            if next <= list.total && !list.resources.is_empty() {
                if next > PAGE * PAGES {
                    return Err(TaskError::TooManyPages(PAGES));
                }
                self.queue.push_front(Call::ImportPage { groups, start: next });
                return Ok(Next::Continue);
            }
            if importing && !groups {
                self.find_missing()?;
            }
            if !groups && matches!(self.spec.kind, JobKind::Import { groups: true }) {
                self.queue.push_back(Call::ImportPage { groups: true, start: 1 });
            }
        }
        Ok(Next::Continue)
    }

    /// Finds the people whose account is not among the users that were read. If they are too many, the import stops.
    fn find_missing(&mut self) -> Result<(), TaskError> {
        let read: BTreeSet<&String> = self.result.users.values().collect();
        let linked = &self.settings.linked;
        let missing: Vec<PersonId> =
            linked.iter().filter(|(_, id)| !read.contains(id)).map(|(person, _)| *person).collect();
        let (removed, users, rules) = (missing.len(), linked.len(), &self.settings.import_rules);
        if rules.stops(removed, users) {
            return Err(TaskError::ImportSafeguard { removed, users, percent: rules.safeguard });
        }
        self.result.missing = missing;
        Ok(())
    }

    fn add_read(&mut self, groups: bool, resources: &[Value]) {
        let (name, read) = if groups {
            ("displayName", self.result.groups.get_or_insert_default())
        } else {
            ("userName", &mut self.result.users)
        };
        for resource in resources {
            // Okta counts inactive users as removed and does not import them (CONCEPT, AZLAB-19).
            if !groups && resource.get("active") == Some(&Value::Bool(false)) {
                self.result.inactive += 1;
            } else if let (Some(id), Some(name)) = (response::id(resource), resource.get(name).and_then(Value::as_str))
            {
                read.insert(name.to_owned(), id);
                if !groups {
                    let details = details(resource, &self.settings.mapping);
                    self.result.details.insert(name.to_owned(), details);
                }
            }
        }
    }
}

/// Returns the attributes of a user. The primary e-mail address is the one that Okta uses (CONNECT).
fn details(user: &Value, mapping: &Mapping) -> ImportedDetails {
    let emails = user.get("emails").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let primary = emails.iter().find(|email| email.get("primary") == Some(&Value::Bool(true)));
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    let name = |part: &str| text(user.get("name").and_then(|name| name.get(part)));
    let email = text(primary.or_else(|| emails.first()).and_then(|email| email.get("value")));
    ImportedDetails { email, name: name("givenName").zip(name("familyName")), profile: mapping.profile_of(user) }
}

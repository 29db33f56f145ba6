//! Applying a command to the rows that it names.

use jiff::Timestamp;
use ulid::Ulid;

use super::change::{Change, DirectoryRef, Transition, UserWithProfile};
use super::command::Command;
use super::model::{Directory, DirectoryGroup, DirectoryUser, UserState};
use super::profile::{Profile, email, is_active, text};
use crate::base::ids::prefixed;
use crate::events::OnDeactivate;
use crate::scim::attr::fold;
use crate::scim::resource::{Kind, Resource};
use crate::scim::{Object, RuleSet, Rules, Schemas, ScimError};

/// The directory user or group of a resource.
#[derive(Debug, Clone, PartialEq)]
pub enum Entity {
    User(DirectoryUser),
    Group(DirectoryGroup),
}

/// A resource with its directory user or group. A user deactivated in `delete` mode has no directory user.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject {
    pub resource: Resource,
    pub entity: Option<Entity>,
}

/// The inputs of a command besides its rows.
#[derive(Debug)]
pub struct ApplyContext<'a> {
    pub directory: &'a Directory,
    pub rules: Rules,
    pub schemas: &'a Schemas,
    /// The present, in whole milliseconds, so that the response shows exactly what is stored.
    pub now: Timestamp,
    /// The ID of a new resource.
    pub resource_id: Ulid,
    /// The ID of a new directory user or group.
    pub entity_id: Ulid,
    /// The `idp_id` of each group that the user is a direct member of; empty if the directory gives no roles.
    pub groups: Vec<String>,
    /// The directory has event streams, so that changes are described for them.
    pub has_streams: bool,
}

impl ApplyContext<'_> {
    /// Combines a directory user with its document.
    fn user(&self, row: DirectoryUser, document: &Object) -> UserWithProfile {
        let profile = Profile::of(document, &self.directory.settings.users);
        UserWithProfile { row, profile, groups: self.groups.clone() }
    }

    /// Returns the e-mail address that a command gives to an active user, if no other active user may have it.
    fn claimed_email(&self, before: Option<Held<'_>>, after: Option<Held<'_>>) -> Option<String> {
        if self.directory.settings.rules != RuleSet::Workos {
            return None;
        }
        let held = |held: Option<Held<'_>>| {
            let (entity, document) = held?;
            let is_active = matches!(entity, Entity::User(DirectoryUser { state: UserState::Active, .. }));
            email(document).filter(|_| is_active)
        };
        let already = held(before).map(|email| fold(&email));
        held(after).filter(|email| Some(fold(email)) != already)
    }
}

/// A directory user with its document.
type Held<'a> = (&'a Entity, &'a Object);

/// The result of a command.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The rows afterwards; `None` after a delete.
    pub subject: Option<Subject>,
    /// Set if anything must be written. A command that changes nothing leaves version and times alone.
    pub changed: bool,
    /// The change that events report.
    pub change: Change,
    /// A name that must be unique in the directory, if the command sets a new one.
    pub claim: Option<Claim>,
    /// An e-mail address that no other active user of the directory may have (rules of WorkOS), if the command sets one.
    pub active_email: Option<String>,
}

/// A name that must be unique in its directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// A userName, compared without letter case.
    UserName(String),
    /// A group's identity: `idp_id` (WorkOS: collides with 409). A rename does not change it, so the old name of a
    /// renamed group stays taken.
    GroupIdentity(String),
}

impl Claim {
    /// Returns the 409 for a name that another resource already has.
    #[must_use]
    pub fn taken(&self) -> ScimError {
        match self {
            Self::UserName(name) => {
                ScimError::uniqueness(format!("Another user already exists with this username '{name}'"))
            }
            Self::GroupIdentity(id) => {
                ScimError::uniqueness(format!("Another group already exists with this ID '{id}'"))
            }
        }
    }
}

/// Checks that the resource of a command exists and has the expected version.
///
/// # Errors
/// 404 if it does not exist, 412 if it has another version.
pub fn admit(command: &Command, resource: Option<&Resource>, expected: Option<u64>) -> Result<(), ScimError> {
    let Some(id) = command.id() else { return Ok(()) };
    let kind = command.kind().name();
    let Some(resource) = resource else {
        return Err(ScimError::not_found(format!("{kind} {id} not found")));
    };
    match expected {
        Some(expected) if expected != resource.version => Err(ScimError::new(
            412,
            format!(
                "{kind} {id} is at version W/\"{}\", the request expects W/\"{expected}\"; read it again",
                resource.version
            ),
        )),
        _ => Ok(()),
    }
}

/// Applies a command to its rows. `patched` is the document after a PATCH that was already applied;
/// `membership_changed` is set if the members of the group change.
///
/// # Errors
/// As [`admit`] for a missing resource, and the errors of [`Patch::apply`](crate::scim::patch::Patch::apply).
pub fn apply(
    subject: Option<Subject>,
    command: &Command,
    patched: Option<Object>,
    membership_changed: bool,
    context: &ApplyContext<'_>,
) -> Result<Outcome, ScimError> {
    admit(command, subject.as_ref().map(|subject| &subject.resource), None)?;
    match (command, subject) {
        (Command::Create { kind, document, .. }, _) => Ok(create(*kind, document.clone(), context)),
        (Command::Replace { kind, document, .. }, Some(subject)) => {
            context.schemas.check_immutable(*kind, &subject.resource.document, document)?;
            Ok(revise(subject, document.clone(), membership_changed, context))
        }
        (Command::Patch { kind, patch, .. }, Some(subject)) => {
            let before = &subject.resource.document;
            let document = match (patched, patch.document.as_slice()) {
                (Some(patched), _) => patched,
                (None, []) => before.clone(),
                (None, _) => patch.apply(before, *kind, context.schemas, context.rules)?,
            };
            Ok(revise(subject, document, membership_changed, context))
        }
        (Command::Delete { .. }, Some(subject)) => Ok(delete(subject, context)),
        (_, None) => Err(ScimError::not_found("not found")),
    }
}

fn create(kind: Kind, document: Object, context: &ApplyContext<'_>) -> Outcome {
    let directory = DirectoryRef::from(context.directory);
    let resource = Resource {
        id: context.resource_id.to_string(),
        kind,
        document,
        version: 1,
        created: context.now,
        last_modified: context.now,
    };
    let (entity, change, claim) = match kind {
        Kind::User => {
            let claim = user_name(&resource.document).map(Claim::UserName);
            let user = new_directory_user(&resource, context.now, context);
            let change = user.clone().map_or(Change::Nothing, |row| {
                Change::User(directory, Box::new(Transition::Created(context.user(row, &resource.document))))
            });
            (user.map(Entity::User), change, claim)
        }
        Kind::Group => {
            let group = new_directory_group(&resource, context);
            let change = Change::Group(directory, Box::new(Transition::Created(group.clone())));
            let claim = Claim::GroupIdentity(group.idp_id.clone());
            (Some(Entity::Group(group)), change, Some(claim))
        }
    };
    let active_email = context.claimed_email(None, entity.as_ref().map(|entity| (entity, &resource.document)));
    Outcome { subject: Some(Subject { resource, entity }), changed: true, change, claim, active_email }
}

/// Returns the directory user of a new or reactivated SCIM user. In `delete` mode an inactive user has none.
fn new_directory_user(resource: &Resource, now: Timestamp, context: &ApplyContext<'_>) -> Option<DirectoryUser> {
    let active = is_active(&resource.document);
    let exists = active || context.directory.settings.on_deactivate == OnDeactivate::Keep;
    exists.then(|| DirectoryUser {
        id: prefixed("directory_user", context.entity_id),
        idp_id: text(&resource.document, "externalId").unwrap_or_else(|| resource.id.clone()),
        state: state_of(active),
        created_at: now,
        updated_at: now,
    })
}

fn new_directory_group(resource: &Resource, context: &ApplyContext<'_>) -> DirectoryGroup {
    let name = text(&resource.document, "displayName").unwrap_or_default();
    DirectoryGroup {
        id: prefixed("directory_group", context.entity_id),
        idp_id: text(&resource.document, "externalId").unwrap_or_else(|| name.clone()),
        name,
        created_at: context.now,
        updated_at: context.now,
    }
}

const fn state_of(active: bool) -> UserState {
    if active { UserState::Active } else { UserState::Inactive }
}

/// Returns the userName of a document as it was sent.
fn user_name(document: &Object) -> Option<String> {
    text(document, "userName")
}

/// Gives a resource a new document. If the clock was set back, the times stay at the previous modification.
fn revise(subject: Subject, document: Object, membership_changed: bool, context: &ApplyContext<'_>) -> Outcome {
    if document == subject.resource.document && !membership_changed {
        return Outcome {
            subject: Some(subject),
            changed: false,
            change: Change::Nothing,
            claim: None,
            active_email: None,
        };
    }
    let Subject { resource: before, entity } = subject;
    let now = context.now.max(before.last_modified).max(before.created);
    let resource = Resource { document, version: before.version + 1, last_modified: now, ..before.clone() };
    let directory = DirectoryRef::from(context.directory);
    let entity_before = entity.clone();
    let (entity, change, claim) = match entity {
        Some(Entity::Group(group)) => {
            let name = text(&resource.document, "displayName").unwrap_or_else(|| group.name.clone());
            let updated_at = if name == group.name { group.updated_at } else { now };
            let after = DirectoryGroup { name, updated_at, ..group.clone() };
            let transition = Transition::Updated { before: group, after: after.clone() };
            (Some(Entity::Group(after)), Change::Group(directory, Box::new(transition)), None)
        }
        user => {
            let row = match user {
                Some(Entity::User(row)) => Some(row),
                _ => None,
            };
            let (row, change) = revise_user(row, &before, &resource, context);
            let renamed = user_name(&before.document).map(|name| fold(&name))
                != user_name(&resource.document).map(|name| fold(&name));
            let claim = user_name(&resource.document).filter(|_| renamed).map(Claim::UserName);
            (row.map(Entity::User), change, claim)
        }
    };
    let active_email = context.claimed_email(
        entity_before.as_ref().map(|entity| (entity, &before.document)),
        entity.as_ref().map(|entity| (entity, &resource.document)),
    );
    Outcome { subject: Some(Subject { resource, entity }), changed: true, change, claim, active_email }
}

/// Returns the directory user of a revised document, and its change.
fn revise_user(
    row: Option<DirectoryUser>,
    before: &Resource,
    after: &Resource,
    context: &ApplyContext<'_>,
) -> (Option<DirectoryUser>, Change) {
    let directory = DirectoryRef::from(context.directory);
    let active = is_active(&after.document);
    let now = after.last_modified;
    let Some(row) = row else {
        // `delete` mode: the user was created inactive or was deactivated, and becomes a new directory user once active.
        // Consumers do not know the memberships of this directory user yet, so they are announced.
        let row = active.then(|| new_directory_user(after, now, context)).flatten();
        let change = row.clone().map_or(Change::Nothing, |row| {
            Change::UserWithMemberships(directory, Box::new(context.user(row, &after.document)))
        });
        return (row, change);
    };
    let transition = |of| Change::User(directory, Box::new(of));
    if row.state == UserState::Retained {
        if !active {
            return (Some(row), Change::Nothing);
        }
        // `delete-retained` mode: the user returns with its ID. Its memberships are not announced again.
        let row = DirectoryUser { state: UserState::Active, updated_at: now, ..row };
        let user = context.user(row.clone(), &after.document);
        return (Some(row), transition(Transition::Created(user)));
    }
    let was = context.user(row, &before.document);
    let mut is = context.user(was.row.clone(), &after.document);
    let state = state_of(active);
    let same = was.profile == is.profile && was.row.state == state;
    let updated_at = if same { was.row.updated_at } else { now };
    is.row = DirectoryUser { state, updated_at, ..is.row };
    let deactivated = was.row.state == UserState::Active && !active;
    match context.directory.settings.on_deactivate {
        OnDeactivate::Delete if deactivated => return (None, transition(Transition::Deleted(is))),
        OnDeactivate::DeleteRetained if deactivated => {
            let retained = DirectoryUser { state: UserState::Retained, ..is.row.clone() };
            return (Some(retained), transition(Transition::Deleted(is)));
        }
        _ => {}
    }
    (Some(is.row.clone()), transition(Transition::Updated { before: was, after: is }))
}

fn delete(subject: Subject, context: &ApplyContext<'_>) -> Outcome {
    let directory = DirectoryRef::from(context.directory);
    let change = match subject.entity {
        // Its deletion was reported when it was deactivated.
        Some(Entity::User(row)) if row.state == UserState::Retained => Change::Nothing,
        Some(Entity::User(row)) => {
            let user = context.user(row, &subject.resource.document);
            Change::User(directory, Box::new(Transition::Deleted(user)))
        }
        Some(Entity::Group(group)) => Change::Group(directory, Box::new(Transition::Deleted(group))),
        None => Change::Nothing,
    };
    Outcome { subject: None, changed: true, change, claim: None, active_email: None }
}

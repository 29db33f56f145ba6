//! How a command changes the rows that it names.

use jiff::Timestamp;
use ulid::Ulid;

use super::change::{Change, DirectoryRef, Transition, UserWithProfile};
use super::command::Command;
use super::members::Deltas;
use super::model::{Directory, DirectoryGroup, DirectoryUser, UserState};
use super::profile::{Profile, is_active, text};
use crate::base::ids::prefixed;
use crate::events::OnDeactivate;
use crate::scim::attr::fold;
use crate::scim::resource::{Kind, Member, Resource};
use crate::scim::{Object, Rules, Schemas, ScimError};

/// The directory's own row of a resource.
#[derive(Debug, Clone, PartialEq)]
pub enum Entity {
    User(DirectoryUser),
    Group(DirectoryGroup),
}

/// A resource with the directory's row beside it; a person deactivated in `delete` mode has none.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject {
    pub resource: Resource,
    pub entity: Option<Entity>,
}

/// What a command is carried out with, besides the rows.
#[derive(Debug)]
pub struct ApplyContext<'a> {
    pub directory: &'a Directory,
    pub rules: Rules,
    pub schemas: &'a Schemas,
    /// In whole milliseconds, so that what is answered is what is kept.
    pub now: Timestamp,
    /// For a new resource.
    pub resource_id: Ulid,
    /// For a new directory user or group.
    pub entity_id: Ulid,
}

/// What a command leaves behind.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The rows afterwards; `None` after a delete.
    pub subject: Option<Subject>,
    /// Whether anything is to be written at all. A command that changes nothing leaves version and times alone.
    pub changed: bool,
    /// For the events.
    pub change: Change,
    /// The name that nobody else may have, where the command gives a new one.
    pub claim: Option<Claim>,
}

/// A name that must be unique in its directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// A userName, in any letter case.
    UserName(String),
    /// A group's identity: `idp_id` (WorkOS: collides with 409; sticky over renames, so that the old name of a renamed
    /// group stays taken).
    GroupIdentity(String),
}

impl Claim {
    /// 409, for when somebody has it.
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

/// Whether a command may touch its resource at all.
///
/// # Errors
/// 404 when it does not exist, 412 when it is not at the expected version.
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

/// Carries out a command on the rows that it names. `moved` gives the directory user of a member that the deltas
/// mention, where there is one.
///
/// # Errors
/// As [`admit`] for a missing resource, and whatever [`Patch::apply`] finds.
pub fn apply(
    subject: Option<Subject>,
    command: &Command,
    deltas: &Deltas,
    moved: impl Fn(&str) -> Option<UserWithProfile>,
    context: &ApplyContext<'_>,
) -> Result<Outcome, ScimError> {
    admit(command, subject.as_ref().map(|subject| &subject.resource), None)?;
    let people = |side: &[(Member, Kind)]| side.iter().filter_map(|(member, _)| moved(&member.value)).collect();
    let moving = Moves { removed: people(&deltas.removed), added: people(&deltas.added), any: !deltas.is_empty() };
    match (command, subject) {
        (Command::Create { kind, document, .. }, _) => Ok(create(*kind, document.clone(), moving, context)),
        (Command::Replace { kind, document, .. }, Some(subject)) => {
            context.schemas.check_immutable(*kind, &subject.resource.document, document)?;
            Ok(revise(subject, document.clone(), moving, context))
        }
        (Command::Patch { kind, patch, .. }, Some(subject)) => {
            let before = &subject.resource.document;
            let document = match patch.document.as_slice() {
                [] => before.clone(),
                _ => patch.apply(before, *kind, context.schemas, context.rules)?,
            };
            Ok(revise(subject, document, moving, context))
        }
        (Command::Delete { .. }, Some(subject)) => Ok(delete(subject, context)),
        (_, None) => Err(ScimError::not_found("not found")),
    }
}

/// The directory users whom a command moves.
struct Moves {
    removed: Vec<UserWithProfile>,
    added: Vec<UserWithProfile>,
    any: bool,
}

fn create(kind: Kind, document: Object, moving: Moves, context: &ApplyContext<'_>) -> Outcome {
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
            let user = new_directory_user(&resource, context);
            let change = user.clone().map_or(Change::Nothing, |row| {
                let person = UserWithProfile { row, profile: Profile::of(&resource.document) };
                Change::User(directory, Box::new(Transition::Created(person)))
            });
            (user.map(Entity::User), change, claim)
        }
        Kind::Group => {
            let group = new_directory_group(&resource, context);
            let change = Change::Group {
                directory,
                group: Box::new(Transition::Created(group.clone())),
                removed: Vec::new(),
                added: moving.added,
            };
            let claim = Claim::GroupIdentity(group.idp_id.clone());
            (Some(Entity::Group(group)), change, Some(claim))
        }
    };
    Outcome { subject: Some(Subject { resource, entity }), changed: true, change, claim }
}

/// The directory user of a person who comes in: in `delete` mode an inactive one has none until it is active.
fn new_directory_user(resource: &Resource, context: &ApplyContext<'_>) -> Option<DirectoryUser> {
    let active = is_active(&resource.document);
    let kept = active || context.directory.settings.on_deactivate == OnDeactivate::Keep;
    kept.then(|| DirectoryUser {
        id: prefixed("directory_user", context.entity_id),
        idp_id: text(&resource.document, "externalId").unwrap_or_else(|| resource.id.clone()),
        state: state_of(active),
        created_at: context.now,
        updated_at: context.now,
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

/// The userName of a document, as it was sent.
fn user_name(document: &Object) -> Option<String> {
    text(document, "userName")
}

fn revise(subject: Subject, document: Object, moving: Moves, context: &ApplyContext<'_>) -> Outcome {
    if document == subject.resource.document && !moving.any {
        return Outcome { subject: Some(subject), changed: false, change: Change::Nothing, claim: None };
    }
    let Subject { resource: before, entity } = subject;
    let resource = Resource { document, version: before.version + 1, last_modified: context.now, ..before.clone() };
    let directory = DirectoryRef::from(context.directory);
    let (entity, change, claim) = match entity {
        Some(Entity::Group(group)) => {
            let name = text(&resource.document, "displayName").unwrap_or_else(|| group.name.clone());
            let updated_at = if name == group.name { group.updated_at } else { context.now };
            let after = DirectoryGroup { name, updated_at, ..group.clone() };
            let turn = Transition::Updated { before: group, after: after.clone() };
            let Moves { removed, added, .. } = moving;
            (Some(Entity::Group(after)), Change::Group { directory, group: Box::new(turn), removed, added }, None)
        }
        user => {
            let row = match user {
                Some(Entity::User(row)) => Some(row),
                _ => None,
            };
            let (row, turn) = revise_user(row, &before, &resource, context);
            let change = turn.map_or(Change::Nothing, |turn| Change::User(directory, Box::new(turn)));
            let renamed = user_name(&before.document).map(|name| fold(&name))
                != user_name(&resource.document).map(|name| fold(&name));
            let claim = user_name(&resource.document).filter(|_| renamed).map(Claim::UserName);
            (row.map(Entity::User), change, claim)
        }
    };
    Outcome { subject: Some(Subject { resource, entity }), changed: true, change, claim }
}

/// What becomes of a directory user when its document changes.
fn revise_user(
    row: Option<DirectoryUser>,
    before: &Resource,
    after: &Resource,
    context: &ApplyContext<'_>,
) -> (Option<DirectoryUser>, Option<Transition<UserWithProfile>>) {
    let active = is_active(&after.document);
    let profile = Profile::of(&after.document);
    let Some(row) = row else {
        // Nobody is there to be deactivated: whoever was, or came in inactive, is a new directory user once active.
        let row = active.then(|| new_directory_user(after, context)).flatten();
        let turn = row.clone().map(|row| Transition::Created(UserWithProfile { row, profile }));
        return (row, turn);
    };
    let was = UserWithProfile { row, profile: Profile::of(&before.document) };
    let state = state_of(active);
    let same = was.profile == profile && was.row.state == state;
    let updated_at = if same { was.row.updated_at } else { context.now };
    let now = UserWithProfile { row: DirectoryUser { state, updated_at, ..was.row.clone() }, profile };
    let leaves = was.row.state == UserState::Active && !active;
    if leaves && context.directory.settings.on_deactivate == OnDeactivate::Delete {
        return (None, Some(Transition::Deleted(now)));
    }
    (Some(now.row.clone()), Some(Transition::Updated { before: was, after: now }))
}

fn delete(subject: Subject, context: &ApplyContext<'_>) -> Outcome {
    let directory = DirectoryRef::from(context.directory);
    let change = match subject.entity {
        Some(Entity::User(row)) => {
            let person = UserWithProfile { row, profile: Profile::of(&subject.resource.document) };
            Change::User(directory, Box::new(Transition::Deleted(person)))
        }
        Some(Entity::Group(group)) => Change::Group {
            directory,
            group: Box::new(Transition::Deleted(group)),
            removed: Vec::new(),
            added: Vec::new(),
        },
        None => Change::Nothing,
    };
    Outcome { subject: None, changed: true, change, claim: None }
}

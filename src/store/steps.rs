//! The pure steps of a SCIM write, which every backend shares.
//!
//! A backend runs a [`Write`] in four steps:
//!
//! 1. [`needs`] names the rows that the command depends on.
//! 2. The backend loads them into [`Rows`]: first the resource, which [`admit`] checks, then the members.
//! 3. [`decide`] turns the command and the rows into [`Writes`].
//! 4. The backend commits the [`Writes`] in one transaction. If a unique index rejects a row, the backend rolls back and
//!    reports the [`Conflict`], whose [`error`](Conflict::error) is the response. Membership events are rendered while the
//!    backend walks the rows: the members that change, or the groups of a user
//!    ([`MembershipEvents`](crate::directory::derive::MembershipEvents)).
//!
//! [`prepare`] is an optional step in front: it applies a long PATCH to a snapshot, so that a backend with one writer
//! does not hold up other writes meanwhile.

use jiff::Timestamp;

use super::{Access, Expected, Write, Written};
use crate::directory::Command;
use crate::directory::apply::{self, ApplyContext, Claim, Entity, Outcome, Subject, admit};
use crate::directory::derive::{Events, derive};
use crate::directory::members::{self, Deltas, LoadedMembers};
use crate::directory::resource_change;
use crate::events::security_event::ResourceChange;
use crate::scim::resource::{Kind, Resource};
use crate::scim::schema::UniqueValue;
use crate::scim::{Object, ScimError};

/// The most document operations of a PATCH that are applied while other writes wait. A longer PATCH is applied to a
/// snapshot first ([`prepare`]).
const OPERATIONS_WHILE_WRITING: usize = 4;

/// The rows that a command depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Needs<'a> {
    /// The resource that the command names.
    pub resource: Option<(Kind, &'a str)>,
    /// The members that it names or may change.
    pub members: members::Needs,
}

/// The rows that a backend loaded for a command.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    pub subject: Option<Subject>,
    pub members: LoadedMembers,
}

/// A decision on a command.
#[derive(Debug)]
pub enum Decision {
    /// The command changes nothing.
    Unchanged(Written),
    /// The command changes these rows.
    Write(Box<Writes>),
    /// The resource changed after [`prepare`] read it: prepare again.
    Moved,
}

/// Everything that a command writes.
#[derive(Debug)]
pub struct Writes {
    pub kind: Kind,
    pub subject: SubjectWrite,
    /// A name that must be unique in the directory, if the command sets a new one.
    pub claim: Option<Claim>,
    /// An e-mail address that no other active user of the directory may have, if the command sets one.
    pub active_email: Option<String>,
    /// The unique values of the resource, which replace those that it had. `None` leaves them as they are.
    pub unique_values: Option<Vec<UniqueValue>>,
    pub members: Deltas,
    pub events: Events,
    /// The change as the event streams of the directory get it, if it has any.
    pub resource_change: Option<ResourceChange>,
}

/// The write to the resource itself, and to its directory user or group.
#[derive(Debug)]
pub enum SubjectWrite {
    Insert(Subject),
    Update(Resource, EntityWrite),
    /// Deletes the resource, its directory user or group, and its memberships. Each group that loses a member this way
    /// gets a new version, last modified at `now` but never before its previous modification.
    Delete {
        now: Timestamp,
    },
}

/// The write to the directory user or group of an updated resource.
#[derive(Debug)]
pub enum EntityWrite {
    Unchanged,
    Put(Entity),
    Remove,
}

/// A value that another resource of the directory already has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Conflict {
    Claim(Claim),
    Value(UniqueValue),
    /// Another active user has this e-mail address.
    Email(String),
}

impl Conflict {
    /// Returns the 409 for this conflict.
    #[must_use]
    pub fn error(&self) -> ScimError {
        match self {
            Self::Claim(claim) => claim.taken(),
            Self::Value(value) => value.taken(),
            Self::Email(email) => {
                ScimError::uniqueness(format!("Another user already exists with this email '{email}'"))
            }
        }
    }
}

impl Writes {
    /// Returns the result for the caller, given the number of events that the commit wrote.
    #[must_use]
    pub fn written(self, events: usize) -> Written {
        let resource = match self.subject {
            SubjectWrite::Insert(subject) => Some(subject.resource),
            SubjectWrite::Update(resource, _) => Some(resource),
            SubjectWrite::Delete { .. } => None,
        };
        Written { resource, dropped_members: self.members.dropped, events }
    }
}

/// A PATCH that was applied to a snapshot of its resource.
#[derive(Debug, Clone)]
pub struct PreparedPatch {
    /// The version of the resource that the operations were applied to.
    version: u64,
    /// The time of the directory settings that governed them.
    settings: Timestamp,
    document: Object,
}

/// Returns whether a command takes long enough that [`prepare`] should run before the write.
#[must_use]
pub fn is_worth_preparing(command: &Command) -> bool {
    matches!(command, Command::Patch { patch, .. } if patch.document.len() > OPERATIONS_WHILE_WRITING)
}

/// Applies the document operations of a PATCH to a snapshot of its resource.
///
/// # Errors
/// The errors that the write itself would report on this snapshot: 404, 412, and those of the PATCH.
pub fn prepare(write: &Write, resource: Option<&Resource>) -> Result<Option<PreparedPatch>, ScimError> {
    admit(&write.command, resource, write.expected.version())?;
    let (Command::Patch { kind, patch, .. }, Some(resource)) = (&write.command, resource) else { return Ok(None) };
    let Access { directory, rules, schemas } = &*write.directory;
    let document = patch.apply(&resource.document, *kind, schemas, *rules)?;
    Ok(Some(PreparedPatch { version: resource.version, settings: directory.updated_at, document }))
}

/// Returns the rows that a command depends on.
#[must_use]
pub fn needs(command: &Command) -> Needs<'_> {
    Needs { resource: command.id().map(|id| (command.kind(), id)), members: members::needs(command) }
}

/// Decides what a command writes. The caller has already checked [`admit`] for the loaded resource.
///
/// # Errors
/// The SCIM error with which the command is rejected.
pub fn decide(
    command: &Command,
    rows: Rows,
    prepared: Option<PreparedPatch>,
    context: &ApplyContext<'_>,
) -> Result<Decision, ScimError> {
    let Rows { subject, members } = rows;
    let patched = match prepared {
        Some(prepared) if !prepared.is_current(subject.as_ref(), context) => return Ok(Decision::Moved),
        prepared => prepared.map(|prepared| prepared.document),
    };
    let deltas = members::resolve(command, &members, context.rules, context.schemas)?;
    let entity_before = subject.as_ref().and_then(|subject| subject.entity.clone());
    let is_new = subject.is_none();
    let before = subject.as_ref().filter(|_| context.has_streams).map(|subject| subject.resource.clone());
    let Outcome { subject, changed, change, claim, active_email } =
        apply::apply(subject, command, patched, !deltas.is_empty(), context)?;
    if !changed {
        let resource = subject.map(|subject| subject.resource);
        return Ok(Decision::Unchanged(Written { resource, dropped_members: deltas.dropped, events: 0 }));
    }
    let kind = command.kind();
    let unique_values = subject
        .as_ref()
        .filter(|_| context.schemas.has_unique(kind))
        .map(|subject| context.schemas.unique_values(kind, &subject.resource.document));
    let events = derive(&change);
    let after = subject.as_ref().map(|subject| &subject.resource);
    let resource_change =
        if context.has_streams { resource_change::describe(command, before.as_ref(), after, &deltas) } else { None };
    let subject = match subject {
        None => SubjectWrite::Delete { now: context.now },
        Some(subject) if is_new => SubjectWrite::Insert(subject),
        Some(Subject { resource, entity }) => {
            SubjectWrite::Update(resource, EntityWrite::between(entity_before, entity))
        }
    };
    let writes = Writes { kind, subject, claim, active_email, unique_values, members: deltas, events, resource_change };
    Ok(Decision::Write(Box::new(writes)))
}

impl PreparedPatch {
    fn is_current(&self, subject: Option<&Subject>, context: &ApplyContext<'_>) -> bool {
        self.settings == context.directory.updated_at
            && subject.is_some_and(|subject| subject.resource.version == self.version)
    }
}

impl EntityWrite {
    fn between(before: Option<Entity>, after: Option<Entity>) -> Self {
        match (before, after) {
            (before, after) if before == after => Self::Unchanged,
            (_, Some(entity)) => Self::Put(entity),
            (_, None) => Self::Remove,
        }
    }
}

impl Expected {
    /// Returns the version that the resource must have, if there is a condition.
    #[must_use]
    pub const fn version(self) -> Option<u64> {
        match self {
            Self::Any => None,
            Self::Version(version) => Some(version),
        }
    }
}

#[cfg(test)]
mod tests;

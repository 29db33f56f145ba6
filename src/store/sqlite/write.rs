//! A SCIM write in the four steps of [`steps`].

use super::super::steps::{self, Decision, PreparedPatch};
use super::super::{StoreError, Write, Written};
use super::commit::{Committed, commit};
use super::transaction::Transaction;
use super::{load, relations};
use crate::directory::ApplyContext;
use crate::directory::apply::admit;
use crate::scim::resource::Kind;

/// The outcome of a write.
#[derive(Debug)]
pub(super) enum Attempt {
    Done(Written),
    /// The resource changed after the PATCH was prepared, and nothing was written.
    Moved,
}

impl Attempt {
    /// Returns the result of a write that was not prepared, which cannot have moved.
    pub(super) fn written(self) -> Result<Written, StoreError> {
        match self {
            Self::Done(written) => Ok(written),
            Self::Moved => Err(StoreError::Backend("an unprepared write reported a moved resource".to_owned())),
        }
    }
}

/// Runs one write within the open savepoint.
pub(super) fn run(
    transaction: &mut Transaction<'_>,
    write: &Write,
    prepared: Option<PreparedPatch>,
) -> Result<Attempt, StoreError> {
    let Write { directory: access, expected, command } = write;
    let renewed = transaction.renewed(access)?;
    let access = renewed.as_ref().unwrap_or(access);
    let directory = transaction.directory_rows(&access.directory.id)?;

    let needs = steps::needs(command);
    let mut loaded = load::resource(transaction.connection, directory.directory, &needs)?;
    let resource = loaded.rows.subject.as_ref().map(|subject| &subject.resource);
    admit(command, resource, expected.version())?;
    load::members(transaction.connection, directory.directory, &needs, &mut loaded)?;

    let groups = match loaded.numbers.resource {
        Some(user) if command.kind() == Kind::User && !access.directory.settings.users.roles.is_empty() => {
            relations::group_identities(transaction.connection, user, None)?
        }
        _ => Vec::new(),
    };
    let now = transaction.now();
    let context = ApplyContext {
        directory: &access.directory,
        rules: access.rules,
        schemas: &access.schemas,
        now,
        resource_id: transaction.mint(now),
        entity_id: transaction.mint(now),
        groups,
        has_streams: directory.has_streams,
    };
    match steps::decide(command, loaded.rows, prepared, &context)? {
        Decision::Unchanged(written) => Ok(Attempt::Done(written)),
        Decision::Moved => Ok(Attempt::Moved),
        Decision::Write(writes) => match commit(transaction, directory, &loaded.numbers, &writes)? {
            Committed::Done { events } => Ok(Attempt::Done(writes.written(events))),
            Committed::Conflict(conflict) => Err(conflict.error().into()),
        },
    }
}

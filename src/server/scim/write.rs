//! POST, PUT, PATCH and DELETE: from bytes to a command, and from what was written to an answer.

use axum::response::Response;
use http::StatusCode;

use super::super::error::RequestError;
use super::super::{request_id, response};
use super::dispatch::{Call, missing};
use super::{condition, read};
use crate::directory::Command;
use crate::scim::patch::Patch;
use crate::scim::projection::Projection;
use crate::scim::resource::{Member, Resource};
use crate::scim::{AttrPath, Kind, Object, ScimError};
use crate::store::{Expected, StoredResource, Write, Written};

/// POST `/Users`, `/Groups`: 201 with the whole resource and its address.
pub(super) async fn create(call: &Call<'_>, kind: Kind, body: &[u8]) -> Result<Response, RequestError> {
    let projection = call.projection()?;
    let (command, members) = create_command(call, kind, call.object(body)?)?;
    let named = named(call, &command);
    let resource = written(call, Expected::Any, command).await?;
    // A new user is in no group, and a group without members needs no second look either.
    let found = if members { beside(call, resource, &projection).await? } else { bare(resource) };
    Ok(call.resource_response(StatusCode::CREATED, found, &projection, &named).await)
}

/// Whether what a PUT or PATCH names exists, and whether its precondition holds.
///
/// # Errors
/// 404, 412.
pub(super) async fn judge_target(call: &Call<'_>, kind: Kind, id: &str) -> Result<Expected, RequestError> {
    let found = call.store.read(&call.access, kind, id, false).await?.ok_or_else(|| missing(kind, id))?;
    Ok(condition::of_write(&call.parts.headers, found.resource.version)?)
}

/// PUT: 200 with the whole resource.
pub(super) async fn replace(
    call: &Call<'_>,
    kind: Kind,
    id: String,
    expected: Expected,
    body: &[u8],
) -> Result<Response, RequestError> {
    let projection = call.projection()?;
    let command = replace_command(call, kind, id, call.object(body)?)?;
    let named = named(call, &command);
    let resource = written(call, expected, command).await?;
    whole(call, resource, &projection, &named).await
}

/// PATCH: 200 with the whole user. A group answers 204 unless attributes are asked for, since an answer with 100,000
/// members could not be quick.
pub(super) async fn patch(
    call: &Call<'_>,
    kind: Kind,
    id: String,
    expected: Expected,
    body: &[u8],
) -> Result<Response, RequestError> {
    let projection = call.projection()?;
    let command = patch_command(call, kind, id, &call.object(body)?)?;
    let named = named(call, &command);
    let resource = written(call, expected, command).await?;
    if is_quiet(kind, &projection) {
        return Ok(response::empty(StatusCode::NO_CONTENT, Some(resource.version)));
    }
    whole(call, resource, &projection, &named).await
}

/// DELETE: 204.
pub(super) async fn delete(call: &Call<'_>, kind: Kind, id: String) -> Result<Response, RequestError> {
    let conditional = condition::has_precondition(&call.parts.headers);
    let expected = if conditional { judge_target(call, kind, &id).await? } else { Expected::Any };
    let directory = call.access.clone();
    call.store.write(Write { directory, expected, command: Command::Delete { kind, id } }).await?;
    Ok(response::empty(StatusCode::NO_CONTENT, None))
}

/// Whether a PATCH is answered with 204.
pub(super) fn is_quiet(kind: Kind, projection: &Projection) -> bool {
    kind == Kind::Group && *projection == Projection::Default
}

/// What a POST asks of the store, and whether it names members.
pub(super) fn create_command(call: &Call<'_>, kind: Kind, body: Object) -> Result<(Command, bool), ScimError> {
    let (document, members) = accepted(call, kind, body)?;
    let any = !members.is_empty();
    Ok((Command::Create { kind, document, members }, any))
}

/// What a PUT asks of the store.
pub(super) fn replace_command(call: &Call<'_>, kind: Kind, id: String, body: Object) -> Result<Command, ScimError> {
    let (document, members) = accepted(call, kind, body)?;
    Ok(Command::Replace { kind, id, document, members })
}

/// What a PATCH asks of the store.
pub(super) fn patch_command(call: &Call<'_>, kind: Kind, id: String, body: &Object) -> Result<Command, ScimError> {
    let patch = Patch::parse(body, kind, &id, &call.access.schemas, call.rules)?;
    log_dropped(call, &patch.dropped);
    Ok(Command::Patch { kind, id, patch })
}

/// The document of a POST or PUT and the members that it names.
fn accepted(call: &Call<'_>, kind: Kind, body: Object) -> Result<(Object, Vec<Member>), ScimError> {
    let accepted = call.access.schemas.accept(kind, body, call.rules)?;
    log_dropped(call, &accepted.dropped);
    Ok((accepted.document, accepted.members.unwrap_or_default()))
}

/// Carries out a command that leaves a resource behind.
async fn written(call: &Call<'_>, expected: Expected, command: Command) -> Result<Resource, RequestError> {
    let written = call.store.write(Write { directory: call.access.clone(), expected, command }).await?;
    log_unknown(call, &written);
    Ok(written.resource.ok_or_else(|| ScimError::new(500, "the store gave no resource back"))?)
}

/// Logs the members that a write left out.
pub(super) fn log_unknown(call: &Call<'_>, written: &Written) {
    let members = &written.dropped_members;
    if !members.is_empty() {
        let (request, directory) = (request_id::current(), &call.access.directory.id);
        tracing::warn!(request, directory, ?members, "dropped members that name nobody in this directory");
    }
}

/// What the answer shows of what is returned on request: whatever this request wrote.
fn named(call: &Call<'_>, command: &Command) -> Vec<AttrPath> {
    match command {
        Command::Create { kind, document, .. } | Command::Replace { kind, document, .. } => {
            call.access.schemas.on_request(*kind, document)
        }
        Command::Patch { patch, .. } => patch.assigned(),
        Command::Delete { .. } => Vec::new(),
    }
}

async fn whole(
    call: &Call<'_>,
    resource: Resource,
    projection: &Projection,
    named: &[AttrPath],
) -> Result<Response, RequestError> {
    let found = beside(call, resource, projection).await?;
    Ok(call.resource_response(StatusCode::OK, found, projection, named).await)
}

fn bare(resource: Resource) -> StoredResource {
    StoredResource { resource, members: Vec::new(), groups: Vec::new() }
}

/// A resource as it was written, with the rows beside it. The document stays the one that this request wrote, even if
/// somebody else writes at the same moment.
async fn beside(call: &Call<'_>, resource: Resource, projection: &Projection) -> Result<StoredResource, RequestError> {
    if !read::wants_members(projection, resource.kind) {
        return Ok(bare(resource));
    }
    let found = call.store.read(&call.access, resource.kind, &resource.id, true).await?;
    Ok(match found {
        Some(StoredResource { members, groups, .. }) => StoredResource { resource, members, groups },
        None => bare(resource),
    })
}

fn log_dropped(call: &Call<'_>, dropped: &[String]) {
    for what in dropped {
        tracing::info!(request = request_id::current(), directory = call.access.directory.id, what, "dropped");
    }
}

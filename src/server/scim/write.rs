//! POST, PUT, PATCH and DELETE: from the body to a command, and from the written resource to a response.

use axum::response::Response;
use http::StatusCode;

use super::super::error::RequestError;
use super::super::response;
use super::call::{Call, missing};
use super::{condition, read};
use crate::directory::Command;
use crate::directory::receiver::{self, FullWrite};
use crate::http::request_id;
use crate::scim::patch::Patch;
use crate::scim::projection::Projection;
use crate::scim::resource::{Member, Resource};
use crate::scim::{AttrPath, Kind, Object, ScimError};
use crate::store::{Expected, StoredResource, Write, Written};

/// Handles POST of `/Users` and `/Groups`: 201 with the resource and its location.
pub(super) async fn create(call: &Call<'_>, kind: Kind, body: &[u8]) -> Result<Response, RequestError> {
    let projection = call.projection()?;
    let (command, has_members) = create_command(call, kind, call.object(body)?)?;
    let shown = shown(call, &command);
    let resource = written(call, Expected::Any, command).await?;
    // A new user is in no group, and a group without members has no rows to read either.
    let found = if has_members { with_rows(call, resource, &projection).await? } else { bare(resource) };
    Ok(call.resource_response(StatusCode::CREATED, found, &projection, &shown).await)
}

/// Checks that the resource of a write exists and that the precondition of the request is met.
///
/// # Errors
/// 404, 412.
pub(super) async fn check_target(call: &Call<'_>, kind: Kind, id: &str) -> Result<Expected, RequestError> {
    let found = call.store.read(&call.access, kind, id, false).await?.ok_or_else(|| missing(kind, id))?;
    Ok(condition::of_write(&call.parts.headers, found.resource.version)?)
}

/// Handles PUT: 200 with the resource.
pub(super) async fn replace(
    call: &Call<'_>,
    kind: Kind,
    id: String,
    expected: Expected,
    body: &[u8],
) -> Result<Response, RequestError> {
    let projection = call.projection()?;
    let command = replace_command(call, kind, id, call.object(body)?)?;
    // Reserved before the write: afterwards it is too late for a refusal.
    let reservation = read::reserve(call, kind, &projection).await?;
    let shown = shown(call, &command);
    let resource = written(call, expected, command).await?;
    Ok(read::attach(reservation, whole(call, resource, &projection, &shown).await?))
}

/// Handles PATCH: 200 with the user. The response for a group is 204 unless the request selects attributes, because a
/// response with 100,000 members cannot be fast.
pub(super) async fn patch(
    call: &Call<'_>,
    kind: Kind,
    id: String,
    expected: Expected,
    body: &[u8],
) -> Result<Response, RequestError> {
    let projection = call.projection()?;
    let command = patch_command(call, kind, id, &call.object(body)?)?;
    let shown = shown(call, &command);
    if is_quiet(kind, &projection) {
        let resource = written(call, expected, command).await?;
        return Ok(response::empty(StatusCode::NO_CONTENT, Some(resource.version)));
    }
    let reservation = read::reserve(call, kind, &projection).await?;
    let resource = written(call, expected, command).await?;
    Ok(read::attach(reservation, whole(call, resource, &projection, &shown).await?))
}

/// Handles DELETE: 204.
pub(super) async fn delete(call: &Call<'_>, kind: Kind, id: String) -> Result<Response, RequestError> {
    let conditional = condition::has_precondition(&call.parts.headers);
    let expected = if conditional { check_target(call, kind, &id).await? } else { Expected::Any };
    let directory = call.access.clone();
    call.store.write(Write { directory, expected, command: Command::Delete { kind, id } }).await?;
    Ok(response::empty(StatusCode::NO_CONTENT, None))
}

/// Returns true if the response to a PATCH is 204.
pub(super) fn is_quiet(kind: Kind, projection: &Projection) -> bool {
    kind == Kind::Group && *projection == Projection::Default
}

/// Builds the command of a POST, and whether it lists members.
pub(super) fn create_command(call: &Call<'_>, kind: Kind, body: Object) -> Result<(Command, bool), ScimError> {
    let (document, members) = accepted(call, FullWrite::Create, kind, body)?;
    let has_members = !members.is_empty();
    Ok((Command::Create { kind, document, members }, has_members))
}

/// Builds the command of a PUT.
pub(super) fn replace_command(call: &Call<'_>, kind: Kind, id: String, body: Object) -> Result<Command, ScimError> {
    let (document, members) = accepted(call, FullWrite::Replace, kind, body)?;
    Ok(Command::Replace { kind, id, document, members })
}

/// Builds the command of a PATCH.
pub(super) fn patch_command(call: &Call<'_>, kind: Kind, id: String, body: &Object) -> Result<Command, ScimError> {
    receiver::check_patch(&call.access.directory.settings, body)?;
    let patch = Patch::parse(body, kind, &id, &call.access.schemas, call.rules)?;
    log_dropped(call, &patch.dropped);
    Ok(Command::Patch { kind, id, patch })
}

/// Validates the document of a POST or PUT, and separates its members.
fn accepted(call: &Call<'_>, write: FullWrite, kind: Kind, body: Object) -> Result<(Object, Vec<Member>), ScimError> {
    let body = receiver::receive(&call.access.directory.settings, write, kind, body)?;
    let accepted = call.access.schemas.accept(kind, body, call.rules)?;
    log_dropped(call, &accepted.dropped);
    Ok((accepted.document, accepted.members.unwrap_or_default()))
}

/// Executes a command that leaves a resource.
async fn written(call: &Call<'_>, expected: Expected, command: Command) -> Result<Resource, RequestError> {
    let written = call.store.write(Write { directory: call.access.clone(), expected, command }).await?;
    log_unknown(call, &written);
    Ok(written.resource.ok_or_else(|| ScimError::new(500, "the store returned no resource"))?)
}

/// Logs the members that a write left out.
pub(super) fn log_unknown(call: &Call<'_>, written: &Written) {
    let members = &written.dropped_members;
    if !members.is_empty() {
        let (request, directory) = (request_id::current(), &call.access.directory.id);
        tracing::warn!(request, directory, ?members, "dropped members that do not exist in this directory");
    }
}

/// Returns the attributes that the response includes even if their schema says "returned on request": those that this
/// request wrote.
fn shown(call: &Call<'_>, command: &Command) -> Vec<AttrPath> {
    match command {
        Command::Create { kind, document, .. } | Command::Replace { kind, document, .. } => {
            call.access.schemas.on_request(*kind, document)
        }
        Command::Patch { patch, .. } => patch.assigned(),
        Command::Delete { .. } => Vec::new(),
    }
}

/// Builds the response with a resource that was replaced or patched.
async fn whole(
    call: &Call<'_>,
    resource: Resource,
    projection: &Projection,
    shown: &[AttrPath],
) -> Result<Response, RequestError> {
    let found = with_rows(call, resource, projection).await?;
    Ok(call.resource_response(StatusCode::OK, found, projection, shown).await)
}

fn bare(resource: Resource) -> StoredResource {
    StoredResource { resource, members: Vec::new(), groups: Vec::new() }
}

/// Adds the rows of members or groups to a resource that was written. The document stays the one that this request
/// wrote, even if another request writes at the same moment.
async fn with_rows(
    call: &Call<'_>,
    resource: Resource,
    projection: &Projection,
) -> Result<StoredResource, RequestError> {
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
    for attribute in dropped {
        let (request, directory) = (request_id::current(), &call.access.directory.id);
        tracing::info!(request, directory, attribute, "dropped an attribute");
    }
}

//! POST, PUT, PATCH and DELETE: from bytes to a command, and from what was written to an answer.

use axum::response::Response;
use http::StatusCode;

use super::super::problem::Problem;
use super::super::{asked, reply};
use super::judge::{Call, missing};
use super::{condition, read};
use crate::directory::Command;
use crate::scim::patch::Patch;
use crate::scim::projection::Projection;
use crate::scim::resource::Resource;
use crate::scim::{Kind, ScimError};
use crate::store::{Expected, Found, Write, Written};

/// POST `/Users`, `/Groups`: 201 with the whole resource and its address.
pub(super) async fn create(call: &Call<'_>, kind: Kind, body: &[u8]) -> Result<Response, Problem> {
    let projection = call.projection()?;
    let accepted = call.access.schemas.accept(kind, call.object(body)?, call.rules)?;
    log_dropped(call, &accepted.dropped);
    let members = accepted.members.unwrap_or_default();
    // A new user is in no group, and a group without members needs no second look either.
    let alone = members.is_empty();
    let command = Command::Create { kind, document: accepted.document, members };
    let resource = written(call, Expected::Any, command).await?;
    let location = call.location(kind, &resource.id);
    let found = if alone { bare(resource) } else { beside(call, resource, &projection).await? };
    let version = found.resource.version;
    Ok(reply::resource(StatusCode::CREATED, &call.document(found, &projection), version, &location))
}

/// Whether what a PUT or PATCH names exists, and whether its precondition holds.
///
/// # Errors
/// 404, 412.
pub(super) async fn judge_target(call: &Call<'_>, kind: Kind, id: &str) -> Result<Expected, Problem> {
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
) -> Result<Response, Problem> {
    let projection = call.projection()?;
    let accepted = call.access.schemas.accept(kind, call.object(body)?, call.rules)?;
    log_dropped(call, &accepted.dropped);
    let members = accepted.members.unwrap_or_default();
    let command = Command::Replace { kind, id, document: accepted.document, members };
    let resource = written(call, expected, command).await?;
    whole(call, resource, &projection).await
}

/// PATCH: 200 with the whole user. A group answers 204 unless attributes are asked for, since an answer with 100,000
/// members could not be quick.
pub(super) async fn patch(
    call: &Call<'_>,
    kind: Kind,
    id: String,
    expected: Expected,
    body: &[u8],
) -> Result<Response, Problem> {
    let projection = call.projection()?;
    let patch = Patch::parse(&call.object(body)?, kind, &id, &call.access.schemas, call.rules)?;
    log_dropped(call, &patch.dropped);
    let resource = written(call, expected, Command::Patch { kind, id, patch }).await?;
    if kind == Kind::Group && projection == Projection::Default {
        return Ok(reply::empty(StatusCode::NO_CONTENT, Some(resource.version)));
    }
    whole(call, resource, &projection).await
}

/// DELETE: 204.
pub(super) async fn delete(call: &Call<'_>, kind: Kind, id: String) -> Result<Response, Problem> {
    let conditional = condition::has_precondition(&call.parts.headers);
    let expected = if conditional { judge_target(call, kind, &id).await? } else { Expected::Any };
    let directory = call.access.clone();
    call.store.write(Write { directory, expected, command: Command::Delete { kind, id } }).await?;
    Ok(reply::empty(StatusCode::NO_CONTENT, None))
}

/// Carries out a command that leaves a resource behind.
async fn written(call: &Call<'_>, expected: Expected, command: Command) -> Result<Resource, Problem> {
    let Written { resource, dropped_members, .. } =
        call.store.write(Write { directory: call.access.clone(), expected, command }).await?;
    if !dropped_members.is_empty() {
        let directory = &call.access.directory.id;
        let request = asked::request();
        tracing::warn!(request, directory, members = ?dropped_members, "dropped members that name nobody in this directory");
    }
    Ok(resource.ok_or_else(|| ScimError::new(500, "the store gave no resource back"))?)
}

async fn whole(call: &Call<'_>, resource: Resource, projection: &Projection) -> Result<Response, Problem> {
    let found = beside(call, resource, projection).await?;
    let version = found.resource.version;
    let location = call.location(found.resource.kind, &found.resource.id);
    Ok(reply::resource(StatusCode::OK, &call.document(found, projection), version, &location))
}

fn bare(resource: Resource) -> Found {
    Found { resource, members: Vec::new(), groups: Vec::new() }
}

/// A resource as it was written, with the rows beside it. The document stays the one that this request wrote, even if
/// somebody else writes at the same moment.
async fn beside(call: &Call<'_>, resource: Resource, projection: &Projection) -> Result<Found, Problem> {
    if !read::wants_members(projection, resource.kind) {
        return Ok(bare(resource));
    }
    let found = call.store.read(&call.access, resource.kind, &resource.id, true).await?;
    Ok(match found {
        Some(Found { members, groups, .. }) => Found { resource, members, groups },
        None => bare(resource),
    })
}

fn log_dropped(call: &Call<'_>, dropped: &[String]) {
    for what in dropped {
        tracing::info!(request = asked::request(), directory = call.access.directory.id, what, "dropped");
    }
}

//! GET of one resource and of a list.

use axum::response::Response;
use http::StatusCode;
use serde_json::Value;

use super::super::problem::Problem;
use super::super::reply;
use super::condition;
use super::judge::{Call, missing, ok};
use crate::base::limits;
use crate::scim::projection::Projection;
use crate::scim::{Filter, Kind, ScimError, message};
use crate::store::Query;

/// GET `/Users/{id}`, `/Groups/{id}`.
pub(super) async fn one(call: &Call<'_>, kind: Kind, id: &str) -> Result<Response, Problem> {
    let projection = call.projection()?;
    let found = call.store.read(&call.access, kind, id, wants_members(&projection, kind)).await?;
    let found = found.ok_or_else(|| missing(kind, id))?;
    let version = found.resource.version;
    condition::of_read(&call.parts.headers, version)?;
    Ok(reply::resource(StatusCode::OK, &call.document(found, &projection), version, None))
}

/// GET `/Users`, `/Groups`.
pub(super) async fn list(call: &Call<'_>, kind: Kind) -> Result<Response, Problem> {
    let projection = call.projection()?;
    let query = query(call, &projection, kind)?;
    let start_index = query.start_index;
    let page = call.store.list(&call.access, kind, query).await?;
    let resources = page.found.into_iter().map(|found| Value::Object(call.document(found, &projection))).collect();
    Ok(ok(&message::list_response(page.total, start_index, resources)))
}

/// RFC 7644 section 3.4.2.4: a `startIndex` below 1 is 1, a negative `count` is 0. A `count` beyond
/// [`limits::PAGE_SIZE`] is that.
fn query(call: &Call<'_>, projection: &Projection, kind: Kind) -> Result<Query, ScimError> {
    let filter = call.parameters.one("filter")?.map(str::parse::<Filter>).transpose()?;
    if let Some(filter) = &filter {
        filter.check(kind, &call.access.schemas, call.access.rules)?;
    }
    let start_index = call.parameters.integer("startIndex")?.unwrap_or(1).max(1);
    let count = call.parameters.integer("count")?.map_or(limits::DEFAULT_PAGE_SIZE, |count| {
        usize::try_from(count.max(0)).unwrap_or(limits::PAGE_SIZE).min(limits::PAGE_SIZE)
    });
    Ok(Query {
        filter,
        start_index: u64::try_from(start_index).unwrap_or(1),
        count,
        with_members: wants_members(projection, kind),
    })
}

/// Whether the rows beside the document are needed: a group of 100,000 members can be read without them.
pub(super) fn wants_members(projection: &Projection, kind: Kind) -> bool {
    projection.wants(match kind {
        Kind::User => "groups",
        Kind::Group => "members",
    })
}

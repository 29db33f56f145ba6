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
use crate::scim::{Filter, Kind, Rules, ScimError, message};
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

/// GET `/Users`, `/Groups`, and a search of one of them.
pub(super) async fn list(call: &Call<'_>, kind: Kind) -> Result<Response, Problem> {
    let projection = call.projection()?;
    let query = query(call, &projection, kind, call.access.rules)?;
    let start_index = query.start_index;
    let page = call.store.list(&call.access, kind, query).await?;
    let resources = page.found.into_iter().map(|found| Value::Object(call.document(found, &projection))).collect();
    Ok(ok(&message::list_response(page.total, start_index, resources)))
}

/// A search at the root: users, then groups, counted and paged as one list. To a resource of one type an attribute of
/// the other has no value (RFC 7644 section 3.4.2.1).
pub(super) async fn everything(call: &Call<'_>) -> Result<Response, Problem> {
    let projection = call.projection()?;
    let rules = Rules { keep_unknown: true, ..call.access.rules };
    let kinds = [Kind::User, Kind::Group];
    let queries = kinds.map(|kind| query(call, &projection, kind, rules));
    let (mut total, mut start_index, mut resources) = (0, None, Vec::new());
    for (kind, query) in kinds.into_iter().zip(queries) {
        let mut query = query?;
        let first = *start_index.get_or_insert(query.start_index);
        query.start_index = first.saturating_sub(total).max(1);
        query.count = query.count.saturating_sub(resources.len());
        let page = call.store.list(&call.access, kind, query).await?;
        total += page.total;
        resources.extend(page.found.into_iter().map(|found| Value::Object(call.document(found, &projection))));
    }
    Ok(ok(&message::list_response(total, start_index.unwrap_or(1), resources)))
}

/// RFC 7644 section 3.4.2.4: a `startIndex` below 1 is 1, a negative `count` is 0. A `count` beyond
/// [`limits::PAGE_SIZE`] is that.
fn query(call: &Call<'_>, projection: &Projection, kind: Kind, rules: Rules) -> Result<Query, ScimError> {
    let filter = call.parameters.one("filter")?.map(str::parse::<Filter>).transpose()?;
    if let Some(filter) = &filter {
        filter.check(kind, &call.access.schemas, rules)?;
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

//! GET of one resource, and of lists.

use axum::response::Response;
use http::StatusCode;

use super::super::error::RequestError;
use super::call::{Call, missing};
use super::condition;
use super::paging::Paging;
use crate::base::limits;
use crate::http::Reservation;
use crate::scim::projection::Projection;
use crate::scim::{Filter, Kind, Rules, ScimError, Sort};
use crate::store::Query;

/// Handles GET of `/Users/{id}` and `/Groups/{id}`.
pub(super) async fn one(call: &Call<'_>, kind: Kind, id: &str) -> Result<Response, RequestError> {
    if call.parameters.one("filter")?.is_some() {
        let detail = format!("a filter applies to lists; send it to /{}, or omit it", kind.endpoint());
        return Err(ScimError::invalid_filter(detail).into());
    }
    let projection = call.projection()?;
    let reservation = reserve(call, kind, &projection).await?;
    let found = call.store.read(&call.access, kind, id, wants_members(&projection, kind)).await?;
    let found = found.ok_or_else(|| missing(kind, id))?;
    condition::of_read(&call.parts.headers, found.resource.version)?;
    Ok(attach(reservation, call.resource_response(StatusCode::OK, found, &projection, &[]).await))
}

/// Handles GET of `/Users` and `/Groups`, and a search in one of them.
pub(super) async fn list(call: &Call<'_>, kind: Kind) -> Result<Response, RequestError> {
    let projection = call.projection()?;
    let paging = Paging::of(call, kind.name()).await?;
    let mut query = query(call, &projection, kind, call.rules, &paging)?;
    let (by, order) = (call.parameters.one("sortBy")?, call.parameters.one("sortOrder")?);
    query.sort = Sort::parse(by, order, kind, &call.access.schemas)?;
    let reservation = call.app.budget().reserve(limits::PAGE_BYTES).await?;
    let page = call.store.list(&call.access, kind, query).await?;
    Ok(reservation.attach(paging.respond(call, &projection, kind.name(), page).await?))
}

/// Handles GET and search at the root: users and groups are counted, sorted and paged as one list. Without `sortBy` the
/// users come first. An attribute of one resource type has no value on the other (RFC 7644 section 3.4.2.1).
pub(super) async fn everything(call: &Call<'_>) -> Result<Response, RequestError> {
    let projection = call.projection()?;
    let rules = Rules { keep_unknown: true, ..call.rules };
    let paging = Paging::of(call, "").await?;
    let mut users = query(call, &projection, Kind::User, rules, &paging)?;
    let mut groups = query(call, &projection, Kind::Group, rules, &paging)?;
    let (by, order) = (call.parameters.one("sortBy")?, call.parameters.one("sortOrder")?);
    [users.sort, groups.sort] = Sort::parse_both(by, order, &call.access.schemas)?;
    let reservation = call.app.budget().reserve(limits::PAGE_BYTES).await?;
    let page = call.store.search(&call.access, users, groups).await?;
    Ok(reservation.attach(paging.respond(call, &projection, "", page).await?))
}

/// Builds the query of a list, except for its sort order.
fn query(
    call: &Call<'_>,
    projection: &Projection,
    kind: Kind,
    rules: Rules,
    paging: &Paging,
) -> Result<Query, ScimError> {
    let filter = call.parameters.one("filter")?.map(str::parse::<Filter>).transpose()?;
    if let Some(filter) = &filter {
        let (terms, limit) = (filter.terms(), call.bounds.filter_terms);
        if terms > limit {
            let detail = format!("the filter contains {terms} comparisons; the limit is {limit}");
            return Err(ScimError::invalid_filter(detail));
        }
        filter.check(kind, &call.access.schemas, rules)?;
    }
    let filter = filter.map(|filter| filter.by_location(&call.location(kind, "")));
    Ok(Query {
        filter,
        start_index: paging.start_index,
        after: paging.after.clone(),
        count: paging.count,
        with_members: wants_members(projection, kind),
        ..Query::default()
    })
}

/// Returns true if the response needs the rows of members or groups. Without them, a group of 100,000 members is as
/// cheap to read as any other.
pub(super) fn wants_members(projection: &Projection, kind: Kind) -> bool {
    projection.wants(match kind {
        Kind::User => "groups",
        Kind::Group => "members",
    })
}

/// Reserves the bytes of a response that may list the members of a large group.
pub(super) async fn reserve(
    call: &Call<'_>,
    kind: Kind,
    projection: &Projection,
) -> Result<Option<Reservation>, RequestError> {
    if kind == Kind::Group && wants_members(projection, kind) {
        return Ok(Some(call.app.budget().reserve(limits::PAGE_BYTES).await?));
    }
    Ok(None)
}

/// Attaches a reservation, if there is one, to its response.
pub(super) fn attach(reservation: Option<Reservation>, response: Response) -> Response {
    match reservation {
        Some(reservation) => reservation.attach(response),
        None => response,
    }
}

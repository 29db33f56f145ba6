//! GET of one resource and of a list.

use axum::response::Response;
use http::StatusCode;

use super::super::error::RequestError;
use super::condition;
use super::dispatch::{Call, missing};
use super::paging::Paging;
use crate::scim::projection::Projection;
use crate::scim::{Filter, Kind, Rules, ScimError, Sort};
use crate::store::Query;

/// GET `/Users/{id}`, `/Groups/{id}`.
pub(super) async fn one(call: &Call<'_>, kind: Kind, id: &str) -> Result<Response, RequestError> {
    if call.parameters.one("filter")?.is_some() {
        let detail = format!("a filter selects among many; ask it of /{}, or leave it out", kind.endpoint());
        return Err(ScimError::invalid_filter(detail).into());
    }
    let projection = call.projection()?;
    let found = call.store.read(&call.access, kind, id, wants_members(&projection, kind)).await?;
    let found = found.ok_or_else(|| missing(kind, id))?;
    condition::of_read(&call.parts.headers, found.resource.version)?;
    Ok(call.resource_response(StatusCode::OK, found, &projection, &[]).await)
}

/// GET `/Users`, `/Groups`, and a search of one of them.
pub(super) async fn list(call: &Call<'_>, kind: Kind) -> Result<Response, RequestError> {
    let projection = call.projection()?;
    let paging = Paging::of(call, kind.name()).await?;
    let mut query = query(call, &projection, kind, call.rules, &paging)?;
    let (by, order) = (call.parameters.one("sortBy")?, call.parameters.one("sortOrder")?);
    query.sort = Sort::parse(by, order, kind, &call.access.schemas)?;
    let page = call.store.list(&call.access, kind, query).await?;
    paging.respond(call, &projection, kind.name(), page).await
}

/// A search at the root: users and groups, counted, sorted and paged as one list; unsorted the users come first. To a
/// resource of one type an attribute of the other has no value (RFC 7644 section 3.4.2.1).
pub(super) async fn everything(call: &Call<'_>) -> Result<Response, RequestError> {
    let projection = call.projection()?;
    let rules = Rules { keep_unknown: true, ..call.rules };
    let paging = Paging::of(call, "").await?;
    let mut users = query(call, &projection, Kind::User, rules, &paging)?;
    let mut groups = query(call, &projection, Kind::Group, rules, &paging)?;
    let (by, order) = (call.parameters.one("sortBy")?, call.parameters.one("sortOrder")?);
    [users.sort, groups.sort] = Sort::parse_both(by, order, &call.access.schemas)?;
    let page = call.store.search(&call.access, users, groups).await?;
    paging.respond(call, &projection, "", page).await
}

/// The query, but for its paging.
fn query(
    call: &Call<'_>,
    projection: &Projection,
    kind: Kind,
    rules: Rules,
    paging: &Paging,
) -> Result<Query, ScimError> {
    let filter = call.parameters.one("filter")?.map(str::parse::<Filter>).transpose()?;
    if let Some(filter) = &filter {
        let (terms, most) = (filter.terms(), call.bounds.filter_terms);
        if terms > most {
            return Err(ScimError::invalid_filter(format!("the filter holds {terms} comparisons; the most is {most}")));
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

/// Whether the rows beside the document are needed: a group of 100,000 members can be read without them.
pub(super) fn wants_members(projection: &Projection, kind: Kind) -> bool {
    projection.wants(match kind {
        Kind::User => "groups",
        Kind::Group => "members",
    })
}

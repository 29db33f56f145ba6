//! Lists: by rank where there is no filter, by columns and indexes as far as they answer one, else by a scan that holds
//! one resource at a time.

use rusqlite::types::Value as Sql;
use rusqlite::{Connection, params, params_from_iter};
use serde_json::json;

use super::super::{Access, Found, Page, Query, StoreError};
use super::filter_sql::{Condition, compile};
use super::read;
use super::rows::{self, kind_code};
use crate::base::clock::rfc3339;
use crate::scim::resource::{Kind, Resource};
use crate::scim::{Filter, Object};

/// Rows to a block of the kept counts: skipping within one costs some tens of microseconds at most.
pub(super) const BLOCK: i64 = 1_024;

/// The block of a row.
pub(super) const fn block_of(row: i64) -> i64 {
    row / BLOCK
}

/// What the columns say about a query's filter.
pub(super) fn plan(access: &Access, kind: Kind, query: &Query) -> Option<Condition> {
    compile(query.filter.as_ref()?, kind, &access.schemas)
}

/// A page of a list.
pub(super) fn page(
    connection: &Connection,
    access: &Access,
    kind: Kind,
    query: &Query,
    plan: Option<&Condition>,
) -> Result<Page, StoreError> {
    let Some(directory) = rows::directory_row(connection, &access.directory.id)? else { return Ok(Page::default()) };
    match (&query.filter, plan) {
        (None, _) => by_rank(connection, directory, kind, query),
        (Some(_), Some(plan)) => by_condition(connection, access, directory, kind, query, plan),
        (Some(_), None) => by_scan(connection, access, directory, kind, query),
    }
}

/// A page from an index, or from columns alone.
fn by_condition(
    connection: &Connection,
    access: &Access,
    directory: i64,
    kind: Kind,
    query: &Query,
    plan: &Condition,
) -> Result<Page, StoreError> {
    let candidates = candidates(connection, directory, kind, plan)?;
    if plan.exact {
        let from = usize::try_from(query.start_index.max(1) - 1).unwrap_or(usize::MAX);
        let mut page = Page { total: u64::try_from(candidates.len()).unwrap_or_default(), found: Vec::new() };
        for row in candidates.into_iter().skip(from).take(query.count) {
            if let Some((row, resource)) = read::at_row(connection, row)? {
                page.found.push(read::complete(connection, row, resource, query.with_members)?);
            }
        }
        return Ok(page);
    }
    let mut selected = Selected::new(access, query);
    for row in candidates {
        if let Some((row, resource)) = read::at_row(connection, row)? {
            selected.offer(connection, row, resource)?;
        }
    }
    Ok(selected.page)
}

/// The rows that a condition lets through, in the order of lists: eight bytes each.
fn candidates(connection: &Connection, directory: i64, kind: Kind, plan: &Condition) -> Result<Vec<i64>, StoreError> {
    // The kind stands in the statement, since the indexes of names are partial.
    let sql = format!(
        "SELECT row FROM resource {} WHERE directory = ?1 AND kind = {} AND {}",
        plan.by.index(kind),
        kind_code(kind),
        plan.sql
    );
    let values = std::iter::once(&Sql::Integer(directory)).chain(&plan.values).cloned().collect::<Vec<_>>();
    let mut find = connection.prepare_cached(&sql)?;
    let found = find.query_map(params_from_iter(values), |row| row.get(0))?;
    let mut found: Vec<i64> = found.collect::<Result<_, _>>()?;
    found.sort_unstable();
    Ok(found)
}

/// A page by judging each document, one at a time.
fn by_scan(
    connection: &Connection,
    access: &Access,
    directory: i64,
    kind: Kind,
    query: &Query,
) -> Result<Page, StoreError> {
    let mut selected = Selected::new(access, query);
    let mut scan = connection.prepare_cached(&format!(
        "SELECT {} FROM resource r INDEXED BY resource_in_order
         WHERE r.directory = ?1 AND r.kind = ?2 ORDER BY r.row",
        rows::RESOURCE
    ))?;
    for found in scan.query_and_then(params![directory, kind_code(kind)], rows::resource)? {
        let (row, resource) = found?;
        selected.offer(connection, row, resource)?;
    }
    Ok(selected.page)
}

/// A page of all resources, found by the kept counts: the blocks before the first one are passed over, then rows of the
/// index, never documents.
fn by_rank(connection: &Connection, directory: i64, kind: Kind, query: &Query) -> Result<Page, StoreError> {
    let skip = i64::try_from(query.start_index.max(1) - 1).unwrap_or(i64::MAX);
    let (mut total, mut start) = (0_i64, None);
    let mut blocks = connection
        .prepare_cached("SELECT block, resources FROM block WHERE directory = ?1 AND kind = ?2 ORDER BY block")?;
    let mut blocks = blocks.query(params![directory, kind_code(kind)])?;
    while let Some(row) = blocks.next()? {
        let (block, resources): (i64, i64) = (row.get(0)?, row.get(1)?);
        if start.is_none() && total + resources > skip {
            start = Some((block * BLOCK, skip - total));
        }
        total += resources;
    }
    let mut page = Page { total: u64::try_from(total).unwrap_or_default(), found: Vec::new() };
    let Some((from, offset)) = start.filter(|_| query.count > 0) else { return Ok(page) };
    // The inner select walks the index alone; its OFFSET is less than a block.
    let mut rows = connection.prepare_cached(&format!(
        "SELECT {} FROM (
             SELECT row FROM resource INDEXED BY resource_in_order
             WHERE directory = ?1 AND kind = ?2 AND row >= ?3 ORDER BY row LIMIT ?4 OFFSET ?5
         ) page JOIN resource r ON r.row = page.row ORDER BY r.row",
        rows::RESOURCE
    ))?;
    let count = i64::try_from(query.count).unwrap_or(i64::MAX);
    for found in rows.query_and_then(params![directory, kind_code(kind), from, count, offset], rows::resource)? {
        let (row, resource) = found?;
        page.found.push(read::complete(connection, row, resource, query.with_members)?);
    }
    Ok(page)
}

/// The page while resources are offered to it in order.
struct Selected<'a> {
    access: &'a Access,
    query: &'a Query,
    /// The filter speaks of members or groups, which are rows of their own.
    relations: bool,
    page: Page,
}

impl<'a> Selected<'a> {
    fn new(access: &'a Access, query: &'a Query) -> Self {
        let relations = query.filter.as_ref().is_some_and(|filter| names(filter, &["members", "groups"]));
        Self { access, query, relations, page: Page::default() }
    }

    fn offer(&mut self, connection: &Connection, row: i64, resource: Resource) -> Result<(), StoreError> {
        let Some(filter) = &self.query.filter else { return Ok(()) };
        let kind = resource.kind;
        let mut found = Found { resource, members: Vec::new(), groups: Vec::new() };
        if self.relations {
            found = read::complete(connection, row, found.resource, true)?;
        }
        if !filter.matches(&shown(&found), kind, &self.access.schemas) {
            return Ok(());
        }
        self.page.total += 1;
        let place = self.page.total;
        if place >= self.query.start_index.max(1) && self.page.found.len() < self.query.count {
            let complete = read::complete(connection, row, found.resource, self.query.with_members)?;
            self.page.found.push(complete);
        }
        Ok(())
    }
}

/// Whether a filter speaks of one of these attributes.
fn names(filter: &Filter, wanted: &[&str]) -> bool {
    match filter {
        Filter::And(one, other) | Filter::Or(one, other) => names(one, wanted) || names(other, wanted),
        Filter::Not(inner) => names(inner, wanted),
        Filter::Present(path) | Filter::Compare(path, ..) | Filter::Has(path, _) => {
            wanted.iter().any(|name| path.name.eq_ignore_ascii_case(name))
        }
    }
}

/// The document as a client sees it, but for `meta.location` and `$ref`, which are made when answering.
fn shown(found: &Found) -> Object {
    let resource = &found.resource;
    let mut document = resource.document.clone();
    document.insert("id".to_owned(), resource.id.clone().into());
    document.insert(
        "meta".to_owned(),
        json!({
            "resourceType": resource.kind.name(),
            "created": rfc3339(resource.created),
            "lastModified": rfc3339(resource.last_modified),
            "version": format!("W/\"{}\"", resource.version),
        }),
    );
    if !found.members.is_empty() {
        let members = found.members.iter().map(|(member, kind)| match &member.display {
            Some(display) => json!({"value": member.value, "display": display, "type": kind.name()}),
            None => json!({"value": member.value, "type": kind.name()}),
        });
        document.insert("members".to_owned(), members.collect());
    }
    if !found.groups.is_empty() {
        let groups = found.groups.iter().map(|(id, name)| json!({"value": id, "display": name, "type": "direct"}));
        document.insert("groups".to_owned(), groups.collect());
    }
    document
}

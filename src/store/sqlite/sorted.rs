//! Sorted lists: by an index if the order is that of names, else by SQLite's sorter. The sorter holds a key and a row
//! number for each resource (in an unfiltered list: for each up to the end of the page) and spills to a temporary file.
//! Documents are read one at a time. Users and groups are sorted apart and merged.

use std::cmp::Ordering;

use rusqlite::functions::FunctionFlags;
use rusqlite::types::{Value as Sql, ValueRef};
use rusqlite::{Connection, Rows, params_from_iter};

use super::super::{Access, StoreError};
use super::page_builder::{Draft, PageBuilder};
use super::plan::{ListPlan, Paging};
use super::position::Position;
use super::rows::document;
use super::scan_filter::{Candidates, ScanFilter, satisfies};
use super::{blocks, sort_sql};
use crate::directory::profile::email;
use crate::scim::attr::fold;
use crate::scim::sort::{Key, SortBy};

/// Adds SQL functions to a connection: `sort_key(document, spec)` returns the value that a [`SortBy`] in JSON extracts,
/// `profile_email(document)` the address of a directory user, `folded(text)` the text without letter case.
pub(super) fn register(connection: &Connection) -> Result<(), StoreError> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_DIRECTONLY;
    connection.create_scalar_function("sort_key", 2, flags, |context| {
        let by = context.get_or_create_aux(1, |spec: ValueRef<'_>| {
            serde_json::from_str::<SortBy>(spec.as_str()?).map_err(unreadable)
        })?;
        let document = document(context.get_raw(0).as_str()?).map_err(unreadable)?;
        Ok(match by.key(&document) {
            None => Sql::Null,
            Some(Key::Text(text)) => Sql::Text(text),
            Some(Key::Whole(number)) => Sql::Integer(number),
            Some(Key::Fraction(number)) => Sql::Real(number),
        })
    })?;
    connection
        .create_scalar_function("folded", 1, flags, |context| Ok(context.get_raw(0).as_str_or_null()?.map(fold)))?;
    connection.create_scalar_function("profile_email", 1, flags, |context| {
        let document = document(context.get_raw(0).as_str()?).map_err(unreadable)?;
        Ok(email(&document))
    })?;
    Ok(())
}

fn unreadable(error: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::UserFunctionError(Box::new(error))
}

/// Returns a page of a sorted list, of one resource type or of several.
pub(super) fn page(
    connection: &Connection,
    access: &Access,
    directory: i64,
    plans: &[ListPlan],
    paging: &Paging,
) -> Result<Draft, StoreError> {
    let descending = plans.iter().any(|plan| plan.sort.as_ref().is_some_and(|sort| sort.descending));
    let unfiltered = plans.iter().all(|plan| plan.filter.is_none());
    let mut page = PageBuilder::new(connection, paging);
    if !unfiltered || paging.count > 0 {
        let mut statements = Vec::new();
        for plan in plans {
            let (sql, values) = sort_sql::select(plan, paging, directory, descending)?;
            statements.push((connection.prepare_cached(&sql)?, values));
        }
        let mut streams = Vec::new();
        for ((statement, values), plan) in statements.iter_mut().zip(plans) {
            let is_exact = plan.condition.as_ref().is_some_and(|condition| condition.exact);
            let candidates = if is_exact { Candidates::Exact } else { Candidates::Many };
            let filter = ScanFilter::of(connection, access, plan, candidates);
            let rows = statement.query(params_from_iter(values.iter()))?;
            let mut stream = SortedRows { rows, plan, filter, head: None };
            stream.advance()?;
            streams.push(stream);
        }
        merge(&mut page, connection, &mut streams, descending, unfiltered)?;
    }
    if unfiltered {
        let totals = plans.iter().map(|plan| blocks::total(connection, directory, plan.kind));
        page.draft.total = totals.sum::<Result<u64, StoreError>>()?;
    }
    Ok(page.draft)
}

/// Merges the streams into the page. Of an unfiltered list it reads no more than the page needs.
fn merge(
    page: &mut PageBuilder<'_>,
    connection: &Connection,
    streams: &mut [SortedRows<'_>],
    descending: bool,
    unfiltered: bool,
) -> Result<(), StoreError> {
    while let Some((stream, position)) = next(streams, descending)? {
        if !satisfies(stream.filter.as_ref(), connection, position.row)? {
            continue;
        }
        let is_after = |after: &Position| position.compare(after, descending) == Ordering::Greater;
        if page.count_match(position.kind, is_after) {
            page.add_row(position, stream.plan.with_members)?;
        }
        if unfiltered && page.is_full() {
            break;
        }
    }
    Ok(())
}

/// The resources of one type in their order.
struct SortedRows<'a> {
    rows: Rows<'a>,
    plan: &'a ListPlan,
    filter: Option<ScanFilter<'a>>,
    /// The next position; `None` at the end.
    head: Option<Position>,
}

impl SortedRows<'_> {
    fn advance(&mut self) -> Result<(), StoreError> {
        self.head = match self.rows.next()? {
            Some(found) => {
                let (row, key) = (found.get(0)?, sort_sql::key(found.get_ref(1)?)?);
                Some(Position { kind: self.plan.kind, row, key })
            }
            None => None,
        };
        Ok(())
    }
}

/// Takes the next position of all streams.
fn next<'s, 'a>(
    streams: &'s mut [SortedRows<'a>],
    descending: bool,
) -> Result<Option<(&'s SortedRows<'a>, Position)>, StoreError> {
    let mut least: Option<usize> = None;
    for (at, stream) in streams.iter().enumerate() {
        let Some(head) = &stream.head else { continue };
        let before = least.and_then(|least| streams.get(least)?.head.as_ref());
        if before.is_none_or(|before| head.compare(before, descending) == Ordering::Less) {
            least = Some(at);
        }
    }
    let Some(stream) = least.and_then(|least| streams.get_mut(least)) else { return Ok(None) };
    let head = stream.head.take();
    stream.advance()?;
    Ok(head.map(|position| (&*stream, position)))
}

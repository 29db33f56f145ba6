//! Sorted lists: by an index where the order is that of names, else by SQLite's sorter. That one holds a key and a row
//! number for each resource (of an unfiltered list: for each up to the end of the page) and goes to a temporary file with
//! many of them. Documents are read one at a time. Users and groups are sorted apart and merged.

use std::cmp::Ordering;

use rusqlite::functions::FunctionFlags;
use rusqlite::types::{Value as Sql, ValueRef};
use rusqlite::{Connection, Rows, params_from_iter};

use super::super::{Access, Page, PagePosition, Query, StoreError};
use super::filter_sql::Condition;
use super::list::{self, Candidates, PageBuilder};
use super::rows::document;
use super::scan_filter::ScanFilter;
use crate::scim::attr::fold;
use crate::scim::resource::Kind;
use crate::scim::sort::{Key, SortBy};

mod statement;

/// Makes `sort_key(document, spec)` known to a connection: the value that a [`SortBy`], written as JSON, finds.
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
    Ok(())
}

fn unreadable(error: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::UserFunctionError(Box::new(error))
}

/// What is asked of one type: its query, and what the columns say about the filter.
pub(super) type KindQuery<'a> = (Kind, &'a Query, Option<&'a Condition>);

/// A page of a sorted list, of one type or of several.
pub(super) fn page(
    connection: &Connection,
    access: &Access,
    directory: i64,
    parts: &[KindQuery<'_>],
) -> Result<Page, StoreError> {
    let Some((_, first, _)) = parts.first() else { return Ok(Page::default()) };
    let descending = parts.iter().any(|(_, query, _)| query.sort.as_ref().is_some_and(|sort| sort.descending));
    let unfiltered = first.filter.is_none();
    let mut window = PageBuilder::new(connection, first);
    if !unfiltered || first.count > 0 {
        let mut found = Vec::new();
        for part in parts {
            let (sql, values) = statement::of(*part, directory, descending)?;
            found.push((connection.prepare_cached(&sql)?, values));
        }
        let mut streams = Vec::new();
        for ((statement, values), (kind, query, plan)) in found.iter_mut().zip(parts) {
            let offered = if plan.is_some_and(|plan| plan.exact) { Candidates::Exact } else { Candidates::Many };
            let judge = list::judge(connection, access, *kind, query, offered);
            let rows = statement.query(params_from_iter(values.iter()))?;
            let mut stream = SortedRows { rows, kind: *kind, judge, with_members: query.with_members, head: None };
            stream.advance()?;
            streams.push(stream);
        }
        fill(&mut window, connection, &mut streams, descending, unfiltered)?;
    }
    if unfiltered {
        let totals = parts.iter().map(|(kind, ..)| list::total(connection, directory, *kind));
        window.page.total = totals.sum::<Result<u64, StoreError>>()?;
    }
    Ok(window.page)
}

/// Merges the streams into the page; of an unfiltered list no more is read than that needs.
fn fill(
    window: &mut PageBuilder<'_>,
    connection: &Connection,
    streams: &mut [SortedRows<'_>],
    descending: bool,
    unfiltered: bool,
) -> Result<(), StoreError> {
    while let Some((stream, row, here)) = next(streams, descending)? {
        if !list::satisfies(stream.judge.as_ref(), connection, row)? {
            continue;
        }
        if window.holds(|mark| compare(&here, mark, descending) == Ordering::Greater) {
            window.put(row, here, stream.with_members)?;
        }
        if unfiltered && window.page.next.is_some() {
            break;
        }
    }
    Ok(())
}

/// The resources of one type in their order.
struct SortedRows<'a> {
    rows: Rows<'a>,
    kind: Kind,
    judge: Option<ScanFilter<'a>>,
    with_members: bool,
    /// The next one; none at the end.
    head: Option<(i64, PagePosition)>,
}

impl SortedRows<'_> {
    fn advance(&mut self) -> Result<(), StoreError> {
        self.head = match self.rows.next()? {
            Some(found) => {
                let row = found.get(0)?;
                Some((row, list::mark(self.kind, row, statement::key(found.get_ref(1)?)?)))
            }
            None => None,
        };
        Ok(())
    }
}

/// The next of all streams.
fn next<'s, 'a>(
    streams: &'s mut [SortedRows<'a>],
    descending: bool,
) -> Result<Option<(&'s SortedRows<'a>, i64, PagePosition)>, StoreError> {
    let mut least: Option<usize> = None;
    for (at, stream) in streams.iter().enumerate() {
        let Some((_, head)) = &stream.head else { continue };
        let before = least.and_then(|least| streams.get(least)?.head.as_ref());
        if before.is_none_or(|(_, before)| compare(head, before, descending) == Ordering::Less) {
            least = Some(at);
        }
    }
    let Some(stream) = least.and_then(|least| streams.get_mut(least)) else { return Ok(None) };
    let head = stream.head.take();
    stream.advance()?;
    Ok(head.map(|(row, mark)| (&*stream, row, mark)))
}

/// Which of two comes first: by key, then users before groups, then in the order in which they were made; or all of that
/// from its end.
fn compare(one: &PagePosition, other: &PagePosition, descending: bool) -> Ordering {
    let order = Key::compare(one.key.as_ref(), other.key.as_ref()).then_with(|| one.kind.cmp(&other.kind));
    let order = order.then_with(|| one.row.cmp(&other.row));
    if descending { order.reverse() } else { order }
}

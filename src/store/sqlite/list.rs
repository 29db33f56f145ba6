//! Lists: by rank where there is no filter, by columns and indexes as far as they answer one, else by a scan that holds
//! one resource at a time.

use rusqlite::types::Value as Sql;
use rusqlite::{Connection, Row, params, params_from_iter};

use super::super::{Access, Page, PagePosition, Query, StoreError};
use super::filter_sql::{AccessPath, Condition, compile};
use super::read::{self, RelationReader};
use super::rows::{self, kind_code};
use super::scan_filter::{SCAN_COLUMNS, ScanFilter};
use super::sorted;
use crate::scim::resource::Kind;
use crate::scim::sort::Key;

/// Rows to a block of the kept counts: skipping within one costs some tens of microseconds at most.
pub(super) const BLOCK: i64 = 1_024;

/// Fewer candidates than these are judged without preparing a search.
const FEW: usize = 256;

/// The blocks in which a directory has resources of a kind, in order, and how many.
const COUNTS: &str = "SELECT block, resources FROM block WHERE directory = ?1 AND kind = ?2 ORDER BY block";

/// The block of a row.
pub(super) const fn block_of(row: i64) -> i64 {
    row / BLOCK
}

/// What the columns say about a query's filter.
pub(super) fn plan(access: &Access, kind: Kind, query: &Query) -> Option<Condition> {
    compile(query.filter.as_ref()?, kind, &access.schemas)
}

/// Whether a page surely takes few steps: an entry found by its rank, or by an index that leaves little over.
pub(super) fn is_short(query: &Query, plan: Option<&Condition>) -> bool {
    match plan {
        _ if query.sort.is_some() => false,
        None => query.filter.is_none(),
        Some(plan) => matches!(plan.by, AccessPath::Equal | AccessPath::Rows),
    }
}

/// A page of a list.
pub(super) fn page(
    connection: &Connection,
    access: &Access,
    directory: i64,
    kind: Kind,
    query: &Query,
    plan: Option<&Condition>,
) -> Result<Page, StoreError> {
    match (&query.filter, plan) {
        _ if query.sort.is_some() => sorted::page(connection, access, directory, &[(kind, query, plan)]),
        (None, _) => by_rank(connection, directory, kind, query),
        (Some(_), Some(plan)) => by_condition(connection, access, directory, kind, query, plan),
        (Some(_), None) => by_scan(connection, access, directory, kind, query),
    }
}

/// A page of users and groups in one list.
pub(super) fn search(
    connection: &Connection,
    access: &Access,
    directory: i64,
    queries: &[(Kind, Query); 2],
    plans: &[Option<Condition>; 2],
) -> Result<Page, StoreError> {
    let parts = queries.iter().zip(plans).map(|((kind, query), plan)| (*kind, query, plan.as_ref()));
    if queries.iter().any(|(_, query)| query.sort.is_some()) {
        return sorted::page(connection, access, directory, &parts.collect::<Vec<_>>());
    }
    let mut all = Page::default();
    for (kind, query, plan) in parts {
        let mut part = query.clone();
        part.count = query.count.saturating_sub(all.resources.len());
        part.start_index = query.start_index.max(1).saturating_sub(all.total).max(1);
        let is_past = query.after.as_ref().is_some_and(|mark| kind < mark.kind);
        if is_past {
            part.count = 0;
        }
        if query.after.as_ref().is_some_and(|mark| kind > mark.kind) {
            (part.after, part.start_index) = (None, 1);
        }
        let page = page(connection, access, directory, kind, &part, plan)?;
        all.total += page.total;
        all.resources.extend(page.resources);
        // Those before filled the page: the next one begins with these.
        let follows = part.count == 0 && query.count > 0 && !is_past && page.total > 0;
        all.next = all.next.or(page.next).or_else(|| follows.then_some(PagePosition { kind, row: 0, key: None }));
    }
    Ok(all)
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
    let offered = match plan.exact {
        true => Candidates::Exact,
        false if candidates.len() < FEW => Candidates::Few,
        false => Candidates::Many,
    };
    let mut selected = UnsortedPage::new(connection, access, kind, query, offered);
    for row in candidates {
        selected.offer_row(row)?;
    }
    Ok(selected.window.page)
}

/// A page of what equality finds, unsorted.
pub(super) fn few(
    connection: &Connection,
    access: &Access,
    directory: i64,
    kind: Kind,
    query: &Query,
    plan: &Condition,
) -> Result<Page, StoreError> {
    let is_first = query.start_index <= 1 && query.after.is_none() && query.count > 0;
    if is_first
        && plan.exact
        && let Some(page) = one(connection, directory, kind, query, plan)?
    {
        return Ok(page);
    }
    read::snapshot(connection, |connection| by_condition(connection, access, directory, kind, query, plan))
}

/// The first page where no more than one resource satisfies an exact condition, as with `userName eq`: found and read by one
/// statement. `None` where more do.
fn one(
    connection: &Connection,
    directory: i64,
    kind: Kind,
    query: &Query,
    plan: &Condition,
) -> Result<Option<Page>, StoreError> {
    let mut find = connection.prepare_cached(&select(rows::RESOURCE, kind, plan))?;
    let mut rows = find.query(params_from_iter(values(directory, plan)))?;
    let mut page = Page::default();
    if let Some(found) = rows.next()? {
        let (row, resource) = rows::resource(found)?;
        // Before the next step, with which this state of the database may be given up.
        page.resources.push(RelationReader::new(connection).complete(row, resource, query.with_members)?);
        page.total = 1;
        if rows.next()?.is_some() {
            return Ok(None);
        }
    }
    Ok(Some(page))
}

/// Selects what a condition lets through.
fn select(columns: &str, kind: Kind, plan: &Condition) -> String {
    // The kind stands in the statement, since the indexes of names are partial.
    let (index, kind, condition) = (plan.by.index(kind), kind_code(kind), &plan.sql);
    format!("SELECT {columns} FROM resource r {index} WHERE directory = ?1 AND kind = {kind} AND {condition}")
}

fn values(directory: i64, plan: &Condition) -> impl Iterator<Item = Sql> {
    std::iter::once(Sql::Integer(directory)).chain(plan.values.iter().cloned())
}

/// The rows that a condition lets through, in the order of lists: eight bytes each.
fn candidates(connection: &Connection, directory: i64, kind: Kind, plan: &Condition) -> Result<Vec<i64>, StoreError> {
    let mut find = connection.prepare_cached(&select("row", kind, plan))?;
    let found = find.query_map(params_from_iter(values(directory, plan)), |row| row.get(0))?;
    let mut found: Vec<i64> = found.collect::<Result<_, _>>()?;
    found.sort_unstable();
    Ok(found)
}

/// A page by judging each document, one at a time, block after block. Where a block is mostly of this directory and kind
/// its rows are read as they stand; else the index finds them.
fn by_scan(
    connection: &Connection,
    access: &Access,
    directory: i64,
    kind: Kind,
    query: &Query,
) -> Result<Page, StoreError> {
    let mut selected = UnsortedPage::new(connection, access, kind, query, Candidates::Many);
    let scan = |index: &str| {
        connection.prepare_cached(&format!(
            "SELECT {SCAN_COLUMNS} FROM resource r {index}
             WHERE r.row >= ?1 AND r.row < ?2 AND r.directory = ?3 AND r.kind = ?4 ORDER BY r.row"
        ))
    };
    let (mut dense, mut sparse) = (scan("NOT INDEXED")?, scan("INDEXED BY resource_in_order")?);
    let mut blocks = connection.prepare_cached(COUNTS)?;
    let mut blocks = blocks.query(params![directory, kind_code(kind)])?;
    while let Some(block) = blocks.next()? {
        let (block, resources): (i64, i64) = (block.get(0)?, block.get(1)?);
        let scan = if resources > BLOCK / 4 { &mut dense } else { &mut sparse };
        let mut rows = scan.query(params![block * BLOCK, (block + 1) * BLOCK, directory, kind_code(kind)])?;
        while let Some(row) = rows.next()? {
            selected.offer(row)?;
        }
    }
    Ok(selected.window.page)
}

/// A page of all resources, found by the kept counts: the blocks before the first one are passed over, then rows of the
/// index, never documents.
fn by_rank(connection: &Connection, directory: i64, kind: Kind, query: &Query) -> Result<Page, StoreError> {
    let after = query.after.as_ref().map(|mark| i64::try_from(mark.row).unwrap_or(i64::MAX - 1));
    let skip = i64::try_from(query.start_index.max(1) - 1).unwrap_or(i64::MAX);
    let (mut total, mut start) = (0_i64, None);
    let mut blocks = connection.prepare_cached(COUNTS)?;
    let mut blocks = blocks.query(params![directory, kind_code(kind)])?;
    while let Some(row) = blocks.next()? {
        let (block, resources): (i64, i64) = (row.get(0)?, row.get(1)?);
        if start.is_none() && total + resources > skip {
            start = Some((block * BLOCK, skip - total));
        }
        total += resources;
    }
    let mut page = Page { total: u64::try_from(total).unwrap_or_default(), ..Page::default() };
    let mut beside = RelationReader::new(connection);
    let start = after.map_or(start, |after| Some((after + 1, 0)));
    let Some((from, offset)) = start.filter(|_| query.count > 0) else { return Ok(page) };
    // The inner select walks the index alone; its OFFSET is less than a block.
    let mut rows = connection.prepare_cached(&format!(
        "SELECT {} FROM (
             SELECT row FROM resource INDEXED BY resource_in_order
             WHERE directory = ?1 AND kind = ?2 AND row >= ?3 ORDER BY row LIMIT ?4 OFFSET ?5
         ) page JOIN resource r ON r.row = page.row ORDER BY r.row",
        rows::RESOURCE
    ))?;
    // One more than the page holds, to see whether another follows.
    let count = i64::try_from(query.count).unwrap_or(i64::MAX).saturating_add(1);
    let mut last = None;
    for found in rows.query_and_then(params![directory, kind_code(kind), from, count, offset], rows::resource)? {
        let (row, resource) = found?;
        if page.resources.len() == query.count {
            page.next = last;
            break;
        }
        last = Some(mark(kind, row, None));
        page.resources.push(beside.complete(row, resource, query.with_members)?);
    }
    Ok(page)
}

/// Where a resource stands.
pub(super) fn mark(kind: Kind, row: i64, key: Option<Key>) -> PagePosition {
    PagePosition { kind, row: u64::try_from(row).unwrap_or_default(), key }
}

/// How many resources of a kind a directory has, from the kept counts.
pub(super) fn total(connection: &Connection, directory: i64, kind: Kind) -> Result<u64, StoreError> {
    let mut sum = connection
        .prepare_cached("SELECT coalesce(sum(resources), 0) FROM block WHERE directory = ?1 AND kind = ?2")?;
    let total: i64 = sum.query_row(params![directory, kind_code(kind)], |row| row.get(0))?;
    Ok(u64::try_from(total).unwrap_or_default())
}

/// What is offered to a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Candidates {
    /// It satisfies the filter, so that only what the page holds is read.
    Exact,
    /// So little that preparing a search would take longer than parsing it.
    Few,
    Many,
}

/// The page while what satisfies the filter is counted, in order.
pub(super) struct PageBuilder<'a> {
    connection: &'a Connection,
    query: &'a Query,
    beside: RelationReader<'a>,
    /// The last resource of the page.
    last: Option<PagePosition>,
    pub(super) page: Page,
}

impl<'a> PageBuilder<'a> {
    pub(super) fn new(connection: &'a Connection, query: &'a Query) -> Self {
        Self { connection, query, beside: RelationReader::new(connection), last: None, page: Page::default() }
    }

    /// Counts a resource; whether the page holds it. `is_after`: whether it comes after a mark.
    pub(super) fn holds(&mut self, is_after: impl FnOnce(&PagePosition) -> bool) -> bool {
        self.page.total += 1;
        let begun = match &self.query.after {
            Some(mark) => is_after(mark),
            None => self.page.total >= self.query.start_index.max(1),
        };
        if !begun || self.query.count == 0 {
            return false;
        }
        if self.page.resources.len() < self.query.count {
            return true;
        }
        if self.page.next.is_none() {
            self.page.next = self.last.take();
        }
        false
    }

    /// Puts what stands at a mark on the page.
    pub(super) fn put(&mut self, row: i64, mark: PagePosition, with_members: bool) -> Result<(), StoreError> {
        if let Some((row, resource)) = read::at_row(self.connection, row)? {
            self.page.resources.push(self.beside.complete(row, resource, with_members)?);
            self.last = Some(mark);
        }
        Ok(())
    }
}

/// Who judges what is offered; nobody where that is sure to satisfy the filter.
pub(super) fn judge<'a>(
    connection: &'a Connection,
    access: &'a Access,
    kind: Kind,
    query: &'a Query,
    offered: Candidates,
) -> Option<ScanFilter<'a>> {
    let filter = query.filter.as_ref().filter(|_| offered != Candidates::Exact)?;
    Some(ScanFilter::new(connection, access, kind, filter, offered == Candidates::Many))
}

/// Whether what stands at a row satisfies the filter.
pub(super) fn satisfies(judge: Option<&ScanFilter<'_>>, connection: &Connection, row: i64) -> Result<bool, StoreError> {
    let Some(judge) = judge else { return Ok(true) };
    let mut find = connection.prepare_cached(&format!("SELECT {SCAN_COLUMNS} FROM resource r WHERE r.row = ?1"))?;
    let mut found = find.query([row])?;
    found.next()?.map_or(Ok(false), |found| judge.holds(found))
}

/// The page of an unsorted list while rows are offered to it in order.
struct UnsortedPage<'a> {
    kind: Kind,
    judge: Option<ScanFilter<'a>>,
    window: PageBuilder<'a>,
}

impl<'a> UnsortedPage<'a> {
    fn new(connection: &'a Connection, access: &'a Access, kind: Kind, query: &'a Query, offered: Candidates) -> Self {
        let judge = judge(connection, access, kind, query, offered);
        Self { kind, judge, window: PageBuilder::new(connection, query) }
    }

    /// Offers what stands at a row.
    fn offer_row(&mut self, row: i64) -> Result<(), StoreError> {
        if satisfies(self.judge.as_ref(), self.window.connection, row)? { self.take(row) } else { Ok(()) }
    }

    /// Offers what stands at a row with columns [`SCAN_COLUMNS`].
    fn offer(&mut self, row: &Row<'_>) -> Result<(), StoreError> {
        match &self.judge {
            Some(judge) if !judge.holds(row)? => Ok(()),
            _ => self.take(row.get(0)?),
        }
    }

    fn take(&mut self, row: i64) -> Result<(), StoreError> {
        let at = mark(self.kind, row, None);
        if self.window.holds(|mark| at.row > mark.row) {
            self.window.put(row, at, self.window.query.with_members)?;
        }
        Ok(())
    }
}

//! Lists. Without a filter, pages are found by rank; with one, by columns and indexes as far as these can express it,
//! else by a scan that holds one resource in memory at a time.

use rusqlite::types::Value as Sql;
use rusqlite::{Connection, params, params_from_iter};

use super::super::{Access, StoreError};
use super::blocks::{BLOCK, COUNTS};
use super::filter_sql::Condition;
use super::page_builder::{Draft, PageBuilder};
use super::plan::{ListPlan, Paging};
use super::position::Position;
use super::rows::{self, kind_code};
use super::scan_filter::{Candidates, SCAN_COLUMNS, ScanFilter, satisfies};
use super::{read, sorted};

/// With fewer candidates than this, the filter is evaluated without first preparing a search of the documents' bytes.
const FEW: usize = 256;

/// Returns a page of a list.
pub(super) fn page(
    connection: &Connection,
    access: &Access,
    directory: i64,
    plan: &ListPlan,
    paging: &Paging,
) -> Result<Draft, StoreError> {
    match (&plan.filter, &plan.condition) {
        _ if plan.sort.is_some() => sorted::page(connection, access, directory, std::slice::from_ref(plan), paging),
        (None, _) => by_rank(connection, directory, plan, paging),
        (Some(_), Some(condition)) => by_condition(connection, access, directory, plan, condition, paging),
        (Some(_), None) => by_scan(connection, access, directory, plan, paging),
    }
}

/// Returns a page of users and groups in one list: sorted together, or else users before groups.
pub(super) fn search(
    connection: &Connection,
    access: &Access,
    directory: i64,
    plans: &[ListPlan; 2],
    paging: &Paging,
) -> Result<Draft, StoreError> {
    if plans.iter().any(|plan| plan.sort.is_some()) {
        return sorted::page(connection, access, directory, plans, paging);
    }
    let mut all = Draft::default();
    for plan in plans {
        let is_past = paging.after.as_ref().is_some_and(|after| plan.kind < after.kind);
        // A page that has ended takes nothing of the kinds that follow; these are only counted.
        let is_over = is_past || all.next.is_some();
        let of_kind = Paging {
            start_index: paging.start_index.saturating_sub(all.total).max(1),
            after: paging.after.clone().filter(|after| plan.kind == after.kind),
            count: if is_over { 0 } else { paging.count.saturating_sub(all.resources.len()) },
            bytes: paging.bytes.saturating_sub(all.bytes),
            takes_first: all.resources.is_empty(),
            is_point_read: false,
        };
        let of_kind = match &paging.after {
            Some(after) if plan.kind != after.kind => Paging { start_index: 1, ..of_kind },
            _ => of_kind,
        };
        let page = page(connection, access, directory, plan, &of_kind)?;
        all.total += page.total;
        all.bytes += page.bytes;
        all.resources.extend(page.resources);
        // The kinds before filled the page: the next page begins with this kind.
        let follows = of_kind.count == 0 && paging.count > 0 && !is_past && page.total > 0;
        all.next = all.next.or(page.next).or_else(|| follows.then_some(Position::before(plan.kind)));
    }
    Ok(all)
}

/// Returns a page from an index, or from columns alone.
fn by_condition(
    connection: &Connection,
    access: &Access,
    directory: i64,
    plan: &ListPlan,
    condition: &Condition,
    paging: &Paging,
) -> Result<Draft, StoreError> {
    let rows = candidates(connection, directory, plan, condition)?;
    let candidates = match condition.exact {
        true => Candidates::Exact,
        false if rows.len() < FEW => Candidates::Few,
        false => Candidates::Many,
    };
    let filter = ScanFilter::of(connection, access, plan, candidates);
    let mut page = PageBuilder::new(connection, paging);
    for row in rows {
        if satisfies(filter.as_ref(), connection, row)? {
            take(&mut page, plan, row)?;
        }
    }
    Ok(page.draft)
}

/// Returns a page of what an equality finds, unsorted. `None` if it takes more than a point read may.
pub(super) fn lookup(
    connection: &Connection,
    access: &Access,
    directory: i64,
    plan: &ListPlan,
    paging: &Paging,
) -> Result<Option<Draft>, StoreError> {
    let Some(condition) = &plan.condition else { return Ok(None) };
    let paging = &Paging { is_point_read: true, ..paging.clone() };
    let is_first = paging.start_index == 1 && paging.after.is_none() && paging.count > 0;
    if is_first
        && condition.exact
        && let Some(page) = single_match(connection, directory, plan, condition, paging)?
    {
        return Ok(Some(page).filter(|page| !page.is_too_large));
    }
    let page = |connection: &_| by_condition(connection, access, directory, plan, condition, paging);
    Ok(Some(read::snapshot(connection, page)?).filter(|page| !page.is_too_large))
}

/// Returns the first page if no more than one resource satisfies an exact condition, as with `userName eq`: one statement
/// finds and reads it. Returns `None` if more do.
fn single_match(
    connection: &Connection,
    directory: i64,
    plan: &ListPlan,
    condition: &Condition,
    paging: &Paging,
) -> Result<Option<Draft>, StoreError> {
    let mut find = connection.prepare_cached(&select(rows::RESOURCE, plan, condition))?;
    let mut rows = find.query(params_from_iter(values(directory, condition)))?;
    let mut page = PageBuilder::new(connection, paging);
    if let Some(found) = rows.next()? {
        page.draft.total = 1;
        // Before the next step, which may end the statement and with it this state of the database.
        page.add(found, None, plan.with_members)?;
        if rows.next()?.is_some() {
            return Ok(None);
        }
    }
    Ok(Some(page.draft))
}

/// Selects the rows that satisfy a condition.
fn select(columns: &str, plan: &ListPlan, condition: &Condition) -> String {
    // The kind is a literal, since the indexes of names are partial.
    let (index, kind, sql) = (condition.path.index(plan.kind), kind_code(plan.kind), &condition.sql);
    format!("SELECT {columns} FROM resource r {index} WHERE directory = ?1 AND kind = {kind} AND {sql}")
}

fn values(directory: i64, condition: &Condition) -> impl Iterator<Item = Sql> {
    std::iter::once(Sql::Integer(directory)).chain(condition.values.iter().cloned())
}

/// Returns the rows that satisfy a condition, in list order, at eight bytes each.
fn candidates(
    connection: &Connection,
    directory: i64,
    plan: &ListPlan,
    condition: &Condition,
) -> Result<Vec<i64>, StoreError> {
    let mut find = connection.prepare_cached(&select("row", plan, condition))?;
    let found = find.query_map(params_from_iter(values(directory, condition)), |row| row.get(0))?;
    let mut found: Vec<i64> = found.collect::<Result<_, _>>()?;
    found.sort_unstable();
    Ok(found)
}

/// Returns a page by evaluating the filter on every document, block after block. If a block belongs mostly to this
/// directory and kind, its rows are read in sequence; else through the index.
fn by_scan(
    connection: &Connection,
    access: &Access,
    directory: i64,
    plan: &ListPlan,
    paging: &Paging,
) -> Result<Draft, StoreError> {
    let filter = ScanFilter::of(connection, access, plan, Candidates::Many);
    let mut page = PageBuilder::new(connection, paging);
    let scan = |index: &str| {
        connection.prepare_cached(&format!(
            "SELECT {SCAN_COLUMNS} FROM resource r {index}
             WHERE r.row >= ?1 AND r.row < ?2 AND r.directory = ?3 AND r.kind = ?4 ORDER BY r.row"
        ))
    };
    let (mut dense, mut sparse) = (scan("NOT INDEXED")?, scan("INDEXED BY resource_in_order")?);
    let mut blocks = connection.prepare_cached(COUNTS)?;
    let mut blocks = blocks.query(params![directory, kind_code(plan.kind)])?;
    while let Some(block) = blocks.next()? {
        let (block, resources): (i64, i64) = (block.get(0)?, block.get(1)?);
        let scan = if resources > BLOCK / 4 { &mut dense } else { &mut sparse };
        let mut rows = scan.query(params![block * BLOCK, (block + 1) * BLOCK, directory, kind_code(plan.kind)])?;
        while let Some(row) = rows.next()? {
            if filter.as_ref().map_or(Ok(true), |filter| filter.matches(row))? {
                take(&mut page, plan, row.get(0)?)?;
            }
        }
    }
    Ok(page.draft)
}

/// Counts a match of an unsorted list and adds it if the page wants it.
fn take(page: &mut PageBuilder<'_>, plan: &ListPlan, row: i64) -> Result<(), StoreError> {
    if page.count_match(plan.kind, |after| row > after.row) {
        page.add_row(Position { kind: plan.kind, row, key: None }, plan.with_members)?;
    }
    Ok(())
}

/// Returns a page of all resources by the counts of their blocks: skips the blocks before the first resource, then rows
/// of the index, never documents.
fn by_rank(connection: &Connection, directory: i64, plan: &ListPlan, paging: &Paging) -> Result<Draft, StoreError> {
    let kind = kind_code(plan.kind);
    let skip = i64::try_from(paging.start_index - 1).unwrap_or(i64::MAX);
    let (mut total, mut start) = (0_i64, None);
    let mut blocks = connection.prepare_cached(COUNTS)?;
    let mut blocks = blocks.query(params![directory, kind])?;
    while let Some(row) = blocks.next()? {
        let (block, resources): (i64, i64) = (row.get(0)?, row.get(1)?);
        if start.is_none() && total + resources > skip {
            start = Some((block * BLOCK, skip - total));
        }
        total += resources;
    }
    let mut page = PageBuilder::new(connection, paging);
    page.draft.total = u64::try_from(total).unwrap_or_default();
    let start = paging.after.as_ref().map_or(start, |after| Some((after.row.saturating_add(1), 0)));
    let Some((from, offset)) = start.filter(|_| paging.count > 0) else { return Ok(page.draft) };
    // The inner select walks the index alone; its OFFSET is less than a block.
    let mut rows = connection.prepare_cached(&format!(
        "SELECT {} FROM (
             SELECT row FROM resource INDEXED BY resource_in_order
             WHERE directory = ?1 AND kind = ?2 AND row >= ?3 ORDER BY row LIMIT ?4 OFFSET ?5
         ) page JOIN resource r ON r.row = page.row ORDER BY r.row",
        rows::RESOURCE
    ))?;
    // One more than the page holds, to see whether another follows.
    let count = i64::try_from(paging.count).unwrap_or(i64::MAX).saturating_add(1);
    let mut rows = rows.query(params![directory, kind, from, count, offset])?;
    while !page.is_full()
        && let Some(row) = rows.next()?
    {
        page.add(row, None, plan.with_members)?;
    }
    Ok(page.draft)
}

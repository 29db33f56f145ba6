//! From a filter to a condition in SQL on what stands beside the document: id, userName or displayName, externalId, times.
//!
//! A condition never leaves out a resource that satisfies the filter. Where it also lets none through that doesn't, it is
//! exact, and no document is read to count; else every candidate's document is judged by the filter itself. What the
//! columns can't say (any other attribute, `not`) compiles to nothing, and the list is a scan.

use jiff::Timestamp;
use rusqlite::types::Value as Sql;

use super::list::BLOCK;
use super::rows::{id_bytes, kind_code};
use crate::scim::attr::fold;
use crate::scim::date_time::instant;
use crate::scim::filter::Compare;
use crate::scim::resource::Kind;
use crate::scim::{AttrPath, Filter, Schemas};

/// A condition on the table `resource`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Condition {
    /// With `?` for each of `values`, in order, and `?1` for the directory's row.
    pub(super) sql: String,
    pub(super) values: Vec<Sql>,
    /// It holds for no resource that the filter does not hold for.
    pub(super) exact: bool,
    pub(super) by: By,
}

/// The index through which candidates are found, the narrowest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum By {
    /// Equality, or several joined by `or`: SQLite picks.
    Equal,
    /// An externalId, asked for in each block.
    Blocks,
    /// A range of names.
    NameRange,
    /// All names, which the index holds without the documents.
    Names,
    /// All resources in order.
    Order,
}

impl By {
    /// The index to be used, for a kind.
    pub(super) const fn index(self, kind: Kind) -> &'static str {
        match (self, kind) {
            (Self::Equal | Self::Blocks, _) => "",
            (Self::NameRange | Self::Names, Kind::User) => "INDEXED BY user_by_name",
            (Self::NameRange | Self::Names, Kind::Group) => "INDEXED BY group_by_name",
            (Self::Order, _) => "INDEXED BY resource_in_order",
        }
    }
}

/// The condition of a filter, if the columns say anything about it.
pub(super) fn compile(filter: &Filter, kind: Kind, schemas: &Schemas) -> Option<Condition> {
    match filter {
        Filter::And(one, other) => match (compile(one, kind, schemas), compile(other, kind, schemas)) {
            (Some(one), Some(other)) => Some(both(one, other)),
            (Some(only), None) | (None, Some(only)) => Some(Condition { exact: false, ..only }),
            (None, None) => None,
        },
        Filter::Or(one, other) => Some(either(compile(one, kind, schemas)?, compile(other, kind, schemas)?)),
        Filter::Compare(path, compare, value) => comparison(path, *compare, value.as_str()?, kind, schemas),
        Filter::Not(_) | Filter::Present(_) | Filter::Has(..) => None,
    }
}

fn join(one: Condition, word: &str, other: Condition, by: By) -> Condition {
    let mut values = one.values;
    values.extend(other.values);
    Condition { sql: format!("({} {word} {})", one.sql, other.sql), values, exact: one.exact && other.exact, by }
}

fn both(one: Condition, other: Condition) -> Condition {
    let by = one.by.min(other.by);
    join(one, "AND", other, by)
}

fn either(one: Condition, other: Condition) -> Condition {
    let by = match (one.by, other.by) {
        (By::Equal, By::Equal) => By::Equal,
        (By::Order | By::Blocks, _) | (_, By::Order | By::Blocks) => By::Order,
        _ => By::Names,
    };
    join(one, "OR", other, by)
}

fn comparison(path: &AttrPath, compare: Compare, operand: &str, kind: Kind, schemas: &Schemas) -> Option<Condition> {
    let core = path.schema.as_deref().is_none_or(|urn| urn.eq_ignore_ascii_case(kind.urn()));
    if !core {
        return None;
    }
    let name = match kind {
        Kind::User => "userName",
        Kind::Group => "displayName",
    };
    let is = |wanted: &str| path.name.eq_ignore_ascii_case(wanted);
    let case_exact = schemas.find(kind, path).is_some_and(|attribute| attribute.case_exact);
    match path.sub.as_deref() {
        None if is("id") && compare == Compare::Eq => Some(id(operand)),
        None if is(name) && !case_exact => text("name", compare, &fold(operand), true),
        None if is("externalId") && case_exact && compare == Compare::Eq => Some(external_id(operand, kind)),
        None if is("externalId") && case_exact => text("external_id", compare, operand, false),
        Some(sub) if is("meta") && sub.eq_ignore_ascii_case("created") => moment("created_at", compare, operand),
        Some(sub) if is("meta") && sub.eq_ignore_ascii_case("lastModified") => {
            moment("last_modified", compare, operand)
        }
        _ => None,
    }
}

fn id(operand: &str) -> Condition {
    let (sql, values) = match id_bytes(operand) {
        Some(bytes) => ("id = ?", vec![Sql::Blob(bytes.to_vec())]),
        None => ("0", Vec::new()),
    };
    Condition { sql: sql.to_owned(), values, exact: true, by: By::Equal }
}

/// The index of externalIds is cut by blocks, so each block is asked. (The plus keeps SQLite from converting the index's
/// expression to the column's type, which the index could not serve.)
fn external_id(operand: &str, kind: Kind) -> Condition {
    let sql = format!(
        "row IN (SELECT e.row FROM block b CROSS JOIN resource e INDEXED BY resource_by_external_id
                 ON e.row / {BLOCK} = +b.block AND e.external_id = ? WHERE b.directory = ?1 AND b.kind = {})",
        kind_code(kind)
    );
    Condition { sql, values: vec![Sql::Text(operand.to_owned())], exact: true, by: By::Blocks }
}

/// A comparison of texts, byte by byte as both SQLite and the evaluator do it. `named`: the column is that of the index
/// of names.
fn text(column: &str, compare: Compare, operand: &str, named: bool) -> Option<Condition> {
    let all = if named { By::Names } else { By::Order };
    let range = if named { By::NameRange } else { By::Order };
    let one = |sql: &str, by| Condition {
        sql: format!("{column} {sql}"),
        values: vec![Sql::Text(operand.to_owned())],
        exact: true,
        by,
    };
    Some(match compare {
        Compare::Eq => one("= ?", By::Equal),
        Compare::Ne => one("IS NOT ?", all),
        Compare::Gt => one("> ?", range),
        Compare::Ge => one(">= ?", range),
        Compare::Lt => one("< ?", range),
        Compare::Le => one("<= ?", range),
        Compare::Co => Condition { sql: format!("instr({column}, ?) > 0"), ..one("", all) },
        Compare::Sw => match after_all_with(operand) {
            Some(end) => Condition {
                sql: format!("({column} >= ? AND {column} < ?)"),
                values: vec![Sql::Text(operand.to_owned()), Sql::Text(end)],
                ..one("", range)
            },
            None => one(">= ?", range),
        },
        Compare::Ew => return None,
    })
}

/// The least text that comes after all texts with this prefix; `None` where there is none.
fn after_all_with(prefix: &str) -> Option<String> {
    let mut text = prefix.to_owned();
    while let Some(last) = text.pop() {
        let next = (u32::from(last) + 1..=u32::from(char::MAX)).find_map(char::from_u32);
        if let Some(next) = next {
            text.push(next);
            return Some(text);
        }
    }
    None
}

/// A comparison of times: the operand may be finer than the column's milliseconds, so the bounds are taken one wider.
fn moment(column: &str, compare: Compare, operand: &str) -> Option<Condition> {
    let at: Timestamp = instant(operand)?;
    let millis = at.as_millisecond();
    let (sql, values) = match compare {
        Compare::Eq => (format!("{column} BETWEEN ? AND ?"), vec![millis - 1, millis + 1]),
        Compare::Gt | Compare::Ge => (format!("{column} >= ?"), vec![millis - 1]),
        Compare::Lt | Compare::Le => (format!("{column} <= ?"), vec![millis + 1]),
        Compare::Ne | Compare::Co | Compare::Sw | Compare::Ew => return None,
    };
    Some(Condition { sql, values: values.into_iter().map(Sql::Integer).collect(), exact: false, by: By::Order })
}

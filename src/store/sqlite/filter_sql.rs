//! From a filter to a condition in SQL on what stands beside the document: id, userName or displayName, externalId,
//! active, times, memberships.
//!
//! A condition never leaves out a resource that satisfies the filter. Where it also lets none through that doesn't, it is
//! exact, and no document is read to count; else every candidate's document is judged by the filter itself. What the
//! columns can't say (any other attribute) compiles to nothing, and where that is all, the list is a scan.

use rusqlite::types::Value as Sql;

use super::columns;
use crate::scim::resource::Kind;
use crate::scim::{Filter, Schemas};

/// A condition on the table `resource`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Condition {
    /// With `?` for each of `values`, in order, and `?1` for the directory's row.
    pub(super) sql: String,
    pub(super) values: Vec<Sql>,
    /// It holds for no resource that the filter does not hold for.
    pub(super) exact: bool,
    pub(super) by: AccessPath,
}

/// The way in which candidates are found, the narrowest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum AccessPath {
    /// Equality, or several joined by `or`: SQLite picks the index.
    Equal,
    /// Rows that a part of the condition lists: of an externalId, or of memberships.
    Rows,
    /// A range of names.
    NameRange,
    /// When resources were last modified.
    Modified,
    /// All names, which the index holds without the documents.
    Names,
    /// All resources in order; the index holds `active` and when they were created.
    Order,
}

impl AccessPath {
    /// The index to be used, for a kind.
    pub(super) const fn index(self, kind: Kind) -> &'static str {
        match (self, kind) {
            (Self::Equal, _) => "",
            (Self::Rows, _) => "NOT INDEXED",
            (Self::NameRange | Self::Names, Kind::User) => "INDEXED BY user_by_name",
            (Self::NameRange | Self::Names, Kind::Group) => "INDEXED BY group_by_name",
            (Self::Modified, _) => "INDEXED BY resource_by_last_modified",
            (Self::Order, _) => "INDEXED BY resource_in_order",
        }
    }

    /// The way of whatever does not satisfy the condition.
    const fn of_the_others(self) -> Self {
        match self {
            Self::NameRange | Self::Names => Self::Names,
            Self::Modified => Self::Modified,
            Self::Equal | Self::Rows | Self::Order => Self::Order,
        }
    }
}

/// The condition of a filter, if the columns say anything about it.
pub(super) fn compile(filter: &Filter, kind: Kind, schemas: &Schemas) -> Option<Condition> {
    condition(filter, kind, schemas, true)
}

/// The condition of a filter that shall hold or (`holds` false) shall not: `not` is pushed inwards, where what one side
/// says is of use even if the other says nothing.
fn condition(filter: &Filter, kind: Kind, schemas: &Schemas, holds: bool) -> Option<Condition> {
    let of = |filter: &Filter| condition(filter, kind, schemas, holds);
    match filter {
        Filter::Not(inner) => condition(inner, kind, schemas, !holds),
        Filter::And(one, other) if holds => both(of(one), of(other)),
        Filter::Or(one, other) if !holds => both(of(one), of(other)),
        Filter::And(one, other) | Filter::Or(one, other) => Some(either(of(one)?, of(other)?)),
        leaf => {
            let condition = columns::leaf(leaf, kind, schemas)?;
            if holds { Some(condition) } else { others(condition) }
        }
    }
}

fn both(one: Option<Condition>, other: Option<Condition>) -> Option<Condition> {
    match (one, other) {
        (Some(one), Some(other)) => {
            let by = one.by.min(other.by);
            Some(join(one, "AND", other, by))
        }
        (only, None) | (None, only) => only.map(|only| Condition { exact: false, ..only }),
    }
}

fn either(one: Condition, other: Condition) -> Condition {
    let by = match (one.by, other.by) {
        (AccessPath::Equal, AccessPath::Equal) => AccessPath::Equal,
        (AccessPath::Modified, AccessPath::Modified) => AccessPath::Modified,
        (AccessPath::Order | AccessPath::Rows | AccessPath::Modified, _)
        | (_, AccessPath::Order | AccessPath::Rows | AccessPath::Modified) => AccessPath::Order,
        _ => AccessPath::Names,
    };
    join(one, "OR", other, by)
}

fn join(one: Condition, word: &str, other: Condition, by: AccessPath) -> Condition {
    let mut values = one.values;
    values.extend(other.values);
    Condition { sql: format!("({} {word} {})", one.sql, other.sql), values, exact: one.exact && other.exact, by }
}

/// All that a condition leaves out, also where it is neither true nor false.
fn others(condition: Condition) -> Option<Condition> {
    let sql = format!("({}) IS NOT TRUE", condition.sql);
    condition.exact.then_some(Condition { sql, by: condition.by.of_the_others(), ..condition })
}

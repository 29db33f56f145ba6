//! Translates a [`Predicate`] to SQL on the table `resource`, and chooses the index by which candidates are found.

use rusqlite::types::Value as Sql;

use super::blocks::BLOCK;
use super::rows::{id_bytes, kind_code};
use crate::scim::filter::Compare;
use crate::scim::resource::Kind;
use crate::scim::{Filter, Schemas};
use crate::store::columns::Column;
use crate::store::predicate::{Narrowing, Predicate, Test, end_of_prefix};

/// A condition on the table `resource`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Condition {
    /// Contains a `?` for each of `values`, in order, and `?1` for the directory's row.
    pub(super) sql: String,
    pub(super) values: Vec<Sql>,
    /// True only for resources that satisfy the filter; see [`Narrowing`].
    pub(super) exact: bool,
    pub(super) path: AccessPath,
}

/// The way in which candidates are found, the most selective first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum AccessPath {
    /// One equality, or several joined by `or`: SQLite picks the index.
    Equality,
    /// Rows that a subquery lists: by externalId, or by memberships.
    Rows,
    /// A range of names.
    NameRange,
    /// The index of modification times.
    Modified,
    /// All names, which the index has without the documents.
    Names,
    /// All resources in order; the index has `active` and the creation time.
    Order,
}

impl AccessPath {
    /// Returns the clause that makes SQLite use the index.
    pub(super) const fn index(self, kind: Kind) -> &'static str {
        match (self, kind) {
            (Self::Equality, _) => "",
            (Self::Rows, _) => "NOT INDEXED",
            (Self::NameRange | Self::Names, Kind::User) => "INDEXED BY user_by_name",
            (Self::NameRange | Self::Names, Kind::Group) => "INDEXED BY group_by_name",
            (Self::Modified, _) => "INDEXED BY resource_by_last_modified",
            (Self::Order, _) => "INDEXED BY resource_in_order",
        }
    }

    /// Returns the path to the resources that a condition excludes.
    const fn of_complement(self) -> Self {
        match self {
            Self::NameRange | Self::Names => Self::Names,
            Self::Modified => Self::Modified,
            Self::Equality | Self::Rows | Self::Order => Self::Order,
        }
    }

    /// Returns the path to the resources that satisfy at least one of two conditions.
    const fn of_union(self, other: Self) -> Self {
        match (self, other) {
            (Self::Equality, Self::Equality) => Self::Equality,
            (Self::Modified, Self::Modified) => Self::Modified,
            (Self::Order | Self::Rows | Self::Modified, _) | (_, Self::Order | Self::Rows | Self::Modified) => {
                Self::Order
            }
            _ => Self::Names,
        }
    }
}

/// Compiles a filter to SQL, unless the columns say nothing about it.
pub(super) fn compile(filter: &Filter, kind: Kind, schemas: &Schemas) -> Option<Condition> {
    let Narrowing { predicate, exact } = Narrowing::of(filter, kind, schemas)?;
    let Term { sql, values, path } = translate(&predicate, kind);
    Some(Condition { sql, values, exact, path })
}

/// A part of a condition.
struct Term {
    sql: String,
    values: Vec<Sql>,
    path: AccessPath,
}

fn term(sql: impl Into<String>, values: Vec<Sql>, path: AccessPath) -> Term {
    Term { sql: sql.into(), values, path }
}

fn translate(predicate: &Predicate, kind: Kind) -> Term {
    match predicate {
        Predicate::And(one, other) => join(translate(one, kind), "AND", translate(other, kind), Ord::min),
        Predicate::Or(one, other) => join(translate(one, kind), "OR", translate(other, kind), AccessPath::of_union),
        Predicate::Is(column, test) => leaf(*column, test, kind),
        Predicate::IsNot(column, test) => {
            let Term { sql, values, path } = leaf(*column, test, kind);
            // Includes the rows for which the test is NULL.
            term(format!("({sql}) IS NOT TRUE"), values, path.of_complement())
        }
    }
}

fn join(one: Term, operator: &str, other: Term, path: impl Fn(AccessPath, AccessPath) -> AccessPath) -> Term {
    let path = path(one.path, other.path);
    let mut values = one.values;
    values.extend(other.values);
    term(format!("({} {operator} {})", one.sql, other.sql), values, path)
}

/// Matches no row. A plain 0 would be folded into the whole condition, and SQLite would lose the terms that prove that
/// the index named by INDEXED BY is usable.
const NEVER: &str = "row = -1";

/// Returns the name of a column, and the path to all of its values.
const fn name_of(column: Column) -> (&'static str, AccessPath) {
    match column {
        Column::Name => ("name", AccessPath::Names),
        Column::ExternalId => ("external_id", AccessPath::Order),
        Column::Active => ("active", AccessPath::Order),
        Column::Created => ("created_at", AccessPath::Order),
        Column::LastModified => ("last_modified", AccessPath::Modified),
        Column::Id | Column::Relation => ("row", AccessPath::Rows),
    }
}

fn leaf(column: Column, test: &Test, kind: Kind) -> Term {
    let (name, path) = name_of(column);
    match test {
        Test::Id(id) => id_is(id),
        Test::Related(id) => related(id, kind),
        Test::Text(Compare::Eq, operand) if column == Column::ExternalId => external_id(operand, kind),
        Test::Text(compare, operand) => text(column, *compare, operand),
        Test::Equals(operand) => term(format!("{name} IS ?"), vec![boolean(*operand)], path),
        Test::Differs(operand) => term(format!("{name} IS NOT ?"), vec![boolean(*operand)], path),
        Test::Millis(compare, at) => term(format!("({name} {} ?)", operator(*compare)), vec![Sql::Integer(*at)], path),
        // A comparison that always gives the same result, spelled so that SQLite does not fold it; see [`NEVER`].
        Test::Never => term(format!("({name} = {})", i64::MIN), Vec::new(), path),
        Test::Assigned if matches!(column, Column::Created | Column::LastModified) => {
            term(format!("({name} <> {})", i64::MIN), Vec::new(), path)
        }
        Test::Assigned => term(format!("{name} IS NOT NULL"), Vec::new(), path),
        Test::Unassigned => term(format!("{name} IS NULL"), Vec::new(), path),
        Test::NonEmpty => term(format!("{name} <> ''"), Vec::new(), path),
    }
}

const fn operator(compare: Compare) -> &'static str {
    match compare {
        Compare::Gt => ">",
        Compare::Ge => ">=",
        Compare::Lt => "<",
        Compare::Le => "<=",
        Compare::Ne => "<>",
        Compare::Eq | Compare::Co | Compare::Sw | Compare::Ew => "=",
    }
}

/// The column holds 0, 1 or NULL, never -1.
fn boolean(operand: Option<bool>) -> Sql {
    Sql::Integer(operand.map_or(-1, i64::from))
}

fn id_is(id: &str) -> Term {
    match id_bytes(id) {
        Some(bytes) => term("id = ?", vec![Sql::Blob(bytes.to_vec())], AccessPath::Equality),
        None => term(NEVER, Vec::new(), AccessPath::Equality),
    }
}

/// Queries the index of externalIds for each block, since its first column is the block. (The plus keeps SQLite from
/// converting the index's expression to the column's type, for which the index could not be used.)
fn external_id(operand: &str, kind: Kind) -> Term {
    let sql = format!(
        "row IN (SELECT e.row FROM block b CROSS JOIN resource e INDEXED BY resource_by_external_id
                 ON e.row / {BLOCK} = +b.block AND e.external_id = ? WHERE b.directory = ?1 AND b.kind = {})",
        kind_code(kind)
    );
    term(sql, vec![Sql::Text(operand.to_owned())], AccessPath::Rows)
}

/// Selects the groups of a member, or the members of a group, directly or through nested groups.
fn related(id: &str, kind: Kind) -> Term {
    let sql = match kind {
        Kind::Group => {
            "row IN (SELECT m.team FROM resource o CROSS JOIN membership m ON m.member = o.row WHERE o.id = ?)"
        }
        Kind::User => {
            "row IN (WITH RECURSIVE below(row, kind) AS (
                 SELECT m.member, m.kind FROM resource o CROSS JOIN membership m ON m.team = o.row WHERE o.id = ?
                 UNION SELECT m.member, m.kind FROM below b CROSS JOIN membership m ON m.team = b.row WHERE b.kind = 1)
             SELECT row FROM below)"
        }
    };
    match id_bytes(id) {
        Some(bytes) => term(sql, vec![Sql::Blob(bytes.to_vec())], AccessPath::Rows),
        None => term(NEVER, Vec::new(), AccessPath::Rows),
    }
}

/// Compares text byte by byte, which is SQLite's default collation.
fn text(column: Column, compare: Compare, operand: &str) -> Term {
    let (name, all) = name_of(column);
    let (equal, range) = match column {
        Column::Name => (AccessPath::Equality, AccessPath::NameRange),
        _ => (all, all),
    };
    let one = |sql: &str, path| term(format!("{name} {sql}"), vec![Sql::Text(operand.to_owned())], path);
    match compare {
        Compare::Eq => one("= ?", equal),
        Compare::Ne => one("IS NOT ?", all),
        Compare::Gt | Compare::Ge | Compare::Lt | Compare::Le => one(&format!("{} ?", operator(compare)), range),
        Compare::Co => term(format!("instr({name}, ?) > 0"), vec![Sql::Text(operand.to_owned())], all),
        Compare::Sw => match end_of_prefix(operand) {
            Some(end) => {
                let values = vec![Sql::Text(operand.to_owned()), Sql::Text(end)];
                term(format!("({name} >= ? AND {name} < ?)"), values, range)
            }
            None => one(">= ?", range),
        },
        Compare::Ew if operand.is_empty() => term(format!("{name} IS NOT NULL"), Vec::new(), all),
        // Compares bytes, since SQLite's length of a text ends at a NUL.
        Compare::Ew => term(
            format!("substr(CAST({name} AS BLOB), -length(?)) = ?"),
            vec![Sql::Blob(operand.into()), Sql::Blob(operand.into())],
            all,
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(filter: &str, kind: Kind) -> Option<AccessPath> {
        compile(&filter.parse().unwrap(), kind, Schemas::standard()).map(|condition| condition.path)
    }

    #[test]
    fn the_most_selective_index_is_used() {
        for (filter, wanted) in [
            (r#"userName eq "a""#, AccessPath::Equality),
            (r#"userName eq "a" or id eq "b""#, AccessPath::Equality),
            (r#"userName sw "a" and active eq true"#, AccessPath::NameRange),
            (r#"userName sw "a" or userName ew "b""#, AccessPath::Names),
            (r#"userName sw "a" or active eq true"#, AccessPath::Order),
            (r#"not (userName eq "a")"#, AccessPath::Order),
            (r#"not (userName gt "a")"#, AccessPath::Names),
            (r#"externalId eq "a" and userName gt "b""#, AccessPath::Rows),
            (r#"externalId eq "a" or userName eq "b""#, AccessPath::Order),
            (r#"meta.lastModified gt "2026-01-01T00:00:00Z""#, AccessPath::Modified),
            (r#"groups.value eq "x""#, AccessPath::Rows),
        ] {
            assert_eq!(path(filter, Kind::User), Some(wanted), "{filter}");
        }
        assert_eq!(path("title pr", Kind::User), None);
    }
}

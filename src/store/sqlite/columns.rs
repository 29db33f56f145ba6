//! What the columns say about one comparison of a filter; see [`filter_sql`](super::filter_sql).

use jiff::Timestamp;
use rusqlite::types::Value as Sql;
use serde_json::Value;

use super::filter_sql::{AccessPath, Condition};
use super::list::BLOCK;
use super::rows::{id_bytes, kind_code};
use crate::scim::attr::fold;
use crate::scim::date_time::instant;
use crate::scim::filter::Compare;
use crate::scim::resource::Kind;
use crate::scim::{AttrPath, Filter, Schemas};

/// The columns that a path may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Id,
    /// userName or displayName, folded.
    Name,
    ExternalId,
    Active,
    Created,
    LastModified,
    /// The ids of a group's members, or of a user's groups.
    Relation,
}

impl Column {
    fn of(path: &AttrPath, kind: Kind, schemas: &Schemas) -> Option<Self> {
        if !path.schema.as_deref().is_none_or(|urn| urn.eq_ignore_ascii_case(kind.urn())) {
            return None;
        }
        let (name, relation) = match kind {
            Kind::User => ("userName", "groups"),
            Kind::Group => ("displayName", "members"),
        };
        let is = |wanted: &str| path.name.eq_ignore_ascii_case(wanted);
        let case_exact = schemas.find(kind, path).is_some_and(|attribute| attribute.case_exact);
        let sub = path.sub.as_deref().map(str::to_ascii_lowercase);
        match sub.as_deref() {
            None if is("id") => Some(Self::Id),
            None if is(name) && !case_exact => Some(Self::Name),
            None if is("externalId") && case_exact => Some(Self::ExternalId),
            None if is("active") && kind == Kind::User => Some(Self::Active),
            Some("created") if is("meta") => Some(Self::Created),
            Some("lastmodified") if is("meta") => Some(Self::LastModified),
            None | Some("value") if is(relation) => Some(Self::Relation),
            _ => None,
        }
    }

    /// Its name, and the way to all that there are; `None` where it is no column of the resource itself.
    const fn text(self) -> Option<(&'static str, AccessPath)> {
        match self {
            Self::Name => Some(("name", AccessPath::Names)),
            Self::ExternalId => Some(("external_id", AccessPath::Order)),
            Self::Active => Some(("active", AccessPath::Order)),
            Self::Id | Self::Created | Self::LastModified | Self::Relation => None,
        }
    }
}

/// What holds for no row. A plain 0 would be folded into the whole condition, and with it go the terms by which SQLite knows
/// that an index which it is told to use may be used.
const NEVER: &str = "row = -1";

fn exact(sql: impl Into<String>, values: Vec<Sql>, by: AccessPath) -> Condition {
    Condition { sql: sql.into(), values, exact: true, by }
}

/// The condition of a comparison, of `pr`, or of a filter in brackets.
pub(super) fn leaf(filter: &Filter, kind: Kind, schemas: &Schemas) -> Option<Condition> {
    match filter {
        Filter::Compare(path, compare, value) => comparison(Column::of(path, kind, schemas)?, *compare, value, kind),
        Filter::Present(path) => present(Column::of(path, kind, schemas)?),
        Filter::Has(path, inner) if path.sub.is_none() && Column::of(path, kind, schemas) == Some(Column::Relation) => {
            with_value(inner, kind)
        }
        _ => None,
    }
}

fn comparison(column: Column, compare: Compare, value: &Value, kind: Kind) -> Option<Condition> {
    match (column, value) {
        (_, Value::Null) => assigned(column, compare),
        (Column::Active, Value::Bool(operand)) => active(compare, Some(*operand)),
        (Column::Active, Value::String(operand)) => {
            let known = [true, false].into_iter().find(|known| operand.eq_ignore_ascii_case(&known.to_string()));
            active(compare, known)
        }
        (Column::Id, Value::String(operand)) if compare == Compare::Eq => Some(id(operand)),
        (Column::Relation, Value::String(operand)) if compare == Compare::Eq => Some(related(operand, kind)),
        (Column::Name, Value::String(operand)) => Some(text(column, compare, &fold(operand))),
        (Column::ExternalId, Value::String(operand)) if compare == Compare::Eq => Some(external_id(operand, kind)),
        (Column::ExternalId, Value::String(operand)) => Some(text(column, compare, operand)),
        (Column::Created, Value::String(operand)) => moment("created_at", AccessPath::Order, compare, operand),
        (Column::LastModified, Value::String(operand)) => {
            moment("last_modified", AccessPath::Modified, compare, operand)
        }
        _ => None,
    }
}

/// `eq null` and `ne null`.
fn assigned(column: Column, compare: Compare) -> Option<Condition> {
    let (name, by) = column.text()?;
    match compare {
        Compare::Eq => Some(exact(format!("{name} IS NULL"), Vec::new(), by)),
        Compare::Ne => Some(exact(format!("{name} IS NOT NULL"), Vec::new(), by)),
        _ => None,
    }
}

/// `pr`: something that is not empty.
fn present(column: Column) -> Option<Condition> {
    let (name, by) = column.text()?;
    Some(exact(format!("{name} <> ''"), Vec::new(), by))
}

/// `operand`: none for a text that is no boolean.
fn active(compare: Compare, operand: Option<bool>) -> Option<Condition> {
    let value = operand.map_or(Sql::Integer(-1), |operand| Sql::Integer(operand.into()));
    match compare {
        Compare::Eq => Some(exact("active IS ?", vec![value], AccessPath::Order)),
        Compare::Ne => Some(exact("active IS NOT ?", vec![value], AccessPath::Order)),
        _ => None,
    }
}

fn id(operand: &str) -> Condition {
    match id_bytes(operand) {
        Some(bytes) => exact("id = ?", vec![Sql::Blob(bytes.to_vec())], AccessPath::Equal),
        None => exact(NEVER, Vec::new(), AccessPath::Equal),
    }
}

/// The index of externalIds is cut by blocks, so each block is asked. (The plus keeps SQLite from converting the index's
/// expression to the column's type, which the index could not serve.)
fn external_id(operand: &str, kind: Kind) -> Condition {
    let sql = format!(
        "row IN (SELECT e.row FROM block b CROSS JOIN resource e INDEXED BY resource_by_external_id
                 ON e.row / {BLOCK} = +b.block AND e.external_id = ? WHERE b.directory = ?1 AND b.kind = {})",
        kind_code(kind)
    );
    exact(sql, vec![Sql::Text(operand.to_owned())], AccessPath::Rows)
}

/// The groups of a member; or whoever is in a group, itself or through groups in it. Ids compare without letter case
/// here.
fn related(operand: &str, kind: Kind) -> Condition {
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
    match id_bytes(&fold(operand).to_ascii_uppercase()) {
        Some(bytes) => exact(sql, vec![Sql::Blob(bytes.to_vec())], AccessPath::Rows),
        None => exact(NEVER, Vec::new(), AccessPath::Rows),
    }
}

/// A filter in brackets that asks for one value of the relation, perhaps among other things.
fn with_value(inner: &Filter, kind: Kind) -> Option<Condition> {
    match inner {
        Filter::Compare(path, Compare::Eq, Value::String(operand))
            if path.name.eq_ignore_ascii_case("value") && path.sub.is_none() =>
        {
            Some(related(operand, kind))
        }
        Filter::And(one, other) => {
            let condition = with_value(one, kind).or_else(|| with_value(other, kind))?;
            Some(Condition { exact: false, ..condition })
        }
        _ => None,
    }
}

/// A comparison of texts, byte by byte as both SQLite and the evaluator do it.
fn text(column: Column, compare: Compare, operand: &str) -> Condition {
    let (name, all, range) = match column {
        Column::Name => ("name", AccessPath::Names, AccessPath::NameRange),
        _ => ("external_id", AccessPath::Order, AccessPath::Order),
    };
    let whole = if column == Column::Name { AccessPath::Equal } else { AccessPath::Order };
    let one = |sql: &str, by| exact(format!("{name} {sql}"), vec![Sql::Text(operand.to_owned())], by);
    match compare {
        Compare::Eq => one("= ?", whole),
        Compare::Ne => one("IS NOT ?", all),
        Compare::Gt => one("> ?", range),
        Compare::Ge => one(">= ?", range),
        Compare::Lt => one("< ?", range),
        Compare::Le => one("<= ?", range),
        Compare::Co => Condition { sql: format!("instr({name}, ?) > 0"), ..one("", all) },
        Compare::Sw => match after_all_with(operand) {
            Some(end) => Condition {
                sql: format!("({name} >= ? AND {name} < ?)"),
                values: vec![Sql::Text(operand.to_owned()), Sql::Text(end)],
                ..one("", range)
            },
            None => one(">= ?", range),
        },
        Compare::Ew if operand.is_empty() => exact(format!("{name} IS NOT NULL"), Vec::new(), all),
        // By bytes, since SQLite's length of a text ends at a NUL.
        Compare::Ew => exact(
            format!("substr(CAST({name} AS BLOB), -length(?)) = ?"),
            vec![Sql::Blob(operand.into()), Sql::Blob(operand.into())],
            all,
        ),
    }
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

/// A comparison of times. The column holds whole milliseconds; an operand that is finer lies between two of them.
fn moment(column: &str, by: AccessPath, compare: Compare, operand: &str) -> Option<Condition> {
    const NANOSECONDS: i128 = 1_000_000;
    let at: Timestamp = instant(operand)?;
    let (before, is_whole) =
        (at.as_nanosecond().div_euclid(NANOSECONDS), at.as_nanosecond().rem_euclid(NANOSECONDS) == 0);
    let comparison = match compare {
        Compare::Eq if is_whole => "= ?",
        Compare::Ne if is_whole => "<> ?",
        // No moment of the column is that one; see [`NEVER`] for why it is asked all the same.
        Compare::Eq | Compare::Ne => {
            let sql = format!("({column} {} {})", if compare == Compare::Eq { "=" } else { "<>" }, i64::MIN);
            return Some(exact(sql, Vec::new(), by));
        }
        Compare::Ge if is_whole => ">= ?",
        Compare::Gt | Compare::Ge => "> ?",
        Compare::Lt if is_whole => "< ?",
        Compare::Lt | Compare::Le => "<= ?",
        Compare::Co | Compare::Sw | Compare::Ew => return None,
    };
    Some(exact(format!("({column} {comparison})"), vec![Sql::Integer(i64::try_from(before).ok()?)], by))
}

//! The statement that selects the resources of one type in a sort order, each as its row and its key.

use rusqlite::types::{Value as Sql, ValueRef};

use super::super::StoreError;
use super::filter_sql::AccessPath;
use super::plan::{ListPlan, Paging};
use super::position::Position;
use super::rows::{corrupt, id_bytes, id_text, kind_code};
use crate::scim::resource::Kind;
use crate::scim::sort::Key;
use crate::store::columns::{RelationPart, SortColumn};

/// Returns the statement and its values. Without a filter it selects no more than the page needs, and nothing before the
/// position.
pub(super) fn select(
    plan: &ListPlan,
    paging: &Paging,
    directory: i64,
    descending: bool,
) -> Result<(String, Vec<Sql>), StoreError> {
    let (kind, condition) = (plan.kind, plan.condition.as_ref());
    let column = plan.sort.as_ref().map(|sort| SortColumn::of(&sort.by, kind));
    let index = match (condition, column) {
        (Some(condition), _) => condition.path.index(kind),
        (None, Some(SortColumn::Name)) => AccessPath::Names.index(kind),
        (None, Some(SortColumn::LastModified)) => AccessPath::Modified.index(kind),
        (None, _) => AccessPath::Order.index(kind),
    };
    let (direction, nulls) = match (descending, may_be_null(column)) {
        (false, true) => ("ASC", "NULLS LAST"),
        (true, true) => ("DESC", "NULLS FIRST"),
        // Without NULLS for a column that always has a value: an index has no such order.
        (false, false) => ("ASC", ""),
        (true, false) => ("DESC", ""),
    };
    let mut values = vec![Sql::Integer(directory)];
    if let (Some(SortColumn::Document), Some(sort)) = (column, &plan.sort) {
        values.push(Sql::Text(serde_json::to_string(&sort.by).map_err(corrupt)?));
    }
    let key = key_sql(column, kind);
    let mut wanted = condition.map_or("TRUE", |condition| condition.sql.as_str()).to_owned();
    values.extend(condition.into_iter().flat_map(|condition| condition.values.iter().cloned()));
    let mut limit = String::new();
    if plan.filter.is_none() {
        let skipped = if paging.after.is_some() { 0 } else { paging.start_index - 1 };
        if let Some(position) = &paging.after {
            wanted = after(position, kind, column, descending, &mut values);
        }
        // One more than the page holds, to see whether another follows.
        let most = u64::try_from(paging.count).unwrap_or(u64::MAX).saturating_add(skipped).saturating_add(1);
        values.push(Sql::Integer(i64::try_from(most).unwrap_or(i64::MAX)));
        limit = format!("LIMIT ?{}", values.len());
    }
    let sql = format!(
        "SELECT row, {key} AS sorted_by FROM resource {index} WHERE directory = ?1 AND kind = {} AND ({wanted})
         ORDER BY sorted_by {direction} {nulls}, row {direction} {limit}",
        kind_code(kind),
    );
    Ok((sql, values))
}

/// Returns the condition that a resource comes after a position.
fn after(
    position: &Position,
    kind: Kind,
    column: Option<SortColumn>,
    descending: bool,
    values: &mut Vec<Sql>,
) -> String {
    let key = key_sql(column, kind);
    let (beyond, same_or_beyond) = if descending { ("<", "<=") } else { (">", ">=") };
    // Equal keys are in the order of types, then of rows.
    let tie = match (kind.cmp(&position.kind), descending) {
        (std::cmp::Ordering::Equal, _) => {
            values.push(Sql::Integer(position.row));
            format!("row {beyond} ?{}", values.len())
        }
        (std::cmp::Ordering::Greater, false) | (std::cmp::Ordering::Less, true) => "TRUE".to_owned(),
        _ => "FALSE".to_owned(),
    };
    match &position.key {
        None if descending => format!("{key} IS NOT NULL OR {tie}"),
        None => format!("{key} IS NULL AND {tie}"),
        Some(of) => {
            values.push(key_value(column, of));
            let of = format!("?{}", values.len());
            let absent = if descending || !may_be_null(column) { String::new() } else { format!("OR {key} IS NULL") };
            format!("({key} {same_or_beyond} {of} AND ({key} {beyond} {of} OR {tie})) {absent}")
        }
    }
}

/// Reads a key from a row.
pub(super) fn key(value: ValueRef<'_>) -> Result<Option<Key>, StoreError> {
    Ok(Some(match value {
        ValueRef::Null => return Ok(None),
        ValueRef::Integer(number) => Key::Whole(number),
        ValueRef::Real(number) => Key::Fraction(number),
        ValueRef::Text(_) => Key::Text(value.as_str().map_err(corrupt)?.to_owned()),
        ValueRef::Blob(id) => Key::Text(id_text(id.try_into().map_err(corrupt)?)),
    }))
}

/// Reports whether the key can be NULL. Resources of a type that is not sorted have no key.
fn may_be_null(column: Option<SortColumn>) -> bool {
    column.is_none_or(SortColumn::may_be_absent)
}

/// Returns the SQL expression of a key.
const fn key_sql(column: Option<SortColumn>, kind: Kind) -> &'static str {
    match column {
        None => "NULL",
        Some(SortColumn::Id) => "id",
        Some(SortColumn::Name) => "name",
        Some(SortColumn::ExternalId) => "external_id",
        Some(SortColumn::Created) => "created_at",
        Some(SortColumn::LastModified) => "last_modified",
        Some(SortColumn::Version) => "version",
        Some(SortColumn::Location) => "CASE kind WHEN 0 THEN 'Users/' ELSE 'Groups/' END || hex(id)",
        Some(SortColumn::ResourceType) => "CASE kind WHEN 0 THEN 'User' ELSE 'Group' END",
        Some(SortColumn::Document) => "sort_key(document, ?2)",
        Some(SortColumn::Relation(part)) => match kind {
            Kind::Group => of_first_member(part),
            Kind::User => of_oldest_group(part),
        },
    }
}

const fn of_first_member(part: RelationPart) -> &'static str {
    match part {
        RelationPart::Display => {
            "(SELECT folded(m.display) FROM membership m WHERE m.team = resource.row ORDER BY m.position LIMIT 1)"
        }
        RelationPart::Type => {
            "(SELECT CASE m.kind WHEN 0 THEN 'user' ELSE 'group' END FROM membership m
              WHERE m.team = resource.row ORDER BY m.position LIMIT 1)"
        }
        RelationPart::Ref => {
            "(SELECT CASE m.kind WHEN 0 THEN 'Users/' ELSE 'Groups/' END || hex(m.member_id) FROM membership m
              WHERE m.team = resource.row ORDER BY m.position LIMIT 1)"
        }
        RelationPart::Value => {
            "(SELECT hex(m.member_id) FROM membership m WHERE m.team = resource.row ORDER BY m.position LIMIT 1)"
        }
    }
}

const fn of_oldest_group(part: RelationPart) -> &'static str {
    match part {
        RelationPart::Display => {
            "(SELECT folded(g.name) FROM membership m JOIN directory_group g ON g.resource = m.team
              WHERE m.member = resource.row ORDER BY m.team LIMIT 1)"
        }
        RelationPart::Type => "(SELECT 'direct' FROM membership m WHERE m.member = resource.row LIMIT 1)",
        RelationPart::Value | RelationPart::Ref => {
            "(SELECT hex(g.id) FROM membership m JOIN resource g ON g.row = m.team
              WHERE m.member = resource.row ORDER BY m.team LIMIT 1)"
        }
    }
}

/// Converts a key to the column's type.
fn key_value(column: Option<SortColumn>, key: &Key) -> Sql {
    match (column, key) {
        (Some(SortColumn::Id), Key::Text(id)) => Sql::Blob(id_bytes(id).unwrap_or_default().to_vec()),
        (_, Key::Text(text)) => Sql::Text(text.clone()),
        (_, Key::Whole(number)) => Sql::Integer(*number),
        (_, Key::Fraction(number)) => Sql::Real(*number),
    }
}

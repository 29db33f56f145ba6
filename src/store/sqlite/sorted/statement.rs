//! The statement that gives the resources of one type in their order, each as its row and its key.

use rusqlite::types::{Value as Sql, ValueRef};

use super::super::super::{PagePosition, StoreError};
use super::super::filter_sql::AccessPath;
use super::super::rows::{corrupt, id_bytes, id_text, kind_code};
use super::KindQuery;
use crate::scim::resource::Kind;
use crate::scim::sort::{Comparison, Key, SortBy};

/// The statement and its values. Where nothing is filtered it gives no more than the page needs, and nothing before the
/// mark.
pub(super) fn of(
    (kind, query, plan): KindQuery<'_>,
    directory: i64,
    descending: bool,
) -> Result<(String, Vec<Sql>), StoreError> {
    let column = query.sort.as_ref().map_or(Column::Nothing, |sort| Column::of(&sort.by, kind));
    let index = match (plan, &column) {
        (Some(plan), _) => plan.by.index(kind),
        (None, Column::Name) => AccessPath::Names.index(kind),
        (None, Column::LastModified) => AccessPath::Modified.index(kind),
        (None, _) => AccessPath::Order.index(kind),
    };
    let (direction, nulls) = match (descending, column.may_be_absent()) {
        (false, true) => ("ASC", "NULLS LAST"),
        (true, true) => ("DESC", "NULLS FIRST"),
        // No word about what is never absent: with one no index would serve.
        (false, false) => ("ASC", ""),
        (true, false) => ("DESC", ""),
    };
    let mut values = vec![Sql::Integer(directory)];
    if let (Column::Document, Some(sort)) = (&column, &query.sort) {
        values.push(Sql::Text(serde_json::to_string(&sort.by).map_err(corrupt)?));
    }
    let key = column.sql();
    let mut condition = plan.map_or("TRUE", |plan| plan.sql.as_str()).to_owned();
    values.extend(plan.into_iter().flat_map(|plan| plan.values.iter().cloned()));
    let mut limit = String::new();
    if query.filter.is_none() {
        let skipped = if query.after.is_some() { 0 } else { query.start_index.max(1) - 1 };
        if let Some(mark) = &query.after {
            condition = after(mark, kind, &column, descending, &mut values);
        }
        // One more than the page holds, to see whether another follows.
        let most = u64::try_from(query.count).unwrap_or(u64::MAX).saturating_add(skipped).saturating_add(1);
        values.push(Sql::Integer(i64::try_from(most).unwrap_or(i64::MAX)));
        limit = format!("LIMIT ?{}", values.len());
    }
    let sql = format!(
        "SELECT row, {key} AS sorted_by FROM resource {index} WHERE directory = ?1 AND kind = {} AND ({condition})
         ORDER BY sorted_by {direction} {nulls}, row {direction} {limit}",
        kind_code(kind),
    );
    Ok((sql, values))
}

/// The condition that a resource comes after a mark.
fn after(mark: &PagePosition, kind: Kind, column: &Column, descending: bool, values: &mut Vec<Sql>) -> String {
    let key = column.sql();
    let (beyond, same_or_beyond) = if descending { ("<", "<=") } else { (">", ">=") };
    // Of the same key: in the order of types, then of rows.
    let tie = match (kind.cmp(&mark.kind), descending) {
        (std::cmp::Ordering::Equal, _) => {
            values.push(Sql::Integer(i64::try_from(mark.row).unwrap_or(i64::MAX)));
            format!("row {beyond} ?{}", values.len())
        }
        (std::cmp::Ordering::Greater, false) | (std::cmp::Ordering::Less, true) => "TRUE".to_owned(),
        _ => "FALSE".to_owned(),
    };
    match &mark.key {
        None if descending => format!("{key} IS NOT NULL OR {tie}"),
        None => format!("{key} IS NULL AND {tie}"),
        Some(of) => {
            values.push(column.value(of));
            let of = format!("?{}", values.len());
            let absent =
                if descending || !column.may_be_absent() { String::new() } else { format!("OR {key} IS NULL") };
            format!("({key} {same_or_beyond} {of} AND ({key} {beyond} {of} OR {tie})) {absent}")
        }
    }
}

/// The key in a row.
pub(super) fn key(value: ValueRef<'_>) -> Result<Option<Key>, StoreError> {
    Ok(Some(match value {
        ValueRef::Null => return Ok(None),
        ValueRef::Integer(number) => Key::Whole(number),
        ValueRef::Real(number) => Key::Fraction(number),
        ValueRef::Text(_) => Key::Text(value.as_str().map_err(corrupt)?.to_owned()),
        ValueRef::Blob(id) => Key::Text(id_text(id.try_into().map_err(corrupt)?)),
    }))
}

/// Where a sort key is kept.
enum Column {
    Id,
    Name,
    ExternalId,
    Created,
    LastModified,
    Version,
    Location,
    ResourceType,
    Document,
    /// Of the first member of a group, or of the oldest group of a user.
    Other(&'static str),
    /// Resources of this type have no such value.
    Nothing,
}

impl Column {
    fn of(by: &SortBy, kind: Kind) -> Self {
        let (name, relation) = match kind {
            Kind::User => ("userName", "groups"),
            Kind::Group => ("displayName", "members"),
        };
        if by.extension.is_some() {
            return Self::Document;
        }
        match (by.name.as_str(), by.sub.as_deref(), by.comparison) {
            ("id", ..) => Self::Id,
            (column, None, Comparison::Folded) if column == name => Self::Name,
            ("externalId", None, Comparison::Exact) => Self::ExternalId,
            ("meta", Some("created"), _) => Self::Created,
            ("meta", Some("lastModified"), _) => Self::LastModified,
            ("meta", Some("version"), _) => Self::Version,
            ("meta", Some("location"), _) => Self::Location,
            ("meta", ..) => Self::ResourceType,
            (name, sub, _) if name == relation => Self::of_other(sub, kind),
            _ => Self::Document,
        }
    }

    /// By a part of the first member or of the oldest group.
    fn of_other(sub: Option<&str>, kind: Kind) -> Self {
        match (sub, kind) {
            (Some("display"), Kind::Group) => Self::Other(
                "(SELECT folded(m.display) FROM membership m WHERE m.team = resource.row ORDER BY m.position LIMIT 1)",
            ),
            (Some("type"), Kind::Group) => Self::Other(
                "(SELECT CASE m.kind WHEN 0 THEN 'user' ELSE 'group' END FROM membership m
                  WHERE m.team = resource.row ORDER BY m.position LIMIT 1)",
            ),
            (Some("$ref"), Kind::Group) => Self::Other(
                "(SELECT CASE m.kind WHEN 0 THEN 'Users/' ELSE 'Groups/' END || hex(m.member_id) FROM membership m
                  WHERE m.team = resource.row ORDER BY m.position LIMIT 1)",
            ),
            (Some("display"), Kind::User) => Self::Other(
                "(SELECT folded(g.name) FROM membership m JOIN directory_group g ON g.resource = m.team
                  WHERE m.member = resource.row ORDER BY m.team LIMIT 1)",
            ),
            (Some("type"), Kind::User) => {
                Self::Other("(SELECT 'direct' FROM membership m WHERE m.member = resource.row LIMIT 1)")
            }
            (_, Kind::User) => Self::Other(
                "(SELECT hex(g.id) FROM membership m JOIN resource g ON g.row = m.team
                  WHERE m.member = resource.row ORDER BY m.team LIMIT 1)",
            ),
            (_, Kind::Group) => Self::Other(
                "(SELECT hex(m.member_id) FROM membership m WHERE m.team = resource.row ORDER BY m.position LIMIT 1)",
            ),
        }
    }

    const fn sql(&self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Name => "name",
            Self::ExternalId => "external_id",
            Self::Created => "created_at",
            Self::LastModified => "last_modified",
            Self::Version => "version",
            Self::Location => "CASE kind WHEN 0 THEN 'Users/' ELSE 'Groups/' END || hex(id)",
            Self::ResourceType => "CASE kind WHEN 0 THEN 'User' ELSE 'Group' END",
            Self::Document => "sort_key(document, ?2)",
            Self::Other(sql) => sql,
            Self::Nothing => "NULL",
        }
    }

    const fn may_be_absent(&self) -> bool {
        matches!(self, Self::ExternalId | Self::Document | Self::Other(_) | Self::Nothing)
    }

    /// A key as the column has it.
    fn value(&self, key: &Key) -> Sql {
        match (self, key) {
            (Self::Id, Key::Text(id)) => Sql::Blob(id_bytes(id).unwrap_or_default().to_vec()),
            (_, Key::Text(text)) => Sql::Text(text.clone()),
            (_, Key::Whole(number)) => Sql::Integer(*number),
            (_, Key::Fraction(number)) => Sql::Real(*number),
        }
    }
}

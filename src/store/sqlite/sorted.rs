//! Sorted lists: by an index where the order is that of names, else by SQLite's sorter, which holds a key and a row number
//! for each resource and goes to disk with many of them. Documents are read one at a time.

use rusqlite::functions::FunctionFlags;
use rusqlite::types::{Value as Sql, ValueRef};
use rusqlite::{Connection, params_from_iter};

use super::super::{Access, Page, Query, StoreError};
use super::filter_sql::{By, Condition};
use super::list::{self, Offered, Selected};
use super::rows::{corrupt, document, kind_code};
use crate::scim::resource::Kind;
use crate::scim::sort::{How, Key, SortBy};

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
    Ok(())
}

fn unreadable(error: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::UserFunctionError(Box::new(error))
}

/// A page of a sorted list.
pub(super) fn page(
    connection: &Connection,
    access: &Access,
    directory: i64,
    kind: Kind,
    query: &Query,
    plan: Option<&Condition>,
) -> Result<Page, StoreError> {
    let Some(sort) = &query.sort else { return Ok(Page::default()) };
    let unfiltered = query.filter.is_none();
    let offered = if plan.is_some_and(|plan| plan.exact) { Offered::Sure } else { Offered::Many };
    let mut selected = Selected::new(access, kind, query, offered);
    if unfiltered && query.count == 0 {
        return Ok(Page { total: list::total(connection, directory, kind)?, ..selected.page });
    }
    let key = Column::of(&sort.by, kind);
    let index = match (plan, &key) {
        (Some(plan), _) => plan.by.index(kind),
        (None, Column::Name) => By::Names.index(kind),
        (None, Column::LastModified) => By::Modified.index(kind),
        (None, _) => By::Order.index(kind),
    };
    let (direction, nulls) = if sort.descending { ("DESC", "NULLS FIRST") } else { ("ASC", "NULLS LAST") };
    // What is never absent needs no word about it, with which no index would serve.
    let nulls = if matches!(key, Column::ExternalId | Column::Document) { nulls } else { "" };
    let sql = format!(
        "SELECT row FROM resource {index} WHERE directory = ? AND kind = {} AND {} ORDER BY {} {direction} {nulls}, row {direction}",
        kind_code(kind),
        plan.map_or("TRUE", |plan| plan.sql.as_str()),
        key.sql(),
    );
    let mut values = vec![Sql::Integer(directory)];
    values.extend(plan.into_iter().flat_map(|plan| plan.values.iter().cloned()));
    if matches!(key, Column::Document) {
        values.push(Sql::Text(serde_json::to_string(&sort.by).map_err(corrupt)?));
    }
    let mut find = connection.prepare_cached(&sql)?;
    let mut rows = find.query(params_from_iter(values))?;
    while let Some(row) = rows.next()? {
        selected.offer_row(connection, row.get(0)?)?;
        if unfiltered && selected.page.next.is_some() {
            break;
        }
    }
    if unfiltered {
        selected.page.total = list::total(connection, directory, kind)?;
    }
    Ok(selected.page)
}

/// Where a sort key is kept.
enum Column {
    Id,
    Name,
    ExternalId,
    Created,
    LastModified,
    Version,
    /// The same for all.
    Constant,
    Document,
}

impl Column {
    fn of(by: &SortBy, kind: Kind) -> Self {
        let name = match kind {
            Kind::User => "userName",
            Kind::Group => "displayName",
        };
        if by.extension.is_some() {
            return Self::Document;
        }
        match (by.name.as_str(), by.sub.as_deref(), by.how) {
            ("id", ..) | ("meta", Some("location"), _) => Self::Id,
            (column, None, How::Folded) if column == name => Self::Name,
            ("externalId", None, How::Exact) => Self::ExternalId,
            ("meta", Some("created"), _) => Self::Created,
            ("meta", Some("lastModified"), _) => Self::LastModified,
            ("meta", Some("version"), _) => Self::Version,
            ("meta", ..) => Self::Constant,
            _ => Self::Document,
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
            Self::Constant => "kind",
            Self::Document => "sort_key(document, ?)",
        }
    }
}

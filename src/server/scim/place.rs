//! Which part of a list is asked for: by index (RFC 7644 section 3.4.2.4), or by cursor (RFC 9865).

use axum::response::Response;
use serde_json::Value;

use super::super::cursor::{self, Cursor};
use super::super::problem::Problem;
use super::judge::{Call, ok};
use crate::base::limits;
use crate::scim::{ScimError, ScimType, message};

/// A part of a list.
pub(super) struct Place {
    /// From 1; 1 where a cursor is used.
    pub(super) start_index: u64,
    pub(super) count: usize,
    /// What the cursor says; 0 at the beginning of a walk, none where pages are asked for by index.
    pub(super) after: Option<u64>,
}

impl Place {
    /// A `startIndex` below 1 is 1, a negative `count` is 0, and a `count` beyond the largest page is that.
    /// Without either parameter pages go by index. `of` names what is listed; a cursor is good for that alone.
    ///
    /// # Errors
    /// 400 `invalidValue` for what is no whole number and for a cursor beside a `startIndex`; `invalidCount` where
    /// `count` is not that of the walk's first page; `invalidCursor` and `expiredCursor`.
    pub(super) fn of(call: &Call<'_>, of: &str) -> Result<Self, ScimError> {
        let start_index = call.parameters.integer("startIndex")?;
        let default = limits::DEFAULT_PAGE_SIZE.min(call.bounds.page_size);
        let Some(text) = call.parameters.one("cursor")? else {
            let start_index = u64::try_from(start_index.unwrap_or(1).max(1)).unwrap_or(1);
            let count = count(call)?.unwrap_or(default);
            return Ok(Self { start_index, count, after: None });
        };
        if start_index.is_some() {
            return Err(ScimError::invalid_value("startIndex and cursor exclude each other; send one of them"));
        }
        let count = count(call).map_err(|error| ScimError::bad(ScimType::InvalidCount, error.detail))?;
        if text.is_empty() {
            return Ok(Self { start_index: 1, count: count.unwrap_or(default), after: Some(0) });
        }
        let cursors = call.app.cursors().ok_or_else(cursor::invalid)?;
        let cursor = cursors.open(&context(call, of)?, text, call.app.now())?;
        if count.is_some_and(|count| count != cursor.count) {
            let detail =
                format!("this walk has {} resources on a page; keep to that, or leave count out", cursor.count);
            return Err(ScimError::bad(ScimType::InvalidCount, detail));
        }
        Ok(Self { start_index: 1, count: cursor.count, after: Some(cursor.mark) })
    }

    /// The answer with a page of it. `next`: after which place another begins.
    pub(super) fn answer(
        &self,
        call: &Call<'_>,
        of: &str,
        total: u64,
        next: Option<u64>,
        resources: Vec<Value>,
    ) -> Result<Response, Problem> {
        if self.after.is_none() {
            return Ok(ok(&message::list_response(total, self.start_index, resources)));
        }
        let context = context(call, of)?;
        let sealed = next
            .zip(call.app.cursors())
            .map(|(mark, cursors)| cursors.seal(&context, Cursor { mark, count: self.count }, call.app.now()));
        Ok(ok(&message::cursor_response(total, sealed, resources)))
    }
}

fn count(call: &Call<'_>) -> Result<Option<usize>, ScimError> {
    let count = call.parameters.integer("count")?;
    Ok(count.map(|count| usize::try_from(count.max(0)).unwrap_or(usize::MAX).min(call.bounds.page_size)))
}

/// What makes the query what it is. The attributes that are shown may change on the way.
fn context<'a>(call: &'a Call<'_>, of: &'a str) -> Result<[&'a str; 5], ScimError> {
    let one = |name| Ok::<_, ScimError>(call.parameters.one(name)?.unwrap_or_default());
    Ok([&call.access.directory.id, of, one("filter")?, one("sortBy")?, one("sortOrder")?])
}

//! Pages of a list: by index (RFC 7644 section 3.4.2.4) or by cursor (RFC 9865).

use axum::response::Response;
use serde_json::Value;

use super::super::cursor::Cursor;
use super::super::error::RequestError;
use super::call::{Call, ok};
use crate::base::limits;
use crate::scim::projection::Projection;
use crate::scim::{ScimError, ScimType, message};
use crate::store::{Page, PagePosition};

/// The page that a request selects.
pub(super) struct Paging {
    /// The position of the first resource, from 1. It is 1 if the page is selected by cursor.
    pub(super) start_index: u64,
    pub(super) count: usize,
    /// True if the page is selected by cursor.
    by_cursor: bool,
    /// The position of the cursor; `None` for the first page.
    pub(super) after: Option<PagePosition>,
}

impl Paging {
    /// Reads the parameters. A `startIndex` below 1 counts as 1, a negative `count` as 0, and a `count` beyond the largest
    /// page as the largest page. Without `cursor`, pages are selected by index. `of` names the list: a cursor is valid
    /// for one list only.
    ///
    /// # Errors
    /// 400 `invalidValue` for a value that is not an integer and for `cursor` together with `startIndex`, `invalidCount`
    /// for a `count` that differs from the first page's, `invalidCursor`, and `expiredCursor`.
    pub(super) async fn of(call: &Call<'_>, of: &str) -> Result<Self, RequestError> {
        let start_index = call.parameters.integer("startIndex")?;
        let default = limits::DEFAULT_PAGE_SIZE.min(call.bounds.page_size);
        let Some(text) = call.parameters.one("cursor")? else {
            let start_index = u64::try_from(start_index.unwrap_or(1).max(1)).unwrap_or(1);
            let count = count(call)?.unwrap_or(default);
            return Ok(Self { start_index, count, by_cursor: false, after: None });
        };
        if start_index.is_some() {
            let detail = "startIndex and cursor cannot be combined; send one of them";
            return Err(ScimError::invalid_value(detail).into());
        }
        let count = count(call).map_err(|error| ScimError::bad(ScimType::InvalidCount, error.detail))?;
        if text.is_empty() {
            return Ok(Self { start_index: 1, count: count.unwrap_or(default), by_cursor: true, after: None });
        }
        let cursor = call.app.cursors().await?.verify(&context(call, of)?, text, call.app.now())?;
        if count.is_some_and(|count| count != cursor.count) {
            let detail = format!("the first page had count={}; send the same count, or omit it", cursor.count);
            return Err(ScimError::bad(ScimType::InvalidCount, detail).into());
        }
        Ok(Self { start_index: 1, count: cursor.count, by_cursor: true, after: Some(cursor.position) })
    }

    /// Returns the response with a page, which has fewer than `count` resources if it ends at
    /// [`limits::PAGE_BYTES`]. Large pages are rendered on another thread.
    pub(super) async fn respond(
        &self,
        call: &Call<'_>,
        projection: &Projection,
        of: &str,
        page: Page,
    ) -> Result<Response, RequestError> {
        let cursor = match page.next {
            Some(position) if self.by_cursor => {
                let cursor = Cursor { position, count: self.count };
                Some(call.app.cursors().await?.sign(&context(call, of)?, &cursor, call.app.now()))
            }
            _ => None,
        };
        let (renderer, by_cursor, start_index) = (call.renderer(projection, &[]), self.by_cursor, self.start_index);
        let respond = move || {
            let resources = page.resources.into_iter().map(|stored| Value::Object(renderer.document(stored))).collect();
            ok(&if by_cursor {
                message::cursor_response(page.total, cursor, resources)
            } else {
                message::list_response(page.total, start_index, resources)
            })
        };
        Ok(call.app.render_pool().render(page.bytes, respond).await)
    }
}

fn count(call: &Call<'_>) -> Result<Option<usize>, ScimError> {
    let count = call.parameters.integer("count")?;
    Ok(count.map(|count| usize::try_from(count.max(0)).unwrap_or(usize::MAX).min(call.bounds.page_size)))
}

/// Returns the parts of a request that must stay the same from page to page. The selected attributes may change.
fn context<'a>(call: &'a Call<'_>, of: &'a str) -> Result<[&'a str; 5], ScimError> {
    let one = |name| Ok::<_, ScimError>(call.parameters.one(name)?.unwrap_or_default());
    Ok([&call.access.directory.id, of, one("filter")?, one("sortBy")?, one("sortOrder")?])
}

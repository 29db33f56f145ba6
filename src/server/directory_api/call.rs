//! The authorized request that the endpoints share.

use axum::response::Response;
use http::StatusCode;
use http::request::Parts;
use serde::Serialize;
use serde_json::{Value, json};

use super::super::app::App;
use super::error::ApiError;
use super::params::Listing;
use crate::base::limits;
use crate::http::Reservation;
use crate::http::response::{self, JSON};
use crate::store::Store;
use crate::store::objects::ObjectPage;

/// A request with a live API key.
pub(super) struct Call<'a> {
    pub(super) app: &'a App,
    pub(super) parts: &'a Parts,
}

impl Call<'_> {
    pub(super) fn store(&self) -> &dyn Store {
        self.app.store()
    }

    /// Reserves the memory of a page.
    pub(super) async fn reserve(&self) -> Result<Reservation, ApiError> {
        Ok(self.app.budget().reserve(limits::PAGE_BYTES).await?)
    }

    /// Renders a body of about this many bytes.
    pub(super) async fn render(&self, bytes: usize, body: impl FnOnce() -> Value + Send + 'static) -> Response {
        self.app.render_pool().render(bytes, move || response::json(StatusCode::OK, JSON, &body())).await
    }

    /// Renders a page of objects.
    pub(super) async fn page<T: Send + 'static>(
        &self,
        page: ObjectPage<T>,
        listing: &Listing,
        show: impl Fn(&T) -> Value + Send + 'static,
    ) -> Response {
        let (before, after) = listing.cursors(page.before, page.after);
        let objects = page.objects;
        let body = move || {
            let data: Vec<Value> = objects.iter().map(show).collect();
            json!({"object": "list", "data": data, "list_metadata": {"before": before, "after": after}})
        };
        self.render(page.bytes, body).await
    }
}

/// Builds the response with one object.
pub(super) fn ok(body: &impl Serialize) -> Response {
    response::json(StatusCode::OK, JSON, body)
}

/// Builds the response with an object that was created.
pub(super) fn created(body: &impl Serialize) -> Response {
    response::json(StatusCode::CREATED, JSON, body)
}

/// Builds the 404 for an object.
pub(super) fn missing(what: &str, id: &str) -> ApiError {
    ApiError::NotFound(format!("no {what} has the ID {}", super::super::query::short(id)))
}

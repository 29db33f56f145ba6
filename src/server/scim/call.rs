//! The authenticated request that the endpoints share.

use std::sync::Arc;

use axum::response::Response;
use http::StatusCode;
use http::request::Parts;

use super::super::app::App;
use super::super::bounds::ScimBounds;
use super::super::error::RequestError;
use super::super::query::{Parameters, short};
use super::super::response;
use crate::http::Refusal;
use crate::scim::message::parse_object;
use crate::scim::{Kind, Object, RuleSet, Rules, ScimError};
use crate::store::{Access, Store};

/// A request of an authenticated client: its directory, its parameters, and the URL that it used.
pub(super) struct Call<'a> {
    pub(super) app: &'a App,
    pub(super) store: &'a dyn Store,
    pub(super) bounds: &'a ScimBounds,
    pub(super) access: Arc<Access>,
    /// The rules of the directory with the bounds of the server.
    pub(super) rules: Rules,
    pub(super) parts: &'a Parts,
    pub(super) parameters: Parameters,
    /// The SCIM URL of the directory, without a trailing slash.
    pub(super) base: String,
}

impl Call<'_> {
    /// Parses the body as a JSON object, within the server's limit on nesting.
    pub(super) fn object(&self, body: &[u8]) -> Result<Object, ScimError> {
        parse_object(body, self.bounds.depth)
    }

    /// Returns the error for a body that was not read. The response of WorkOS to one that is too large has no SCIM error.
    pub(super) fn refused(&self, refusal: Refusal) -> RequestError {
        match (self.access.directory.settings.rules, &refusal) {
            (RuleSet::Workos, Refusal::BodyTooLarge { .. }) => RequestError::WithoutScim(refusal),
            _ => RequestError::Refused(refusal),
        }
    }
}

/// Builds the 404 error for a resource.
pub(super) fn missing(kind: Kind, id: &str) -> ScimError {
    ScimError::not_found(format!("{} {} does not exist in this directory", kind.name(), short(id)))
}

/// Builds the 200 response with a SCIM document.
pub(super) fn ok(document: &impl serde::Serialize) -> Response {
    response::scim(StatusCode::OK, document)
}

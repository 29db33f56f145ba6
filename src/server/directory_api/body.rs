//! Reads the properties of a JSON body. All errors of a request are reported at once.

use axum::body::Body;
use serde_json::Value;

use super::call::Call;
use super::error::{ApiError, FieldError};
use crate::http::body;
use crate::scim::Object;
use crate::scim::message::parse_object;
use crate::store::Edit;

/// The properties of a body, and the errors found so far.
#[derive(Debug)]
pub(super) struct Properties {
    object: Object,
    errors: Vec<FieldError>,
}

impl Properties {
    /// Reads the body of a request.
    pub(super) async fn read(call: &Call<'_>, body: &mut Body) -> Result<Self, ApiError> {
        body::check_coding(&call.parts.headers)?;
        let bytes = body::read(&call.parts.headers, body, call.app.transport()).await?;
        // A request without properties may have no body.
        let bytes = if bytes.is_empty() { &b"{}"[..] } else { &bytes[..] };
        let object = parse_object(bytes, call.app.bounds().depth)
            .map_err(|error| ApiError::Other(http::StatusCode::BAD_REQUEST, "invalid_json", error.detail))?;
        Ok(Self { object, errors: Vec::new() })
    }

    /// Adds an error.
    pub(super) fn error(&mut self, field: &'static str, message: String) {
        self.errors.push(FieldError { field, message });
    }

    /// Returns the value if there was no error.
    pub(super) fn finish<T>(self, value: T) -> Result<T, ApiError> {
        if self.errors.is_empty() { Ok(value) } else { Err(ApiError::Invalid(self.errors)) }
    }

    /// Takes a property. Null is a value.
    pub(super) fn take(&mut self, field: &str) -> Option<Value> {
        self.object.shift_remove(field)
    }

    /// Takes a text that is not empty.
    pub(super) fn text(&mut self, field: &'static str) -> Option<String> {
        match self.edit(field) {
            Edit::Set(text) => Some(text),
            Edit::Keep | Edit::Clear => None,
        }
    }

    /// Takes a text that must be there.
    pub(super) fn required(&mut self, field: &'static str) -> String {
        let before = self.errors.len();
        let text = self.text(field);
        if text.is_none() && self.errors.len() == before {
            self.error(field, format!("{field} is required"));
        }
        text.unwrap_or_default()
    }

    /// Takes a text that null clears.
    pub(super) fn edit(&mut self, field: &'static str) -> Edit<String> {
        match self.take(field) {
            None => Edit::Keep,
            Some(Value::Null) => Edit::Clear,
            Some(Value::String(text)) if !text.trim().is_empty() => Edit::Set(text),
            Some(_) => {
                self.error(field, format!("{field} must be a string that is not empty"));
                Edit::Keep
            }
        }
    }

    /// Takes a Boolean.
    pub(super) fn flag(&mut self, field: &'static str) -> Option<bool> {
        match self.take(field) {
            None | Some(Value::Null) => None,
            Some(Value::Bool(flag)) => Some(flag),
            Some(_) => {
                self.error(field, format!("{field} must be true or false"));
                None
            }
        }
    }
}

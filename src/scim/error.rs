//! SCIM errors (RFC 7644 section 3.12), the messages for clients. Internal messages are logged where they occur.

use std::fmt;

use serde_json::{Value, json};

/// The schema URN of an error response.
pub const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// The `scimType` of a 400 or 409 response (RFC 7644 table 9; the types about cursors are in RFC 9865).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScimType {
    /// The filter is malformed or uses an attribute that cannot be filtered.
    InvalidFilter,
    /// The request would take more work than the server permits.
    TooMany,
    /// Another resource has a value that must be unique.
    Uniqueness,
    /// The attribute cannot be changed in this way.
    Mutability,
    /// The structure of the body is invalid.
    InvalidSyntax,
    /// The PATCH path is malformed or names an unknown attribute.
    InvalidPath,
    /// The PATCH path selects no value.
    NoTarget,
    /// A value is missing or of the wrong type.
    InvalidValue,
    /// The protocol version is not supported.
    InvalidVers,
    /// The URI contains sensitive data.
    Sensitive,
    /// The cursor is unknown (RFC 9865).
    InvalidCursor,
    /// The cursor has expired (RFC 9865).
    ExpiredCursor,
    /// `count` changed between the pages of a cursor (RFC 9865).
    InvalidCount,
}

impl ScimType {
    /// Returns the name that the RFC defines.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidFilter => "invalidFilter",
            Self::TooMany => "tooMany",
            Self::Uniqueness => "uniqueness",
            Self::Mutability => "mutability",
            Self::InvalidSyntax => "invalidSyntax",
            Self::InvalidPath => "invalidPath",
            Self::NoTarget => "noTarget",
            Self::InvalidValue => "invalidValue",
            Self::InvalidVers => "invalidVers",
            Self::Sensitive => "sensitive",
            Self::InvalidCursor => "invalidCursor",
            Self::ExpiredCursor => "expiredCursor",
            Self::InvalidCount => "invalidCount",
        }
    }
}

/// An error response to a SCIM client.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ScimError {
    /// HTTP status.
    pub status: u16,
    /// The `scimType`, if the RFC defines one for the error.
    pub scim_type: Option<ScimType>,
    /// A message that says what was sent, where, and what the server accepts. Okta shows it to the administrator.
    pub detail: String,
}

impl fmt::Display for ScimError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.scim_type {
            Some(kind) => write!(f, "{} {}: {}", self.status, kind.as_str(), self.detail),
            None => write!(f, "{}: {}", self.status, self.detail),
        }
    }
}

impl ScimError {
    /// Creates an error with any status.
    pub fn new(status: u16, detail: impl Into<String>) -> Self {
        Self { status, scim_type: None, detail: detail.into() }
    }

    /// Creates a 400 error with a `scimType`.
    pub fn bad(scim_type: ScimType, detail: impl Into<String>) -> Self {
        Self { status: 400, scim_type: Some(scim_type), detail: detail.into() }
    }

    /// Creates a 400 `invalidValue` error.
    pub fn invalid_value(detail: impl Into<String>) -> Self {
        Self::bad(ScimType::InvalidValue, detail)
    }

    /// Creates a 400 `invalidSyntax` error.
    pub fn invalid_syntax(detail: impl Into<String>) -> Self {
        Self::bad(ScimType::InvalidSyntax, detail)
    }

    /// Creates a 400 `invalidPath` error.
    pub fn invalid_path(detail: impl Into<String>) -> Self {
        Self::bad(ScimType::InvalidPath, detail)
    }

    /// Creates a 400 `invalidFilter` error.
    pub fn invalid_filter(detail: impl Into<String>) -> Self {
        Self::bad(ScimType::InvalidFilter, detail)
    }

    /// Creates a 400 `mutability` error.
    pub fn mutability(detail: impl Into<String>) -> Self {
        Self::bad(ScimType::Mutability, detail)
    }

    /// Creates a 400 `noTarget` error.
    pub fn no_target(detail: impl Into<String>) -> Self {
        Self::bad(ScimType::NoTarget, detail)
    }

    /// Creates a 409 `uniqueness` error.
    pub fn uniqueness(detail: impl Into<String>) -> Self {
        Self { status: 409, scim_type: Some(ScimType::Uniqueness), detail: detail.into() }
    }

    /// Creates a 404 error.
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(404, detail)
    }

    /// Creates a 412 error, for a failed `If-Match` condition.
    pub fn precondition(detail: impl Into<String>) -> Self {
        Self::new(412, detail)
    }

    /// Returns the response body. `status` is a string (RFC 7644 section 3.12). An empty detail is omitted.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut body = json!({"schemas": [ERROR], "status": self.status.to_string()});
        if let (Some(kind), Some(object)) = (self.scim_type, body.as_object_mut()) {
            object.insert("scimType".to_owned(), kind.as_str().into());
        }
        if let Some(object) = body.as_object_mut().filter(|_| !self.detail.is_empty()) {
            object.insert("detail".to_owned(), self.detail.clone().into());
        }
        body
    }
}

//! The kind of a request: its method and the form of its path.

use std::fmt;

use super::request::{Method, Request};

/// A method and the form of a path.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Route {
    method: Method,
    collection: String,
    has_id: bool,
    has_filter: bool,
}

impl Route {
    /// Returns the route of a request.
    #[must_use]
    pub fn of(request: &Request) -> Self {
        let (collection, id) = request.subject();
        let has_filter = request.path.contains("filter=");
        Self { method: request.method, collection, has_id: id.is_some(), has_filter }
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = if self.has_id { "/{id}" } else { "" };
        let filter = if self.has_filter { "?filter=…" } else { "" };
        write!(f, "{} /{}{id}{filter}", self.method.as_str(), self.collection)
    }
}

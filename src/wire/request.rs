//! Requests.

use serde_json::Value;

use super::encode;

/// The media type of SCIM (RFC 7644 section 8.1).
pub const MEDIA_TYPE: &str = "application/scim+json";

/// An HTTP method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
    Head,
    Options,
}

impl Method {
    /// Returns the method as it is sent.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
            Self::Head => "HEAD",
            Self::Options => "OPTIONS",
        }
    }
}

/// A request that has not been sent yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    pub method: Method,
    /// The part after the base URL, percent-encoded: `/Users?filter=userName%20eq%20%22a%22&startIndex=1&count=100`.
    pub path: String,
    /// Headers in wire order. The client adds `Authorization`, `Host` and `Content-Length`; a header of that name with an
    /// empty value marks the position at which the client adds its value.
    pub headers: Vec<(String, String)>,
    /// The exact bytes of the body.
    pub body: Option<Vec<u8>>,
}

impl Request {
    /// Builds a request of the harness: its User-Agent, SCIM media types, and a compact JSON body. The simulated Okta builds
    /// its own requests in `okta::plan`.
    ///
    /// ```
    /// use scimulate::wire::{Method, Request};
    ///
    /// let create = Request::scim(Method::Post, "/Groups", Some(&serde_json::json!({"displayName": "Engineers"})));
    /// assert_eq!(create.body.as_deref(), Some(br#"{"displayName":"Engineers"}"#.as_slice()));
    /// assert!(create.headers.contains(&("Accept".into(), "application/scim+json".into())));
    /// ```
    #[must_use]
    pub fn scim(method: Method, path: impl Into<String>, body: Option<&Value>) -> Self {
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let mut headers = vec![
            header("Host", ""),
            header("User-Agent", concat!("scimulate/", env!("CARGO_PKG_VERSION"))),
            header("Accept", MEDIA_TYPE),
            header("Accept-Encoding", "gzip,deflate"),
            header("Authorization", ""),
        ];
        if body.is_some() {
            headers.extend([header("Content-Type", MEDIA_TYPE), header("Content-Length", "")]);
        }
        Self { method, path: path.into(), headers, body: body.map(|value| value.to_string().into_bytes()) }
    }

    /// Returns the endpoint and the id in the path, percent-decoded: `("Users", Some("42"))` for `/Users/42?x=y`.
    #[must_use]
    pub fn subject(&self) -> (String, Option<String>) {
        let path = self.path.split(['?', '#']).next().unwrap_or_default().trim_start_matches('/');
        match path.split_once('/') {
            Some((endpoint, id)) => (encode::decode(endpoint), Some(encode::decode(id)).filter(|id| !id.is_empty())),
            None => (encode::decode(path), None),
        }
    }

    /// Parses the body as JSON.
    #[must_use]
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(self.body.as_deref()?).ok()
    }
}

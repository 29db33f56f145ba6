//! Requests and responses as defects see them.

use std::fmt;

use bytes::Bytes;
use futures::future::BoxFuture;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

/// The endpoint of a request, from the end of its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endpoint {
    Users,
    User,
    Groups,
    Group,
    Other,
}

/// The parts of a request that defects look at.
#[derive(Debug, Clone)]
pub struct ParsedRequest {
    pub method: Method,
    pub endpoint: Endpoint,
    /// The decoded `filter` parameter.
    pub filter: Option<String>,
    /// The decoded query parameters.
    pub query: Vec<(String, String)>,
    /// The body, if it is JSON.
    pub body: Option<Value>,
}

impl ParsedRequest {
    /// Parses a request.
    #[must_use]
    pub fn of(request: &Request<Bytes>) -> Self {
        let query = pairs(request.uri());
        let filter = query.iter().find(|(name, _)| name == "filter").map(|(_, value)| value.clone());
        let body = serde_json::from_slice(request.body()).ok();
        Self { method: request.method().clone(), endpoint: endpoint(request.uri().path()), filter, query, body }
    }

    /// Returns true for this method on this endpoint.
    #[must_use]
    pub fn is(&self, method: &Method, endpoint: Endpoint) -> bool {
        self.method == *method && self.endpoint == endpoint
    }

    /// Returns true for a lookup by this attribute.
    #[must_use]
    pub fn looks_up(&self, endpoint: Endpoint, attribute: &str) -> bool {
        let starts =
            |filter: &String| filter.get(..attribute.len()).is_some_and(|start| start.eq_ignore_ascii_case(attribute));
        self.is(&Method::GET, endpoint) && self.filter.as_ref().is_some_and(starts)
    }

    /// Returns a numeric query parameter.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<u64> {
        self.query.iter().find(|(key, _)| key == name).and_then(|(_, value)| value.parse().ok())
    }
}

fn endpoint(path: &str) -> Endpoint {
    let mut segments = path.trim_end_matches('/').rsplit('/');
    match (segments.next(), segments.next()) {
        (Some("Users"), _) => Endpoint::Users,
        (Some("Groups"), _) => Endpoint::Groups,
        (Some(_), Some("Users")) => Endpoint::User,
        (Some(_), Some("Groups")) => Endpoint::Group,
        _ => Endpoint::Other,
    }
}

fn pairs(uri: &Uri) -> Vec<(String, String)> {
    let decode = |text: &str| {
        let text = text.replace('+', " ");
        percent_encoding::percent_decode_str(&text).decode_utf8_lossy().into_owned()
    };
    let pairs = uri.query().unwrap_or("").split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decode(name), decode(value)))
        .collect()
}

/// A response with its body parsed.
#[derive(Debug, Clone)]
pub struct ParsedResponse {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Body,
}

/// The body of a response.
#[derive(Debug, Clone)]
pub enum Body {
    Json(Value),
    Bytes(Bytes),
}

impl ParsedResponse {
    /// Builds a SCIM response.
    #[must_use]
    pub fn json(status: StatusCode, body: Value) -> Self {
        let media_type = HeaderValue::from_static("application/scim+json");
        Self { status, headers: HeaderMap::from_iter([(CONTENT_TYPE, media_type)]), body: Body::Json(body) }
    }

    /// Builds a 204 response.
    #[must_use]
    pub fn no_content() -> Self {
        Self { status: StatusCode::NO_CONTENT, headers: HeaderMap::new(), body: Body::Bytes(Bytes::new()) }
    }

    /// Builds a response in plain text.
    #[must_use]
    pub fn text(status: StatusCode, text: &'static str) -> Self {
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("text/plain"))]);
        Self { status, headers, body: Body::Bytes(Bytes::from_static(text.as_bytes())) }
    }

    /// Returns the body, if it is JSON.
    pub fn value(&mut self) -> Option<&mut Value> {
        match &mut self.body {
            Body::Json(value) => Some(value),
            Body::Bytes(_) => None,
        }
    }

    /// Returns true if the response is a list with resources. A request without a valid token finds nothing.
    pub fn finds(&mut self) -> bool {
        self.value().and_then(|list| list.get("totalResults")?.as_u64()).is_some_and(|total| total > 0)
    }

    /// Calls `edit` with each resource in the body, which is one resource or a list.
    pub fn each_resource(&mut self, edit: impl Fn(&mut serde_json::Map<String, Value>)) {
        if !self.status.is_success() {
            return;
        }
        let Some(value) = self.value() else { return };
        match value.get_mut("Resources").and_then(Value::as_array_mut) {
            Some(resources) => resources.iter_mut().filter_map(Value::as_object_mut).for_each(edit),
            None => {
                if let Some(resource) = value.as_object_mut().filter(|object| object.contains_key("id")) {
                    edit(resource);
                }
            }
        }
    }
}

impl From<Response<Bytes>> for ParsedResponse {
    fn from(response: Response<Bytes>) -> Self {
        let (parts, bytes) = response.into_parts();
        let body = serde_json::from_slice(&bytes).map_or(Body::Bytes(bytes), Body::Json);
        Self { status: parts.status, headers: parts.headers, body }
    }
}

impl From<ParsedResponse> for Response<Bytes> {
    fn from(parsed: ParsedResponse) -> Self {
        let bytes = match parsed.body {
            Body::Json(value) => Bytes::from(value.to_string()),
            Body::Bytes(bytes) => bytes,
        };
        let length = HeaderValue::from(bytes.len());
        let bodyless = matches!(parsed.status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
        let mut response = Response::new(bytes);
        *response.status_mut() = parsed.status;
        *response.headers_mut() = parsed.headers;
        response.headers_mut().remove(http::header::TRANSFER_ENCODING);
        if bodyless {
            response.headers_mut().remove(CONTENT_LENGTH);
        } else {
            response.headers_mut().insert(CONTENT_LENGTH, length);
        }
        response
    }
}

/// Returns a request with another method and target, without a body.
pub(super) fn bodyless(request: &Request<Bytes>, method: Method, uri: Uri) -> Request<Bytes> {
    let mut other = Request::new(Bytes::new());
    *other.method_mut() = method;
    *other.uri_mut() = uri;
    *other.headers_mut() = request.headers().clone();
    for name in [CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING] {
        other.headers_mut().remove(name);
    }
    other
}

/// Replaces the body of a request.
pub(super) fn with_body(request: Request<Bytes>, body: &Value) -> Request<Bytes> {
    let (mut parts, _) = request.into_parts();
    let bytes = Bytes::from(body.to_string());
    parts.headers.remove(TRANSFER_ENCODING);
    parts.headers.insert(CONTENT_LENGTH, HeaderValue::from(bytes.len()));
    Request::from_parts(parts, bytes)
}

/// Replaces the query of a request by a filter.
pub(super) fn with_filter(request: Request<Bytes>, filter: &str) -> Request<Bytes> {
    with_query(request, &format!("filter={}", utf8_percent_encode(filter, NON_ALPHANUMERIC)))
}

/// Replaces the query of a request.
pub(super) fn with_query(mut request: Request<Bytes>, query: &str) -> Request<Bytes> {
    let mut parts = request.uri().clone().into_parts();
    parts.path_and_query = format!("{}?{query}", request.uri().path()).parse().ok().or(parts.path_and_query);
    if let Ok(uri) = Uri::from_parts(parts) {
        *request.uri_mut() = uri;
    }
    request
}

/// A server that takes whole requests and returns whole responses, both in memory.
pub trait Upstream: Send + Sync + fmt::Debug {
    /// Handles one request.
    fn call(&self, request: Request<Bytes>) -> BoxFuture<'_, Response<Bytes>>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_the_path_determines_the_endpoint() {
        for (path, expected) in [
            ("/scim/v2/KEY/Users", Endpoint::Users),
            ("/Users/", Endpoint::Users),
            ("/a/b/Users/1", Endpoint::User),
            ("/Groups", Endpoint::Groups),
            ("/x/Groups/g:1", Endpoint::Group),
            ("/x/ServiceProviderConfig", Endpoint::Other),
            ("/", Endpoint::Other),
        ] {
            assert_eq!(endpoint(path), expected, "{path}");
        }
    }
}

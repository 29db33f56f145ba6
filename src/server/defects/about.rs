//! What a defect sees: the request in a few words, and the answer taken apart.

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri};
use serde_json::Value;

/// What a request is about, by the end of its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    Users,
    User,
    Groups,
    Group,
    Other,
}

/// A request in a few words.
#[derive(Debug, Clone)]
pub struct About {
    pub method: Method,
    pub target: Target,
    /// The decoded filter of a list.
    pub filter: Option<String>,
    /// The decoded query parameters.
    pub query: Vec<(String, String)>,
    /// The body as it came, where it is JSON.
    pub body: Option<Value>,
}

impl About {
    /// Reads a request.
    #[must_use]
    pub fn of(request: &Request<Bytes>) -> Self {
        let query = pairs(request.uri());
        let filter = query.iter().find(|(name, _)| name == "filter").map(|(_, value)| value.clone());
        let body = serde_json::from_slice(request.body()).ok();
        Self { method: request.method().clone(), target: target(request.uri().path()), filter, query, body }
    }

    /// Whether it is this method on this target.
    #[must_use]
    pub fn is(&self, method: &Method, target: Target) -> bool {
        self.method == *method && self.target == target
    }

    /// Whether it looks users or groups up by an attribute.
    #[must_use]
    pub fn looks_up(&self, target: Target, attribute: &str) -> bool {
        let starts =
            |filter: &String| filter.get(..attribute.len()).is_some_and(|start| start.eq_ignore_ascii_case(attribute));
        self.is(&Method::GET, target) && self.filter.as_ref().is_some_and(starts)
    }

    /// A number in the query.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<u64> {
        self.query.iter().find(|(key, _)| key == name).and_then(|(_, value)| value.parse().ok())
    }
}

fn target(path: &str) -> Target {
    let mut segments = path.trim_end_matches('/').rsplit('/');
    match (segments.next(), segments.next()) {
        (Some("Users"), _) => Target::Users,
        (Some("Groups"), _) => Target::Groups,
        (Some(_), Some("Users")) => Target::User,
        (Some(_), Some("Groups")) => Target::Group,
        _ => Target::Other,
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

/// An answer taken apart.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Body,
}

/// The body of an answer.
#[derive(Debug, Clone)]
pub enum Body {
    Json(Value),
    Bytes(Bytes),
}

impl Answer {
    /// A SCIM answer.
    #[must_use]
    pub fn json(status: StatusCode, body: Value) -> Self {
        let media_type = HeaderValue::from_static("application/scim+json");
        Self { status, headers: HeaderMap::from_iter([(CONTENT_TYPE, media_type)]), body: Body::Json(body) }
    }

    /// 204.
    #[must_use]
    pub fn no_content() -> Self {
        Self { status: StatusCode::NO_CONTENT, headers: HeaderMap::new(), body: Body::Bytes(Bytes::new()) }
    }

    /// The JSON of the body.
    pub fn value(&mut self) -> Option<&mut Value> {
        match &mut self.body {
            Body::Json(value) => Some(value),
            Body::Bytes(_) => None,
        }
    }

    /// Calls `edit` with every user or group in the body, alone or in a list.
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

impl From<Response<Bytes>> for Answer {
    fn from(response: Response<Bytes>) -> Self {
        let (parts, bytes) = response.into_parts();
        let body = serde_json::from_slice(&bytes).map_or(Body::Bytes(bytes), Body::Json);
        Self { status: parts.status, headers: parts.headers, body }
    }
}

impl From<Answer> for Response<Bytes> {
    fn from(answer: Answer) -> Self {
        let bytes = match answer.body {
            Body::Json(value) => Bytes::from(value.to_string()),
            Body::Bytes(bytes) => bytes,
        };
        let length = HeaderValue::from(bytes.len());
        let bodyless = matches!(answer.status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
        let mut response = Response::new(bytes);
        *response.status_mut() = answer.status;
        *response.headers_mut() = answer.headers;
        response.headers_mut().remove(http::header::TRANSFER_ENCODING);
        if bodyless {
            response.headers_mut().remove(CONTENT_LENGTH);
        } else {
            response.headers_mut().insert(CONTENT_LENGTH, length);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_told_by_the_end_of_the_path() {
        for (path, expected) in [
            ("/scim/v2/KEY/Users", Target::Users),
            ("/Users/", Target::Users),
            ("/a/b/Users/1", Target::User),
            ("/Groups", Target::Groups),
            ("/x/Groups/g:1", Target::Group),
            ("/x/ServiceProviderConfig", Target::Other),
            ("/", Target::Other),
        ] {
            assert_eq!(target(path), expected, "{path}");
        }
    }
}

//! A generated case: a short sequence of requests about one resource, as data, and its conversion to requests.
//!
//! Bodies and paths contain placeholders for values that are only known at run time: [`NAME`] for a name that is unique
//! to the case and the attempt, [`ID`] for the ID that the server assigned, [`COMPANION`] for the ID of a second, plain
//! user.

use serde_json::Value;

use crate::scim::Kind;
use crate::wire::encode::component;
use crate::wire::{Method, Request};

/// The placeholder for the unique name.
pub const NAME: &str = "@NAME@";
/// The placeholder for the ID of the case's resource.
pub const ID: &str = "@ID@";
/// The placeholder for the ID of the companion; a fictitious ID if the case has none.
pub const COMPANION: &str = "@COMPANION@";

/// The media type of SCIM (RFC 7644 section 3.1).
pub const SCIM_JSON: &str = "application/scim+json";

/// A sequence of requests about one resource.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// Creates a plain user first.
    pub companion: bool,
    pub kind: Kind,
    /// The body of the create. Without one, the acts refer to a resource that does not exist.
    pub create: Option<Body>,
    /// The requests after the create.
    pub acts: Vec<Act>,
}

/// One request.
#[derive(Debug, Clone, PartialEq)]
pub enum Act {
    /// PATCH; `expect` lists the values that the resource must have if it succeeds.
    Patch {
        body: Body,
        expect: Vec<Expect>,
    },
    Put {
        body: Body,
        expect: Vec<Expect>,
    },
    Delete,
    /// GET of the case's resource, with a query.
    Read {
        query: String,
    },
    /// GET of a collection, with a query.
    List {
        kind: Kind,
        query: String,
    },
    /// Any other request. It never writes to a resource that the case did not create.
    Odd {
        method: Method,
        path: String,
        content_type: Option<String>,
        body: Option<Body>,
    },
}

/// The value of an attribute that a GET must return after a successful write.
#[derive(Debug, Clone, PartialEq)]
pub struct Expect {
    pub attribute: String,
    pub value: Value,
}

/// A request body.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    Json(Value),
    /// Text that no JSON value serializes to: duplicate keys, lone surrogates, a truncated body.
    Text(String),
    Bytes(Vec<u8>),
    /// A body with another media type, or none.
    As(Option<String>, Box<Body>),
}

impl Body {
    /// Returns the bytes, with every placeholder filled.
    fn bytes(&self, values: &Placeholders) -> Vec<u8> {
        match self {
            Self::Json(value) => values.fill_json(value).to_string().into_bytes(),
            Self::Text(text) => values.fill(text).into_bytes(),
            Self::Bytes(bytes) => bytes.clone(),
            Self::As(_, body) => body.bytes(values),
        }
    }

    fn content_type(&self) -> Option<&str> {
        match self {
            Self::As(content_type, _) => content_type.as_deref(),
            _ => Some(SCIM_JSON),
        }
    }

    /// Returns true if the name by which a resource is known contains the unique name.
    #[must_use]
    pub fn has_name(&self, kind: Kind) -> bool {
        let attribute = if kind == Kind::User { "userName" } else { "displayName" };
        match self {
            Self::Json(value) => value.get(attribute).and_then(Value::as_str).is_some_and(|text| text.contains(NAME)),
            Self::As(_, body) => body.has_name(kind),
            Self::Text(_) | Self::Bytes(_) => false,
        }
    }

    /// Returns true if a server can parse the body as a JSON object.
    #[must_use]
    pub fn is_json_object(&self) -> bool {
        match self {
            Self::Json(value) => value.is_object(),
            Self::Text(text) => serde_json::from_str::<Value>(text).is_ok_and(|value| value.is_object()),
            Self::Bytes(bytes) => serde_json::from_slice::<Value>(bytes).is_ok_and(|value| value.is_object()),
            Self::As(_, body) => body.is_json_object(),
        }
    }
}

/// The values of the placeholders.
#[derive(Debug, Clone, Default)]
pub struct Placeholders {
    pub name: String,
    /// Fictitious until the server has assigned one.
    pub id: String,
    pub companion: String,
}

impl Placeholders {
    /// Fills the placeholders in a text.
    #[must_use]
    pub fn fill(&self, text: &str) -> String {
        text.replace(NAME, &self.name).replace(ID, &self.id).replace(COMPANION, &self.companion)
    }

    /// Fills the placeholders in every string and every key of a value.
    #[must_use]
    pub fn fill_json(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.fill(text)),
            Value::Array(items) => items.iter().map(|item| self.fill_json(item)).collect(),
            Value::Object(map) => {
                Value::Object(map.iter().map(|(key, value)| (self.fill(key), self.fill_json(value))).collect())
            }
            plain => plain.clone(),
        }
    }
}

impl Case {
    /// Builds the request of an act.
    #[must_use]
    pub fn request(&self, act: &Act, values: &Placeholders) -> Request {
        let own = || resource(self.kind.endpoint(), &values.id);
        match act {
            Act::Patch { body, .. } => request(Method::Patch, own(), Some(body), values),
            Act::Put { body, .. } => request(Method::Put, own(), Some(body), values),
            Act::Delete => request(Method::Delete, own(), None, values),
            Act::Read { query } => request(Method::Get, own() + &values.fill(query), None, values),
            Act::List { kind, query } => {
                request(Method::Get, format!("/{}{}", kind.endpoint(), values.fill(query)), None, values)
            }
            Act::Odd { method, path, content_type, body } => {
                let mut odd = request(*method, values.fill(path), body.as_ref(), values);
                if let (Some(content_type), true) = (content_type, body.is_some()) {
                    odd.headers.retain(|(name, _)| name != "Content-Type");
                    odd.headers.push(("Content-Type".to_owned(), content_type.clone()));
                }
                odd
            }
        }
    }
}

/// Builds the request that creates a resource.
#[must_use]
pub fn create(kind: Kind, body: &Body, values: &Placeholders) -> Request {
    request(Method::Post, format!("/{}", kind.endpoint()), Some(body), values)
}

/// Builds a GET of one resource.
#[must_use]
pub fn read(kind: Kind, id: &str) -> Request {
    request(Method::Get, resource(kind.endpoint(), id), None, &Placeholders::default())
}

/// Returns the path of a resource.
#[must_use]
pub fn resource(endpoint: &str, id: &str) -> String {
    format!("/{endpoint}/{}", encode(id))
}

/// Builds a request of the harness with any body.
fn request(method: Method, path: String, body: Option<&Body>, values: &Placeholders) -> Request {
    let mut request = Request::scim(method, path, None);
    if let Some(body) = body {
        if let Some(content_type) = body.content_type() {
            request.headers.push(("Content-Type".to_owned(), content_type.to_owned()));
        }
        request.headers.push(("Content-Length".to_owned(), String::new()));
        request.body = Some(body.bytes(values));
    }
    request
}

/// Percent-encodes one segment of a path, or one value of a query. Placeholders remain unencoded.
#[must_use]
pub fn encode(text: &str) -> String {
    [NAME, ID, COMPANION].iter().fold(component(text), |text, mark| text.replace(&mark.replace('@', "%40"), mark))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn placeholders_are_filled_in_bodies_keys_and_paths() {
        let values = Placeholders { name: "n1".into(), id: "u/1".into(), companion: "c1".into() };
        let body = Body::Json(json!({"@NAME@": ["x@NAME@", 1, {"value": "@COMPANION@"}]}));
        assert_eq!(create(Kind::User, &body, &values).body.unwrap(), br#"{"n1":["xn1",1,{"value":"c1"}]}"#);
        let case = Case { companion: false, kind: Kind::User, create: Some(body), acts: vec![] };
        assert_eq!(case.request(&Act::Delete, &values).path, "/Users/u%2F1");
        let query = format!("?filter={}", encode("userName eq \"@NAME@\""));
        assert_eq!(
            case.request(&Act::List { kind: Kind::Group, query }, &values).path,
            "/Groups?filter=userName%20eq%20%22n1%22"
        );
    }

    #[test]
    fn only_json_objects_count_as_parseable() {
        assert!(Body::Text("{\"a\":1,\"a\":2}".into()).is_json_object());
        assert!(!Body::Json(json!([1])).is_json_object());
        assert!(!Body::As(None, Box::new(Body::Bytes(vec![0xff]))).is_json_object());
    }
}

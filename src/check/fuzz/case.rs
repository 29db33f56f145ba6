//! A case: one small story about one resource, as data, and how its acts become requests.
//!
//! Bodies and paths carry marks where a run puts what it alone knows: [`NAME`] a name that no other case and no other
//! attempt has, [`ID`] the id that the server gave, [`COMPANION`] the id of a plain user beside it.

use serde_json::Value;

use crate::scim::Kind;
use crate::wire::{Method, Request, encode};

/// Where the unique name goes.
pub const NAME: &str = "@NAME@";
/// Where the id of the case's own resource goes.
pub const ID: &str = "@ID@";
/// Where the id of the companion goes; a made-up one where there is none.
pub const COMPANION: &str = "@COMPANION@";

/// The media type of SCIM (RFC 7644 section 3.1).
pub const SCIM_JSON: &str = "application/scim+json";

/// One story.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// Whether a plain user is made first.
    pub companion: bool,
    /// What the resource is, and the body that makes it; without one the acts meet nobody.
    pub kind: Kind,
    pub create: Option<Body>,
    /// What is done with it then.
    pub acts: Vec<Act>,
}

/// One thing to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Act {
    /// PATCH; `expect` is what an accepted one must leave behind.
    Patch {
        body: Body,
        expect: Vec<Expect>,
    },
    Put {
        body: Body,
        expect: Vec<Expect>,
    },
    Delete,
    /// GET of the own resource, with a query.
    Read {
        query: String,
    },
    /// GET of a collection, with a query.
    List {
        kind: Kind,
        query: String,
    },
    /// Anything else: never a write to what the case did not make.
    Odd {
        method: Method,
        path: String,
        content_type: Option<String>,
        body: Option<Body>,
    },
}

/// After an accepted write a GET shows this attribute with this value.
#[derive(Debug, Clone, PartialEq)]
pub struct Expect {
    pub attribute: String,
    pub value: Value,
}

/// The bytes of a body.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    Json(Value),
    /// Text that no JSON value yields: duplicate keys, lone surrogates, a body cut short.
    Text(String),
    Bytes(Vec<u8>),
    /// With another media type, or none.
    As(Option<String>, Box<Body>),
}

impl Body {
    /// The bytes, with every mark replaced.
    fn bytes(&self, marks: &Marks) -> Vec<u8> {
        match self {
            Self::Json(value) => marks.fill_json(value).to_string().into_bytes(),
            Self::Text(text) => marks.fill(text).into_bytes(),
            Self::Bytes(bytes) => bytes.clone(),
            Self::As(_, body) => body.bytes(marks),
        }
    }

    fn content_type(&self) -> Option<&str> {
        match self {
            Self::As(content_type, _) => content_type.as_deref(),
            _ => Some(SCIM_JSON),
        }
    }

    /// Whether a server can read it at all: SCIM's media type, and a JSON object.
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

/// What a run puts where the marks are.
#[derive(Debug, Clone, Default)]
pub struct Marks {
    pub name: String,
    /// Made up, until the server has given one.
    pub id: String,
    pub companion: String,
}

impl Marks {
    /// Replaces the marks in a text.
    #[must_use]
    pub fn fill(&self, text: &str) -> String {
        text.replace(NAME, &self.name).replace(ID, &self.id).replace(COMPANION, &self.companion)
    }

    /// Replaces the marks in every string of a value, and in every key.
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
    /// The request of an act.
    #[must_use]
    pub fn perform(&self, act: &Act, marks: &Marks) -> Request {
        let own = || resource(self.kind.endpoint(), &marks.id);
        match act {
            Act::Patch { body, .. } => request(Method::Patch, own(), Some(body), marks),
            Act::Put { body, .. } => request(Method::Put, own(), Some(body), marks),
            Act::Delete => request(Method::Delete, own(), None, marks),
            Act::Read { query } => request(Method::Get, own() + &marks.fill(query), None, marks),
            Act::List { kind, query } => {
                request(Method::Get, format!("/{}{}", kind.endpoint(), marks.fill(query)), None, marks)
            }
            Act::Odd { method, path, content_type, body } => {
                let mut odd = request(*method, marks.fill(path), body.as_ref(), marks);
                if let (Some(content_type), true) = (content_type, body.is_some()) {
                    odd.headers.retain(|(name, _)| name != "Content-Type");
                    odd.headers.push(("Content-Type".to_owned(), content_type.clone()));
                }
                odd
            }
        }
    }
}

/// The request that makes a resource.
#[must_use]
pub fn create(kind: Kind, body: &Body, marks: &Marks) -> Request {
    request(Method::Post, format!("/{}", kind.endpoint()), Some(body), marks)
}

/// A GET of one resource.
#[must_use]
pub fn read(kind: Kind, id: &str) -> Request {
    request(Method::Get, resource(kind.endpoint(), id), None, &Marks::default())
}

/// The path of a resource.
#[must_use]
pub fn resource(endpoint: &str, id: &str) -> String {
    format!("/{endpoint}/{}", encode(id))
}

/// A request in the harness's own name, with any body.
fn request(method: Method, path: String, body: Option<&Body>, marks: &Marks) -> Request {
    let mut request = Request::scim(method, path, None);
    if let Some(body) = body {
        if let Some(content_type) = body.content_type() {
            request.headers.push(("Content-Type".to_owned(), content_type.to_owned()));
        }
        request.headers.push(("Content-Length".to_owned(), String::new()));
        request.body = Some(body.bytes(marks));
    }
    request
}

/// Percent-encodes one segment of a path, or one value of a query. The marks come through whole.
#[must_use]
pub fn encode(text: &str) -> String {
    let encoded = encode::component(text);
    [NAME, ID, COMPANION].iter().fold(encoded, |text, mark| text.replace(&mark.replace('@', "%40"), mark))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn marks_are_filled_in_bodies_keys_and_paths() {
        let marks = Marks { name: "n1".into(), id: "u/1".into(), companion: "c1".into() };
        let body = Body::Json(json!({"@NAME@": ["x@NAME@", 1, {"value": "@COMPANION@"}]}));
        assert_eq!(create(Kind::User, &body, &marks).body.unwrap(), br#"{"n1":["xn1",1,{"value":"c1"}]}"#);
        let case = Case { companion: false, kind: Kind::User, create: Some(body), acts: vec![] };
        assert_eq!(case.perform(&Act::Delete, &marks).path, "/Users/u%2F1");
        let query = format!("?filter={}", encode("userName eq \"@NAME@\""));
        assert_eq!(
            case.perform(&Act::List { kind: Kind::Group, query }, &marks).path,
            "/Groups?filter=userName%20eq%20%22n1%22"
        );
    }

    #[test]
    fn a_body_says_whether_a_server_can_read_it() {
        assert!(Body::Text("{\"a\":1,\"a\":2}".into()).is_json_object());
        assert!(!Body::Json(json!([1])).is_json_object());
        assert!(!Body::As(None, Box::new(Body::Bytes(vec![0xff]))).is_json_object());
    }
}

//! The input of the model: exchanges as plain values.

use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::scim::Kind;

/// The method of a request about resources.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    /// Parses the name of a method, in upper case. Other methods than these do not concern resources.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "GET" => Self::Get,
            "POST" => Self::Post,
            "PUT" => Self::Put,
            "PATCH" => Self::Patch,
            "DELETE" => Self::Delete,
            _ => return None,
        })
    }
}

/// A request and the response to it.
#[derive(Debug, Clone, Copy)]
pub struct RecordedExchange<'a> {
    pub method: Method,
    /// The part after the base URL, percent-encoded: `/Users/42?attributes=userName`.
    pub path: &'a str,
    /// The body of the request, if it has one.
    pub body: Option<&'a Value>,
    /// `None` if no response arrived: the target may have performed the request or not.
    pub response: Option<RecordedResponse<'a>>,
}

/// The parts of a response that the model reads.
#[derive(Debug, Clone, Copy)]
pub struct RecordedResponse<'a> {
    pub status: u16,
    /// The body, if it is JSON.
    pub body: Option<&'a Value>,
    /// The `Location` header, which names a created resource if the body has no `id`.
    pub location: Option<&'a str>,
}

/// The effect of a write, as the response tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    Applied,
    Rejected,
    /// No response, or an error that a server or a proxy may return after it has performed the request.
    Unknown,
}

impl RecordedExchange<'_> {
    /// Returns the resource type and the decoded ID that the path names.
    pub(super) fn subject(&self) -> Option<(Kind, Option<String>)> {
        let path = self.path.split(['?', '#']).next().unwrap_or_default().trim_start_matches('/');
        let (endpoint, id) = path.split_once('/').map_or((path, None), |(endpoint, id)| (endpoint, Some(id)));
        let kind = [Kind::User, Kind::Group].into_iter().find(|kind| kind.endpoint() == endpoint)?;
        Some((kind, id.map(decode).filter(|id| !id.is_empty())))
    }

    pub(super) fn effect(&self) -> Effect {
        match self.response.map(|response| response.status) {
            Some(200..=299) => Effect::Applied,
            // 501 says that the server does not have the method.
            None | Some(408 | 500 | 502..=599) => Effect::Unknown,
            Some(_) => Effect::Rejected,
        }
    }

    /// Returns the ID of the resource that a POST created.
    pub(super) fn created_id(&self) -> Option<String> {
        let response = self.response?;
        let of_body = response.body.and_then(|body| id_of(body.get("id")?));
        let of_location = || {
            let path = response.location?.split(['?', '#']).next()?.trim_end_matches('/');
            path.rsplit_once('/').map(|(_, id)| decode(id))
        };
        of_body.or_else(of_location).filter(|id| !id.is_empty())
    }

    /// Returns the body of a successful response.
    pub(super) fn shown(&self) -> Option<&Value> {
        let response = self.response?;
        (200..300).contains(&response.status).then_some(response.body)?
    }
}

/// Returns an ID as text; some targets send numbers.
pub(super) fn id_of(value: &Value) -> Option<String> {
    match value {
        Value::String(id) => Some(id.clone()),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
    }
}

fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

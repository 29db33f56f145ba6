//! The body of a poll (RFC 8936 section 2.2). Members that it does not define are ignored.

use serde_json::{Map, Value};

use super::error::StreamError;
use crate::base::limits;
use crate::scim::message::parse_object;

/// A request for security event tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PollRequest {
    /// The most tokens of the response: `maxEvents`, up to [`limits::POLLED_TOKENS`].
    pub(super) limit: usize,
    /// `returnImmediately`: the response does not wait for a token.
    pub(super) is_immediate: bool,
    /// `ack`: the IDs of tokens that the receiver has stored.
    pub(super) acknowledged: Vec<String>,
    /// `setErrs`: the IDs of tokens that the receiver rejects, each with the error.
    pub(super) refused: Vec<(String, String)>,
}

impl PollRequest {
    /// Parses a body.
    pub(super) fn parse(bytes: &[u8], depth: usize) -> Result<Self, StreamError> {
        let mut object = parse_object(bytes, depth).map_err(|error| StreamError::Invalid(error.detail))?;
        let request = Self {
            limit: limit(object.get("maxEvents"))?,
            is_immediate: match object.get("returnImmediately") {
                None | Some(Value::Null) => false,
                Some(Value::Bool(flag)) => *flag,
                Some(_) => return invalid("returnImmediately must be true or false"),
            },
            acknowledged: match object.get_mut("ack").map(Value::take) {
                None | Some(Value::Null) => Vec::new(),
                Some(ids) => serde_json::from_value(ids)
                    .or_else(|_| invalid("ack must be an array of the jti values of security event tokens"))?,
            },
            refused: match object.get("setErrs") {
                None | Some(Value::Null) => Vec::new(),
                Some(Value::Object(errors)) => refused(errors)?,
                Some(_) => return invalid("setErrs must be an object whose keys are jti values"),
            },
        };
        let most = limits::ACKNOWLEDGED_TOKENS;
        if request.acknowledged.len() + request.refused.len() > most {
            return invalid(&format!("ack and setErrs must name at most {most} tokens together"));
        }
        Ok(request)
    }
}

fn limit(value: Option<&Value>) -> Result<usize, StreamError> {
    match value {
        None | Some(Value::Null) => Ok(limits::POLLED_TOKENS),
        Some(value) => match value.as_u64() {
            Some(wanted) => Ok(usize::try_from(wanted).unwrap_or(usize::MAX).min(limits::POLLED_TOKENS)),
            None => invalid("maxEvents must be an integer that is not negative"),
        },
    }
}

/// Reads `setErrs`: an object with `err` and `description` for each token.
fn refused(errors: &Map<String, Value>) -> Result<Vec<(String, String)>, StreamError> {
    let text = |error: &Value, name: &str| error.get(name).and_then(Value::as_str).map(str::to_owned);
    let each = errors.iter().map(|(id, error)| match (text(error, "err"), text(error, "description")) {
        (Some(code), description) => {
            let description = description.map(|text| format!(": {text}")).unwrap_or_default();
            Ok((id.clone(), format!("{code}{description}")))
        }
        _ => invalid("each value of setErrs must be an object with err and description"),
    });
    each.collect()
}

fn invalid<T>(text: &str) -> Result<T, StreamError> {
    Err(StreamError::Invalid(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parse(body: &Value) -> Result<PollRequest, String> {
        PollRequest::parse(body.to_string().as_bytes(), 8).map_err(|error| match error {
            StreamError::Invalid(text) => text,
            other => format!("{other:?}"),
        })
    }

    #[test]
    fn a_request_has_the_defaults_of_rfc_8936() {
        let request = parse(&json!({"unknown": 1})).unwrap();
        let expected = PollRequest {
            limit: limits::POLLED_TOKENS,
            is_immediate: false,
            acknowledged: Vec::new(),
            refused: Vec::new(),
        };
        assert_eq!(request, expected);
        let body = json!({
            "maxEvents": 0, "returnImmediately": true, "ack": ["a", "b"],
            "setErrs": {"c": {"err": "invalid_key", "description": "unknown kid"}, "d": {"err": "x"}},
        });
        let request = parse(&body).unwrap();
        assert_eq!((request.limit, request.is_immediate), (0, true));
        assert_eq!(request.acknowledged, ["a", "b"]);
        let refused = request.refused.iter().map(|(id, error)| (id.as_str(), error.as_str())).collect::<Vec<_>>();
        assert_eq!(refused, [("c", "invalid_key: unknown kid"), ("d", "x")]);
        assert_eq!(parse(&json!({"maxEvents": 4_000_000_000_u64})).unwrap().limit, limits::POLLED_TOKENS);
    }

    #[test]
    fn other_values_are_refused_by_name() {
        let many: Vec<String> = (0..=limits::ACKNOWLEDGED_TOKENS).map(|n| n.to_string()).collect();
        for (body, named) in [
            (json!({"maxEvents": -1}), "maxEvents"),
            (json!({"maxEvents": "1"}), "maxEvents"),
            (json!({"returnImmediately": 1}), "returnImmediately"),
            (json!({"ack": "a"}), "ack"),
            (json!({"ack": [1]}), "ack"),
            (json!({"ack": many}), "at most 1000"),
            (json!({"setErrs": []}), "setErrs"),
            (json!({"setErrs": {"a": "no"}}), "setErrs"),
            (json!({"setErrs": {"a": {"description": "no code"}}}), "setErrs"),
            (json!([]), "object"),
        ] {
            let error = parse(&body).unwrap_err();
            assert!(error.contains(named), "{body}: {error}");
        }
    }
}

//! The outcome of a request in a form that can be stored and read back, without secrets.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::exchange::{Exchange, Response};
use super::failure::{Cause, CauseKind, Failure, InvalidRequest};
use super::planned_fault;
use super::redact;
use super::request::Request;
use super::secrets::Secrets;

/// A stored outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recording {
    /// The time at which the request was sent, RFC 3339.
    at: String,
    duration_us: u64,
    /// The part that a planned fault has in the outcome.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    simulated: Option<String>,
    /// True if secrets were removed from the body, so that it is not the one that the target sent.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    redacted: bool,
    outcome: Outcome,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    Response {
        status: u16,
        headers: Vec<(String, String)>,
        body: Body,
    },
    /// No connection, because of a planned fault.
    NoConnection(String),
    TimeoutMs(u64),
    Cut(String),
    TooLarge(usize),
    NotSendable(String),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Body {
    Text(String),
    Base64(String),
}

impl Recording {
    /// Returns `None` for an outcome that says nothing about the target: the run ended, or there was no server to talk to.
    #[must_use]
    pub fn of(exchange: &Exchange, secrets: &Secrets) -> Option<Self> {
        let mut redacted = false;
        let outcome = match &exchange.outcome {
            Ok(response) => {
                let shown = |(name, value): &(String, String)| {
                    (name.clone(), secrets.hide(&redact::header(name, value)).into_owned())
                };
                let (body, was_redacted) = body(&response.body, secrets);
                redacted = was_redacted;
                Outcome::Response {
                    status: response.status,
                    headers: response.headers.iter().map(shown).collect(),
                    body,
                }
            }
            Err(Failure::Connect(cause)) if exchange.simulated.is_some() => Outcome::NoConnection(cause.text.clone()),
            Err(Failure::Timeout(limit)) => Outcome::TimeoutMs(u64::try_from(limit.as_millis()).unwrap_or(u64::MAX)),
            Err(Failure::Cut(cause)) if cause.kind == CauseKind::Other => Outcome::Cut(cause.text.clone()),
            Err(Failure::TooLarge(most)) => Outcome::TooLarge(*most),
            Err(Failure::Unsendable(reason)) => Outcome::NotSendable(reason.to_string()),
            Err(_) => return None,
        };
        Some(Self {
            at: exchange.at.to_string(),
            duration_us: u64::try_from(exchange.duration.as_micros()).unwrap_or(u64::MAX),
            simulated: exchange.simulated.map(str::to_owned),
            redacted,
            outcome,
        })
    }

    /// Returns true if secrets were removed from the body.
    #[must_use]
    pub const fn is_redacted(&self) -> bool {
        self.redacted
    }

    /// Returns the exchange of a request that was sent to this base URL. `None` if the recording is damaged.
    #[must_use]
    pub fn exchange(&self, request: Request, base: &str) -> Option<Exchange> {
        let outcome = match &self.outcome {
            Outcome::Response { status, headers, body } => {
                let body = match body {
                    Body::Text(text) => text.clone().into_bytes(),
                    Body::Base64(text) => STANDARD.decode(text).ok()?,
                };
                Ok(Response { status: *status, headers: headers.clone(), body })
            }
            Outcome::NoConnection(text) => Err(Failure::Connect(Cause::other(text.as_str()))),
            Outcome::TimeoutMs(limit) => Err(Failure::Timeout(Duration::from_millis(*limit))),
            Outcome::Cut(text) => Err(Failure::Cut(Cause::other(text.as_str()))),
            Outcome::TooLarge(most) => Err(Failure::TooLarge(*most)),
            Outcome::NotSendable(text) => Err(Failure::Unsendable(InvalidRequest::Other(text.clone()))),
        };
        let simulated = match &self.simulated {
            Some(words) => Some(planned_fault::known_words(words)?),
            None => None,
        };
        let sent = |(name, value): &(String, String)| (!value.is_empty()).then(|| (name.clone(), value.clone()));
        Some(Exchange {
            url: format!("{base}{}", request.path),
            sent_headers: request.headers.iter().filter_map(sent).collect(),
            request,
            outcome,
            at: self.at.parse::<Timestamp>().ok()?,
            duration: Duration::from_micros(self.duration_us),
            simulated,
        })
    }
}

/// Returns the body of a request for a record: JSON without secrets.
#[must_use]
pub fn request_body(request: &Request, secrets: &Secrets) -> Option<Value> {
    let mut body = request.json()?;
    redact::hide_passwords(&mut body);
    secrets.hide_json(&mut body);
    Some(body)
}

/// Returns a body without secrets, and true if there were secrets.
fn body(bytes: &[u8], secrets: &Secrets) -> (Body, bool) {
    let mut redacted = false;
    let mut text = String::from_utf8_lossy(bytes);
    if let Ok(mut value) = serde_json::from_slice::<Value>(bytes)
        && redact::hide_passwords(&mut value)
    {
        redacted = true;
        text = value.to_string().into();
    }
    let hidden = secrets.hide(&text);
    redacted |= hidden != text;
    if !redacted && std::str::from_utf8(bytes).is_err() {
        return (Body::Base64(STANDARD.encode(bytes)), false);
    }
    (Body::Text(hidden.into_owned()), redacted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Auth, Method, Target};

    fn exchange(outcome: Result<Response, Failure>) -> Exchange {
        let request = Request::scim(Method::Get, "/Users/1", None);
        Exchange {
            sent_headers: request.headers.iter().filter(|(_, value)| !value.is_empty()).cloned().collect(),
            request,
            url: "http://h/Users/1".into(),
            outcome,
            at: Timestamp::UNIX_EPOCH,
            duration: Duration::from_micros(1_234),
            simulated: None,
        }
    }

    fn read_back(exchange: &Exchange) -> Exchange {
        let recording = Recording::of(exchange, &Secrets::default()).unwrap();
        let text = serde_json::to_string(&recording).unwrap();
        let read: Recording = serde_json::from_str(&text).unwrap();
        assert_eq!((&read, read.is_redacted()), (&recording, false));
        read.exchange(exchange.request.clone(), "http://h").unwrap()
    }

    #[test]
    fn an_outcome_is_read_back_as_it_was() {
        let response =
            |body: &[u8]| Ok(Response { status: 201, headers: vec![("etag".into(), "1".into())], body: body.into() });
        for outcome in [
            response(b"{ \"id\": 1.50 }\n"),
            response(b""),
            response(&[0xff, 0, 0xfe]),
            Err(Failure::Timeout(Duration::from_mins(1))),
            Err(Failure::Cut(Cause::other("reset"))),
            Err(Failure::TooLarge(7)),
        ] {
            let exchange = exchange(outcome);
            let read = read_back(&exchange);
            assert_eq!(format!("{read:?}"), format!("{exchange:?}"));
        }
        let simulated = Exchange {
            simulated: Some("simulated: unreachable"),
            ..exchange(Err(Failure::Connect(Cause::other("the target"))))
        };
        assert_eq!(format!("{:?}", read_back(&simulated)), format!("{simulated:?}"));
    }

    #[test]
    fn an_outcome_that_says_nothing_about_the_target_is_not_recorded() {
        for failure in [
            Failure::Connect(Cause::other("refused")),
            Failure::Cut(Cause { kind: CauseKind::NotTls, text: "x".into() }),
            Failure::OutOfTime,
            Failure::GivenUp("x".into()),
        ] {
            assert_eq!(Recording::of(&exchange(Err(failure)), &Secrets::default()), None);
        }
    }

    #[test]
    fn no_secret_is_recorded() {
        let secrets = Secrets::of(&Target::new("https://h", Auth::Bearer("t0k3n-s3cret".into())));
        for body in [r#"{"password":"pa55word"}"#, r#"{"echo":"t0k3n-s3cret"}"#, "\u{e9} t0k3n-s3cret"] {
            let headers =
                vec![("set-cookie".to_owned(), "session".to_owned()), ("x".to_owned(), "t0k3n-s3cret".to_owned())];
            let sent = exchange(Ok(Response { status: 200, headers, body: body.into() }));
            let recording = Recording::of(&sent, &secrets).unwrap();
            assert!(recording.is_redacted(), "{body}");
            let text = serde_json::to_string(&recording).unwrap();
            for secret in ["pa55word", "t0k3n-s3cret", "session"] {
                assert!(!text.contains(secret), "{text}");
            }
        }
    }
}

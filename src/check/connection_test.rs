//! Judges the response to the connection test: without a list of users no scenario can run.

use serde_json::Value;

use super::reading::excerpt;
use crate::wire::failure::CauseKind;
use crate::wire::{EventReadError, Exchange, Failure, Response};

/// The reason why no scenario can run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum NotReady {
    #[error("the connection test failed: {0}{remedy}", remedy = remedy(.0))]
    Failed(Failure),
    /// A response other than the first page of a list of users.
    #[error("the connection test returned {status} {fault} ({remedy}): {body}")]
    Unexpected { status: u16, fault: String, remedy: String, body: String },
    #[error(transparent)]
    Events(#[from] EventReadError),
}

/// The fix of a base URL.
const URL: &str = "the URL must be the one that /Users is appended to";

/// Asserts that the response is a JSON object. What a list lacks is judged by the scenarios.
///
/// # Errors
/// [`NotReady`] names the cause and the fix.
pub(super) fn usable(exchange: &Exchange) -> Result<(), NotReady> {
    let response = exchange.outcome.as_ref().map_err(|failure| NotReady::Failed(failure.clone()))?;
    let json = response.json();
    let bare = !exchange.sent_headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("Authorization"));
    let (fault, remedy) = match (response.status, &json) {
        (200, Some(body)) if body.is_object() => return Ok(()),
        (200, Some(Value::Array(_))) => (
            "with a JSON array instead of a SCIM list".to_owned(),
            r#"put the users into an object: {"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":N,"startIndex":1,"itemsPerPage":N,"Resources":[…]}"#.to_owned(),
        ),
        (200, _) if is_html(response) => (
            "with an HTML page instead of JSON".to_owned(),
            format!("this is a website or a sign-in page, not the SCIM API; {URL}"),
        ),
        (200, _) => ("with a body that is not a JSON object".to_owned(), URL.to_owned()),
        (300..=399, _) => redirect(response),
        (401 | 403, _) if bare => {
            ("instead of 200".to_owned(), "no credentials were given: --token, --basic or --header-token".to_owned())
        }
        (401 | 403, _) => ("instead of 200".to_owned(), "the credentials must be those of this URL".to_owned()),
        _ => ("instead of 200".to_owned(), URL.to_owned()),
    };
    let body = excerpt(&response.body);
    let body = if body.is_empty() { "an empty body".to_owned() } else { body };
    Err(NotReady::Unexpected { status: response.status, fault, remedy, body })
}

fn is_html(response: &Response) -> bool {
    let typed = response.header("Content-Type").is_some_and(|value| value.to_ascii_lowercase().contains("html"));
    typed || response.body.trim_ascii_start().starts_with(b"<")
}

/// Describes a redirect, which the simulated Okta does not follow.
fn redirect(response: &Response) -> (String, String) {
    let Some(to) = response.header("Location") else { return ("instead of 200".to_owned(), URL.to_owned()) };
    (
        format!("instead of 200, a redirect to {to}"),
        "redirects are not followed: give the URL that it leads to, without /Users, or return the list from /Users \
         itself; a redirect to a sign-in page means that the route expects a session instead of the token"
            .to_owned(),
    )
}

/// Returns a hint if TLS was expected on one side only, or if a certificate is not trusted.
fn remedy(failure: &Failure) -> &'static str {
    match failure.cause() {
        Some(CauseKind::Certificate) => " (--ca-cert FILE trusts its issuer, --insecure trusts any)",
        Some(CauseKind::NotTls) => " (this port seems to speak no TLS: http:// instead of https://?)",
        Some(CauseKind::NotHttp) => " (this port seems to speak TLS: https:// instead of http://?)",
        _ => "",
    }
}

//! One exchange in a report.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// One exchange, redacted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExchangeReport {
    /// The sender: `okta` (the simulated agent) or `harness` (requests that set up or read state).
    pub by: String,
    pub method: String,
    pub url: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub request_headers: Vec<(String, String)>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub request_body: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub response_body: Option<Value>,
    /// The reason why there was no response.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    pub duration_ms: u64,
    /// The part that a fault of the scenario has in the outcome.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub simulated: Option<String>,
    /// The command that sends the request again. Empty where only the outline of an exchange is kept.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub curl: String,
}

/// Reads a body. The body `null` is not the absence of one.
fn present<'de, D: Deserializer<'de>>(body: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(body).map(Some)
}

impl ExchangeReport {
    /// Returns the exchange without headers, bodies and command, as a result that passed keeps it.
    #[must_use]
    pub fn outline(self) -> Self {
        let Self { by, method, url, status, failure, duration_ms, simulated, .. } = self;
        let (request_headers, request_body, response_body, curl) = (Vec::new(), None, None, String::new());
        Self {
            by,
            method,
            url,
            request_headers,
            request_body,
            status,
            response_body,
            failure,
            duration_ms,
            simulated,
            curl,
        }
    }

    /// Returns the command without the options and headers that do not decide the response.
    #[must_use]
    pub fn short_curl(&self) -> String {
        const INCIDENTAL: [&str; 3] = ["accept", "accept-charset", "user-agent"];
        let incidental = |(name, _): &&(String, String)| INCIDENTAL.contains(&name.to_ascii_lowercase().as_str());
        let curl = self.curl.replacen("curl -sS -g --path-as-is --compressed", "curl -g", 1);
        self.request_headers
            .iter()
            .filter(incidental)
            .fold(curl, |curl, (name, value)| curl.replacen(&format!(" -H '{name}: {value}'"), "", 1))
    }

    /// Returns request and outcome in one line: `okta sent POST http://…, response 201 in 3 ms`.
    #[must_use]
    pub fn summary(&self) -> String {
        let seen = match (&self.status, &self.failure) {
            (Some(status), _) => format!("response {status} in {} ms", self.duration_ms),
            (None, Some(failure)) => failure.clone(),
            (None, None) => "no response".to_owned(),
        };
        format!("{} sent {} {}, {seen}", self.by, self.method, self.url)
    }
}

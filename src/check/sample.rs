//! Results for tests of what is concluded from several results.

use serde_json::Value;

use super::outcome::Deviation;
use super::results::{Fault, Judged};
use crate::report::{ExchangeReport, ScenarioReport, Verdict};

/// Builds an exchange. A body that is null is absent.
pub(super) fn exchange(method: &str, path: &str, request: Value, status: u16, response: Value) -> ExchangeReport {
    ExchangeReport {
        by: "okta".to_owned(),
        method: method.to_owned(),
        url: format!("https://example.com/scim{path}"),
        request_headers: Vec::new(),
        request_body: Some(request).filter(|body| !body.is_null()),
        status: Some(status),
        response_body: Some(response).filter(|body| !body.is_null()),
        failure: None,
        duration_ms: 1,
        simulated: None,
        curl: String::new(),
    }
}

/// Builds a deviation with these exchanges.
pub(super) fn judged(id: &str, deviation: Deviation, exchanges: Vec<ExchangeReport>) -> Judged {
    let report =
        ScenarioReport { id: id.to_owned(), verdict: Verdict::Deviation, exchanges, ..ScenarioReport::default() };
    let fault = Fault { deviation, prepares: false, required: false, exchanges: Vec::new() };
    Judged::new(report, vec![fault])
}

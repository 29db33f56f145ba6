//! Converts an exchange to the form that a [`report`](crate::report) contains.

use crate::report::ExchangeReport;
use crate::wire::Exchange;

/// Converts an exchange. `by` is the sender: `okta` or `harness`. Credentials and passwords are redacted.
#[must_use]
pub fn evidence(by: &str, exchange: &Exchange) -> ExchangeReport {
    ExchangeReport {
        by: by.to_owned(),
        method: exchange.request.method.as_str().to_owned(),
        url: exchange.url.clone(),
        request_headers: exchange.sent_headers.clone(),
        request_body: exchange.sent_body(),
        status: exchange.status(),
        response_body: exchange.response_body(),
        failure: exchange.outcome.as_ref().err().map(ToString::to_string),
        duration_ms: u64::try_from(exchange.duration.as_millis()).unwrap_or(u64::MAX),
        simulated: exchange.simulated.map(str::to_owned),
        curl: exchange.curl(),
    }
}

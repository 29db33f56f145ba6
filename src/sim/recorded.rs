//! Exchanges as the model of an ideal server reads them. Pure.

use serde_json::Value;

use crate::model::{Method, Model, RecordedExchange, RecordedResponse};
use crate::wire::{self, Exchange, Failure};

/// Applies an exchange to the model. A request that was not sent changes nothing.
pub fn apply(model: &mut Model, exchange: &Exchange) {
    apply_with(model, exchange, exchange.request.method, exchange.request.json().as_ref());
}

/// Applies an exchange to the model as if the request had had another method and body.
pub(super) fn apply_with(model: &mut Model, exchange: &Exchange, method: wire::Method, body: Option<&Value>) {
    let sent = !matches!(
        exchange.outcome,
        Err(Failure::NotOurs(_) | Failure::GivenUp(_) | Failure::Unsendable(_) | Failure::NotRepeated { .. })
    );
    let Some(method) = Method::parse(method.as_str()).filter(|_| sent) else { return };
    let response_body = exchange.json();
    let response = exchange.response().map(|response| RecordedResponse {
        status: response.status,
        body: response_body.as_ref(),
        location: response.header("location"),
    });
    let path = exchange.request.path.as_str();
    model.apply(&RecordedExchange { method, path, body, response });
}

//! Leaves resources of others out of reports: those that the run does not own, whatever the target returned.

use std::collections::HashSet;

use serde_json::Value;

use crate::report::ExchangeReport;
use crate::wire::{Ledger, id_text};

/// Replaces the resources of others in the response by their number: `3 resources of others left out`.
pub(super) fn leave_out(mut exchange: ExchangeReport, own: &Own<'_>) -> ExchangeReport {
    let response_body = exchange.response_body.take();
    let asked = exchange.url.split('?').next().and_then(|path| path.rsplit('/').next()).map(str::to_owned);
    let response_body = response_body.map(|body| match body {
        Value::Array(list) => Value::Array(own.only(list)),
        Value::Object(mut object) => {
            let key = object.keys().find(|key| key.eq_ignore_ascii_case("Resources")).cloned();
            if let Some(key) = key {
                if let Some(Value::Array(list)) = object.get_mut(&key) {
                    *list = own.only(std::mem::take(list));
                }
                return Value::Object(object);
            }
            let body = Value::Object(object);
            let id = body.get("id").and_then(id_text);
            // What has no ID is an error, or a response that is wrong by itself.
            if id.is_none() || id == asked || own.has(&body) { body } else { left_out(1) }
        }
        // A list that is too large to be kept whole, or that is not JSON.
        Value::String(text) if is_list(&exchange) && text.trim_start().starts_with(['{', '[']) => {
            Value::String("a list that may name others left out".to_owned())
        }
        other => other,
    });
    ExchangeReport { response_body, ..exchange }
}

/// Returns true if the response may be a list: a success of a GET that names no single resource.
fn is_list(exchange: &ExchangeReport) -> bool {
    let path = exchange.url.split('?').next().unwrap_or_default();
    let of_one = path.rsplit('/').nth(1).is_some_and(|collection| ["Users", "Groups"].contains(&collection));
    exchange.method == "GET" && exchange.status.is_some_and(|status| status < 300) && !of_one
}

/// The resources of the run.
#[derive(Debug)]
pub(super) struct Own<'a> {
    ids: HashSet<String>,
    ledger: &'a Ledger,
}

impl<'a> Own<'a> {
    /// Returns the resources that the run has created so far.
    pub(super) fn of(ledger: &'a Ledger) -> Self {
        Self { ids: ledger.made().into_iter().map(|(_, id)| id).collect(), ledger }
    }

    fn has(&self, resource: &Value) -> bool {
        let id = resource.get("id").and_then(id_text);
        id.is_some_and(|id| self.ids.contains(&id)) || self.ledger.is_named(resource)
    }

    /// Returns the run's own resources of a list, and the number of the others.
    fn only(&self, list: Vec<Value>) -> Vec<Value> {
        let (mut own, others): (Vec<Value>, Vec<Value>) = list.into_iter().partition(|resource| self.has(resource));
        if !others.is_empty() {
            own.push(left_out(others.len()));
        }
        own
    }
}

fn left_out(count: usize) -> Value {
    Value::String(if count == 1 {
        "1 resource of others left out".to_owned()
    } else {
        format!("{count} resources of others left out")
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shown(path: &str, body: Value) -> Value {
        let exchange = ExchangeReport {
            by: "okta".to_owned(),
            method: "GET".to_owned(),
            url: format!("http://x/v2{path}"),
            request_headers: Vec::new(),
            request_body: None,
            status: Some(200),
            response_body: Some(body),
            failure: None,
            duration_ms: 1,
            simulated: None,
            curl: String::new(),
        };
        leave_out(exchange, &Own::of(&Ledger::new("k3"))).response_body.unwrap()
    }

    #[test]
    fn only_the_runs_own_resources_stay_in_a_list() {
        let (own, other) = (json!({"id": "1", "userName": "ada.K3@x"}), json!({"id": "2", "userName": "boss@x"}));
        let list = json!({"totalResults": 3, "Resources": [other, own, other]});
        let expected = json!({"totalResults": 3, "Resources": [own, "2 resources of others left out"]});
        assert_eq!(shown("/Users?count=3", list), expected);
        assert_eq!(shown("/Users", json!([other])), json!(["1 resource of others left out"]));
        assert_eq!(shown("/Users", json!({"resources": [own]})), json!({"resources": [own]}));
    }

    #[test]
    fn a_list_that_is_kept_as_text_is_left_out() {
        let left_out = json!("a list that may name others left out");
        assert_eq!(
            shown("/Users?count=100", json!("{\"Resources\":[{\"userName\":\"boss@x\"… (70000 bytes)")),
            left_out
        );
        assert_eq!(shown("/Users", json!("<html>no SCIM</html>")), json!("<html>no SCIM</html>"));
        assert_eq!(shown("/Users/1", json!("{\"userName\":")), json!("{\"userName\":"));
    }

    #[test]
    fn another_resource_than_the_requested_one_is_left_out() {
        let other = json!({"id": "2", "userName": "boss@x"});
        assert_eq!(shown("/Users/1", other.clone()), json!("1 resource of others left out"));
        assert_eq!(shown("/Users/2", other.clone()), other);
        let error = json!({"status": "404", "detail": "no"});
        assert_eq!(shown("/Users/1", error.clone()), error);
    }
}

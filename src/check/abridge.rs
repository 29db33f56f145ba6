//! Shortens long lists in the bodies of a report: the members of a large group say nothing that the first ones do not.
//!
//! It is the last step of a run, because causes are found in whole bodies.

use serde_json::Value;

use crate::report::{ExchangeReport, Finding, ScenarioReport};

/// The longest list that is reported whole.
const MOST: usize = 12;
/// The elements that are left of a longer list.
const LEFT: usize = 3;

/// Shortens the lists of all exchanges.
pub(super) fn abridge(findings: &mut [Finding], results: &mut [ScenarioReport]) {
    let of_findings = findings.iter_mut().flat_map(|finding| &mut finding.exchanges);
    for exchange in results.iter_mut().flat_map(|result| &mut result.exchanges).chain(of_findings) {
        shorten_bodies(exchange);
    }
}

fn shorten_bodies(exchange: &mut ExchangeReport) {
    for body in [&mut exchange.request_body, &mut exchange.response_body].into_iter().flatten() {
        shorten(body);
    }
}

fn shorten(value: &mut Value) {
    match value {
        Value::Array(list) => {
            if list.len() > MOST {
                let others = list.len() - LEFT;
                list.truncate(LEFT);
                list.push(Value::String(format!("{others} more elements left out")));
            }
            list.iter_mut().for_each(shorten);
        }
        Value::Object(object) => object.values_mut().for_each(shorten),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_long_lists_are_shortened() {
        let numbers = |count: usize| (0..count).collect::<Vec<_>>();
        let mut body = json!({"short": numbers(12), "Resources": [{"members": numbers(250)}]});
        shorten(&mut body);
        assert_eq!(body["short"], json!(numbers(12)));
        assert_eq!(body["Resources"][0]["members"], json!([0, 1, 2, "247 more elements left out"]));
    }
}

//! The scenarios that ship, against the reference.

use std::collections::BTreeSet;

use regex::{Captures, Regex};
use scimulate::sim::shipped;
use serde_json::Value;

use super::run;
use crate::support::reference::Server;

/// Returns the kind of a request.
fn kind(exchange: &Value) -> String {
    let (method, url) = (exchange["method"].as_str().unwrap(), exchange["url"].as_str().unwrap());
    let of = if url.contains("/Groups") { "group" } else { "user" };
    let path = url.rsplit_once("/Users").or(url.rsplit_once("/Groups")).unwrap().1;
    let body = &exchange["request_body"];
    let operations: BTreeSet<String> = body["Operations"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|operation| {
            let value = operation["value"].as_object();
            match (operation["op"].as_str().unwrap(), operation["path"].as_str(), value) {
                (op, Some(path), _) => format!("{op} {}", path.split('[').next().unwrap()),
                (_, None, Some(value)) if value.contains_key("displayName") => "rename".to_owned(),
                (_, None, Some(value)) if value.contains_key("password") => "password".to_owned(),
                (_, None, Some(value)) => format!("active {}", value["active"]),
                other => panic!("{other:?}"),
            }
        })
        .collect();
    let operations: Vec<String> = operations.into_iter().collect();
    match (method, path) {
        ("GET", "?startIndex=1&count=2") => "connection test".to_owned(),
        ("GET", path) if path.starts_with("?filter") => format!("{of} lookup"),
        ("GET", path) if path.starts_with("?startIndex") => format!("{of} import"),
        ("GET", _) => format!("{of} get"),
        ("POST", _) => format!("{of} create"),
        ("PUT", _) if of == "user" => format!("user put active {}", body["active"]),
        ("PATCH", _) => format!("{of} patch {}", operations.join(", ")),
        (method, _) => format!("{of} {}", method.to_lowercase()),
    }
}

/// Runs every scenario twice, and returns the kinds of requests that were sent.
async fn kinds(client: &str) -> BTreeSet<String> {
    let server = Server::start().await;
    let mut kinds = BTreeSet::new();
    for name in shipped::names() {
        for round in ["an empty store", "the store of the first run"] {
            // The first name of a renamed group stays its identity in the reference, as in WorkOS, so that a second year needs other
            // names.
            let is_taken = name == "company-year" && round != "an empty store";
            let other_names: &[&str] = if is_taken { &["--run-id", "second"] } else { &[] };
            let ran = run(&server, &[&[name.as_str(), "--client", client], other_names].concat()).await;
            assert_eq!(ran.code, 0, "{name} against {round}: {}{}", ran.stdout, ran.stderr);
            assert_eq!(ran.report["findings"], serde_json::json!([]));
            is_audited(&name, &ran.report);
            let actions =
                ran.report["scenarios"].as_array().unwrap().iter().filter(|result| !result["action"].is_null());
            kinds.extend(actions.flat_map(|action| action["exchanges"].as_array().unwrap()).map(kind));
        }
    }
    kinds
}

/// The scenario without an audit, because it measures the target and may have a million people.
const NOT_AUDITED: &str = "big-company";

/// Asserts that the audit of a scenario that has one read everything, and does not blame the reference.
fn is_audited(name: &str, report: &Value) {
    let audit = &report["audit"];
    let has_audit = shipped::text(name).unwrap().1.contains("\n[audit]\n");
    assert!(has_audit || name == NOT_AUDITED, "{name} has no [audit]");
    assert_eq!(audit["read"], has_audit, "{name}");
    assert_eq!(audit["unknown"], serde_json::json!([]), "{name}");
    let problems = audit["problems"].as_array().unwrap();
    for problem in problems {
        assert_eq!(problem["fault"], "okta", "{name}: {problem}");
        assert!(problem["since"]["action"].as_u64().is_some(), "{name}: {problem}");
        assert!(!problem["why"].as_str().unwrap().contains("no recorded habit"), "{name}: {problem}");
    }
}

#[tokio::test]
async fn the_scenarios_cover_every_request_of_a_catalog_app() {
    let expected = [
        "connection test",
        "group create",
        "group delete",
        "group get",
        "group import",
        "group lookup",
        "group patch add members",
        "group patch add members, remove members",
        "group patch remove members",
        "group patch rename",
        "group patch replace members",
        "user create",
        "user get",
        "user import",
        "user lookup",
        "user patch active false",
        "user patch active true",
        "user patch password",
        "user put active true",
    ];
    assert_eq!(kinds("oin").await.into_iter().collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn the_scenarios_cover_every_request_of_a_wizard_app() {
    let expected = [
        "connection test",
        "group create",
        "group delete",
        "group get",
        "group import",
        "group lookup",
        "group put",
        "user create",
        "user get",
        "user import",
        "user lookup",
        "user put active false",
        "user put active true",
    ];
    assert_eq!(kinds("aiw").await.into_iter().collect::<Vec<_>>(), expected);
}

/// Plays a scenario against a new server, and returns its requests. What the server chose (its URL, IDs and times) is replaced.
async fn requests(name: &str, seed: &str) -> Vec<String> {
    let server = Server::start().await;
    let ran = run(&server, &[name, "--seed", seed]).await;
    assert_eq!(ran.code, 0, "{name}: {}{}", ran.stdout, ran.stderr);
    let id = Regex::new("01[0-9A-HJKMNP-TV-Z]{24}").unwrap();
    let time = Regex::new(r"\d{4}-\d\d-\d\dT[0-9:.]+Z").unwrap();
    let mut ids: Vec<String> = Vec::new();
    let actions = ran.report["scenarios"].as_array().unwrap();
    let exchanges = actions.iter().flat_map(|action| action["exchanges"].as_array().unwrap());
    let requests = exchanges.map(|exchange| {
        let (url, body) = (exchange["url"].as_str().unwrap(), &exchange["request_body"]);
        let request = format!("{} {url} {body}", exchange["method"]).replace(&server.scim_url, "");
        let request = time.replace_all(&request, "<time>");
        let numbered = id.replace_all(&request, |found: &Captures<'_>| {
            let number = ids.iter().position(|known| *known == found[0]);
            let number = number.unwrap_or_else(|| {
                ids.push(found[0].to_owned());
                ids.len() - 1
            });
            format!("<{number}>")
        });
        numbered.into_owned()
    });
    requests.collect()
}

#[tokio::test]
async fn the_same_seed_sends_the_same_bytes_and_another_one_others() {
    for name in shipped::names() {
        let (one, other, different) = tokio::join!(requests(&name, "7"), requests(&name, "7"), requests(&name, "8"));
        assert_eq!(one, other, "{name}");
        // Each create has a random password, and an ID of Okta.
        let creates =
            |requests: &[String]| requests.iter().filter(|sent| sent.contains("POST\" /Users")).cloned().collect();
        let (one, different): (Vec<String>, Vec<String>) = (creates(&one), creates(&different));
        assert!(!one.is_empty(), "{name} creates no user");
        assert_eq!(one.len(), different.len(), "{name}");
        assert!(one.iter().zip(&different).all(|(one, different)| one != different), "{name}");
    }
}

#[tokio::test]
async fn the_faults_of_a_companys_year_take_effect() {
    let ran = run(&Server::start().await, &["company-year"]).await;
    let actions = ran.report["scenarios"].as_array().unwrap();
    let simulated = actions.iter().flat_map(|action| action["exchanges"].as_array().unwrap());
    let marks: BTreeSet<&str> = simulated.filter_map(|exchange| exchange["simulated"].as_str()).collect();
    let expected = ["simulated: response", "simulated: unreachable", "simulated: wrong token"];
    assert_eq!(marks.into_iter().collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn every_scenario_passes_again_with_a_run_id_against_the_store_that_it_left() {
    let server = Server::start().await;
    for name in shipped::names() {
        let first = run(&server, &[&name]).await;
        assert_eq!(first.code, 0, "{name}: {}{}", first.stdout, first.stderr);
        assert_eq!(first.stderr.matches("warning").count(), 0, "{}", first.stderr);
        let again = run(&server, &[&name, "--run-id", "Nr-2"]).await;
        assert_eq!(again.code, 0, "{name}: {}{}", again.stdout, again.stderr);
        is_audited(&name, &first.report);
        is_audited(&name, &again.report);
        assert_eq!((&again.report["run_id"], &first.report["run_id"]), (&"Nr-2".into(), &Value::Null));
        let (first, again) = (created(&first.report), created(&again.report));
        assert_eq!(first.len(), again.len());
        for (before, after) in first.iter().zip(&again) {
            assert_ne!(before["externalId"], after["externalId"].as_str().unwrap_or("group"), "{name}");
            match (before["userName"].as_str(), before["displayName"].as_str()) {
                (Some(login), _) => {
                    let renamed = |address: &str| {
                        let (local, domain) = address.split_once('@').unwrap();
                        format!("{local}.Nr-2@{domain}")
                    };
                    let email = before["emails"][0]["value"].as_str().unwrap();
                    assert_eq!(after["userName"], renamed(login));
                    assert_eq!(after["emails"][0]["value"], renamed(email));
                }
                (None, Some(group)) => assert_eq!(after["displayName"], format!("{group} Nr-2")),
                (None, None) => panic!("{before}"),
            }
        }
    }
}

/// Returns the bodies of all creates.
fn created(report: &Value) -> Vec<Value> {
    let actions = report["scenarios"].as_array().unwrap();
    let exchanges = actions.iter().flat_map(|action| action["exchanges"].as_array().unwrap());
    exchanges.filter(|exchange| exchange["method"] == "POST").map(|post| post["request_body"].clone()).collect()
}

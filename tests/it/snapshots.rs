//! Snapshots of the wire transcript and the events of each scenario in features, played against the reference.
//! Scenarios that need a test double have a transcript only.
//!
//! IDs are numbered in order of appearance, so that references between them remain comparable. Times and the base URL are
//! replaced. Events about the marker users of event steps are omitted.

use std::collections::HashMap;
use std::fmt::Write as _;

use regex::{Captures, Regex};
use scimulate::check::{self, Case, Suite};
use scimulate::report::Run;
use scimulate::wire::{Auth, Client, Target};
use serde_json::Value;

use crate::features;
use crate::support::harness::{all_passed, check_of, reference, report_of};

fn transcript(case: &Case, run: &Run) -> String {
    let mut out = format!("{}\n", case.name);
    let Some(result) = run.scenarios.first() else { return out };
    let body = |value: &Option<Value>| value.as_ref().map(|value| format!(" {value}")).unwrap_or_default();
    // Only Okta's requests, except in the published acceptance suite, which the harness itself plays.
    for exchange in result.exchanges.iter().filter(|exchange| exchange.by == "okta" || case.has("@once")) {
        let path = exchange.url.split_once(run.target.as_str()).map_or(exchange.url.as_str(), |(_, path)| path);
        let _ = writeln!(out, "> {} {path}{}", exchange.method, body(&exchange.request_body));
        let _ = writeln!(out, "< {}{}", exchange.status.unwrap_or_default(), body(&exchange.response_body));
    }
    out
}

/// Returns the events of the log, without those about canaries, markers and the creation of the directory.
fn events(url: &str, key: &str) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let target = Target::new(url, Auth::Bearer(key.into()));
    let page = runtime.block_on(Client::new(target).unwrap().get("?limit=100&order=asc")).json().unwrap();
    let mut out = String::new();
    for event in page["data"].as_array().unwrap() {
        let marker = event["data"]["first_name"] == "Marker";
        let canary =
            ["email", "name"].iter().any(|key| event["data"][key].as_str().unwrap_or_default().starts_with("canary"));
        if !marker && !canary && !matches!(event["event"].as_str(), Some("dsync.activated" | "dsync.token.created")) {
            let _ = writeln!(out, "{} {}", event["event"].as_str().unwrap(), event["data"]);
        }
    }
    out
}

/// Numbers IDs, and replaces times and the base URL.
fn stable(text: &str, base: &str) -> String {
    let text = text.replace(base, "[base]");
    let times = Regex::new(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z").unwrap();
    let text = times.replace_all(&text, "[time]");
    let ids = Regex::new(r"\b(?:[a-z_]+_)?[0-9A-HJKMNP-TV-Z]{26}\b|\b00[ug][0-9A-Za-z]{17}\b").unwrap();
    let mut seen: HashMap<String, usize> = HashMap::new();
    let numbered = ids.replace_all(&text, |found: &Captures<'_>| {
        let next = seen.len() + 1;
        format!("[id {}]", seen.entry(found[0].to_owned()).or_insert(next))
    });
    numbered.into_owned()
}

#[test]
fn transcripts_and_events_of_every_scenario() {
    let suite = Suite::load(&check::features::embedded()).unwrap();
    for case in &suite.cases {
        let server = reference(&[]);
        let text = if case.has("@double") {
            let run = features::play(case, &server, None);
            stable(&transcript(case, &run).replace(&run.run_id, "run"), &run.target)
        } else {
            let only = format!("^{}$", regex::escape(&case.id));
            let run = report_of(check_of(&server).name(&only).run_id("run").keep().concurrency(1));
            all_passed(&run);
            // The events of 250 users say nothing more than those of a few.
            let is_large = case.has("@population");
            let log = if is_large { String::new() } else { events(server.events_url(), server.api_key()) };
            stable(&format!("{}\n{log}", transcript(case, &run)), server.scim_url())
        };
        insta::with_settings!({
            snapshot_path => "../../snapshots/okta",
            prepend_module_to_snapshot => false,
            omit_expression => true,
            description => case.at.split(':').next().unwrap().to_owned(),
        }, {
            insta::assert_snapshot!(case.slug(), text);
        });
    }
}

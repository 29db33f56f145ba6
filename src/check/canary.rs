//! The canary: before anything else is created in a collection, one resource is created, read, looked up, deleted and read
//! again. If the target does not show the resource under the ID that it returned, the run creates nothing else there.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::clean_up::remove;
use super::outcome::{Deviation, Kind};
use super::reading::resources;
use super::requirement::Requirement;
use super::results::{Fault, Judged};
use super::run_context::RunContext;
use super::sender::Sender;
use super::strangers::{Own, leave_out};
use crate::base::clock::elapsed_ms;
use crate::report::{ScenarioReport, Verdict};
use crate::scim::Kind as ResourceKind;
use crate::scim::schema::{GROUP, USER};
use crate::sim::evidence;
use crate::wire::encode::component;
use crate::wire::{Client, Exchange, Failure, Ledger, NotOurs, id_text};

/// The canary of one collection.
#[derive(Debug)]
pub struct Canary {
    collection: &'static str,
    body: Value,
    /// The attribute that contains the run ID, and its value.
    name: (&'static str, String),
    /// True once a lookup by the name has found the canary.
    is_found: bool,
}

/// The end of a canary.
#[derive(Debug, Clone)]
pub enum CanaryEnd {
    /// It was created, read and deleted.
    Gone,
    /// It was created and read, and is still there for this reason.
    Kept(String),
    /// Its create was refused, or returned no ID: nothing is known about the collection, and the scenarios judge it.
    Unmade(Box<Exchange>),
    /// The run creates nothing in the collection.
    Closed(Box<Closed>),
}

/// A collection in which the run creates nothing, because its canary could not be proven.
#[derive(Debug, Clone)]
pub struct Closed {
    pub collection: &'static str,
    pub reason: NotOurs,
    pub exchanges: Vec<Exchange>,
}

impl Canary {
    /// Builds the canary of a collection.
    #[must_use]
    pub fn new(kind: ResourceKind, run_id: &str, email_domain: &str) -> Self {
        match kind {
            ResourceKind::User => {
                let login = format!("canary.{run_id}@{email_domain}");
                let body = json!({
                    "schemas": [USER],
                    "userName": login,
                    "name": {"givenName": "Canary", "familyName": "Scimulate"},
                    "emails": [{"primary": true, "value": login, "type": "work"}],
                    "displayName": "Canary Scimulate",
                    "active": true,
                });
                Self { collection: kind.endpoint(), body, name: ("userName", login), is_found: false }
            }
            ResourceKind::Group => {
                let name = format!("canary {run_id}");
                let body = json!({"schemas": [GROUP], "displayName": name, "members": []});
                Self { collection: kind.endpoint(), body, name: ("displayName", name), is_found: false }
            }
        }
    }

    /// Plays the canary. Closes the collection in the client's ledger if the canary cannot be proven; a create that is
    /// refused proves nothing, and the scenarios judge it.
    pub async fn play(&mut self, client: &Client) -> CanaryEnd {
        let client = client.fork();
        let created = client.post(&format!("/{}", self.collection), &self.body).await;
        let succeeded = created.status().is_some_and(|status| (200..300).contains(&status));
        let Some(ledger) = client.ledger().filter(|_| succeeded).cloned() else {
            return CanaryEnd::Unmade(Box::new(created));
        };
        let Some(id) = created_id(&ledger, &created, self.collection) else {
            // Without an ID there is nothing to prove, and nothing that the run could change.
            return CanaryEnd::Unmade(Box::new(created));
        };
        let path = format!("/{}/{}", self.collection, component(&id));
        let proof = client.prove(&path).await;
        let filter = format!("{} eq {}", self.name.0, Value::from(self.name.1.as_str()));
        // The lookup may show the resource too.
        let lookup = client.get(&format!("/{}?filter={}", self.collection, component(&filter))).await;
        let list = lookup.json().unwrap_or_default();
        let mut matches = resources(&list).into_iter().flatten();
        self.is_found = matches.any(|one| one.get("id").and_then(id_text).as_ref() == Some(&id));
        if let (Err(Failure::NotOurs(reason)), false) = (proof, ledger.is_proven(self.collection, &id)) {
            ledger.close(self.collection, format!("its first resource was not proven: {reason}"));
            let exchanges = client.take_transcript();
            return CanaryEnd::Closed(Box::new(Closed { collection: self.collection, reason, exchanges }));
        }
        // What cannot be deleted stays in the ledger, and the clean-up at the end of the run reports it.
        if let Some(remains) = remove(&client, self.collection, &id).await {
            return CanaryEnd::Kept(remains);
        }
        let gone = client.get(&path).await;
        if gone.status() == Some(200) {
            return CanaryEnd::Kept(format!("GET {path} still returned 200 after its DELETE"));
        }
        CanaryEnd::Gone
    }
}

/// Returns the ID of the create's response: the one in its body, or the newest that the ledger accepted.
fn created_id(ledger: &Ledger, created: &Exchange, collection: &str) -> Option<String> {
    let body = created.json().and_then(|body| id_text(body.get("id")?));
    body.or_else(|| ledger.made().into_iter().rev().find(|(made, _)| made == collection).map(|(_, id)| id))
}

impl Canary {
    /// Returns the attribute by which a lookup found the canary, once it has.
    #[must_use]
    pub fn found_by(&self) -> Option<&'static str> {
        self.is_found.then_some(self.name.0)
    }
}

impl CanaryEnd {
    /// Returns the result for the report, if the run creates nothing in the collection.
    pub(super) fn result(&self, started: std::time::Instant, context: &RunContext) -> Option<Judged> {
        match self {
            Self::Closed(closed) => Some(closed.result(started, context)),
            Self::Gone | Self::Kept(_) | Self::Unmade(_) => None,
        }
    }
}

impl Closed {
    /// Returns the difference between the create's response and what Okta needs of it. A number in place of the ID explains
    /// more than what follows from it.
    fn deviation(&self) -> Deviation {
        let created = self.exchanges.first().and_then(Exchange::json);
        let place = format!("the response to POST /{}", self.collection);
        if created.is_some_and(|body| body.get("id").is_some_and(Value::is_number)) {
            return Deviation::new(Requirement::IdString, Kind::WrongType, "id", "a string", "a number").at(place);
        }
        let (expected, actual) = ("the id of the new resource", self.reason.to_string());
        Deviation::new(Requirement::OwnId, Kind::Changed, "id", expected, actual).at(place)
    }

    /// Returns the result for the report.
    fn result(&self, started: std::time::Instant, context: &RunContext) -> Judged {
        let exchanges: Vec<_> =
            self.exchanges.iter().map(|exchange| evidence(Sender::Harness.name(), exchange)).collect();
        let exchanges = match context.client.ledger() {
            Some(ledger) => {
                let own = Own::of(ledger);
                exchanges.into_iter().map(|exchange| leave_out(exchange, &own)).collect()
            }
            None => exchanges,
        };
        let shown_by = exchanges.len().saturating_sub(1);
        let decisive = if shown_by == 0 { vec![0] } else { vec![0, shown_by] };
        let fault = Fault {
            deviation: Deviation { exchanges: decisive, ..self.deviation() },
            prepares: false,
            required: false,
            exchanges: (0..exchanges.len()).collect(),
        };
        let verdict = context.profile.verdict(fault.deviation.requirement);
        let report = ScenarioReport {
            id: format!("target/canary-{}", self.collection.to_lowercase()),
            name: "GET returns a created resource under the id in the response to its create".to_owned(),
            verdict: if self.reason.is_about_create() { verdict } else { Verdict::Inconclusive },
            sentence: self.reason.to_string(),
            duration_ms: elapsed_ms(started),
            exchanges,
            repeat: context.command.clone(),
            ..ScenarioReport::default()
        };
        let judged = BTreeSet::from([fault.deviation.requirement]);
        let faults = if self.reason.is_about_create() { vec![fault] } else { Vec::new() };
        Judged { judged, ..Judged::new(report, faults) }
    }
}

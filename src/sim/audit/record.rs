//! The requests of a played scenario in order, each with its action. Pure.

use std::collections::BTreeSet;

use jiff::civil::DateTime;
use serde_json::Value;

use super::attributes::leaves;
use crate::model::Model;
use crate::report::text::decisive_part;
use crate::report::{AuditMoment, AuditRequest};
use crate::scim::Kind;
use crate::sim::recorded::apply;
use crate::sim::{PlayedEntry, Scenario};
use crate::wire::{Exchange, Method, encode, id_text};

/// A user or group of the target: its kind and `id`.
pub(super) type Key = (Kind, String);

/// A request of the simulated Okta with its outcome.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sent<'a> {
    /// The number of the action, from 1.
    pub(super) action: usize,
    pub(super) exchange: &'a Exchange,
}

/// All requests of a played scenario.
#[derive(Debug)]
pub(super) struct Record<'a> {
    pub(super) sent: Vec<Sent<'a>>,
    /// The time of each action.
    times: Vec<Option<DateTime>>,
}

impl<'a> Record<'a> {
    pub(super) fn of(scenario: &Scenario, played: &'a [PlayedEntry]) -> Self {
        let sent = (1..).zip(played).flat_map(|(action, entry)| {
            let exchanges = entry.traffic.all.as_ref().unwrap_or(&entry.traffic.exchanges);
            // A write that a killed run may have sent comes before the job that sends it again.
            let lost = |at: usize| entry.traffic.lost.iter().filter(move |(before, _)| *before == at);
            let in_order = exchanges.iter().enumerate().flat_map(move |(at, exchange)| {
                lost(at).map(|(_, exchange)| exchange).chain(std::iter::once(exchange))
            });
            in_order.map(move |exchange| Sent { action, exchange })
        });
        let mut now = None;
        let times = scenario.timeline.iter().map(|entry| {
            now = entry.at.or(now);
            now
        });
        Self { sent: sent.collect(), times: times.collect() }
    }

    /// Returns true if the run kept all requests.
    pub(super) fn is_complete(played: &[PlayedEntry]) -> bool {
        played.iter().all(|entry| entry.traffic.all.is_some() || entry.traffic.requests == 0)
    }

    /// Returns the ideal server after all requests.
    pub(super) fn model(&self) -> Model {
        let mut model = Model::default();
        self.sent.iter().for_each(|sent| sent.apply(&mut model));
        model
    }

    /// Returns the users and groups that requests wrote, accepted or not.
    pub(super) fn written(&self) -> BTreeSet<Key> {
        self.sent.iter().filter_map(Sent::written).collect()
    }

    /// Returns the users and groups that the run created.
    pub(super) fn created(&self) -> BTreeSet<Key> {
        let posts = self.sent.iter().filter(|sent| sent.exchange.request.method == Method::Post);
        posts.filter_map(Sent::written).collect()
    }

    /// Returns the last write of a resource if it failed, or the failed GET before a write that was then not sent.
    pub(super) fn failure(&self, key: &Key) -> Option<&Sent<'a>> {
        let is_failed_read = |sent: &Sent<'_>| !sent.is_accepted() && sent.read().as_ref() == Some(key);
        let last = self.sent.iter().rev().find(|sent| sent.written().as_ref() == Some(key) || is_failed_read(sent))?;
        (!last.is_accepted()).then_some(last)
    }

    /// Returns true if an accepted write of a resource had a value for an attribute.
    pub(super) fn has_sent(&self, key: &Key, path: &str) -> bool {
        let writes = self.sent.iter().filter(|sent| sent.is_accepted() && sent.written().as_ref() == Some(key));
        writes.filter_map(|sent| sent.exchange.request.json()).any(|body| {
            let operations = body.get("Operations").and_then(Value::as_array).into_iter().flatten();
            let values = operations.filter_map(|operation| operation.get("value"));
            values.chain([&body]).any(|document| leaves(document).contains_key(path))
        })
    }

    /// Returns the last request that failed and names this user or group.
    pub(super) fn failure_about(&self, name: &str) -> Option<&Sent<'a>> {
        let encoded = encode::component(name);
        let quoted = Value::from(name).to_string();
        let names = |sent: &&Sent<'_>| {
            let body = sent.exchange.request.body.as_deref().map(String::from_utf8_lossy);
            sent.exchange.request.path.contains(&encoded) || body.is_some_and(|body| body.contains(&quoted))
        };
        self.sent.iter().rev().filter(|sent| !sent.is_accepted()).find(names)
    }

    /// Returns the creates of users after which the target may have the user, although Okta got no ID, each with its userName.
    pub(super) fn lost_creates(&self) -> Vec<(&Sent<'a>, String)> {
        let is_lost = |sent: &&Sent<'_>| {
            sent.exchange.request.method == Method::Post
                && sent.exchange.may_have_arrived()
                && sent.exchange.status().is_none_or(|status| status >= 500)
        };
        let name = |sent: &Sent<'_>| sent.exchange.request.json()?.get("userName")?.as_str().map(str::to_owned);
        self.sent.iter().filter(is_lost).filter_map(|sent| Some((sent, name(sent)?))).collect()
    }

    /// Returns the last name that a request gave a resource.
    pub(super) fn name_of(&self, key: &Key) -> Option<String> {
        let attribute = if key.0 == Kind::User { "userName" } else { "displayName" };
        self.sent.iter().rev().filter(|sent| sent.written().as_ref() == Some(key)).find_map(|sent| {
            let body = sent.exchange.request.json()?;
            let operations = body.get("Operations").and_then(Value::as_array).into_iter().flatten();
            let of_patch = operations.into_iter().find_map(|operation| operation.get("value")?.get(attribute));
            body.get(attribute).or(of_patch)?.as_str().map(str::to_owned)
        })
    }

    pub(super) fn moment(&self, action: usize) -> AuditMoment {
        let time = action.checked_sub(1).and_then(|index| self.times.get(index)).copied().flatten();
        AuditMoment { action, at: time.map(|at| at.strftime("%F %R").to_string()) }
    }

    /// Returns a request with the part of its body that matters.
    pub(super) fn request_with(&self, sent: &Sent<'_>, part: &str) -> AuditRequest {
        let body = sent.exchange.sent_body().map(|body| decisive_part(&body, part));
        AuditRequest { body, ..self.request(sent) }
    }

    pub(super) fn request(&self, sent: &Sent<'_>) -> AuditRequest {
        let exchange = sent.exchange;
        AuditRequest {
            moment: self.moment(sent.action),
            method: exchange.request.method.as_str().to_owned(),
            path: exchange.request.path.clone(),
            status: exchange.status(),
            body: None,
            failure: exchange.outcome.as_ref().err().map(ToString::to_string),
        }
    }
}

impl Sent<'_> {
    /// Applies the request to an ideal server, unless it cannot have reached the target.
    pub(super) fn apply(&self, model: &mut Model) {
        if self.exchange.may_have_arrived() {
            apply(model, self.exchange);
        }
    }

    /// Returns the resource that a write names or created.
    pub(super) fn written(&self) -> Option<Key> {
        let request = &self.exchange.request;
        if request.method == Method::Get {
            return None;
        }
        let (collection, id) = request.subject();
        let kind = [Kind::User, Kind::Group].into_iter().find(|kind| kind.endpoint() == collection)?;
        match request.method {
            Method::Post if self.is_accepted() => Some((kind, created_id(self.exchange)?)),
            Method::Post => None,
            _ => Some((kind, id?)),
        }
    }

    /// Returns the resource that a GET names.
    fn read(&self) -> Option<Key> {
        let request = &self.exchange.request;
        let (collection, id) = request.subject();
        let kind = [Kind::User, Kind::Group].into_iter().find(|kind| kind.endpoint() == collection)?;
        id.filter(|_| request.method == Method::Get).map(|id| (kind, id))
    }

    /// Returns true if the target accepted the request. A deletion of what is not there is one.
    pub(super) fn is_accepted(&self) -> bool {
        let missing = self.exchange.request.method == Method::Delete && self.exchange.status() == Some(404);
        missing || self.exchange.status().is_some_and(|status| (200..300).contains(&status))
    }
}

fn created_id(exchange: &Exchange) -> Option<String> {
    let of_body = exchange.json().as_ref().and_then(|body| id_text(body.get("id")?));
    let of_location = || {
        let location = exchange.response()?.header("location")?.split(['?', '#']).next()?;
        location.trim_end_matches('/').rsplit_once('/').map(|(_, id)| encode::decode(id))
    };
    of_body.or_else(of_location)
}

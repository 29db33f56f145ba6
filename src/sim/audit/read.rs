//! Reads the target after the last action, with GET requests only.
//!
//! It reads the users and groups that the run wrote or that Okta knows by their `id`, and looks up their names. Of the resources of
//! others nothing is kept.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Map, Value};

use super::record::Key;
use crate::base::counted;
use crate::scim::attr::{fold, get};
use crate::scim::{Kind, Object};
use crate::wire::{Client, Exchange, Politeness, encode, id_text};

/// The number of users and groups that are read. A larger scenario is read in part.
const MOST_READ: usize = 5_000;
/// The resources on one page of a list.
const PAGE: usize = 100;
/// The pages that are read of a target whose lookups cannot be used.
const MOST_PAGES: usize = 50;

/// The response to a GET by `id`.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Shown {
    Document(Object),
    /// 404 or 410.
    Gone,
}

/// The results of reading the target.
#[derive(Debug, Default)]
pub(super) struct Reading {
    pub(super) shown: BTreeMap<Key, Shown>,
    /// The IDs of users and groups with a name, each with `active`, by kind and folded name.
    pub(super) named: BTreeMap<(Kind, String), BTreeMap<String, Option<bool>>>,
    /// All requests.
    pub(super) exchanges: Vec<Exchange>,
    /// A sentence about each part of the target that could not be read.
    pub(super) unknown: Vec<String>,
    /// True if some user or group could not be read by its `id`.
    pub(super) is_incomplete: bool,
}

/// Reads users and groups by `id` and by name.
pub(super) async fn read(client: &Client, keys: &BTreeSet<Key>, names: &BTreeSet<(Kind, String)>) -> Reading {
    let client = client.without_faults().with_politeness(Politeness::new(None, Duration::ZERO, None));
    let mut reading = Reading::default();
    let mut failed: BTreeMap<(Kind, String), usize> = BTreeMap::new();
    for key in keys.iter().take(MOST_READ) {
        match reading.resource(&client, key).await {
            Ok(shown) => drop(reading.shown.insert(key.clone(), shown)),
            Err(reason) => *failed.entry((key.0, reason)).or_default() += 1,
        }
    }
    if keys.len() > MOST_READ {
        let left = keys.len() - MOST_READ;
        reading.unknown.push(format!(
            "{} were not read, because an audit reads at most {MOST_READ} users and groups",
            counted(left, "resource")
        ));
        reading.is_incomplete = true;
    }
    for ((kind, reason), count) in failed {
        let (which, verb) = (counted(count, word(kind)), if count == 1 { "is" } else { "are" });
        reading
            .unknown
            .push(format!("the state of {which} {verb} unknown: GET /{}/{{id}} returned {reason}", kind.endpoint()));
        reading.is_incomplete = true;
    }
    for kind in [Kind::User, Kind::Group] {
        let names: Vec<&String> =
            names.iter().filter(|(of, _)| *of == kind).map(|(_, name)| name).take(MOST_READ).collect();
        if let Err(reason) = reading.names(&client, kind, &names).await {
            let kind = word(kind);
            reading.unknown.push(format!("it is unknown if there are two {kind}s with one name: {reason}"));
        }
    }
    reading
}

fn word(kind: Kind) -> &'static str {
    if kind == Kind::User { "user" } else { "group" }
}

impl Reading {
    async fn get(&mut self, client: &Client, path: &str) -> Exchange {
        let exchange = client.get(path).await;
        self.exchanges.push(exchange.abridged());
        exchange
    }

    /// Reads one resource. An error says what was returned instead.
    async fn resource(&mut self, client: &Client, (kind, id): &Key) -> Result<Shown, String> {
        let exchange = self.get(client, &format!("/{}/{}", kind.endpoint(), encode::segment(id))).await;
        match (exchange.status(), exchange.json()) {
            (Some(404 | 410), _) => Ok(Shown::Gone),
            (Some(200), Some(Value::Object(document))) => {
                let is_it = get(&document, "id").and_then(id_text).is_none_or(|shown| shown == *id);
                if is_it { Ok(Shown::Document(document)) } else { Err("another resource".to_owned()) }
            }
            (Some(200), _) => Err("200 without a resource".to_owned()),
            _ => Err(exchange.seen()),
        }
    }

    /// Looks names up, or reads the list if a lookup cannot be used. An error says why neither can.
    async fn names(&mut self, client: &Client, kind: Kind, names: &[&String]) -> Result<(), String> {
        let attribute = naming_attribute(kind);
        for name in names {
            let filter = encode::component(&format!("{attribute} eq {}", Value::from(name.as_str())));
            let path = format!("/{}?filter={filter}&startIndex=1&count={PAGE}", kind.endpoint());
            let exchange = self.get(client, &path).await;
            let is_no_match =
                exchange.status() == Some(404) && exchange.json().is_some_and(|body| body.get("schemas").is_some());
            let page = if is_no_match { Some(Page::default()) } else { Page::of(&exchange) };
            match page.filter(|page| page.resources.iter().all(|resource| is_named(kind, resource, name))) {
                Some(page) => self.keep(kind, &[*name], &page.resources),
                // The target does not filter.
                None => {
                    return self
                        .list(client, kind, names)
                        .await
                        .map_err(|reason| format!("a lookup returned {}, and {reason}", exchange.seen()));
                }
            }
        }
        Ok(())
    }

    /// Reads the list page by page.
    async fn list(&mut self, client: &Client, kind: Kind, names: &[&String]) -> Result<(), String> {
        let (mut start, mut first) = (1, None);
        for _ in 0..MOST_PAGES {
            let exchange = self.get(client, &format!("/{}?startIndex={start}&count={PAGE}", kind.endpoint())).await;
            let Some(page) = Page::of(&exchange) else {
                return Err(format!("the list of {}s returned {}", word(kind), exchange.seen()));
            };
            let begins = page.resources.first().and_then(|resource| get(resource, "id").cloned());
            if begins.is_some() && begins == first {
                return Err(format!("the list of {}s returns the same page again", word(kind)));
            }
            first = begins;
            self.keep(kind, names, &page.resources);
            start += page.resources.len();
            if page.resources.is_empty() || page.total.is_none_or(|total| start > total) {
                return Ok(());
            }
        }
        Err(format!("the list of {}s has more than {MOST_PAGES} pages", word(kind)))
    }

    /// Keeps the IDs of the resources that have one of these names.
    fn keep(&mut self, kind: Kind, names: &[&String], resources: &[Object]) {
        for name in names {
            let found = self.named.entry((kind, fold(name))).or_default();
            for resource in resources.iter().filter(|resource| is_named(kind, resource, name)) {
                if let Some(id) = get(resource, "id").and_then(id_text) {
                    found.insert(id, get(resource, "active").and_then(Value::as_bool));
                }
            }
        }
    }
}

/// A page of a list.
#[derive(Debug, Default)]
struct Page {
    resources: Vec<Object>,
    total: Option<usize>,
}

impl Page {
    fn of(exchange: &Exchange) -> Option<Self> {
        let Some(Value::Object(body)) = exchange.json().filter(|_| exchange.status() == Some(200)) else { return None };
        let total = get(&body, "totalResults").and_then(Value::as_u64).and_then(|total| usize::try_from(total).ok());
        let resources = match get(&body, "Resources") {
            Some(Value::Array(resources)) => {
                resources.iter().map(|one| one.as_object().cloned()).collect::<Option<Vec<Map<String, Value>>>>()?
            }
            None | Some(Value::Null) if total == Some(0) => Vec::new(),
            _ => return None,
        };
        Some(Self { resources, total })
    }
}

const fn naming_attribute(kind: Kind) -> &'static str {
    match kind {
        Kind::User => "userName",
        Kind::Group => "displayName",
    }
}

fn is_named(kind: Kind, resource: &Object, name: &str) -> bool {
    get(resource, naming_attribute(kind)).and_then(Value::as_str).is_some_and(|have| fold(have) == fold(name))
}

//! The exchanges of a run, read for the evidence of a cause: lookups with their matches, and changes of members.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::traffic::{Resource, is_success, is_write, resource, shown};
use crate::check::reading::{attribute, member_ids};
use crate::report::{ExchangeReport, ScenarioReport};
use crate::wire::{self, id_text};

/// The exchanges of all results.
#[derive(Debug)]
pub(super) struct Seen<'a> {
    results: Vec<(&'a str, &'a [ExchangeReport])>,
}

impl<'a> Seen<'a> {
    /// Reads the results. One about events has the exchanges of the one about the target.
    pub(super) fn new(results: &'a [ScenarioReport]) -> Self {
        let of_target = results.iter().filter(|result| !result.is_about_events());
        Self { results: of_target.map(|result| (result.id.as_str(), result.exchanges.as_slice())).collect() }
    }

    /// Returns the exchanges of every result.
    pub(super) fn all(&self) -> impl Iterator<Item = &'a ExchangeReport> {
        self.results.iter().flat_map(|(_, exchanges)| exchanges.iter())
    }

    /// Returns the exchanges of results, one slice for each.
    pub(super) fn of(&self, ids: &[String]) -> impl Iterator<Item = &'a [ExchangeReport]> {
        let named = self.results.iter().filter(|(id, _)| ids.iter().any(|one| one == id));
        named.map(|(_, exchanges)| *exchanges)
    }

    /// Returns all lookups by an attribute that returned a list.
    pub(super) fn lookups(&self, attribute: &str) -> impl Iterator<Item = Lookup<'a>> {
        self.all().filter_map(Lookup::of).filter(move |lookup| lookup.attribute == attribute && lookup.is_list())
    }
}

/// A list request with the filter `attribute eq "value"`.
#[derive(Debug, Clone)]
pub(super) struct Lookup<'a> {
    pub attribute: String,
    pub value: String,
    pub exchange: &'a ExchangeReport,
}

impl<'a> Lookup<'a> {
    pub(super) fn of(exchange: &'a ExchangeReport) -> Option<Self> {
        let filter = wire::Lookup::of(&exchange.url).filter(|_| exchange.method == "GET")?;
        Some(Self { attribute: filter.attribute, value: filter.value, exchange })
    }

    fn is_list(&self) -> bool {
        is_success(self.exchange) && self.exchange.response_body.as_ref().is_some_and(Value::is_object)
    }

    /// Returns the names of the matches. Resources of others have none.
    pub(super) fn names(&self) -> Vec<Option<&'a str>> {
        listed(self.exchange).iter().map(|one| one.get(&self.attribute).and_then(Value::as_str)).collect()
    }

    pub(super) fn finds(&self) -> bool {
        self.names().iter().flatten().any(|name| self.names_it(name))
    }

    /// Returns true if the lookup asks for this name.
    pub(super) fn names_it(&self, name: &str) -> bool {
        name.eq_ignore_ascii_case(&self.value)
    }

    pub(super) fn finds_nothing(&self) -> bool {
        self.is_list() && self.names().is_empty()
    }
}

/// Returns the resources of a list; those of others are a text.
pub(super) fn listed(exchange: &ExchangeReport) -> &[Value] {
    let list = exchange.response_body.as_ref().and_then(|body| attribute(body, "Resources"));
    list.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// One change of the members of a group by one operation, between two reads.
#[derive(Debug)]
pub(super) struct MemberChange<'a> {
    /// `add`, `replace`, `remove`, `put`, or `pathless` for the members in the value of a PATCH without a path.
    pub op: &'a str,
    pub before: BTreeSet<String>,
    /// The members that the request names, in order.
    pub sent: Vec<String>,
    pub after: BTreeSet<String>,
}

/// Returns the changes of members that a scenario shows.
pub(super) fn member_changes(exchanges: &[ExchangeReport]) -> Vec<MemberChange<'_>> {
    let mut states: BTreeMap<Resource, BTreeSet<String>> = BTreeMap::new();
    let mut changes = Vec::new();
    for (at, exchange) in exchanges.iter().enumerate() {
        let about = resource(&exchange.url);
        if let (true, true, Some(about)) = (is_write(exchange), is_success(exchange), &about) {
            let mut later = exchanges.iter().skip(at + 1);
            let read = later.find(|other| resource(&other.url).as_ref() == Some(about));
            let after = read.filter(|read| read.method == "GET").and_then(shown);
            if let (Some(before), Some(after), Some((op, sent))) = (states.get(about), after, operation(exchange)) {
                changes.push(MemberChange { op, before: before.clone(), sent, after: members(after) });
            }
        }
        if let ("GET" | "POST", Some(body)) = (exchange.method.as_str(), shown(exchange)) {
            let id = body.get("id").and_then(id_text).unwrap_or_default();
            let collection = if exchange.url.contains("/Groups") { "Groups" } else { "Users" };
            states.insert((collection.to_owned(), id), members(body));
        }
    }
    changes
}

fn members(group: &Value) -> BTreeSet<String> {
    member_ids(group.get("members").and_then(Value::as_array).map_or(&[], Vec::as_slice)).into_iter().collect()
}

/// Returns the operation on members, if the request has exactly one.
fn operation<'a>(exchange: &'a ExchangeReport) -> Option<(&'a str, Vec<String>)> {
    let body = exchange.request_body.as_ref()?;
    let values = |list: Option<&Value>| -> Vec<String> {
        let list = list.and_then(Value::as_array).into_iter().flatten();
        list.filter_map(|member| member.get("value").and_then(id_text)).collect()
    };
    if exchange.method == "PUT" {
        return body.get("members").map(|list| ("put", values(Some(list))));
    }
    let operations = body.get("Operations").and_then(Value::as_array)?.iter();
    let without_path = |operation: &'a Value| operation.get("value").and_then(|value| value.get("members"));
    let mut operations = operations.filter(|operation| {
        let path = operation.get("path").and_then(Value::as_str);
        path.map_or_else(|| without_path(operation).is_some(), |path| path.starts_with("members"))
    });
    let (operation, None) = (operations.next()?, operations.next()) else { return None };
    if operation.get("path").is_none() {
        return Some(("pathless", values(without_path(operation))));
    }
    let op = operation.get("op").and_then(Value::as_str)?;
    let named = operation.get("path").and_then(Value::as_str).and_then(|path| path.split('"').nth(1));
    Some((op, named.map_or_else(|| values(operation.get("value")), |id| vec![id.to_owned()])))
}

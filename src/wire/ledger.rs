//! What a run made, and nothing else may it change.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use super::encode;
use super::exchange::{Failure, Method, Request, Response};

/// The ids that answers to this run's POSTs returned, in order. Clones share one ledger.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    entries: Arc<Mutex<Entries>>,
    /// What was looked up when the target last gave this id, as far as this client saw.
    found: Arc<Mutex<HashMap<(String, String), String>>>,
}

#[derive(Debug, Default)]
struct Entries {
    /// Endpoint and id, in the order of making.
    made: Vec<(String, String)>,
    allowed: HashSet<(String, String)>,
}

impl Ledger {
    /// An empty ledger.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same entries for a scenario that runs beside others: a refusal names the scenario's own lookup.
    #[must_use]
    pub(super) fn fork(&self) -> Self {
        Self { entries: Arc::clone(&self.entries), found: Arc::default() }
    }

    /// Lets the run write to an id that no answer gave: one that a fuzzer made up.
    pub fn allow(&self, endpoint: &str, id: &str) {
        self.entries().allowed.insert(key(endpoint, id));
    }

    /// What was made and not deleted, as (endpoint, id), oldest first.
    #[must_use]
    pub fn made(&self) -> Vec<(String, String)> {
        self.entries().made.clone()
    }

    /// Whether this run may change the resource.
    #[must_use]
    pub fn owns(&self, endpoint: &str, id: &str) -> bool {
        self.entries().allowed.contains(&key(endpoint, id))
    }

    /// Judges a request before it is sent.
    pub(super) fn judge(&self, request: &Request) -> Result<(), Failure> {
        if !matches!(request.method, Method::Put | Method::Patch | Method::Delete) {
            return Ok(());
        }
        let (endpoint, id) = request.subject();
        let id = id.unwrap_or_default();
        if self.owns(&endpoint, &id) {
            return Ok(());
        }
        Err(Failure::NotOurs(match self.found().get(&key(&endpoint, &id)) {
            Some(sought) => format!("the lookup of {sought} gave {id}, which this run did not make"),
            None => format!("{} would change /{endpoint}/{id}, which this run did not make", request.method.as_str()),
        }))
    }

    /// Learns from an answer.
    pub(super) fn learn(&self, request: &Request, answer: &Response) {
        let (endpoint, id) = request.subject();
        match (request.method, id) {
            (Method::Post, None) if (200..300).contains(&answer.status) => {
                // The Location tells the id of a create whose body tells none: it has to be cleaned up all the same.
                let body = answer.json().and_then(|body| id_text(body.get("id")?));
                let location = || answer.header("location")?.rsplit('/').next().map(str::to_owned);
                if let Some(id) = body.or_else(location).filter(|id| !id.is_empty()) {
                    let mut entries = self.entries();
                    if entries.allowed.insert(key(&endpoint, &id)) {
                        entries.made.push((endpoint, id));
                    }
                }
            }
            (Method::Delete, Some(id)) if (200..300).contains(&answer.status) || answer.status == 404 => {
                self.entries().made.retain(|made| *made != key(&endpoint, &id));
            }
            (Method::Get, None) => self.remember_lookup(request, &endpoint, answer),
            _ => {}
        }
    }

    fn remember_lookup(&self, request: &Request, endpoint: &str, answer: &Response) {
        let Some((_, filter)) = request.path.split_once("filter=") else { return };
        let filter = encode::decode_query(filter.split('&').next().unwrap_or_default());
        let sought = filter.split_once(" eq ").map_or(filter.clone(), |(_, value)| value.trim_matches('"').to_owned());
        let Some(Value::Array(resources)) = answer.json().and_then(|mut body| Some(body.get_mut("Resources")?.take()))
        else {
            return;
        };
        let mut found = self.found();
        for id in resources.iter().filter_map(|resource| id_text(resource.get("id")?)) {
            found.insert(key(endpoint, &id), sought.clone());
        }
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn found(&self) -> MutexGuard<'_, HashMap<(String, String), String>> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An id as text: servers that number their resources show a number where a string belongs.
#[must_use]
pub fn id_text(id: &Value) -> Option<String> {
    match id {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn key(endpoint: &str, id: &str) -> (String, String) {
    (endpoint.to_owned(), id.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn answer(status: u16, body: &Value) -> Response {
        Response { status, headers: Vec::new(), body: body.to_string().into_bytes() }
    }

    fn request(method: Method, path: &str) -> Request {
        Request::scim(method, path, None)
    }

    #[test]
    fn only_what_a_post_returned_may_be_changed() {
        let ledger = Ledger::new();
        ledger.learn(&request(Method::Post, "/Users"), &answer(201, &json!({"id": "a b"})));
        ledger.learn(&request(Method::Post, "/Users"), &answer(409, &json!({"id": "no"})));
        assert_eq!(ledger.judge(&request(Method::Put, "/Users/a%20b")), Ok(()));
        assert_eq!(ledger.judge(&request(Method::Get, "/Users/other")), Ok(()));
        for path in ["/Users/no", "/Groups/a%20b", "/Users", "/Users/a%20b/x"] {
            assert!(matches!(ledger.judge(&request(Method::Delete, path)), Err(Failure::NotOurs(_))), "{path}");
        }
        // A server that numbers its resources made this one as well.
        ledger.learn(&request(Method::Post, "/Users"), &answer(201, &json!({"id": 7})));
        assert_eq!(ledger.judge(&request(Method::Put, "/Users/7")), Ok(()));
        ledger.learn(&request(Method::Delete, "/Users/7"), &answer(204, &json!(null)));
        ledger.learn(&request(Method::Delete, "/Users/a%20b"), &answer(204, &json!(null)));
        assert_eq!(ledger.made(), []);
    }

    #[test]
    fn the_sentence_names_the_lookup() {
        let ledger = Ledger::new();
        let lookup = request(Method::Get, "/Users?filter=userName%20eq%20%22ada%40x%22&startIndex=1&count=100");
        ledger.learn(&lookup, &answer(200, &json!({"Resources": [{"id": "7"}]})));
        let refused = ledger.judge(&request(Method::Patch, "/Users/7")).unwrap_err();
        assert_eq!(refused.to_string(), "not sent: the lookup of ada@x gave 7, which this run did not make");
        // A scenario beside it that made no lookup is not told of this one.
        let refused = ledger.fork().judge(&request(Method::Patch, "/Users/7")).unwrap_err();
        assert_eq!(refused.to_string(), "not sent: PATCH would change /Users/7, which this run did not make");
    }
}

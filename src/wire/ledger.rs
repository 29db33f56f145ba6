//! Tracks the resources that a run created, and refuses changes of any other.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use super::encode;
use super::exchange::Response;
use super::failure::Failure;
use super::request::{Method, Request};

/// The ids that the responses to this run's POSTs returned, in order. Clones share one ledger.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    entries: Arc<Mutex<Entries>>,
    /// The value of the last lookup that returned an id, for each id that this client saw.
    lookups: Arc<Mutex<HashMap<(String, String), String>>>,
}

#[derive(Debug, Default)]
struct Entries {
    /// Endpoint and id, in the order of creation.
    created: Vec<(String, String)>,
    allowed: HashSet<(String, String)>,
}

impl Ledger {
    /// Returns an empty ledger.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns a ledger with the same entries for a scenario that runs in parallel to others. Its refusals name only the
    /// scenario's own lookups.
    #[must_use]
    pub(super) fn fork(&self) -> Self {
        Self { entries: Arc::clone(&self.entries), lookups: Arc::default() }
    }

    /// Permits changes of an id that no response returned, such as an id that the fuzzer invented.
    pub fn allow(&self, endpoint: &str, id: &str) {
        self.entries().allowed.insert(key(endpoint, id));
    }

    /// Lists the resources that were created and not deleted, as (endpoint, id), oldest first.
    #[must_use]
    pub fn made(&self) -> Vec<(String, String)> {
        self.entries().created.clone()
    }

    /// Returns true if this run may change the resource.
    #[must_use]
    pub fn owns(&self, endpoint: &str, id: &str) -> bool {
        self.entries().allowed.contains(&key(endpoint, id))
    }

    /// Checks a request before it is sent.
    ///
    /// # Errors
    /// The request would change a resource that this run did not create.
    pub(super) fn authorize(&self, request: &Request) -> Result<(), Failure> {
        if !matches!(request.method, Method::Put | Method::Patch | Method::Delete) {
            return Ok(());
        }
        let (endpoint, id) = request.subject();
        let id = id.unwrap_or_default();
        if self.owns(&endpoint, &id) {
            return Ok(());
        }
        Err(Failure::NotOurs(match self.lookups().get(&key(&endpoint, &id)) {
            Some(value) => format!("the lookup of {value} returned {id}, which this run did not create"),
            None => format!("{} would change /{endpoint}/{id}, which this run did not create", request.method.as_str()),
        }))
    }

    /// Records what a response says about created, deleted and looked-up resources.
    pub(super) fn record(&self, request: &Request, response: &Response) {
        let (endpoint, id) = request.subject();
        match (request.method, id) {
            (Method::Post, None) if (200..300).contains(&response.status) => {
                // If the body has no id, the Location may: the resource exists and has to be cleaned up.
                let body = response.json().and_then(|body| id_text(body.get("id")?));
                let location = || response.header("location")?.rsplit('/').next().map(str::to_owned);
                if let Some(id) = body.or_else(location).filter(|id| !id.is_empty()) {
                    let mut entries = self.entries();
                    if entries.allowed.insert(key(&endpoint, &id)) {
                        entries.created.push((endpoint, id));
                    }
                }
            }
            (Method::Delete, Some(id)) if (200..300).contains(&response.status) || response.status == 404 => {
                self.entries().created.retain(|created| *created != key(&endpoint, &id));
            }
            (Method::Get, None) => self.record_lookup(request, &endpoint, response),
            _ => {}
        }
    }

    fn record_lookup(&self, request: &Request, endpoint: &str, response: &Response) {
        let Some((_, filter)) = request.path.split_once("filter=") else { return };
        let filter = encode::decode_query(filter.split('&').next().unwrap_or_default());
        let value = filter.split_once(" eq ").map_or(filter.clone(), |(_, value)| value.trim_matches('"').to_owned());
        let Some(Value::Array(resources)) =
            response.json().and_then(|mut body| Some(body.get_mut("Resources")?.take()))
        else {
            return;
        };
        let mut lookups = self.lookups();
        for id in resources.iter().filter_map(|resource| id_text(resource.get("id")?)) {
            lookups.insert(key(endpoint, &id), value.clone());
        }
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lookups(&self) -> MutexGuard<'_, HashMap<(String, String), String>> {
        self.lookups.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns an id as text. Some servers return a number although an id must be a string.
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

    fn response(status: u16, body: &Value) -> Response {
        Response { status, headers: Vec::new(), body: body.to_string().into_bytes() }
    }

    fn request(method: Method, path: &str) -> Request {
        Request::scim(method, path, None)
    }

    #[test]
    fn only_what_a_post_returned_may_be_changed() {
        let ledger = Ledger::new();
        ledger.record(&request(Method::Post, "/Users"), &response(201, &json!({"id": "a b"})));
        ledger.record(&request(Method::Post, "/Users"), &response(409, &json!({"id": "no"})));
        assert_eq!(ledger.authorize(&request(Method::Put, "/Users/a%20b")), Ok(()));
        assert_eq!(ledger.authorize(&request(Method::Get, "/Users/other")), Ok(()));
        for path in ["/Users/no", "/Groups/a%20b", "/Users", "/Users/a%20b/x"] {
            assert!(matches!(ledger.authorize(&request(Method::Delete, path)), Err(Failure::NotOurs(_))), "{path}");
        }
        // The id of this resource is a number.
        ledger.record(&request(Method::Post, "/Users"), &response(201, &json!({"id": 7})));
        assert_eq!(ledger.authorize(&request(Method::Put, "/Users/7")), Ok(()));
        ledger.record(&request(Method::Delete, "/Users/7"), &response(204, &json!(null)));
        ledger.record(&request(Method::Delete, "/Users/a%20b"), &response(204, &json!(null)));
        assert_eq!(ledger.made(), []);
    }

    #[test]
    fn the_refusal_names_the_lookup() {
        let ledger = Ledger::new();
        let lookup = request(Method::Get, "/Users?filter=userName%20eq%20%22ada%40x%22&startIndex=1&count=100");
        ledger.record(&lookup, &response(200, &json!({"Resources": [{"id": "7"}]})));
        let refused = ledger.authorize(&request(Method::Patch, "/Users/7")).unwrap_err();
        assert_eq!(refused.to_string(), "not sent: the lookup of ada@x returned 7, which this run did not create");
        // A parallel scenario without a lookup does not see this one.
        let refused = ledger.fork().authorize(&request(Method::Patch, "/Users/7")).unwrap_err();
        assert_eq!(refused.to_string(), "not sent: PATCH would change /Users/7, which this run did not create");
    }
}

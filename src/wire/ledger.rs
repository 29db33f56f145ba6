//! Tracks the resources that a run created, and refuses changes of any other. [`ownership`](super::ownership) holds the
//! rule; this file applies it to requests and responses.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use super::encode;
use super::exchange::{Response, id_text};
use super::failure::{Failure, NotOurs};
use super::journal::{Entry, Journal};
use super::ownership::{Key, Moment, Ownership, Permission, Unresolved};
use super::request::{Method, Request};
use crate::scim::message;

/// The path below a collection that queries it with POST (RFC 7644 section 3.4.3).
const SEARCH: &str = ".search";

/// The resources of one run. Clones share one ledger.
#[derive(Debug, Clone)]
pub struct Ledger {
    ownership: Arc<Mutex<Ownership>>,
    /// The value of the last lookup that returned an id, for each id that this client saw.
    lookups: Arc<Mutex<HashMap<Key, String>>>,
    journal: Option<Arc<dyn Journal>>,
}

impl Ledger {
    /// Returns an empty ledger for a run whose names contain this run ID.
    #[must_use]
    pub fn new(run_id: &str) -> Self {
        Self { ownership: Arc::new(Mutex::new(Ownership::new(run_id))), lookups: Arc::default(), journal: None }
    }

    /// Writes every create and every deletion to a journal.
    #[must_use]
    pub fn with_journal(self, journal: Arc<dyn Journal>) -> Self {
        Self { journal: Some(journal), ..self }
    }

    /// Returns a ledger with the same entries for a scenario that runs in parallel to others. Its refusals name only the
    /// scenario's own lookups.
    #[must_use]
    pub(super) fn fork(&self) -> Self {
        Self { lookups: Arc::default(), ..self.clone() }
    }

    /// Permits changes of an id that no response returned, such as an id that the fuzzer invented.
    pub fn allow(&self, collection: &str, id: &str) {
        self.ownership().allow(key(collection, id));
    }

    /// Forbids creates in a collection for this reason.
    pub fn close(&self, collection: &str, reason: impl Into<String>) {
        self.ownership().close(collection, reason.into());
    }

    /// Lists the resources that were created and not deleted, as (collection, id), oldest first. Not all are proven.
    #[must_use]
    pub fn made(&self) -> Vec<(String, String)> {
        self.ownership().made()
    }

    /// Returns true if the run created the resource and a later GET proved it.
    #[must_use]
    pub fn is_proven(&self, collection: &str, id: &str) -> bool {
        self.ownership().is_proven(&key(collection, id))
    }

    /// Returns the reason why an id that a create returned is not the run's.
    #[must_use]
    pub fn refusal(&self, collection: &str, id: &str) -> Option<NotOurs> {
        match self.ownership().may_change(&key(collection, id)) {
            Some(Permission::Denied(reason)) => Some(reason),
            _ => None,
        }
    }

    /// Permits one more proof of each resource whose proof failed.
    pub fn reopen_proofs(&self) {
        self.ownership().reopen_proofs();
    }

    /// Returns the run ID, in lower case.
    #[must_use]
    pub fn run_id(&self) -> String {
        self.ownership().run_id().to_owned()
    }

    /// Adds a resource of an interrupted run, which still has to be proven.
    pub fn adopt(&self, collection: &str, id: &str) {
        self.adopt_unresolved(collection, id, Moment::default());
    }

    /// Adds a resource that was found by the name of a create whose response was lost.
    pub fn adopt_unresolved(&self, collection: &str, id: &str, sent: Moment) {
        self.ownership().created(key(collection, id), sent);
    }

    /// Removes a resource that does not exist any more.
    pub fn forget(&self, collection: &str, id: &str) {
        self.ownership().deleted(&key(collection, id));
    }

    /// Lists the creates whose outcome is unknown.
    #[must_use]
    pub fn unresolved(&self) -> Vec<Unresolved> {
        self.ownership().unresolved()
    }

    /// Returns true if a name of the resource contains the run ID.
    #[must_use]
    pub fn is_named(&self, resource: &Value) -> bool {
        self.ownership().is_named(resource)
    }

    /// Marks the time at which a request is sent. A create is written to the journal.
    pub(super) fn begin(&self, request: &Request) -> Moment {
        let sent = self.ownership().tick();
        if let (Method::Post, (collection, None)) = (request.method, request.subject()) {
            let body = request.json().unwrap_or_default();
            let name = body.get(naming_attribute(&collection)).and_then(Value::as_str).unwrap_or_default();
            self.ownership().sending(sent, &collection, name);
            self.note(&Entry::Sending { number: sent.0, collection, name: name.to_owned() });
        }
        sent
    }

    /// Records that a request got no response. Its effect is unknown, unless it was not sent.
    pub(super) fn failed(&self, request: &Request, sent: Moment, failure: &Failure) {
        let unsent =
            matches!(failure, Failure::Connect(_) | Failure::Unsendable(_) | Failure::NotOurs(_) | Failure::GivenUp(_));
        if unsent && request.method == Method::Post {
            self.refused(sent);
        }
    }

    fn refused(&self, sent: Moment) {
        self.ownership().resolve(sent);
        self.note(&Entry::Refused { number: sent.0 });
    }

    fn note(&self, entry: &Entry) {
        if let Some(journal) = &self.journal {
            journal.note(entry);
        }
    }

    /// Returns the permission for a request.
    pub(super) fn permission(&self, request: &Request) -> Permission {
        let (collection, id) = request.subject();
        let is_write = match (request.method, id.as_deref()) {
            (Method::Post, None) => return self.ownership().may_create(&collection),
            (Method::Post, Some(id)) => id != SEARCH,
            (method, _) => matches!(method, Method::Put | Method::Patch | Method::Delete),
        };
        if !is_write {
            return Permission::Granted;
        }
        let id = id.unwrap_or_default();
        let known = self.ownership().may_change(&key(&collection, &id));
        known.unwrap_or_else(|| {
            Permission::Denied(match self.lookups().get(&key(&collection, &id)) {
                Some(value) => NotOurs::LookedUp { value: value.clone(), id },
                None => NotOurs::NotCreated { method: request.method, collection, id },
            })
        })
    }

    /// Records that a resource could not be proven; `was_missing` is true if no GET showed it.
    pub(super) fn unproven(&self, request: &Request, reason: NotOurs, was_missing: bool) {
        let (collection, id) = request.subject();
        let mut ownership = self.ownership();
        ownership.unproven(&key(&collection, &id.unwrap_or_default()), reason);
        if was_missing {
            ownership.count_missing(collection);
        }
    }

    /// Returns the number of resources that no GET showed, in the collection of a request.
    pub(super) fn never_shown(&self, request: &Request) -> usize {
        self.ownership().missing(&request.subject().0)
    }

    /// Records what a response says about created, deleted, listed and looked-up resources. `url` is the request's.
    pub(super) fn record(&self, url: &str, request: &Request, sent: Moment, response: &Response) {
        let (collection, id) = request.subject();
        let body = response.json();
        let success = (200..300).contains(&response.status);
        match (request.method, &id) {
            (Method::Post, None) if success => {
                if let Some(id) = created_id(url, body.as_ref(), response) {
                    self.record_create(collection.clone(), id, sent);
                }
            }
            // After a status of the class 500 the resource may exist.
            (Method::Post, None) if response.status < 500 => self.refused(sent),
            (Method::Delete, Some(id)) if success || response.status == 404 => {
                self.ownership().deleted(&key(&collection, id));
                self.note(&Entry::Deleted { collection: collection.clone(), id: id.clone() });
            }
            _ => {}
        }
        let mut ownership = self.ownership();
        let Some(body) = body else { return };
        let is_read = request.method == Method::Get && success;
        let list = message::resources(&body);
        for resource in list.map_or(std::slice::from_ref(&body), Vec::as_slice) {
            ownership.shown(&collection, resource, sent, is_read);
        }
        drop(ownership);
        if let (Method::Get, None, Some(resources)) = (request.method, id, list) {
            self.record_lookup(request, &collection, resources);
        }
    }

    fn record_create(&self, collection: String, id: String, sent: Moment) {
        let owned = {
            let mut ownership = self.ownership();
            ownership.resolve(sent);
            ownership.created(key(&collection, &id), sent)
        };
        self.note(&if owned {
            Entry::Created { number: sent.0, collection, id }
        } else {
            Entry::Refused { number: sent.0 }
        });
    }

    fn record_lookup(&self, request: &Request, collection: &str, resources: &[Value]) {
        let Some((_, filter)) = request.path.split_once("filter=") else { return };
        let filter = encode::decode_query(filter.split('&').next().unwrap_or_default());
        let value = filter.split_once(" eq ").map_or(filter.clone(), |(_, value)| value.trim_matches('"').to_owned());
        let mut lookups = self.lookups();
        for id in resources.iter().filter_map(|resource| id_text(resource.get("id")?)) {
            lookups.insert(key(collection, &id), value.clone());
        }
    }

    fn ownership(&self) -> MutexGuard<'_, Ownership> {
        self.ownership.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lookups(&self) -> MutexGuard<'_, HashMap<Key, String>> {
        self.lookups.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the attribute by which the resources of a collection are named.
#[must_use]
pub fn naming_attribute(collection: &str) -> &'static str {
    if collection == "Users" { "userName" } else { "displayName" }
}

/// Returns the id of a created resource: from the body, or from the Location if the body has none.
fn created_id(url: &str, body: Option<&Value>, response: &Response) -> Option<String> {
    match body.and_then(|body| body.get("id")).filter(|id| !id.is_null()) {
        Some(id) => id_text(id),
        None => located_id(url, response.header("location")?),
    }
}

/// Returns the last segment of a Location that is directly below the collection to which the POST was sent. A Location
/// on another origin or path may name anything.
fn located_id(url: &str, location: &str) -> Option<String> {
    let collection = reqwest::Url::parse(url).ok()?;
    let location = collection.join(location).ok()?;
    let below = location.path().strip_prefix(collection.path().trim_end_matches('/'))?.strip_prefix('/')?;
    let same = location.origin() == collection.origin() && !below.is_empty() && !below.contains('/');
    same.then(|| encode::decode(below))
}

fn key(collection: &str, id: &str) -> Key {
    (collection.to_owned(), id.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const URL: &str = "https://h.example/scim/v2/Users";

    fn response(status: u16, body: &Value) -> Response {
        Response { status, headers: Vec::new(), body: body.to_string().into_bytes() }
    }

    fn request(method: Method, path: &str) -> Request {
        Request::scim(method, path, None)
    }

    fn record(ledger: &Ledger, method: Method, path: &str, status: u16, body: &Value) {
        let request = request(method, path);
        ledger.record(URL, &request, ledger.begin(&request), &response(status, body));
    }

    #[test]
    fn only_what_a_post_returned_and_a_get_showed_may_be_changed() {
        let ledger = Ledger::new("rk9dd2");
        record(&ledger, Method::Post, "/Users", 201, &json!({"id": "a b"}));
        record(&ledger, Method::Post, "/Users", 409, &json!({"id": "no"}));
        assert_eq!(ledger.permission(&request(Method::Put, "/Users/a%20b")), Permission::NeedsProof);
        // The response to a create proves nothing, a later one does.
        record(&ledger, Method::Get, "/Users", 200, &json!({"resources": [{"id": "a b", "userName": "x.rk9dd2"}]}));
        assert_eq!(ledger.permission(&request(Method::Put, "/Users/a%20b")), Permission::Granted);
        assert_eq!(ledger.permission(&request(Method::Get, "/Users/other")), Permission::Granted);
        assert_eq!(ledger.permission(&request(Method::Post, "/Users/.search")), Permission::Granted);
        for path in ["/Users/no", "/Groups/a%20b", "/Users", "/Users/a%20b/x"] {
            assert!(matches!(ledger.permission(&request(Method::Delete, path)), Permission::Denied(_)), "{path}");
        }
        assert!(matches!(ledger.permission(&request(Method::Post, "/Users/no")), Permission::Denied(_)));
        record(&ledger, Method::Delete, "/Users/a%20b", 204, &json!(null));
        assert_eq!(ledger.made(), []);
    }

    #[test]
    fn a_location_counts_only_without_an_id_and_on_the_same_origin_path_and_collection() {
        for (body, location, expected) in [
            (json!(null), "https://h.example/scim/v2/Users/a%20b", Some("a b")),
            (json!({"userName": "x"}), "/scim/v2/Users/7", Some("7")),
            (json!({"id": null}), "7", None),
            (json!(null), "https://other.example/scim/v2/Users/7", None),
            (json!(null), "http://h.example/scim/v2/Users/7", None),
            (json!(null), "https://h.example:8443/scim/v2/Users/7", None),
            (json!(null), "https://h.example/scim/v1/Users/7", None),
            (json!(null), "https://h.example/scim/v2/Groups/7", None),
            (json!(null), "https://h.example/scim/v2/Users/../Groups/7", None),
            (json!(null), "https://h.example/scim/v2/Users/7/x", None),
            (json!(null), "https://h.example/scim/v2/Users", None),
            (json!({"id": "8"}), "https://other.example/Users/7", Some("8")),
            (json!({"id": 8}), "https://h.example/scim/v2/Users/7", Some("8")),
            (json!({"id": {}}), "https://h.example/scim/v2/Users/7", None),
        ] {
            let headers = vec![("location".to_owned(), location.to_owned())];
            let response = Response { headers, ..response(201, &body) };
            assert_eq!(created_id(URL, response.json().as_ref(), &response).as_deref(), expected, "{location}");
        }
    }

    #[test]
    fn the_refusal_names_the_lookup() {
        let ledger = Ledger::new("rk9dd2");
        let lookup = "/Users?filter=userName%20eq%20%22ada%40x%22&startIndex=1&count=100";
        record(&ledger, Method::Get, lookup, 200, &json!({"Resources": [{"id": "7"}]}));
        let denied = |ledger: &Ledger| match ledger.permission(&request(Method::Patch, "/Users/7")) {
            Permission::Denied(reason) => reason.to_string(),
            other => format!("{other:?}"),
        };
        assert_eq!(denied(&ledger), "the lookup of ada@x returned 7, which this run did not create");
        // A parallel scenario without a lookup does not see this one.
        assert_eq!(denied(&ledger.fork()), "PATCH would change /Users/7, which this run did not create");
    }

    #[test]
    fn a_create_without_a_usable_response_stays_unresolved() {
        let ledger = Ledger::new("rk9dd2");
        let create = |name: &str| {
            let request = Request::scim(Method::Post, "/Users", Some(&json!({"userName": name})));
            let sent = ledger.begin(&request);
            (request, sent)
        };
        let names = || ledger.unresolved().into_iter().map(|create| create.name).collect::<Vec<_>>();
        let (request, sent) = create("a.rk9dd2");
        ledger.failed(&request, sent, &Failure::Timeout(std::time::Duration::ZERO));
        let (request, sent) = create("b.rk9dd2");
        ledger.record(URL, &request, sent, &response(502, &json!(null)));
        let (request, sent) = create("c.rk9dd2");
        ledger.record(URL, &request, sent, &response(201, &json!(null)));
        assert_eq!(names(), ["a.rk9dd2", "b.rk9dd2", "c.rk9dd2"]);
        // The outcome of these is known, or their name does not identify the run.
        let (request, sent) = create("d.rk9dd2");
        ledger.record(URL, &request, sent, &response(409, &json!(null)));
        let (request, sent) = create("e.rk9dd2");
        ledger.record(URL, &request, sent, &response(201, &json!({"id": "7"})));
        let (request, sent) = create("f.rk9dd2");
        ledger.failed(&request, sent, &Failure::GivenUp("x".into()));
        create("g@example.com");
        assert_eq!(names().len(), 3);
    }

    #[test]
    fn nothing_is_created_in_a_closed_collection() {
        let ledger = Ledger::new("rk9dd2");
        ledger.close("Users", "the canary was not proven");
        assert!(matches!(ledger.permission(&request(Method::Post, "/Users")), Permission::Denied(_)));
        assert_eq!(ledger.permission(&request(Method::Post, "/Groups")), Permission::Granted);
    }
}

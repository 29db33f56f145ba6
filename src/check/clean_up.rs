//! Deletes the resources that a run created.

use futures::StreamExt as _;
use serde_json::{Value, json};

use super::reading;
use crate::scim::message;
use crate::wire::encode::component;
use crate::wire::{Client, Failure, Stop, id_text, naming_attribute};

/// The most resources that are deleted at once; the limiter of the run decides how many requests are sent.
const CONCURRENCY: usize = 32;

/// Deletes the resources in the client's ledger, groups first, because they have members. Users that cannot be deleted are
/// deactivated. Ends when the target does not respond.
///
/// Returns the resources that remain, each with the reason.
pub async fn clean_up(client: &Client) -> Vec<String> {
    clean_up_many(client, CONCURRENCY).await
}

/// Cleans up as [`clean_up`], with at most `at_once` requests under way.
pub(super) async fn clean_up_many(client: &Client, at_once: usize) -> Vec<String> {
    let Some(ledger) = client.ledger() else { return Vec::new() };
    // The run's time limit does not apply, but an unresponsive target ends the clean-up too.
    let client = client.fork().with_stop(Stop::new());
    ledger.reopen_proofs();
    for unresolved in ledger.unresolved() {
        for id in named(&client, &unresolved.collection, &unresolved.name).await {
            ledger.adopt_unresolved(&unresolved.collection, &id, unresolved.sent);
        }
    }
    let mut created = ledger.made();
    // Newest first within a collection.
    created.reverse();
    let (users, others): (Vec<_>, Vec<_>) = created.into_iter().partition(|(collection, _)| collection == "Users");
    let mut leftovers = Vec::new();
    for resources in [others, users] {
        leftovers.extend(remove_all(&client, resources, at_once).await);
    }
    leftovers
}

/// Deletes resources of a collection each, as [`remove`]. Those whose DELETE got no response in time are deleted once more, one
/// after the other, until the target is too slow for one of these, too. Returns those that remain, each with the reason.
pub(super) async fn remove_all(client: &Client, resources: Vec<(String, String)>, at_once: usize) -> Vec<String> {
    let removals = resources.into_iter().map(|(collection, id)| async move {
        let end = attempt(client, &collection, &id).await;
        end.err().map(|remains| (collection, id, remains))
    });
    let ends: Vec<Option<_>> = futures::stream::iter(removals).buffered(at_once.max(1)).collect().await;
    let mut leftovers = Vec::new();
    let mut tries_again = true;
    for (collection, id, mut remains) in ends.into_iter().flatten() {
        if remains.is_too_slow && tries_again {
            match attempt(client, &collection, &id).await {
                Ok(()) => continue,
                Err(again) => remains = again,
            }
            tries_again = !remains.is_too_slow;
        }
        leftovers.push(remains.text);
    }
    leftovers
}

/// Looks up the resources with this name, for a create whose response was lost.
pub(super) async fn named(client: &Client, collection: &str, name: &str) -> Vec<String> {
    let attribute = naming_attribute(collection);
    let filter = format!("{attribute} eq {}", Value::from(name));
    let list = client.get(&format!("/{collection}?filter={}", component(&filter))).await.json().unwrap_or_default();
    let has_name = |resource: &&Value| {
        resource.get(attribute).and_then(Value::as_str).is_some_and(|found| found.eq_ignore_ascii_case(name))
    };
    let resources = reading::resources(&list).cloned().unwrap_or_default();
    resources.iter().filter(has_name).filter_map(|resource| id_text(resource.get("id")?)).collect()
}

/// Lists the resources that a run leaves on purpose.
#[must_use]
pub fn kept(client: &Client) -> Vec<String> {
    let created = client.ledger().map(crate::wire::Ledger::made).unwrap_or_default();
    created.into_iter().map(|(collection, id)| format!("/{collection}/{id} (kept)")).collect()
}

/// Deletes a resource; deactivates a user whose DELETE is refused. Returns the resource with the reason if it remains.
pub async fn remove(client: &Client, collection: &str, id: &str) -> Option<String> {
    attempt(client, collection, id).await.err().map(|remains| remains.text)
}

/// A resource that remains on the target.
struct Remains {
    /// The resource with the reason.
    text: String,
    /// True if the DELETE got no response in time.
    is_too_slow: bool,
}

async fn attempt(client: &Client, collection: &str, id: &str) -> Result<(), Remains> {
    let path = format!("/{collection}/{}", component(id));
    let exchange = client.delete(&path).await;
    if exchange.status().is_some_and(|status| (200..300).contains(&status) || status == 404) {
        return Ok(());
    }
    let is_too_slow = matches!(exchange.outcome, Err(Failure::Timeout(_)));
    let remains = |why: String| Remains { text: format!("/{collection}/{id} ({why})"), is_too_slow };
    if let Err(Failure::NotOurs(reason)) = &exchange.outcome {
        return Err(remains(format!("not deleted: {reason}")));
    }
    let refused = exchange.seen();
    if exchange.status().is_none() || collection != "Users" {
        return Err(remains(format!("DELETE: {refused}")));
    }
    let body = json!({
        "schemas": [message::PATCH_OP],
        "Operations": [{"op": "replace", "value": {"active": false}}],
    });
    let deactivation = client.patch(&path, &body).await;
    let how = match deactivation.status() {
        Some(status) if (200..300).contains(&status) => "deactivated".to_owned(),
        _ => format!("deactivation: {}", deactivation.seen()),
    };
    Err(remains(format!("DELETE: {refused}; {how}")))
}

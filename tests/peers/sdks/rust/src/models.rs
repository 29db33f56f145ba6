//! The models of events in the SDK.

use std::collections::BTreeSet;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use workos::models::{
    DsyncActivated, DsyncDeleted, DsyncGroupCreated, DsyncGroupDeleted, DsyncGroupUpdated, DsyncGroupUserAdded,
    DsyncGroupUserRemoved, DsyncTokenCreated, DsyncTokenRevoked, DsyncUserCreated, DsyncUserDeleted, DsyncUserUpdated,
};
use workos::{WebhookVerifier, compute_webhook_signature};

/// Every event of directory sync, with the parser of its typed model.
pub const EVENTS: [(&str, fn(&Value) -> Value); 12] = [
    ("dsync.activated", typed::<DsyncActivated>),
    ("dsync.deleted", typed::<DsyncDeleted>),
    ("dsync.group.created", typed::<DsyncGroupCreated>),
    ("dsync.group.deleted", typed::<DsyncGroupDeleted>),
    ("dsync.group.updated", typed::<DsyncGroupUpdated>),
    ("dsync.group.user_added", typed::<DsyncGroupUserAdded>),
    ("dsync.group.user_removed", typed::<DsyncGroupUserRemoved>),
    ("dsync.token.created", typed::<DsyncTokenCreated>),
    ("dsync.token.revoked", typed::<DsyncTokenRevoked>),
    ("dsync.user.created", typed::<DsyncUserCreated>),
    ("dsync.user.deleted", typed::<DsyncUserDeleted>),
    ("dsync.user.updated", typed::<DsyncUserUpdated>),
];

/// Parses an event as the SDK's model of its kind, and returns what the model kept.
fn typed<T: DeserializeOwned + Serialize>(event: &Value) -> Value {
    let model: T = serde_json::from_value(event.clone()).unwrap_or_else(|error| panic!("{error}: {event}"));
    serde_json::to_value(model).unwrap()
}

/// Parses an event by its name. The model must keep every value.
pub fn check_model(event: &Value) {
    let name = event["event"].as_str().unwrap();
    let (_, parse) = EVENTS.iter().find(|(known, _)| *known == name).unwrap_or_else(|| panic!("unknown event {name}"));
    let lost = differences(event, &parse(event), name);
    assert!(lost.is_empty(), "the model changes {lost:?} of {event}");
}

/// Returns the places where the model differs from the event. Absent and null are the same to the SDK.
fn differences(sent: &Value, kept: &Value, path: &str) -> Vec<String> {
    match (sent, kept) {
        (Value::Object(sent), _) if kept.is_object() => {
            sent.iter().flat_map(|(key, value)| differences(value, &kept[key], &format!("{path}/{key}"))).collect()
        }
        (Value::Array(sent), Value::Array(kept)) if sent.len() == kept.len() => {
            let pairs = sent.iter().zip(kept).enumerate();
            pairs.flat_map(|(at, (sent, kept))| differences(sent, kept, &format!("{path}/{at}"))).collect()
        }
        _ if sent == kept => Vec::new(),
        _ => vec![format!("{path}: {sent} became {kept}")],
    }
}

/// Parses each line of a file with events as the SDK parses a webhook, and as the model of its kind.
pub fn parse_all(file: &str) {
    let text = std::fs::read_to_string(file).unwrap();
    let verifier = WebhookVerifier::new("whsec_local");
    let mut kinds = BTreeSet::new();
    for line in text.lines() {
        let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis().to_string();
        let header = format!("t={time}, v1={}", compute_webhook_signature("whsec_local", &time, line));
        let event = verifier.construct_event(&header, line).unwrap();
        check_model(&serde_json::from_str(line).unwrap());
        kinds.insert(event.event);
    }
    assert_eq!(kinds.len(), EVENTS.len(), "{kinds:?}");
    println!("workos for Rust: {} events parsed", text.lines().count());
}

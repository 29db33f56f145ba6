//! The `dsync.*` events as WorkOS has them: names in one table, the envelope, the payloads. Pure.

mod on_deactivate;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::base::clock::rfc3339;

pub use on_deactivate::{OnDeactivate, UnknownOnDeactivate};

/// The events that exist. One row of [`EventName::ALL`] each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EventName {
    Activated,
    Deleted,
    UserCreated,
    UserUpdated,
    UserDeleted,
    GroupCreated,
    GroupUpdated,
    GroupDeleted,
    GroupUserAdded,
    GroupUserRemoved,
    TokenCreated,
    TokenRevoked,
}

impl EventName {
    /// Every event with its name on the wire (WorkOS OpenAPI).
    pub const ALL: [(Self, &'static str); 12] = [
        (Self::Activated, "dsync.activated"),
        (Self::Deleted, "dsync.deleted"),
        (Self::UserCreated, "dsync.user.created"),
        (Self::UserUpdated, "dsync.user.updated"),
        (Self::UserDeleted, "dsync.user.deleted"),
        (Self::GroupCreated, "dsync.group.created"),
        (Self::GroupUpdated, "dsync.group.updated"),
        (Self::GroupDeleted, "dsync.group.deleted"),
        (Self::GroupUserAdded, "dsync.group.user_added"),
        (Self::GroupUserRemoved, "dsync.group.user_removed"),
        (Self::TokenCreated, "dsync.token.created"),
        (Self::TokenRevoked, "dsync.token.revoked"),
    ];

    /// The name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(name, _)| *name == self).map_or("", |(_, text)| text)
    }

    /// The event of a name on the wire.
    #[must_use]
    pub fn from_wire(text: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, name)| *name == text).map(|(name, _)| *name)
    }
}

/// What `derive` yields: an event without its place in the log.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// Which event.
    pub name: EventName,
    /// Its `data`.
    pub data: Value,
}

/// An event in the log.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// `event_<ULID>`; ids sort in log order.
    pub id: String,
    /// The name on the wire.
    pub event: String,
    /// The payload.
    pub data: Value,
    /// When the change was committed.
    pub created_at: Timestamp,
}

impl Event {
    /// The envelope, the same in the Events API and in webhooks.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({"object": "event", "id": self.id, "event": self.event, "data": self.data, "created_at": rfc3339(self.created_at)})
    }
}

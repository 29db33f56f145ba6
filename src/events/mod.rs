//! The `dsync.*` events of WorkOS: their names as one table, the envelope, and the signature of webhooks. Security events
//! about SCIM resources ([`security_event`]), and the keys that sign them ([`signing_key`]). Pure.

mod on_deactivate;
pub mod security_event;
pub mod signature;
pub mod signing_key;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::base::clock::rfc3339;

pub use on_deactivate::{OnDeactivate, UnknownOnDeactivate};

/// An event name. Each has one row in [`EventName::ALL`].
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
    /// Every event with its name on the wire (WorkOS OpenAPI description).
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

    /// Returns whether a webhook endpoint can subscribe to the event. WorkOS does not offer the events of tokens.
    #[must_use]
    pub const fn is_subscribable(self) -> bool {
        !matches!(self, Self::TokenCreated | Self::TokenRevoked)
    }

    /// Returns the events that a webhook endpoint can subscribe to.
    pub fn subscribable() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().map(|(name, _)| name).filter(|name| name.is_subscribable())
    }

    /// Returns the name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(name, _)| *name == self).map_or("", |(_, text)| text)
    }

    /// Returns the occasion of the event in one sentence, for docs/events.md.
    #[must_use]
    pub const fn occasion(self) -> &'static str {
        match self {
            Self::Activated => "A directory was created.",
            Self::Deleted => "A directory was removed. Its users and groups go without events of their own.",
            Self::UserCreated => "A user was provisioned, or a deleted directory user was reactivated.",
            Self::UserUpdated => "A standard, predefined or mapped attribute changed, or the state did.",
            Self::UserDeleted => "A user was deleted or, depending on the directory, deactivated.",
            Self::GroupCreated => "A group was pushed for the first time.",
            Self::GroupUpdated => "A group was renamed. `idp_id` keeps the first name, because Okta sends no group ID.",
            Self::GroupDeleted => "A group was deleted. Its memberships go without events of their own.",
            Self::GroupUserAdded => "A directory user became a member of a group.",
            Self::GroupUserRemoved => "A directory user is no longer a member of a group.",
            Self::TokenCreated => "A SCIM token was created. `token_suffix` is its last four characters.",
            Self::TokenRevoked => "A SCIM token was revoked.",
        }
    }

    /// Returns the event with this name on the wire.
    #[must_use]
    pub fn from_wire(text: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, name)| *name == text).map(|(name, _)| *name)
    }
}

/// An event before it is appended to the log.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// The name of the event.
    pub name: EventName,
    /// The payload, `data` in the envelope.
    pub data: Value,
}

/// An event in the log.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// `event_<ULID>`. IDs sort in log order.
    pub id: String,
    /// The name on the wire.
    pub event: String,
    /// The payload.
    pub data: Value,
    /// The time of the change. It ascends in log order, even if the clock was set back.
    pub created_at: Timestamp,
}

impl Event {
    /// Renders the envelope, which is the same in the Events API and in webhooks.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({"object": "event", "id": self.id, "event": self.event, "data": self.data, "created_at": rfc3339(self.created_at)})
    }
}

//! Webhook endpoints, their queues, and the log of delivery attempts.

use jiff::Timestamp;

use crate::base::Secret;
use crate::events::EventName;

/// A `webhook_endpoint`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookEndpoint {
    /// `we_…`
    pub id: String,
    /// No other endpoint has it.
    pub url: String,
    /// `whsec_…`. Stored as it is, because each delivery is signed with it.
    pub secret: Secret,
    /// A disabled endpoint gets no events.
    pub is_enabled: bool,
    /// The events that it gets.
    pub events: Vec<EventName>,
    pub created_at: Timestamp,
    /// The last change by the API, or by exhaustion. It always moves forward.
    pub updated_at: Timestamp,
}

/// An endpoint with the state of its queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookQueue {
    pub endpoint: WebhookEndpoint,
    pub progress: Progress,
}

/// The state of a queue. The events after `position` are still to be delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// The position in the log of the last event that was delivered, or given up.
    pub position: u64,
    /// Failed attempts to deliver the next event.
    pub failures: u32,
    /// The earliest time of the next attempt.
    pub next_at: Option<Timestamp>,
}

/// The reason for an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttemptCause {
    /// An event of the log, or a retry of it.
    Event,
    /// A request to deliver an event once more.
    Redelivery,
    /// A request for a test event, which is not in the log.
    Test,
}

impl AttemptCause {
    /// Every cause with its name.
    const ALL: [(Self, &'static str); 3] =
        [(Self::Event, "event"), (Self::Redelivery, "redelivery"), (Self::Test, "test")];

    /// Returns the name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(cause, _)| *cause == self).map_or("", |(_, name)| name)
    }

    /// Returns the cause with this name.
    #[must_use]
    pub fn from_name(text: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, name)| *name == text).map(|(cause, _)| *cause)
    }
}

/// One attempt to deliver an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// `event_…`
    pub event_id: String,
    /// The name of the event on the wire.
    pub event: String,
    pub cause: AttemptCause,
    /// 1 for the first attempt to deliver the event.
    pub number: u32,
    pub at: Timestamp,
    pub duration_ms: u64,
    /// The status of the response; `None` without a response.
    pub status: Option<u16>,
    /// The reason for which there was no response.
    pub error: Option<String>,
    /// The beginning of the response's body.
    pub response: String,
}

impl Attempt {
    /// Returns whether the receiver took the event: any 2xx, as at WorkOS.
    #[must_use]
    pub fn is_delivered(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }
}

/// An attempt in the log of its endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAttempt {
    /// `webhook_attempt_…`
    pub id: String,
    pub attempt: Attempt,
}

//! Event streams: the receivers of security event tokens about the resources of a directory (RFC 9967).

use jiff::Timestamp;

use crate::base::Secret;
use crate::events::security_event::TokenParties;

/// The way in which the tokens of a stream reach their receiver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StreamDelivery {
    /// The receiver asks for them (RFC 8936).
    Poll,
    /// The server sends them (RFC 8935).
    Push {
        url: String,
        /// The value of `Authorization` of each request. Stored as it is, because each request has it.
        authorization: Option<Secret>,
    },
}

impl StreamDelivery {
    /// Returns `poll` or `push`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Poll => "poll",
            Self::Push { .. } => "push",
        }
    }
}

/// An event stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventStream {
    /// `stream_…`
    pub id: String,
    /// The ID of the directory.
    pub directory_id: String,
    pub delivery: StreamDelivery,
    /// `iss` of its tokens: the SCIM base URL of the directory when the stream was created. Receivers compare it, so it
    /// never changes.
    pub issuer: String,
    /// `aud` of its tokens.
    pub audience: String,
    /// A disabled stream gets no further changes. Those in its queue stay there.
    pub is_enabled: bool,
    pub created_at: Timestamp,
    /// The last change by an operator, or by exhaustion. It always moves forward.
    pub updated_at: Timestamp,
}

impl EventStream {
    /// Returns the issuer and the audience of its tokens.
    #[must_use]
    pub fn parties(&self) -> TokenParties<'_> {
        TokenParties { issuer: &self.issuer, audience: &self.audience, stream: &self.id }
    }
}

/// A stream with the state of its queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamQueue {
    pub stream: EventStream,
    /// The digest of the token with which the receiver polls; `None` for a stream that is pushed.
    pub token_digest: Option<[u8; 32]>,
    pub progress: StreamProgress,
}

/// The state of a queue. The changes in it are still to be delivered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StreamProgress {
    /// Failed attempts to push the next token.
    pub failures: u32,
    /// The earliest time of the next attempt.
    pub next_at: Option<Timestamp>,
    /// The last error that the receiver reported, or the reason for which it could not be reached.
    pub last_error: Option<String>,
}

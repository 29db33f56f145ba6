//! Errors in the values of flags.

/// An invalid value of a flag. clap prints the flag and the value before this message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ValueError {
    #[error("expected HOST:PORT or a port, for example 127.0.0.1:8080 or 8080")]
    Address,
    #[error("expected a URL such as https://scim.example.com")]
    PublicUrl,
    #[error("expected a URL such as http://localhost:3000/webhooks")]
    ForwardTarget,
    #[error("expected 'Name: value'")]
    Header,
    #[error("{0:?} is not a valid header name")]
    HeaderName(String),
    #[error("the value of header {0} contains characters that a header cannot have")]
    HeaderValue(String),
    #[error("expected a duration longer than zero, for example 10s, 2m or 500ms")]
    Duration,
    #[error("expected a duration longer than zero, for example 30d, 12h or 10m")]
    Days,
    #[error("a run ID has 1 to 32 letters, digits and hyphens")]
    RunId,
    #[error("expected a domain such as example.com")]
    Domain,
    #[error(
        "no event has this name{}the events are {known}",
        nearest.as_ref().map_or_else(|| "; ".to_owned(), |name| format!("; did you mean {name}? Otherwise, "))
    )]
    EventName {
        /// The name that was probably meant.
        nearest: Option<String>,
        /// All names.
        known: String,
    },
    #[error("webhooks do not have this event, as at WorkOS; read it from the Events API")]
    NoWebhook,
}

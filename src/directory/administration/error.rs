//! The reasons for which an administrative command is rejected.

/// A value that several resources of a directory share although the new schema declares it unique.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DuplicateValue {
    pub attribute: String,
    /// The value as JSON text, shortened for display.
    pub value: String,
    /// The SCIM IDs of the two resources.
    pub resources: [String; 2],
}

/// The reasons for which an [`AdminCommand`](super::AdminCommand) is rejected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AdminError {
    #[error("no organization has the ID or the name '{0}'")]
    UnknownOrganization(String),
    #[error("{count} organizations are called '{name}': use the ID of one of them")]
    AmbiguousOrganization { name: String, count: usize },
    #[error("no directory has the ID {0}")]
    UnknownDirectory(String),
    #[error("no API key has the ID {0}")]
    UnknownApiKey(String),
    #[error("API key {0} is already revoked")]
    RevokedApiKey(String),
    #[error("another organization has the external ID '{0}'")]
    ExternalIdTaken(String),
    #[error("another organization has the domain '{0}'")]
    DomainTaken(String),
    #[error("another directory has the label or host name '{0}'")]
    AddressTaken(String),
    #[error("no webhook endpoint has the ID {0}")]
    UnknownWebhook(String),
    #[error("another webhook endpoint has the URL {0}")]
    WebhookUrlTaken(String),
    #[error("a store has at most {} webhook endpoints; remove one first", crate::base::limits::WEBHOOK_ENDPOINTS)]
    TooManyWebhooks,
    #[error("no event stream has the ID {0}")]
    UnknownStream(String),
    #[error("a directory has at most {} event streams; remove one first", crate::base::limits::EVENT_STREAMS)]
    TooManyStreams,
    #[error("an organization has at most {} metadata keys", crate::base::limits::METADATA_KEYS)]
    TooMuchMetadata,
    #[error("several resources share a value that the schema declares unique, and nothing was changed: {}", list(.0))]
    DuplicateValues(Vec<DuplicateValue>),
    #[error("the directory cannot be updated after the year 9999")]
    EndOfTime,
}

impl AdminError {
    /// Returns whether the error is about something that does not exist.
    #[must_use]
    pub const fn is_unknown(&self) -> bool {
        matches!(
            self,
            Self::UnknownOrganization(_)
                | Self::UnknownDirectory(_)
                | Self::UnknownApiKey(_)
                | Self::UnknownWebhook(_)
                | Self::UnknownStream(_)
        )
    }
}

fn list(duplicates: &[DuplicateValue]) -> String {
    let each = duplicates.iter().map(|duplicate| {
        let [one, other] = &duplicate.resources;
        format!("{} {} of {one} and {other}", duplicate.attribute, duplicate.value)
    });
    each.collect::<Vec<_>>().join("; ")
}

//! Security events about SCIM resources (RFC 9967): their kinds as one table, and the claims of a security event token
//! (SET, RFC 8417). Pure. [`signing_key`](super::signing_key) turns claims into a token.
//!
//! Decisions where RFC 9967 leaves room:
//! - Tokens are notices. They name the attributes that changed and carry no values, so a token contains no personal data but
//!   `externalId`, and a change of a large group yields a small token (section 5). A receiver reads the resource by SCIM.
//! - One write is one transaction. It yields one token for each stream. The tokens share `txn`; each has its own `jti`.
//! - A PUT or PATCH that changes `active` yields `activate` or `deactivate` in the same token (section 2.1).
//! - Creating a resource yields no `activate`, and deleting it no `deactivate`. The groups that
//!   lose a deleted user or group as a member yield no event.
//! - A stream has all resources of its directory, so `feed:add` and `feed:remove` never occur.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// A kind of security event. Each has one row in [`SecurityEventKind::ALL`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecurityEventKind {
    CreateNotice,
    PutNotice,
    PatchNotice,
    Delete,
    Activate,
    Deactivate,
}

impl SecurityEventKind {
    /// Every kind with its URI (RFC 9967 section 2.4) and its occasion in one sentence, for docs/security-events.md.
    pub const ALL: [(Self, &'static str, &'static str); 6] = [
        (Self::CreateNotice, "urn:ietf:params:scim:event:prov:create:notice", "A resource was created."),
        (Self::PutNotice, "urn:ietf:params:scim:event:prov:put:notice", "A PUT changed a resource."),
        (
            Self::PatchNotice,
            "urn:ietf:params:scim:event:prov:patch:notice",
            "A PATCH changed a resource, or the members of a group.",
        ),
        (Self::Delete, "urn:ietf:params:scim:event:prov:delete", "A resource was deleted."),
        (Self::Activate, "urn:ietf:params:scim:event:prov:activate", "A user that was inactive became active."),
        (Self::Deactivate, "urn:ietf:params:scim:event:prov:deactivate", "A user that was active became inactive."),
    ];

    /// Returns the URI.
    #[must_use]
    pub fn uri(self) -> &'static str {
        Self::ALL.iter().find(|(kind, ..)| *kind == self).map_or("", |(_, uri, _)| uri)
    }
}

/// The SCIM operation that changed a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ResourceOperation {
    Create,
    Put,
    Patch,
    Delete,
}

/// A change of a SCIM resource, as the queues of event streams store it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourceChange {
    pub operation: ResourceOperation,
    /// The path of the resource below the SCIM base URL, such as `/Users/01KA9QC0T1V3W5X7Y9Z0A2B4C6`.
    pub uri: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// `meta.version` after the change; `None` after a delete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The paths of the attributes that were added, changed or removed (RFC 7644 section 3.5.2).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<String>,
    /// The value of `active` after the change, if it changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active: Option<bool>,
}

/// A change in the queue of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueuedChange {
    /// The ID of the transaction, a ULID. All streams have the same.
    pub txn: String,
    pub at: Timestamp,
    pub change: ResourceChange,
}

/// The issuer and the audience of the tokens of a stream.
#[derive(Debug, Clone, Copy)]
pub struct TokenParties<'a> {
    pub issuer: &'a str,
    pub audience: &'a str,
    /// The ID of the stream.
    pub stream: &'a str,
}

impl QueuedChange {
    /// Returns the ID of the token in a stream. It stays the same when the token is sent again (RFC 8417 section 2.2, `jti`).
    #[must_use]
    pub fn jti(&self, stream: &str) -> String {
        format!("{}.{stream}", self.txn)
    }

    /// Builds the claims of the token. The subject is in `sub_id`, never in `sub` (RFC 9967 section 2.1).
    #[must_use]
    pub fn claims(&self, parties: TokenParties<'_>) -> Value {
        let ResourceChange { uri, external_id, .. } = &self.change;
        let mut subject = json!({"format": "scim", "uri": uri});
        if let (Some(subject), Some(id)) = (subject.as_object_mut(), external_id) {
            subject.insert("externalId".to_owned(), json!(id));
        }
        json!({
            "iss": parties.issuer,
            "iat": self.at.as_second(),
            "jti": self.jti(parties.stream),
            "aud": parties.audience,
            "txn": self.txn,
            "sub_id": subject,
            "events": self.change.events(),
        })
    }
}

/// Returns the ID of the transaction that a `jti` of this stream names.
#[must_use]
pub fn txn_of<'a>(jti: &'a str, stream: &str) -> Option<&'a str> {
    jti.strip_suffix(stream)?.strip_suffix('.')
}

impl ResourceChange {
    /// Returns the kinds of events that the change yields, in the order of the token.
    #[must_use]
    pub fn kinds(&self) -> Vec<SecurityEventKind> {
        let own = match self.operation {
            ResourceOperation::Create => SecurityEventKind::CreateNotice,
            ResourceOperation::Put => SecurityEventKind::PutNotice,
            ResourceOperation::Patch => SecurityEventKind::PatchNotice,
            ResourceOperation::Delete => SecurityEventKind::Delete,
        };
        let state = |active| if active { SecurityEventKind::Activate } else { SecurityEventKind::Deactivate };
        [own].into_iter().chain(self.active.map(state)).collect()
    }

    /// Builds the claim `events`: the payload of each kind.
    fn events(&self) -> Value {
        let payload = |kind| match kind {
            SecurityEventKind::CreateNotice | SecurityEventKind::PutNotice | SecurityEventKind::PatchNotice => {
                json!({"version": self.version, "attributes": self.attributes})
            }
            SecurityEventKind::Delete | SecurityEventKind::Activate | SecurityEventKind::Deactivate => json!({}),
        };
        Value::Object(
            self.kinds().into_iter().map(|kind| (kind.uri().to_owned(), payload(kind))).collect::<Map<_, _>>(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queued(operation: ResourceOperation, active: Option<bool>) -> QueuedChange {
        let is_gone = operation == ResourceOperation::Delete;
        let change = ResourceChange {
            operation,
            uri: "/Users/u1".to_owned(),
            external_id: Some("00u1".to_owned()),
            version: (!is_gone).then(|| "W/\"2\"".to_owned()),
            attributes: if is_gone { Vec::new() } else { vec!["active".to_owned()] },
            active,
        };
        QueuedChange { txn: "T1".to_owned(), at: Timestamp::from_millisecond(1_795_169_700_123).unwrap(), change }
    }

    const PARTIES: TokenParties<'_> = TokenParties { issuer: "https://i", audience: "https://a", stream: "stream_1" };

    #[test]
    fn claims_follow_rfc_9967() {
        let claims = queued(ResourceOperation::Patch, Some(false)).claims(PARTIES);
        let expected = json!({
            "iss": "https://i",
            "iat": 1_795_169_700,
            "jti": "T1.stream_1",
            "aud": "https://a",
            "txn": "T1",
            "sub_id": {"format": "scim", "uri": "/Users/u1", "externalId": "00u1"},
            "events": {
                "urn:ietf:params:scim:event:prov:patch:notice": {"version": "W/\"2\"", "attributes": ["active"]},
                "urn:ietf:params:scim:event:prov:deactivate": {},
            },
        });
        assert_eq!(claims, expected);
    }

    /// Section 2.4.4: a delete has no payload, and no qualifier.
    #[test]
    fn a_delete_has_no_payload() {
        let claims = queued(ResourceOperation::Delete, None).claims(PARTIES);
        assert_eq!(claims["events"], json!({"urn:ietf:params:scim:event:prov:delete": {}}));
    }

    #[test]
    fn a_change_survives_its_queue() {
        for (operation, active) in [
            (ResourceOperation::Create, None),
            (ResourceOperation::Put, Some(true)),
            (ResourceOperation::Patch, Some(false)),
            (ResourceOperation::Delete, None),
        ] {
            let change = queued(operation, active).change;
            let text = serde_json::to_string(&change).unwrap();
            assert_eq!(serde_json::from_str::<ResourceChange>(&text).unwrap(), change);
        }
    }

    #[test]
    fn only_the_ids_of_a_stream_name_its_transactions() {
        let jti = queued(ResourceOperation::Put, None).jti("stream_1");
        assert_eq!(txn_of(&jti, "stream_1"), Some("T1"));
        for (jti, stream) in [(jti.as_str(), "stream_2"), ("T1stream_1", "stream_1"), ("", "stream_1")] {
            assert_eq!(txn_of(jti, stream), None);
        }
    }
}

//! Additional addresses of a directory: a label in place of its key, or a host name of its own.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The longest label of a host name, and of a SCIM URL (RFC 1035 section 2.3.4).
const LABEL: usize = 63;
/// The longest host name (RFC 1035 section 2.3.4).
const HOST_NAME: usize = 253;

/// A text that is not an address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    #[error("{0:?} is not a label; use 3 to 63 lower-case letters, digits and hyphens, such as acme-okta")]
    Label(String),
    #[error("{0:?} is not a host name such as scim.example.com, without port")]
    HostName(String),
}

/// The last segment of a SCIM URL that people chose: `/scim/v2/{label}`. Keys of directories have upper-case letters, so a
/// label is hardly ever one of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "String")]
#[schema(pattern = "^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$")]
pub struct Label(String);

/// A host name that belongs to one directory, in lower case: `https://{host}/scim/v2`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "String")]
#[schema(
    pattern = r"^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$",
    max_length = 253
)]
pub struct HostName(String);

impl TryFrom<String> for Label {
    type Error = AddressError;

    fn try_from(text: String) -> Result<Self, AddressError> {
        let is_valid = text.len() >= 3 && is_label(&text) && !text.bytes().any(|byte| byte.is_ascii_uppercase());
        if is_valid { Ok(Self(text)) } else { Err(AddressError::Label(text)) }
    }
}

impl TryFrom<String> for HostName {
    type Error = AddressError;

    fn try_from(text: String) -> Result<Self, AddressError> {
        if is_host_name(&text) { Ok(Self(text.to_ascii_lowercase())) } else { Err(AddressError::HostName(text)) }
    }
}

impl Label {
    /// Returns the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl HostName {
    /// Returns the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Returns the address of the directory that a host name belongs to, beside keys and labels: `//scim.example.com`. A path
/// segment never has this form.
#[must_use]
pub fn of_host(host: &str) -> String {
    format!("//{}", host.to_ascii_lowercase())
}

/// Returns whether a text has the form of a host name: labels of letters, digits and hyphens, with dots between them.
#[must_use]
pub fn is_host_name(text: &str) -> bool {
    !text.is_empty() && text.len() <= HOST_NAME && text.split('.').all(is_label)
}

fn is_label(label: &str) -> bool {
    !label.is_empty()
        && label.len() <= LABEL
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_validated() {
        let label = |text: &str| Label::try_from(text.to_owned()).is_ok();
        let host = |text: &str| HostName::try_from(text.to_owned()).map(|host| host.to_string()).ok();
        assert!(label("acme-okta") && label("a1b"));
        for text in ["", "ab", "Acme", "-acme", "acme-", "a_b_c", "a/b/c", "a.b.c", &"x".repeat(64)] {
            assert!(!label(text), "{text}");
        }
        assert_eq!(host("SCIM.Example.com").as_deref(), Some("scim.example.com"));
        for text in ["", ".com", "a..b", "-a.example", "a b.example", "https://a.example", "a.example:80", "ä.example"]
        {
            assert_eq!(host(text), None, "{text}");
        }
        assert!(serde_json::from_str::<Label>("\"Users\"").is_err());
    }
}

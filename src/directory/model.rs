//! The rows of directory sync, after the WorkOS object models.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::address::{HostName, Label};
use super::user_settings::UserSettings;
use crate::events::OnDeactivate;
use crate::scim::{Mode, RuleSet};

/// An `organization`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organization {
    /// `org_…`
    pub id: String,
    pub name: String,
    pub domains: Vec<OrganizationDomain>,
    /// An ID of the customer's own; unique.
    pub external_id: Option<String>,
    pub details: OrganizationDetails,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// Properties of an organization that nothing else depends on.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct OrganizationDetails {
    pub metadata: BTreeMap<String, String>,
    pub stripe_customer_id: Option<String>,
    pub allow_profiles_outside_organization: bool,
}

/// An `organization_domain`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganizationDomain {
    /// `org_domain_…`
    pub id: String,
    /// In lower case. No other organization has it.
    pub domain: String,
    pub state: DomainState,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// The `state` of an organization's domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DomainState {
    /// Given in the deprecated property `domains`.
    LegacyVerified,
    Pending,
    Verified,
}

/// The progress of a removal: a directory exists, or is being removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DirectoryState {
    /// The directory takes requests, from its creation on. The API shows the state of its settings.
    #[default]
    Linked,
    /// The directory was removed, and its rows are being deleted.
    Deleting,
}

/// The state that the directory API shows while a directory exists. No source says when a SCIM directory of WorkOS enters or
/// leaves these states, so an operator sets them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ShownState {
    /// Connected; events show `active`.
    #[default]
    Linked,
    /// Not connected; WorkOS shows `inactive` in events.
    Unlinked,
    /// Being set up.
    Validating,
    /// The credentials are not accepted.
    InvalidCredentials,
}

impl ShownState {
    /// Returns the name in the directory API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Linked => "linked",
            Self::Unlinked => "unlinked",
            Self::Validating => "validating",
            Self::InvalidCredentials => "invalid_credentials",
        }
    }
}

/// The form in which a directory expects its token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum AuthForm {
    /// `Authorization: Bearer <token>`
    #[default]
    Bearer,
    /// `Authorization: Basic …`, with the token as the password and any user name.
    Basic,
    /// `Authorization: <token>`
    Header,
}

/// The settings of a directory.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    pub on_deactivate: OnDeactivate,
    pub mode: Mode,
    pub rules: RuleSet,
    pub state: ShownState,
    pub auth: AuthForm,
    /// The SCIM ID of the user that `/Me` resolves to. `None` if tokens represent no user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub me: Option<String>,
    /// The properties of directory users that the directory decides on.
    #[serde(skip_serializing_if = "UserSettings::is_default")]
    pub users: UserSettings,
    /// A label in place of the key in the SCIM URL. No other directory has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<Label>,
    /// A host name of its own. No other directory has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<HostName>,
    /// Extension schemas of this directory, as in RFC 7643 section 7.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub schemas: Vec<serde_json::Value>,
}

/// A `directory` of type `okta scim v2.0`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directory {
    /// `directory_…`
    pub id: String,
    pub organization_id: String,
    pub name: String,
    /// The last segment of the SCIM base URL: `/scim/v2/{external_key}`.
    pub external_key: String,
    pub state: DirectoryState,
    pub settings: Settings,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// The `state` of a directory user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UserState {
    Active,
    Inactive,
    /// Deleted by a deactivation in `delete-retained` mode: the row waits for a reactivation, and nothing shows it.
    Retained,
}

/// A directory user. Its profile is read from the SCIM document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryUser {
    /// `directory_user_…`
    pub id: String,
    /// Fixed at creation: `externalId`, else the SCIM ID.
    pub idp_id: String,
    pub state: UserState,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// A directory group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryGroup {
    /// `directory_group_…`
    pub id: String,
    /// Fixed at creation: `externalId`, else the name (WorkOS: Okta sends no group ID). A rename does not change it.
    pub idp_id: String,
    pub name: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// A `directory_token`: a bearer token without its digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// `directory_token_…`
    pub id: String,
    /// The last four characters, so that people can tell tokens apart.
    pub suffix: String,
    pub created_at: Timestamp,
}

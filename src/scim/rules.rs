//! The mode and the rule set of a directory, and the rules for requests that follow from them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::base::limits;

/// The mode of a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Accepts what Okta and Entra send: unknown attributes in bodies and path-less values are kept, unknown members are
    /// dropped, capitalized operations, booleans as strings, a manager by ID alone, bare strings for complex values and core
    /// attributes under their URN are accepted, and `add` and `replace` create the value that their filter describes.
    #[default]
    Lenient,
    /// Accepts only what the RFCs allow. Unknown attributes, unknown members, booleans as strings, references that are not
    /// URIs and user names that PRECIS disallows are `invalidValue`; a capitalized operation is `invalidSyntax`.
    Strict,
}

/// The service provider whose rules a directory applies to requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum RuleSet {
    /// The RFCs, as [`Mode`] interprets them.
    #[default]
    Rfc,
    /// In addition, the rules of the SCIM endpoint of WorkOS. `directory::receiver` has them.
    Workos,
}

impl RuleSet {
    /// Returns the rules of a mode under this rule set. WorkOS drops unknown members in any mode.
    #[must_use]
    pub fn of_mode(self, mode: Mode) -> Rules {
        let rules = Rules::from(mode);
        Rules { drop_unknown_members: rules.drop_unknown_members || self == Self::Workos, ..rules }
    }
}

/// The rules of a mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// Keep attributes that are in no schema (POST, PUT, path-less PATCH values).
    pub keep_unknown: bool,
    /// Drop members that are not in the directory, instead of rejecting the request.
    pub drop_unknown_members: bool,
    /// Accept `"true"` and `"False"` as booleans.
    pub booleans_as_strings: bool,
    /// Accept `Add`, `Replace` and `Remove` in any letter case.
    pub any_case_operations: bool,
    /// Accept any text as a reference, and base64 in either alphabet and with line breaks.
    pub loose_forms: bool,
    /// Keep readOnly sub-attributes of writable attributes (`manager.displayName`, which Okta maps and reads back).
    pub keep_read_only_parts: bool,
    /// Let `add` and `replace` of `emails[type eq "work"].value` create a missing value, as Entra expects.
    pub make_described_values: bool,
    /// Accept `manager: "id"` and `manager: [{"value": "id"}]`, as Entra sends them, for `manager: {"value": "id"}`.
    pub resource_by_id: bool,
    /// Accept `roles: ["admin"]`, as Okta sends a list, for `roles: [{"value": "admin"}]`.
    pub bare_values: bool,
    /// Accept core attributes in an object under the core URN, as Okta sends custom ones.
    pub core_under_urn: bool,
    /// Ignore `schemas` in a path-less value of a PATCH: clients repeat it there as in a whole resource.
    pub repeated_schemas: bool,
    /// Reject user names that PRECIS disallows, such as `admin` with an invisible character (RFC 7644 section 5).
    pub precis_user_names: bool,
    /// The limit on members in one request.
    pub members: usize,
}

impl From<Mode> for Rules {
    fn from(mode: Mode) -> Self {
        let lenient = mode == Mode::Lenient;
        Self {
            keep_unknown: lenient,
            drop_unknown_members: lenient,
            booleans_as_strings: lenient,
            any_case_operations: lenient,
            loose_forms: lenient,
            keep_read_only_parts: lenient,
            make_described_values: lenient,
            resource_by_id: lenient,
            bare_values: lenient,
            core_under_urn: lenient,
            repeated_schemas: lenient,
            precis_user_names: !lenient,
            members: limits::MEMBERS_PER_REQUEST,
        }
    }
}

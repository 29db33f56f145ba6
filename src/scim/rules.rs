//! How strictly requests are read: a directory's mode, as values that the pure parts take.

use serde::{Deserialize, Serialize};

use crate::base::limits;

/// The mode of a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// As Okta and Entra need: unknown attributes are kept in bodies and path-less values, members that name nobody are
    /// dropped, capitalised operations, booleans as strings and a manager by its id alone are understood, and `add`
    /// makes the value that its filter describes.
    #[default]
    Lenient,
    /// As the RFCs allow: an unknown attribute, an unknown member and a boolean as a string are `invalidValue`,
    /// as is a reference that is no URI; a capitalised operation is `invalidSyntax`.
    Strict,
}

/// What the mode means, one value a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// Keep attributes that no schema knows (POST, PUT, path-less PATCH values).
    pub keep_unknown: bool,
    /// Drop members that name no user or group of the directory, rather than refuse them.
    pub drop_unknown_members: bool,
    /// Read `"true"` and `"False"` as booleans.
    pub booleans_as_strings: bool,
    /// Read `Add`, `Replace`, `Remove` in any letter case.
    pub any_case_operations: bool,
    /// Take any text for a reference, and base64 in either alphabet and with line breaks.
    pub loose_forms: bool,
    /// Keep a readOnly part of a writable attribute (`manager.displayName`, which Okta maps and reads back).
    pub keep_read_only_parts: bool,
    /// `add` to `emails[type eq "work"].value` where there is no such value makes it, as Entra expects.
    pub make_described_values: bool,
    /// Read `manager: "id"` and `manager: [{"value": "id"}]` as `manager: {"value": "id"}`, as Entra writes it.
    pub resource_by_id: bool,
    /// Pass over `schemas` in a path-less value of a PATCH, where clients repeat it as in a whole resource.
    pub repeated_schemas: bool,
    /// Reject user names that PRECIS disallows, such as `admin` with an invisible character (RFC 7644 section 5).
    pub precis_user_names: bool,
    /// How many members one request may name.
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
            repeated_schemas: lenient,
            precis_user_names: !lenient,
            members: limits::MEMBERS_PER_REQUEST,
        }
    }
}

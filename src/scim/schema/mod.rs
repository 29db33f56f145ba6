//! Schema definitions as data (RFC 7643 section 7), and the judgement of documents by them.
//!
//! The same definitions are served at `/Schemas` and drive validation, filters and PATCH, so they can't disagree.

use serde_json::Value;

use super::resource::{Kind, Member};
use super::{AttrPath, Object, Rules, ScimError};

/// The core User schema.
pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
/// The core Group schema.
pub const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
/// The enterprise extension of User.
pub const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// The type of an attribute's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Type {
    String,
    Boolean,
    Decimal,
    Integer,
    DateTime,
    Reference,
    Binary,
    Complex,
}

/// Who may write an attribute, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Mutability {
    ReadOnly,
    ReadWrite,
    Immutable,
    WriteOnly,
}

/// When an attribute is given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Returned {
    Always,
    Never,
    Default,
    Request,
}

/// One attribute's definition.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attribute {
    pub name: String,
    pub r#type: Type,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sub_attributes: Vec<Attribute>,
    pub multi_valued: bool,
    pub description: String,
    pub required: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub canonical_values: Vec<String>,
    pub case_exact: bool,
    pub mutability: Mutability,
    pub returned: Returned,
    pub uniqueness: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reference_types: Vec<String>,
}

/// One schema.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Schema {
    pub id: String,
    pub name: String,
    pub description: String,
    pub attributes: Vec<Attribute>,
}

/// The schemas that a directory knows: core, enterprise, and its own extensions.
#[derive(Debug, Clone)]
pub struct Schemas {
    /// All of them, in the order in which `/Schemas` lists them.
    pub all: Vec<Schema>,
}

/// A body that was judged good: what of it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Accepted {
    /// The document without `id`, `meta`, `password`, `groups`, `members`, nulls and (for multi-valued) empty arrays.
    pub document: Object,
    /// The group's members, each once, in order; `None` where the body did not name any.
    pub members: Option<Vec<Member>>,
    /// A password was given (it is not kept in any form).
    pub password_set: bool,
    /// What the mode made the reference drop, one sentence each, for the log.
    pub dropped: Vec<String>,
}

impl Schemas {
    /// Core User and Group with the enterprise extension.
    #[must_use]
    pub fn standard() -> &'static Self {
        todo!()
    }

    /// Adds extension schemas in the form of RFC 7643 section 7.
    ///
    /// # Errors
    /// Says what in the definition is wrong.
    pub fn with_extension(&self, _definition: &Value) -> Result<Self, String> {
        todo!()
    }

    /// The attribute that a path names for a resource type; common attributes (`id`, `externalId`, `meta`, `schemas`)
    /// included.
    #[must_use]
    pub fn find(&self, _kind: Kind, _path: &AttrPath) -> Option<&Attribute> {
        todo!()
    }

    /// Judges the body of a POST or PUT.
    ///
    /// # Errors
    /// The SCIM error to answer with.
    pub fn accept(&self, _kind: Kind, _body: Object, _rules: Rules) -> Result<Accepted, ScimError> {
        todo!()
    }
}

//! Schema definitions as data (RFC 7643 section 7), and the validation of documents.
//!
//! `/Schemas`, validation, filters and PATCH all use the same definitions, so they cannot disagree.

use std::sync::LazyLock;

use super::AttrPath;
use super::Object;
use super::resource::{Kind, Member};

mod accept;
pub mod discovery;
mod extension;
mod forms;
mod immutable;
mod members;
mod on_request;
mod unique;
mod user_name;
mod value;

pub use super::resource::{GROUP, USER};
pub(crate) use accept::{is_members, is_urn};
pub use extension::SchemaError;
pub(crate) use members::{parse as parse_members, within_bound as members_within_bound};
pub use unique::UniqueValue;
pub(crate) use value::{
    Normalizer, SeenNames, ValuePath, boolean, identity, is_primary, merge_duplicates, within_attributes, within_values,
};

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

/// The operations that can write an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Mutability {
    ReadOnly,
    ReadWrite,
    Immutable,
    WriteOnly,
}

/// The responses that contain an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Returned {
    Always,
    Never,
    Default,
    Request,
}

/// The definition of one attribute. Omitted characteristics have the defaults of RFC 7643 section 2.2.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attribute {
    pub name: String,
    #[serde(default = "Attribute::default_type")]
    pub r#type: Type,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sub_attributes: Vec<Attribute>,
    #[serde(default)]
    pub multi_valued: bool,
    #[serde(default)]
    pub description: String,
    #[serde(default)]
    pub required: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub canonical_values: Vec<String>,
    #[serde(default)]
    pub case_exact: bool,
    #[serde(default = "Attribute::default_mutability")]
    pub mutability: Mutability,
    #[serde(default = "Attribute::default_returned")]
    pub returned: Returned,
    #[serde(default = "Attribute::default_uniqueness")]
    pub uniqueness: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reference_types: Vec<String>,
}

impl Attribute {
    const fn default_type() -> Type {
        Type::String
    }

    const fn default_mutability() -> Mutability {
        Mutability::ReadWrite
    }

    const fn default_returned() -> Returned {
        Returned::Default
    }

    fn default_uniqueness() -> String {
        "none".to_owned()
    }

    /// Returns the sub-attribute with this name, in any letter case.
    #[must_use]
    pub fn sub(&self, name: &str) -> Option<&Self> {
        find_in(&self.sub_attributes, name)
    }
}

/// One schema.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Schema {
    pub id: String,
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub description: String,
    pub attributes: Vec<Attribute>,
}

impl Schema {
    /// Returns the attribute with this name, in any letter case.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        find_in(&self.attributes, name)
    }

    /// Returns true if this extension extends a resource type. The last part of the URN decides (`…:User`, `…:Group`);
    /// extensions with any other URN extend users.
    #[must_use]
    pub fn extends(&self, kind: Kind) -> bool {
        let of_group = self.id.rsplit(':').next().is_some_and(|last| last.eq_ignore_ascii_case("Group"));
        self.id != USER && self.id != GROUP && of_group == (kind == Kind::Group)
    }
}

/// The schemas of a directory: core, enterprise, and the extensions that it declares.
#[derive(Debug, Clone)]
pub struct Schemas {
    /// All schemas, in the order of `/Schemas`.
    pub all: Vec<Schema>,
}

/// The result of validating a body.
#[derive(Debug, Clone, PartialEq)]
pub struct Accepted {
    /// The document without `id`, `meta`, `password`, `groups`, `members`, nulls and (for multi-valued) empty arrays.
    pub document: Object,
    /// The members of the group without duplicates, in order; `None` if the body does not contain `members`.
    pub members: Option<Vec<Member>>,
    /// Set if the body contained a password. It is not stored in any form.
    pub password_set: bool,
    /// The values that the mode dropped, one sentence each, for the log.
    pub dropped: Vec<String>,
}

/// The schema element that a path names.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Resolved<'a> {
    /// An extension as a whole.
    Extension(&'a Schema),
    /// An attribute, or a sub-attribute of it.
    Attribute {
        /// The extension that defines the attribute; `None` for core and common attributes.
        extension: Option<&'a Schema>,
        /// The attribute.
        attribute: &'a Attribute,
        /// The sub-attribute, if the path names one.
        sub: Option<&'a Attribute>,
    },
}

static STANDARD: LazyLock<Schemas> = LazyLock::new(|| Schemas {
    all: [include_str!("user.json"), include_str!("group.json"), include_str!("enterprise.json")]
        .into_iter()
        .map(embedded)
        .collect(),
});

/// `schemas`, `id`, `externalId` and `meta` (RFC 7643 section 3.1), which are in no schema.
static COMMON: LazyLock<Schema> = LazyLock::new(|| embedded(include_str!("common.json")));

/// The schemas of the discovery documents (RFC 7643 section 8.7.2), which `/Schemas` does not list.
static DISCOVERY: LazyLock<Vec<Schema>> = LazyLock::new(|| embedded(include_str!("discovery.json")));

fn embedded<T: serde::de::DeserializeOwned>(text: &str) -> T {
    serde_json::from_str(text).expect("invariant: the embedded definitions are valid, as the tests show")
}

fn find_in<'a>(attributes: &'a [Attribute], name: &str) -> Option<&'a Attribute> {
    attributes.iter().find(|attribute| attribute.name.eq_ignore_ascii_case(name))
}

impl Schemas {
    /// Returns core User and Group with the enterprise extension.
    #[must_use]
    pub fn standard() -> &'static Self {
        &STANDARD
    }

    /// Returns the core schema of a resource type.
    pub(crate) fn core(&self, kind: Kind) -> Option<&Schema> {
        self.all.iter().find(|schema| schema.id == kind.urn())
    }

    /// Iterates over the extensions of a resource type.
    pub fn extensions(&self, kind: Kind) -> impl Iterator<Item = &Schema> {
        self.all.iter().filter(move |schema| schema.extends(kind))
    }

    /// Returns the extension with this URN, in any letter case.
    pub(crate) fn extension(&self, kind: Kind, urn: &str) -> Option<&Schema> {
        self.extensions(kind).find(|schema| schema.id.eq_ignore_ascii_case(urn))
    }

    /// Returns the core or common attribute with this name.
    pub(crate) fn top(&self, kind: Kind, name: &str) -> Option<&Attribute> {
        self.core(kind).and_then(|core| core.attribute(name)).or_else(|| COMMON.attribute(name))
    }

    /// Resolves a path for a resource type. The path of an extension attribute must contain the URN.
    #[must_use]
    pub fn resolve(&self, kind: Kind, path: &AttrPath) -> Option<Resolved<'_>> {
        let (extension, attribute) = match &path.schema {
            None => (None, self.top(kind, &path.name)?),
            Some(urn) if urn.eq_ignore_ascii_case(kind.urn()) => (None, self.top(kind, &path.name)?),
            Some(urn) => match self.extension(kind, urn) {
                Some(extension) => (Some(extension), extension.attribute(&path.name)?),
                None => return self.extensions(kind).find(|schema| path.spells(&schema.id)).map(Resolved::Extension),
            },
        };
        let sub = match &path.sub {
            None => None,
            Some(sub) => Some(attribute.sub(sub)?),
        };
        Some(Resolved::Attribute { extension, attribute, sub })
    }

    /// Returns the attribute that a path names for a resource type, including common attributes (`id`, `externalId`, `meta`,
    /// `schemas`).
    #[must_use]
    pub fn find(&self, kind: Kind, path: &AttrPath) -> Option<&Attribute> {
        match self.resolve(kind, path)? {
            Resolved::Extension(_) => None,
            Resolved::Attribute { attribute, sub, .. } => Some(sub.unwrap_or(attribute)),
        }
    }
}

#[cfg(test)]
pub(in crate::scim) mod tests;

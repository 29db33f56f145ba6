//! Schema definitions as data (RFC 7643 section 7), and the judgement of documents by them.
//!
//! The same definitions are served at `/Schemas` and drive validation, filters and PATCH, so they can't disagree.

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

/// One attribute's definition. What a definition leaves out has the default of RFC 7643 section 2.2.
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

    /// The sub-attribute of this name, in any letter case.
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
    /// The attribute of this name, in any letter case.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        find_in(&self.attributes, name)
    }

    /// Whether this extension extends a resource type. The last part of the URN says so (`…:User`, `…:Group`); one
    /// that says neither extends users.
    #[must_use]
    pub fn extends(&self, kind: Kind) -> bool {
        let of_group = self.id.rsplit(':').next().is_some_and(|last| last.eq_ignore_ascii_case("Group"));
        self.id != USER && self.id != GROUP && of_group == (kind == Kind::Group)
    }
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

/// What a path names.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Resolved<'a> {
    /// The whole object of an extension.
    Extension(&'a Schema),
    /// An attribute, or a sub-attribute of it.
    Attribute {
        /// The extension whose object holds the attribute; none for core and common attributes.
        extension: Option<&'a Schema>,
        /// The attribute.
        attribute: &'a Attribute,
        /// Its sub-attribute, where the path has one.
        sub: Option<&'a Attribute>,
    },
}

static STANDARD: LazyLock<Schemas> = LazyLock::new(|| Schemas {
    all: [include_str!("user.json"), include_str!("group.json"), include_str!("enterprise.json")]
        .into_iter()
        .map(embedded)
        .collect(),
});

/// `schemas`, `id`, `externalId`, `meta` (RFC 7643 section 3.1), which no schema lists.
static COMMON: LazyLock<Schema> = LazyLock::new(|| embedded(include_str!("common.json")));

/// The schemas of the discovery documents themselves (RFC 7643 section 8.7.2), which no list shows.
static DISCOVERY: LazyLock<Vec<Schema>> = LazyLock::new(|| embedded(include_str!("discovery.json")));

fn embedded<T: serde::de::DeserializeOwned>(text: &str) -> T {
    serde_json::from_str(text).expect("invariant: the definitions that ship parse, as the tests show")
}

fn find_in<'a>(attributes: &'a [Attribute], name: &str) -> Option<&'a Attribute> {
    attributes.iter().find(|attribute| attribute.name.eq_ignore_ascii_case(name))
}

impl Schemas {
    /// Core User and Group with the enterprise extension.
    #[must_use]
    pub fn standard() -> &'static Self {
        &STANDARD
    }

    /// The core schema of a resource type.
    pub(crate) fn core(&self, kind: Kind) -> Option<&Schema> {
        self.all.iter().find(|schema| schema.id == kind.urn())
    }

    /// The extensions of a resource type.
    pub fn extensions(&self, kind: Kind) -> impl Iterator<Item = &Schema> {
        self.all.iter().filter(move |schema| schema.extends(kind))
    }

    /// The extension with this URN, in any letter case.
    pub(crate) fn extension(&self, kind: Kind, urn: &str) -> Option<&Schema> {
        self.extensions(kind).find(|schema| schema.id.eq_ignore_ascii_case(urn))
    }

    /// The core or common attribute of this name.
    pub(crate) fn top(&self, kind: Kind, name: &str) -> Option<&Attribute> {
        self.core(kind).and_then(|core| core.attribute(name)).or_else(|| COMMON.attribute(name))
    }

    /// What a path names for a resource type. An extension's attribute needs its URN.
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

    /// The attribute that a path names for a resource type; common attributes (`id`, `externalId`, `meta`, `schemas`)
    /// included.
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

//! PATCH (RFC 7644 section 3.5.2): parse, then apply to a document.
//!
//! What concerns a group's `members` is split off as edits, since members are rows and never part of the document.

use serde_json::Value;

use super::resource::{Kind, Member};
use super::{AttrPath, Filter, Object, Rules, Schemas, ScimError};

/// `add`, `replace` or `remove`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    Add,
    Replace,
    Remove,
}

/// `attr`, `attr.sub`, `attr[filter]`, `attr[filter].sub`, each with an optional URN.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    /// URN, attribute and, without a filter, its sub-attribute.
    pub attr: AttrPath,
    /// The value filter in brackets.
    pub filter: Option<Filter>,
    /// The sub-attribute after the brackets.
    pub sub: Option<String>,
}

/// One operation.
#[derive(Debug, Clone, PartialEq)]
pub struct Operation {
    pub op: Op,
    pub path: Option<Path>,
    pub value: Option<Value>,
}

/// What one operation does to a group's members.
#[derive(Debug, Clone, PartialEq)]
pub enum MembersEdit {
    /// Adds those that are not there.
    Add(Vec<Member>),
    /// Removes by id: `members[value eq "…"]`, or `remove members` with a `value` list.
    Remove(Vec<String>),
    /// Removes those that a filter selects (over `value`, `display`, `type`).
    RemoveWhere(Filter),
    /// Exactly these from now on.
    Replace(Vec<Member>),
}

/// A PATCH body that parsed; the edits of members apart from those of the document.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Patch {
    /// Operations on the document, in order.
    pub document: Vec<Operation>,
    /// Operations on `members`, in order.
    pub members: Vec<MembersEdit>,
    /// A password was among the values (validated, then dropped).
    pub password_set: bool,
    /// What the mode made the reference drop, one sentence each, for the log.
    pub dropped: Vec<String>,
}

impl Patch {
    /// Parses and judges a body: `schemas`, operations, paths (unknown path 400 `invalidPath`), values' types, `id` in
    /// a path-less value (ignored when it equals `id`, else 400 `mutability`).
    ///
    /// # Errors
    /// The SCIM error to answer with.
    pub fn parse(_body: &Object, _kind: Kind, _id: &str, _schemas: &Schemas, _rules: Rules) -> Result<Self, ScimError> {
        todo!()
    }

    /// Applies the operations on the document, all or none.
    ///
    /// # Errors
    /// 400 `noTarget`, `mutability` (also for removing a required attribute), `invalidValue`.
    pub fn apply(
        &self,
        _document: &Object,
        _kind: Kind,
        _schemas: &Schemas,
        _rules: Rules,
    ) -> Result<Object, ScimError> {
        todo!()
    }
}

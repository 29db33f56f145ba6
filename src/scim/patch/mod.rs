//! PATCH (RFC 7644 section 3.5.2): parsing, then application to a document.
//!
//! Operations on a group's `members` become separate edits, since members are stored as rows and not in the document.
//!
//! Decisions that the RFC leaves open:
//! - parsing splits path-less and complex values, so that each operation sets one attribute or sub-attribute; keys can be
//!   dotted (`name.givenName`), qualified with a URN, or contain a filter, as Entra sends them;
//! - `replace` of a missing attribute acts as `add`; a value of null or (multi-valued) `[]` unassigns the attribute;
//! - a filter that selects no value is `noTarget`, with two exceptions: removing a missing member succeeds, and in lenient
//!   mode `add`, and `replace` of a sub-attribute, create the value that a filter of equalities describes;
//! - `add` of a value whose `type` and `value` are already present merges it into the present value;
//! - values that become equal are merged after the last operation;
//! - `replace` with a filter replaces the selected values, and `add` with a filter merges into them;
//! - removing an extension's URN from `schemas` removes the extension; in lenient mode, `schemas` in a path-less value is
//!   ignored;
//! - `remove` with a `value` list removes only those values;
//! - an object is accepted in place of an array with one element.

use serde_json::Value;

use super::resource::Member;
use super::{AttrPath, Filter};

use super::ScimError;

mod apply;
mod destination;
mod effort;
mod elements;
mod members;
mod parse;
mod path;

/// The kind of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    Add,
    Replace,
    Remove,
}

/// A path: `attr`, `attr.sub`, `attr[filter]` or `attr[filter].sub`, each with an optional URN.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    /// The URN, the attribute and, without a filter, its sub-attribute.
    pub attr: AttrPath,
    /// The value filter in brackets.
    pub filter: Option<Filter>,
    /// The sub-attribute after the brackets.
    pub sub: Option<String>,
}

/// One operation. After parsing, each has a path and a validated value.
#[derive(Debug, Clone, PartialEq)]
pub struct Operation {
    /// The position in the request, counted from 0, for error messages.
    pub at: usize,
    pub op: Op,
    pub path: Option<Path>,
    pub value: Option<Value>,
}

/// Adds the position of the operation to an error message.
fn at_operation(at: usize, error: &ScimError) -> ScimError {
    ScimError { detail: format!("Operations[{at}]: {}", error.detail), ..*error }
}

/// A change to the members of a group.
#[derive(Debug, Clone, PartialEq)]
pub enum MembersEdit {
    /// Adds members that are missing.
    Add(Vec<Member>),
    /// Removes members by ID: `members[value eq "…"]`, or `remove members` with a `value` list.
    Remove(Vec<String>),
    /// Removes the members that a filter over `value`, `display` and `type` selects.
    RemoveWhere(Filter),
    /// Replaces all members.
    Replace(Vec<Member>),
}

/// A parsed PATCH, with the edits of members separate from those of the document.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Patch {
    /// The operations on the document, in order.
    pub document: Vec<Operation>,
    /// The operations on `members`, in order. Successive edits of one kind are combined.
    pub members: Vec<MembersEdit>,
    /// Set if the values contained a password. It is validated and not stored.
    pub password_set: bool,
    /// The values that the mode dropped, one sentence each, for the log.
    pub dropped: Vec<String>,
}

impl Patch {
    /// Returns the attributes of the document that the operations name.
    #[must_use]
    pub fn assigned(&self) -> Vec<AttrPath> {
        let paths = self.document.iter().filter_map(|operation| operation.path.as_ref());
        paths.map(|path| AttrPath { sub: path.sub.clone().or(path.attr.sub.clone()), ..path.attr.clone() }).collect()
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

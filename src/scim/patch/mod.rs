//! PATCH (RFC 7644 section 3.5.2): parse, then apply to a document.
//!
//! What concerns a group's `members` is split off as edits, since members are rows and never part of the document.
//!
//! Decisions where the RFC leaves room:
//! - parsing takes a path-less value and a complex value apart, so that each operation that is left names one attribute
//!   or sub-attribute; keys may be dotted (`name.givenName`), URN-qualified or carry a filter, as Entra sends them;
//! - `replace` of what is absent acts as `add`; with null or (multi-valued) `[]` it unassigns;
//! - a filter that selects nothing is `noTarget`, except for members: removing one who is not there succeeds; and in
//!   lenient mode `add` makes the value that the filter describes, where it is nothing but equalities;
//! - `add` of a value whose `type` and `value` are there already merges into that one;
//! - `replace` with a filter replaces the selected values, `add` with a filter merges into them;
//! - `schemas` lists what is there, so an extension that a PATCH takes from it goes; in lenient mode the `schemas` of a
//!   path-less value says nothing;
//! - `remove` with a `value` list removes those values only, never all;
//! - one object where a list is expected stands for a list of one.

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

/// One operation. After parsing, each has a path, and its value is judged.
#[derive(Debug, Clone, PartialEq)]
pub struct Operation {
    /// Its position in the request, from 0, for messages.
    pub at: usize,
    pub op: Op,
    pub path: Option<Path>,
    pub value: Option<Value>,
}

/// An error of the operation at a position of the request.
fn at_operation(at: usize, error: &ScimError) -> ScimError {
    ScimError { detail: format!("Operations[{at}]: {}", error.detail), ..*error }
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
    /// Operations on `members`, in order; neighbours of one kind are one edit.
    pub members: Vec<MembersEdit>,
    /// A password was among the values (validated, then dropped).
    pub password_set: bool,
    /// What the mode made the reference drop, one sentence each, for the log.
    pub dropped: Vec<String>,
}

impl Patch {
    /// The attributes of the document that the operations name.
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

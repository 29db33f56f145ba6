//! How a command changes the rows that it names.

use crate::scim::Object;
use crate::scim::patch::Patch;
use crate::scim::resource::{Kind, Member};

/// What a SCIM request asks of the store, parsed and judged.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// POST
    Create { kind: Kind, document: Object, members: Vec<Member> },
    /// PUT; a group that names no members has none from then on.
    Replace { kind: Kind, id: String, document: Object, members: Vec<Member> },
    /// PATCH
    Patch { kind: Kind, id: String, patch: Patch },
    /// DELETE
    Delete { kind: Kind, id: String },
}

/// What a command changed: member deltas, never member lists.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {}

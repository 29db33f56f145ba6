//! SCIM requests as commands.

use crate::scim::Object;
use crate::scim::patch::Patch;
use crate::scim::resource::{Kind, Member};

/// A write to one SCIM resource, parsed and validated.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// POST
    Create { kind: Kind, document: Object, members: Vec<Member> },
    /// PUT. A group whose body has no members ends up without any.
    Replace { kind: Kind, id: String, document: Object, members: Vec<Member> },
    /// PATCH
    Patch { kind: Kind, id: String, patch: Patch },
    /// DELETE
    Delete { kind: Kind, id: String },
}

impl Command {
    /// The resource type that the command writes to.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Create { kind, .. }
            | Self::Replace { kind, .. }
            | Self::Patch { kind, .. }
            | Self::Delete { kind, .. } => *kind,
        }
    }

    /// The SCIM ID of the resource; `None` for a create, which has none yet.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::Create { .. } => None,
            Self::Replace { id, .. } | Self::Patch { id, .. } | Self::Delete { id, .. } => Some(id),
        }
    }
}

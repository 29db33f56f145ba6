//! `attributes` and `excludedAttributes` (RFC 7644 section 3.9).

use super::resource::Kind;
use super::{AttrPath, Object, Schemas, ScimError};

/// Which attributes an answer carries.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Projection {
    /// All that are returned by default.
    #[default]
    Default,
    /// Only these, and those that are always returned.
    Only(Vec<AttrPath>),
    /// All but these.
    Without(Vec<AttrPath>),
}

impl Projection {
    /// From the two comma-separated parameters.
    ///
    /// # Errors
    /// 400 `invalidValue` when both are given or a path is malformed.
    pub fn parse(_attributes: Option<&str>, _excluded: Option<&str>) -> Result<Self, ScimError> {
        todo!()
    }

    /// Whether a top-level attribute is needed at all: a group is read without its members where it isn't.
    #[must_use]
    pub fn wants(&self, _name: &str) -> bool {
        todo!()
    }

    /// Takes out what is not to be shown.
    pub fn apply(&self, _document: &mut Object, _kind: Kind, _schemas: &Schemas) {
        todo!()
    }
}

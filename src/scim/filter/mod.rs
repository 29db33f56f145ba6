//! The filter language (RFC 7644 section 3.4.2.2): parser with bounds and byte positions, printer, evaluator.

use std::fmt;
use std::str::FromStr;

use serde_json::Value;

use super::resource::Kind;
use super::{AttrPath, Object, Schemas, ScimError};

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compare {
    Eq,
    Ne,
    Co,
    Sw,
    Ew,
    Gt,
    Ge,
    Lt,
    Le,
}

/// A parsed filter.
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    And(Box<Filter>, Box<Filter>),
    Or(Box<Filter>, Box<Filter>),
    Not(Box<Filter>),
    /// `path pr`
    Present(AttrPath),
    /// `path op value`; the value is a string, number, boolean or null.
    Compare(AttrPath, Compare, Value),
    /// `path[filter]`
    Has(AttrPath, Box<Filter>),
}

impl FromStr for Filter {
    type Err = ScimError;

    /// # Errors
    /// 400 `invalidFilter` whose detail says `at byte N`, counted from 0.
    fn from_str(_text: &str) -> Result<Self, Self::Err> {
        todo!()
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, _f: &mut fmt::Formatter<'_>) -> fmt::Result {
        todo!()
    }
}

impl Filter {
    /// Whether a document, as a client would see it, satisfies the filter. Case rules come from the schema.
    #[must_use]
    pub fn matches(&self, _document: &Object, _kind: Kind, _schemas: &Schemas) -> bool {
        todo!()
    }

    /// `Some((path, value))` for a filter that is one `path eq "value"`: what an index can answer.
    #[must_use]
    pub fn as_equality(&self) -> Option<(&AttrPath, &str)> {
        match self {
            Self::Compare(path, Compare::Eq, Value::String(value)) => Some((path, value)),
            _ => None,
        }
    }
}

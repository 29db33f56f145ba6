//! The filter language (RFC 7644 section 3.4.2.2): parsing with limits and byte positions, printing, validation and
//! evaluation. For searches through many documents, a filter is compiled ([`CompiledFilter`]), and it says which attributes
//! it reads ([`Reads`]) and which bytes a matching document contains ([`Prefilter`]).
//!
//! Decisions that the RFC leaves open:
//! - an attribute that is in no schema is compared without letter case, as `caseExact` false;
//! - `ne` is true for a resource without the attribute, and for a multi-valued attribute if one value differs;
//! - `eq null` is true if the attribute is unassigned, `ne null` if it is assigned; `pr` requires a value that is not empty;
//! - a multi-valued complex attribute without a sub-attribute is compared by its `value`;
//! - attributes that are computed for the response cannot be compared: `meta.location` is translated to `id`
//!   ([`Filter::by_location`]), and the `$ref` of members and groups is rejected;
//! - `[…]` cannot contain another `[…]` (erratum 4690), and nothing follows it (`emails[…].value eq` is not in the grammar).

use serde_json::Value;

use super::AttrPath;

mod compile;
mod eval;
mod location;
pub(crate) mod parse;
mod prefilter;
mod print;
mod reads;
mod validate;

pub use compile::CompiledFilter;
pub use eval::Evaluation;
pub use prefilter::Prefilter;
pub use reads::Reads;

/// A comparison operator.
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

impl Compare {
    /// All operators.
    pub const ALL: [Self; 9] =
        [Self::Eq, Self::Ne, Self::Co, Self::Sw, Self::Ew, Self::Gt, Self::Ge, Self::Lt, Self::Le];

    /// Returns the operator as it is written in filters.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Eq => "eq",
            Self::Ne => "ne",
            Self::Co => "co",
            Self::Sw => "sw",
            Self::Ew => "ew",
            Self::Gt => "gt",
            Self::Ge => "ge",
            Self::Lt => "lt",
            Self::Le => "le",
        }
    }
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

impl Filter {
    /// Returns the number of comparisons.
    #[must_use]
    pub fn terms(&self) -> usize {
        match self {
            Self::And(left, right) | Self::Or(left, right) => left.terms() + right.terms(),
            Self::Not(inner) | Self::Has(_, inner) => inner.terms(),
            Self::Present(_) | Self::Compare(..) => 1,
        }
    }

    /// Returns the path and value of a filter of the form `path eq "value"`, which an index can evaluate.
    #[must_use]
    pub fn as_equality(&self) -> Option<(&AttrPath, &str)> {
        match self {
            Self::Compare(path, Compare::Eq, Value::String(value)) => Some((path, value)),
            _ => None,
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;

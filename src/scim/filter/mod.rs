//! The filter language (RFC 7644 section 3.4.2.2): parser with bounds and byte positions, printer, judge, evaluator; what
//! a filter reads of a document and what its text must hold ([`Reads`], [`Prefilter`]), for those who judge many.
//!
//! Decisions where the RFC leaves room:
//! - an attribute that no schema knows compares without letter case, as `caseExact` false;
//! - `ne` holds for a resource without the attribute, and for a multi-valued one as soon as one value differs;
//! - `eq null` holds where nothing is assigned, `ne null` where something is; `pr` wants something that is not empty;
//! - a multi-valued complex attribute without a sub-attribute compares its `value`;
//! - what is made only when answering is not there to compare: `meta.location` goes by `id` ([`Filter::by_location`]), the
//!   `$ref` of members and groups is refused;
//! - `[…]` holds no further `[…]` (erratum 4690), and nothing follows it (`emails[…].value eq` is outside the grammar).

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

impl Compare {
    /// All of them.
    pub const ALL: [Self; 9] =
        [Self::Eq, Self::Ne, Self::Co, Self::Sw, Self::Ew, Self::Gt, Self::Ge, Self::Lt, Self::Le];

    /// The operator as it is written.
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
    /// How many comparisons it holds.
    #[must_use]
    pub fn terms(&self) -> usize {
        match self {
            Self::And(left, right) | Self::Or(left, right) => left.terms() + right.terms(),
            Self::Not(inner) | Self::Has(_, inner) => inner.terms(),
            Self::Present(_) | Self::Compare(..) => 1,
        }
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

#[cfg(test)]
pub(crate) mod tests;

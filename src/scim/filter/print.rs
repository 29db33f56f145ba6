//! Prints filters, with parentheses where the structure needs them.

use std::fmt;

use super::Filter;

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Or(left, right) => {
                write!(f, "{left} or ")?;
                grouped(right, matches!(**right, Self::Or(..)), f)
            }
            Self::And(left, right) => {
                grouped(left, matches!(**left, Self::Or(..)), f)?;
                f.write_str(" and ")?;
                grouped(right, matches!(**right, Self::Or(..) | Self::And(..)), f)
            }
            Self::Not(inner) => write!(f, "not ({inner})"),
            Self::Present(path) => write!(f, "{path} pr"),
            Self::Compare(path, compare, value) => write!(f, "{path} {} {value}", compare.as_str()),
            Self::Has(path, inner) => write!(f, "{path}[{inner}]"),
        }
    }
}

/// Prints an operand. Operators are left-associative, so the same operator on the right needs parentheses.
fn grouped(filter: &Filter, in_parentheses: bool, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if in_parentheses { write!(f, "({filter})") } else { write!(f, "{filter}") }
}

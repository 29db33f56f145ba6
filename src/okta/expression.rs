//! Okta expressions: the part of the Okta Expression Language that mappings, username formats and group rules use. Pure.
//!
//! `user.department == "Engineering" and user.city != "Oslo"`. [`Expression`] is parsed once; unknown functions and wrong
//! numbers of arguments are errors of the parser, so that evaluation cannot fail. Start reading at `parse.rs`.

mod error;
mod evaluate;
mod parse;
mod token;

pub use error::{ExpressionError, ExpressionErrorKind};
pub use evaluate::{Subject, Value};
pub use parse::Expression;

#[cfg(test)]
mod tests;

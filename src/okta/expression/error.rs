//! The errors of expressions.

/// An expression that Okta would not accept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the expression {text:?} is not valid at character {at}: {kind}")]
pub struct ExpressionError {
    pub text: String,
    /// The position, in characters from 1.
    pub at: usize,
    pub kind: ExpressionErrorKind,
}

/// The reason.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExpressionErrorKind {
    #[error("{0:?} is not expected here")]
    Unexpected(String),
    #[error("the expression ends here, but {0} is missing")]
    Missing(&'static str),
    #[error("a string begins here and does not end; close it with the same quotation mark")]
    OpenString,
    #[error("there is no function {name:?}; there are {}", known.join(", "))]
    UnknownFunction { name: String, known: Vec<&'static str> },
    #[error("{name} takes {expected}, but there are {found}")]
    Arguments { name: &'static str, expected: String, found: usize },
    #[error("{0:?} is not an attribute of a user; write user.NAME, such as user.department")]
    UnknownName(String),
    #[error("it is nested more deeply than {0} levels")]
    TooDeep(usize),
    #[error("it is longer than {0} bytes")]
    TooLong(usize),
}

//! The errors of expressions.

use std::fmt;

/// The number of characters of the expression that an error shows on each side of the mistake.
const SHOWN: usize = 40;

/// An expression that Okta would not accept. `Display` has three lines: the reason with the remedy, the expression, and a
/// mark below the mistake.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the expression is not valid at character {at}: {kind}\n{}", Excerpt(self))]
pub struct ExpressionError {
    pub text: String,
    /// The position, in characters from 1.
    pub at: usize,
    pub kind: ExpressionErrorKind,
}

/// The reason, with the remedy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExpressionErrorKind {
    #[error("{found:?} is not expected here; {}", remedy(found, expected))]
    Unexpected { found: String, expected: &'static str },
    #[error("the expression ends here, but {0} is missing")]
    Missing(&'static str),
    #[error("a string begins here and does not end; close it with the same quotation mark")]
    OpenString,
    /// `hint` is the function that was probably meant, or the list of all.
    #[error("there is no function {name:?}; {hint}")]
    UnknownFunction { name: String, hint: String },
    #[error("{} takes {expected}, but there are {found}; write {usage}", usage.split('(').next().unwrap_or_default())]
    Arguments { usage: &'static str, expected: String, found: usize },
    #[error("{0:?} is not an attribute of a user; write user.NAME, such as user.department")]
    UnknownName(String),
    #[error("it is nested more deeply than {0} levels; split it, for example into two mapping rows")]
    TooDeep(usize),
    #[error("it is longer than {0} bytes; shorten it")]
    TooLong(usize),
}

/// The operator that is missing between two values.
pub(super) const OPERATOR: &str = "an operator";

/// Returns what to write instead of a word or sign.
fn remedy(found: &str, expected: &str) -> String {
    match found {
        "=" => "write == to compare two values".to_owned(),
        "&" => "write and".to_owned(),
        "|" => "write or".to_owned(),
        "<" | ">" => "values can be compared with == and !=".to_owned(),
        "-" | "*" | "/" | "%" => "values can be joined with +".to_owned(),
        "\u{201c}" | "\u{201d}" | "\u{201e}" | "\u{2018}" | "\u{2019}" | "`" => {
            "write a string in straight quotation marks, such as \"text\"".to_owned()
        }
        "[" | "]" => "write a list in braces, such as {\"a\", \"b\"}".to_owned(),
        _ if expected == OPERATOR => "join two values with +, or compare them with == or !=".to_owned(),
        _ => format!("{expected} must be here"),
    }
}

/// The expression, and a mark below the mistake.
struct Excerpt<'a>(&'a ExpressionError);

impl fmt::Display for Excerpt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (at, from) = (self.0.at.saturating_sub(1), self.0.at.saturating_sub(1 + SHOWN));
        let visible = |c: char| if c.is_whitespace() { ' ' } else { c };
        let shown: String = self.0.text.chars().skip(from).take(at - from + SHOWN).map(visible).collect();
        let before = if from > 0 { "…" } else { "" };
        let after = if self.0.text.chars().count() > at + SHOWN { "…" } else { "" };
        writeln!(f, "    {before}{shown}{after}")?;
        write!(f, "    {}^", " ".repeat(at - from + before.chars().count()))
    }
}

//! Splits an expression into tokens.

use super::error::ExpressionErrorKind;

/// One token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    Text(String),
    Number(i64),
    /// A name, with dots if there are any: `user.department`, `String.len`.
    Name(String),
    /// An operator or a bracket.
    Sign(&'static str),
}

/// All operators and brackets, long ones first.
const SIGNS: [&str; 15] = ["==", "!=", "&&", "||", "+", "?", ":", "!", "(", ")", "{", "}", ",", "[", "]"];

fn unexpected(found: &str) -> ExpressionErrorKind {
    ExpressionErrorKind::Unexpected { found: found.to_owned(), expected: "a value or an operator" }
}

/// Returns the tokens with the byte position of each.
pub(super) fn tokens(text: &str) -> Result<Vec<(usize, Token)>, (usize, ExpressionErrorKind)> {
    let mut tokens = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start();
        let at = text.len() - rest.len();
        let Some(first) = rest.chars().next() else { return Ok(tokens) };
        let (token, length) = match first {
            '"' | '\'' => {
                let body = rest.get(1..).unwrap_or_default();
                let end = body.find(first).ok_or((at, ExpressionErrorKind::OpenString))?;
                (Token::Text(body.get(..end).unwrap_or_default().to_owned()), end + 2)
            }
            '0'..='9' => {
                let length = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
                let digits = rest.get(..length).unwrap_or_default();
                let number = digits.parse();
                (Token::Number(number.map_err(|_| (at, unexpected(digits)))?), length)
            }
            c if c.is_alphabetic() || c == '_' => {
                let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.');
                let length = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
                (Token::Name(rest.get(..length).unwrap_or_default().to_owned()), length)
            }
            other => {
                let sign = SIGNS.into_iter().find(|sign| rest.starts_with(sign));
                let sign = sign.ok_or_else(|| (at, unexpected(&other.to_string())))?;
                (Token::Sign(sign), sign.len())
            }
        };
        tokens.push((at, token));
        rest = rest.get(length..).unwrap_or_default();
    }
}

//! Parses filters by recursive descent: `or`, then `and`, then `not`, groups and comparisons.

use std::str::FromStr;

use serde_json::Value;

use super::{Compare, Filter};
use crate::base::limits;
use crate::scim::{AttrPath, ScimError, number};

impl FromStr for Filter {
    type Err = ScimError;

    /// # Errors
    /// 400 `invalidFilter`; the detail contains the byte position, counted from 0.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parser = Parser::new(text, 0)?;
        let filter = parser.or()?;
        parser.spaces();
        if parser.at < text.len() {
            return Err(parser.fail("expected the end of the filter, `and` or `or`"));
        }
        Ok(filter)
    }
}

/// Parses the `[…]` that starts at byte `at` of a PATCH path. Returns the filter and the position after the bracket.
///
/// # Errors
/// As for a filter; positions are counted from the beginning of the path.
pub(crate) fn bracketed(text: &str, at: usize) -> Result<(Filter, usize), ScimError> {
    let mut parser = Parser::new(text, at)?;
    let filter = parser.value_filter()?;
    Ok((filter, parser.at))
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    terms: usize,
    in_brackets: bool,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str, at: usize) -> Result<Self, ScimError> {
        let parser = Self { text, at, depth: 0, terms: 0, in_brackets: false };
        if text.len() > limits::FILTER_BYTES {
            let parser = Self { at: limits::FILTER_BYTES, ..parser };
            return Err(parser.fail(&format!("the filter is longer than {} bytes", limits::FILTER_BYTES)));
        }
        Ok(parser)
    }

    fn fail(&self, why: &str) -> ScimError {
        self.fail_at(self.at, why)
    }

    fn fail_at(&self, at: usize, why: &str) -> ScimError {
        let rest = self.text.get(at..).unwrap_or_default();
        let mut near: String = rest.chars().take(24).collect();
        if near.len() < rest.len() {
            near.push('…');
        }
        let near = if rest.is_empty() { "the end".to_owned() } else { format!("{near:?}") };
        ScimError::invalid_filter(format!("{why}, at byte {at} ({near})"))
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn spaces(&mut self) -> bool {
        let before = self.at;
        while self.peek() == Some(b' ') {
            self.at += 1;
        }
        self.at > before
    }

    /// Returns the characters up to a space, bracket, parenthesis or quote.
    fn word(&self) -> &'a str {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let end =
            rest.find(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | '[' | ']' | '"')).unwrap_or(rest.len());
        rest.get(..end).unwrap_or_default()
    }

    /// Consumes `word`, in any letter case, if it is the next word.
    fn keyword(&mut self, word: &str) -> bool {
        let found = self.word().eq_ignore_ascii_case(word);
        if found {
            self.at += word.len();
        }
        found
    }

    fn nested<T>(&mut self, inner: impl FnOnce(&mut Self) -> Result<T, ScimError>) -> Result<T, ScimError> {
        self.depth += 1;
        if self.depth > limits::FILTER_DEPTH {
            return Err(self.fail(&format!("the filter nests deeper than {} levels", limits::FILTER_DEPTH)));
        }
        let result = inner(self);
        self.depth -= 1;
        result
    }

    fn or(&mut self) -> Result<Filter, ScimError> {
        let mut left = self.and()?;
        while self.operator("or")? {
            left = Filter::Or(Box::new(left), Box::new(self.and()?));
        }
        Ok(left)
    }

    fn and(&mut self) -> Result<Filter, ScimError> {
        let mut left = self.unary()?;
        while self.operator("and")? {
            left = Filter::And(Box::new(left), Box::new(self.unary()?));
        }
        Ok(left)
    }

    /// Consumes `and` or `or` between spaces, or nothing.
    fn operator(&mut self, word: &str) -> Result<bool, ScimError> {
        let before = self.at;
        let apart = self.spaces();
        if !self.keyword(word) {
            self.at = before;
            return Ok(false);
        }
        if !apart {
            return Err(self.fail_at(before, &format!("expected a space before `{word}`")));
        }
        if self.peek() != Some(b' ') {
            return Err(self.fail(&format!("expected a space and an expression after `{word}`")));
        }
        Ok(true)
    }

    fn unary(&mut self) -> Result<Filter, ScimError> {
        self.spaces();
        let start = self.at;
        if self.keyword("not") {
            self.spaces();
            if self.peek() != Some(b'(') {
                return Err(self.fail_at(start, "expected an expression in parentheses after `not`"));
            }
            return Ok(Filter::Not(Box::new(self.group()?)));
        }
        if self.peek() == Some(b'(') { self.group() } else { self.comparison() }
    }

    fn group(&mut self) -> Result<Filter, ScimError> {
        let start = self.at;
        self.at += 1;
        let inner = self.nested(Self::or)?;
        self.spaces();
        if self.peek() != Some(b')') {
            return Err(self.fail(&format!("expected `)` for the parenthesis at byte {start}")));
        }
        self.at += 1;
        Ok(inner)
    }

    fn comparison(&mut self) -> Result<Filter, ScimError> {
        let start = self.at;
        let word = self.word();
        if word.is_empty() {
            return Err(self.fail("expected an attribute"));
        }
        let path: AttrPath = word.parse().map_err(|_| {
            self.fail_at(start, &format!("{:?} is not an attribute", word.chars().take(60).collect::<String>()))
        })?;
        self.at += word.len();
        if self.peek() == Some(b'[') {
            return Ok(Filter::Has(path, Box::new(self.value_filter()?)));
        }
        self.terms += 1;
        if self.terms > limits::FILTER_TERMS_MOST {
            return Err(self
                .fail_at(start, &format!("the filter contains more than {} comparisons", limits::FILTER_TERMS_MOST)));
        }
        if !self.spaces() {
            return Err(self.fail("expected a space and an operator"));
        }
        let operator_at = self.at;
        let operator = self.word();
        if operator.eq_ignore_ascii_case("pr") {
            self.at += operator.len();
            return Ok(Filter::Present(path));
        }
        let Some(compare) = Compare::ALL.into_iter().find(|known| operator.eq_ignore_ascii_case(known.as_str())) else {
            return Err(self.fail_at(operator_at, "expected one of eq, ne, co, sw, ew, pr, gt, ge, lt and le"));
        };
        self.at += operator.len();
        if !self.spaces() {
            return Err(self.fail(&format!("expected a space and a value after `{}`", compare.as_str())));
        }
        let value = self.value()?;
        Ok(Filter::Compare(path, compare, value))
    }

    /// Parses `[filter]`, starting at the bracket.
    fn value_filter(&mut self) -> Result<Filter, ScimError> {
        let start = self.at;
        if self.in_brackets {
            return Err(self.fail("a filter in brackets cannot contain other brackets"));
        }
        self.at += 1;
        self.in_brackets = true;
        let inner = self.nested(Self::or)?;
        self.in_brackets = false;
        self.spaces();
        if self.peek() != Some(b']') {
            return Err(self.fail(&format!("expected `]` for the bracket at byte {start}")));
        }
        self.at += 1;
        Ok(inner)
    }

    /// Parses a JSON string, number, `true`, `false` or `null`.
    fn value(&mut self) -> Result<Value, ScimError> {
        let start = self.at;
        let literal = if self.peek() == Some(b'"') { self.quoted()? } else { self.word() };
        let value = serde_json::from_str::<Value>(literal).ok().filter(|value| !value.is_array() && !value.is_object());
        let Some(value) = value else {
            let why = if literal.starts_with('"') {
                "the string is malformed; strings have the form of JSON strings"
            } else {
                "expected a value: a string in double quotes, a number, true, false or null"
            };
            return Err(self.fail_at(start, why));
        };
        if value.is_number() && !number::is_exact(literal) {
            return Err(self.fail_at(start, &number::refusal(literal)));
        }
        self.at += literal.len();
        Ok(value)
    }

    /// Returns the literal, including its quotes.
    fn quoted(&self) -> Result<&'a str, ScimError> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let mut escaped = false;
        for (offset, byte) in rest.bytes().enumerate().skip(1) {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => return Ok(rest.get(..=offset).unwrap_or_default()),
                _ => {}
            }
        }
        Err(self.fail("the string has no closing quote"))
    }
}

//! What the text of a document must hold if the document satisfies a filter. Searching for that is many times faster than
//! parsing; what is found still has to be judged.
//!
//! It is sound for documents as [`serde_json::to_string`] writes them: names and values stand there as they are, but for
//! quotes, backslashes and control characters, which nothing here searches for.

use regex::bytes::{Regex, RegexBuilder};
use serde_json::Value;

use super::eval::{in_element, place};
use super::{Compare, Filter};
use crate::scim::Schemas;
use crate::scim::resource::Kind;
use crate::scim::schema::{Attribute, Type};

/// A condition on the bytes of a document.
#[derive(Debug, Clone)]
pub enum Needed {
    /// Nothing is known.
    Nothing,
    /// These bytes, in any letter case.
    Bytes {
        search: Regex,
        /// Characters beyond ASCII may stand for them, as wide letters do for plain ones.
        or_folded: bool,
    },
    All(Vec<Needed>),
    Any(Vec<Needed>),
}

impl Needed {
    /// Whether a document of this text can satisfy the filter.
    #[must_use]
    pub fn may_hold(&self, document: &[u8]) -> bool {
        match self {
            Self::Nothing => true,
            Self::Bytes { search, or_folded } => search.is_match(document) || *or_folded && !document.is_ascii(),
            Self::All(all) => all.iter().all(|needed| needed.may_hold(document)),
            Self::Any(any) => any.iter().any(|needed| needed.may_hold(document)),
        }
    }

    fn bytes(text: &str, or_folded: bool) -> Self {
        let mut pattern = RegexBuilder::new(&regex::escape(text));
        // A pattern that grows too large to be built is nothing to search for.
        match pattern.case_insensitive(true).unicode(false).build() {
            Ok(search) => Self::Bytes { search, or_folded },
            Err(_) => Self::Nothing,
        }
    }

    /// A name, as a key stands in JSON.
    fn key(name: &str) -> Self {
        if is_plain(name) { Self::bytes(&format!("\"{name}\""), false) } else { Self::Nothing }
    }

    fn all(needed: impl IntoIterator<Item = Self>) -> Self {
        let mut known: Vec<Self> = needed.into_iter().filter(|needed| !matches!(needed, Self::Nothing)).collect();
        if known.len() > 1 { Self::All(known) } else { known.pop().unwrap_or(Self::Nothing) }
    }

    fn any(one: Self, other: Self) -> Self {
        match (one, other) {
            (Self::Nothing, _) | (_, Self::Nothing) => Self::Nothing,
            (one, other) => Self::Any(vec![one, other]),
        }
    }
}

/// Whether a text stands in JSON byte for byte.
fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\')
}

impl Filter {
    /// What a document's text must hold. `kept_apart`: the top-level attributes that the document does not hold
    /// itself.
    #[must_use]
    pub fn needed(&self, kind: Kind, schemas: &Schemas, kept_apart: &[&str]) -> Needed {
        match self {
            Self::And(one, other) => {
                Needed::all([one.needed(kind, schemas, kept_apart), other.needed(kind, schemas, kept_apart)])
            }
            Self::Or(one, other) => {
                Needed::any(one.needed(kind, schemas, kept_apart), other.needed(kind, schemas, kept_apart))
            }
            Self::Not(_) => Needed::Nothing,
            Self::Present(path) | Self::Compare(path, ..) | Self::Has(path, _) => {
                let place = place(path, kind, schemas);
                let name = place.top();
                if kept_apart.iter().any(|apart| apart.eq_ignore_ascii_case(name)) || self.holds_for_nothing() {
                    return Needed::Nothing;
                }
                let within = match self {
                    Self::Compare(_, compare, value) => value_text(place.rule, *compare, value),
                    Self::Has(_, inner) => inner.needed_in_element(place.attribute),
                    _ => Needed::Nothing,
                };
                Needed::all([within, Needed::key(name)])
            }
        }
    }

    /// The same within brackets. (A value that is no object answers to the name `value`, so that names are no help.)
    fn needed_in_element(&self, parent: Option<&Attribute>) -> Needed {
        match self {
            Self::And(one, other) => Needed::all([one.needed_in_element(parent), other.needed_in_element(parent)]),
            Self::Or(one, other) => Needed::any(one.needed_in_element(parent), other.needed_in_element(parent)),
            Self::Compare(path, compare, value) if !self.holds_for_nothing() => {
                value_text(in_element(path, parent).1, *compare, value)
            }
            _ => Needed::Nothing,
        }
    }

    /// Whether it is a comparison that holds where nothing is assigned.
    const fn holds_for_nothing(&self) -> bool {
        matches!(self, Self::Compare(_, Compare::Ne, _) | Self::Compare(_, Compare::Eq, Value::Null))
    }
}

/// What the value that is compared must hold.
fn value_text(rule: Option<&Attribute>, compare: Compare, operand: &Value) -> Needed {
    let ordered = matches!(compare, Compare::Gt | Compare::Ge | Compare::Lt | Compare::Le);
    match operand {
        Value::Bool(operand) => Needed::bytes(if *operand { "true" } else { "false" }, false),
        // Two texts may name one moment.
        Value::String(_) if compare == Compare::Eq && rule.is_some_and(|rule| rule.r#type == Type::DateTime) => {
            Needed::Nothing
        }
        Value::String(text) if !ordered && is_plain(text) => {
            Needed::bytes(text, !rule.is_some_and(|rule| rule.case_exact))
        }
        _ => Needed::Nothing,
    }
}

#[cfg(test)]
mod tests;

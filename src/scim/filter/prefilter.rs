//! A necessary condition on the text of a document: the bytes that it contains if it satisfies a filter. Searching for
//! bytes is many times faster than parsing. Documents that pass still have to be evaluated.
//!
//! The condition is sound for documents that [`serde_json::to_string`] wrote. It escapes only quotes, backslashes and
//! control characters, and a prefilter never searches for those.

use regex::bytes::{Regex, RegexBuilder};
use serde_json::Value;

use super::compile::{in_element, resolve_path};
use super::{Compare, Filter};
use crate::scim::Schemas;
use crate::scim::resource::Kind;
use crate::scim::schema::{Attribute, Type};

/// A condition on the bytes of a document.
#[derive(Debug, Clone)]
pub enum Prefilter {
    /// Every document passes.
    Always,
    /// The document contains these bytes, in any letter case.
    Bytes {
        search: Regex,
        /// Documents with non-ASCII characters pass too: full-width letters equal ordinary ones, for example.
        or_folded: bool,
    },
    All(Vec<Prefilter>),
    Any(Vec<Prefilter>),
}

impl Prefilter {
    /// Returns true if a document with this text can satisfy the filter.
    #[must_use]
    pub fn may_match(&self, document: &[u8]) -> bool {
        match self {
            Self::Always => true,
            Self::Bytes { search, or_folded } => search.is_match(document) || *or_folded && !document.is_ascii(),
            Self::All(all) => all.iter().all(|needed| needed.may_match(document)),
            Self::Any(any) => any.iter().any(|needed| needed.may_match(document)),
        }
    }

    fn bytes(text: &str, or_folded: bool) -> Self {
        let mut pattern = RegexBuilder::new(&regex::escape(text));
        // If the pattern is too large for a regex, every document passes.
        match pattern.case_insensitive(true).unicode(false).build() {
            Ok(search) => Self::Bytes { search, or_folded },
            Err(_) => Self::Always,
        }
    }

    /// Searches for a name as a JSON key.
    fn key(name: &str) -> Self {
        if is_plain(name) { Self::bytes(&format!("\"{name}\""), false) } else { Self::Always }
    }

    fn all(needed: impl IntoIterator<Item = Self>) -> Self {
        let mut known: Vec<Self> = needed.into_iter().filter(|needed| !matches!(needed, Self::Always)).collect();
        if known.len() > 1 { Self::All(known) } else { known.pop().unwrap_or(Self::Always) }
    }

    fn any(one: Self, other: Self) -> Self {
        match (one, other) {
            (Self::Always, _) | (_, Self::Always) => Self::Always,
            (one, other) => Self::Any(vec![one, other]),
        }
    }
}

/// Returns true for a text that JSON contains without escapes.
fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\')
}

impl Filter {
    /// Returns the condition on the text of a document. `kept_apart` names the top-level attributes that are stored outside
    /// the document.
    #[must_use]
    pub fn prefilter(&self, kind: Kind, schemas: &Schemas, kept_apart: &[&str]) -> Prefilter {
        match self {
            Self::And(one, other) => {
                Prefilter::all([one.prefilter(kind, schemas, kept_apart), other.prefilter(kind, schemas, kept_apart)])
            }
            Self::Or(one, other) => {
                Prefilter::any(one.prefilter(kind, schemas, kept_apart), other.prefilter(kind, schemas, kept_apart))
            }
            Self::Not(_) => Prefilter::Always,
            Self::Present(path) | Self::Compare(path, ..) | Self::Has(path, _) => {
                let resolved = resolve_path(path, kind, schemas);
                let name = resolved.top();
                if kept_apart.iter().any(|apart| apart.eq_ignore_ascii_case(name)) || self.matches_unassigned() {
                    return Prefilter::Always;
                }
                let within = match self {
                    Self::Compare(_, compare, value) => value_text(resolved.rule, *compare, value),
                    Self::Has(_, inner) => inner.prefilter_in_element(resolved.attribute),
                    _ => Prefilter::Always,
                };
                Prefilter::all([within, Prefilter::key(name)])
            }
        }
    }

    /// Returns the condition for a filter in brackets. Names are not searched for: a simple value is called `value` in
    /// brackets, but has no key.
    fn prefilter_in_element(&self, parent: Option<&Attribute>) -> Prefilter {
        match self {
            Self::And(one, other) => {
                Prefilter::all([one.prefilter_in_element(parent), other.prefilter_in_element(parent)])
            }
            Self::Or(one, other) => {
                Prefilter::any(one.prefilter_in_element(parent), other.prefilter_in_element(parent))
            }
            Self::Compare(path, compare, value) if !self.matches_unassigned() => {
                value_text(in_element(path, parent).1, *compare, value)
            }
            _ => Prefilter::Always,
        }
    }

    /// Returns true for a comparison that an unassigned attribute satisfies.
    const fn matches_unassigned(&self) -> bool {
        matches!(self, Self::Compare(_, Compare::Ne, _) | Self::Compare(_, Compare::Eq, Value::Null))
    }
}

/// Returns the condition on the compared value.
fn value_text(rule: Option<&Attribute>, compare: Compare, operand: &Value) -> Prefilter {
    let ordered = matches!(compare, Compare::Gt | Compare::Ge | Compare::Lt | Compare::Le);
    match operand {
        Value::Bool(operand) => Prefilter::bytes(if *operand { "true" } else { "false" }, false),
        // Different texts can mean the same time.
        Value::String(_) if compare == Compare::Eq && rule.is_some_and(|rule| rule.r#type == Type::DateTime) => {
            Prefilter::Always
        }
        Value::String(text) if !ordered && is_plain(text) => {
            Prefilter::bytes(text, !rule.is_some_and(|rule| rule.case_exact))
        }
        _ => Prefilter::Always,
    }
}

#[cfg(test)]
mod tests;

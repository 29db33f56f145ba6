//! Attribute paths: `name`, `name.sub`, `urn:…:User:name.sub` (RFC 7644 section 3.10). Names and URNs are
//! compared without letter case.
//!
//! The URN of a schema is a valid path, too: `schema` is then everything before its last colon. URNs and paths look alike,
//! so only [`Schemas::resolve`](super::Schemas::resolve) can distinguish them.

use std::fmt;
use std::str::FromStr;

use serde_json::Value;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use super::{Object, ScimError};

/// A parsed attribute path.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AttrPath {
    /// The schema URN before the name, as sent.
    pub schema: Option<String>,
    /// The name of the attribute, as sent.
    pub name: String,
    /// The name of the sub-attribute, as sent.
    pub sub: Option<String>,
}

impl AttrPath {
    /// Creates a path from a name alone.
    pub fn named(name: impl Into<String>) -> Self {
        Self { schema: None, name: name.into(), sub: None }
    }

    /// Returns true if both paths are equal without letter case.
    #[must_use]
    pub fn same_as(&self, other: &Self) -> bool {
        let same = |a: Option<&str>, b: Option<&str>| match (a, b) {
            (Some(a), Some(b)) => a.eq_ignore_ascii_case(b),
            (None, None) => true,
            _ => false,
        };
        self.name.eq_ignore_ascii_case(&other.name)
            && same(self.sub.as_deref(), other.sub.as_deref())
            && same(self.schema.as_deref(), other.schema.as_deref())
    }

    /// Returns true if the path as a whole is this URN.
    #[must_use]
    pub fn spells(&self, urn: &str) -> bool {
        let Some(schema) = &self.schema else { return false };
        let rest = urn.get(..schema.len()).filter(|head| head.eq_ignore_ascii_case(schema));
        let Some(rest) = rest.and_then(|_| urn.get(schema.len()..)).and_then(|rest| rest.strip_prefix(':')) else {
            return false;
        };
        match &self.sub {
            None => rest.eq_ignore_ascii_case(&self.name),
            Some(sub) => rest
                .split_once('.')
                .is_some_and(|(name, tail)| name.eq_ignore_ascii_case(&self.name) && tail.eq_ignore_ascii_case(sub)),
        }
    }
}

impl FromStr for AttrPath {
    type Err = ScimError;

    /// # Errors
    /// 400 `invalidPath`, with the text in its detail.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bad = |why: &str| {
            let shown: String = text.chars().take(200).collect();
            ScimError::invalid_path(format!(
                "{shown:?} is not an attribute path: {why}; use name, name.sub or urn:…:name.sub"
            ))
        };
        let (schema, rest) = match text.rsplit_once(':') {
            Some((schema, rest)) if is_uri(schema) => (Some(schema), rest),
            Some(_) => return Err(bad("the text before the last colon is not a schema URN")),
            None => (None, text),
        };
        let (name, sub) = rest.split_once('.').map_or((rest, None), |(name, sub)| (name, Some(sub)));
        // After a URN, the name may be the last part of a longer URN, such as `2.0`.
        let fits = |part: &str| if schema.is_some() { is_name_in_urn(part) } else { is_name(part) };
        if name.is_empty() {
            return Err(bad("the attribute name is missing"));
        }
        if !fits(name) || sub.is_some_and(|sub| !fits(sub)) {
            return Err(bad("a name starts with a letter and contains only letters, digits, '-' and '_'"));
        }
        Ok(Self { schema: schema.map(str::to_owned), name: name.to_owned(), sub: sub.map(str::to_owned) })
    }
}

impl fmt::Display for AttrPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(schema) = &self.schema {
            write!(f, "{schema}:")?;
        }
        f.write_str(&self.name)?;
        match &self.sub {
            Some(sub) => write!(f, ".{sub}"),
            None => Ok(()),
        }
    }
}

/// Returns true for an attribute name (RFC 7643 section 2.1), and for `$ref`.
#[must_use]
pub fn is_name(text: &str) -> bool {
    let rest = text.strip_prefix('$').unwrap_or(text);
    rest.starts_with(|first: char| first.is_ascii_alphabetic()) && rest.chars().all(is_name_char)
}

fn is_name_in_urn(text: &str) -> bool {
    let rest = text.strip_prefix('$').unwrap_or(text);
    !rest.is_empty() && rest.chars().all(is_name_char)
}

fn is_name_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-' || c == '_'
}

/// Returns true for a URI, usually a URN: a scheme, a colon, and only URI characters that are not punctuation of filters
/// and paths.
fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let plain = |c: char| {
        c.is_ascii_graphic()
            && !matches!(c, '[' | ']' | '(' | ')' | '"' | ',' | '<' | '>' | '\\' | '^' | '`' | '{' | '|' | '}')
    };
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
        && !rest.is_empty()
        && rest.chars().all(plain)
}

/// Folds a string for comparison without letter case (`caseExact` false), following the case-mapped profile of PRECIS
/// (RFC 8265 section 3.3), which RFC 7644 section 5 requires for userName. Full-width and half-width characters equal
/// the ordinary ones, and a precomposed accent equals a combining one.
#[must_use]
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let mut folded = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            // Full and half width.
            '\u{3000}' | '\u{ff00}'..='\u{ffef}' => folded.extend(std::iter::once(c).nfkc().flat_map(lower_case)),
            c => folded.extend(lower_case(c)),
        }
    }
    if is_nfc_quick(folded.chars()) == IsNormalized::Yes { folded } else { folded.nfc().collect() }
}

/// Maps a character to lower case without regard to its neighbors. Final sigma becomes the ordinary one: whether a sigma
/// is final changes with the text after it, so keeping them apart would hide "ΟΔΟΣ" from a search for its beginning.
fn lower_case(c: char) -> impl Iterator<Item = char> {
    c.to_lowercase().map(|c| if c == 'ς' { 'σ' } else { c })
}

/// Returns the value of an attribute, whatever the letter case of its name.
#[must_use]
pub fn get<'a>(object: &'a Object, name: &str) -> Option<&'a Value> {
    object.get(name).or_else(|| object.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value))
}

/// Returns the key of an attribute as it is spelled in the object.
#[must_use]
pub fn key_of<'a>(object: &'a Object, name: &str) -> Option<&'a str> {
    if let Some((key, _)) = object.get_key_value(name) {
        return Some(key);
    }
    object.keys().find(|key| key.eq_ignore_ascii_case(name)).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn path(text: &str) -> AttrPath {
        text.parse().unwrap()
    }

    #[test]
    fn a_path_splits_at_the_last_colon_and_the_dot() {
        let manager = path("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value");
        assert_eq!(manager.schema.as_deref(), Some("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"));
        assert_eq!((manager.name.as_str(), manager.sub.as_deref()), ("manager", Some("value")));
        assert_eq!(path("groups.$ref").sub.as_deref(), Some("$ref"));
        assert_eq!(path("cost-center_2").name, "cost-center_2");
    }

    #[test]
    fn a_urn_is_recognized_even_if_it_ends_in_a_version() {
        assert!(
            path("URN:ietf:params:scim:schemas:extension:enterprise:2.0:user").spells(crate::scim::schema::ENTERPRISE)
        );
        assert!(path("urn:example:thing:1.0").spells("urn:example:thing:1.0"));
        assert!(!path("urn:example:thing:1.0").spells("urn:example:thing:1.1"));
        assert!(!path("userName").spells("userName"));
    }

    #[test]
    fn texts_that_differ_only_in_case_width_or_composition_fold_to_the_same() {
        for (one, other) in [
            ("Ann", "aNN"),
            ("\u{e9}", "E\u{301}"),
            ("\u{ff21}nn\u{ff20}x", "ann@x"),
            ("\u{c4}pfel", "a\u{308}PFEL"),
            ("\u{39f}\u{394}\u{39f}\u{3a3}", "\u{3bf}\u{3b4}\u{3bf}\u{3c2}"),
        ] {
            assert_eq!(fold(one), fold(other), "{one} {other}");
        }
        assert_eq!(fold("\u{3a3}"), "\u{3c3}");
        assert_ne!(fold("\u{e9}"), fold("e"));
        assert_ne!(fold("stra\u{df}e"), fold("strasse"));
    }

    #[test]
    fn invalid_paths_are_rejected() {
        for text in
            ["", ".", "a.", ".a", "a.b.c", "/name/givenName", "1a", "a b", "emails[0]", "x:y", "urn:", "urn:x:", "é"]
        {
            let error = text.parse::<AttrPath>().unwrap_err();
            assert_eq!(error.scim_type, Some(crate::scim::ScimType::InvalidPath), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn a_printed_path_parses_to_itself(
            schema in proptest::option::of("urn(:[a-z0-9][a-z0-9.]{0,5}){1,4}"),
            name in "[A-Za-z$]?[A-Za-z][A-Za-z0-9_-]{0,8}",
            sub in proptest::option::of("[A-Za-z][A-Za-z0-9_-]{0,8}"),
        ) {
            prop_assume!(is_name(&name));
            let before = AttrPath { schema, name, sub };
            prop_assert_eq!(path(&before.to_string()), before);
        }

        #[test]
        fn any_text_is_parsed_without_panic(text in "\\PC{0,40}") {
            if let Ok(parsed) = text.parse::<AttrPath>() {
                prop_assert_eq!(parsed.to_string(), text);
            }
        }
    }
}

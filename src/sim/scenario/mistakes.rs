//! Mistakes in a scenario file: where they are, and the remedy. Pure.

use std::ops::Range;

use super::verbs::{Field, Verb};
use crate::base::nearest;

/// A mistake in an entry of the timeline.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EntryMistake {
    #[error("missing field `do`: add the verb, such as do = \"assign\"")]
    NoVerb,
    #[error("unknown verb `{name}`{}The verbs are {}", hint(nearest.as_ref()), known.join(", "))]
    UnknownVerb { name: String, nearest: Option<String>, known: Vec<String> },
    #[error("unknown field `{name}` of {verb}{}The fields are {}", hint(nearest.as_ref()), known.join(", "))]
    UnknownField { verb: String, name: String, nearest: Option<String>, known: Vec<String> },
    #[error("missing field `{name}` of {verb}: add {expected}")]
    MissingField { verb: String, name: String, expected: String },
    #[error("`{name}` must be {expected}, but it is of type {found}")]
    WrongType { name: String, expected: String, found: &'static str },
}

fn hint(nearest: Option<&String>) -> String {
    nearest.map_or_else(|| ". ".to_owned(), |nearest| format!("; did you mean `{nearest}`? "))
}

impl EntryMistake {
    /// Returns the key or value that is wrong, as it is in the file.
    pub(super) fn word(&self) -> &str {
        match self {
            Self::NoVerb | Self::MissingField { .. } => "",
            Self::UnknownVerb { .. } => "do",
            Self::UnknownField { name, .. } | Self::WrongType { name, .. } => name,
        }
    }
}

/// Checks the keys of an entry and the types of their values. `at` and `expect-task` are not among them.
pub(super) fn check(entry: &toml::Table, verbs: &[Verb]) -> Result<(), EntryMistake> {
    let name = match entry.get("do") {
        None => return Err(EntryMistake::NoVerb),
        Some(toml::Value::String(name)) => name,
        Some(other) => {
            let (name, expected) = ("do".to_owned(), "a verb, such as do = \"assign\"".to_owned());
            return Err(EntryMistake::WrongType { name, expected, found: other.type_str() });
        }
    };
    let Some(verb) = verbs.iter().find(|verb| verb.name == *name) else {
        let known = || verbs.iter().map(|verb| verb.name.as_str());
        let nearest = nearest(name, known()).map(str::to_owned);
        return Err(EntryMistake::UnknownVerb {
            name: name.clone(),
            nearest,
            known: known().map(str::to_owned).collect(),
        });
    };
    for (key, value) in entry.iter().filter(|(key, _)| *key != "do") {
        match verb.fields.iter().find(|field| field.name == *key) {
            None => return Err(unknown_field(verb, key)),
            Some(field) if !field.kind.fits(value) => {
                let (name, expected) = (key.clone(), field.kind.expected(key));
                return Err(EntryMistake::WrongType { name, expected, found: value.type_str() });
            }
            Some(_) => {}
        }
    }
    let is_missing = |field: &&Field| field.is_required && !entry.contains_key(&field.name);
    match verb.fields.iter().find(is_missing) {
        Some(field) => {
            let (verb, name, expected) = (verb.name.clone(), field.name.clone(), field.kind.expected(&field.name));
            Err(EntryMistake::MissingField { verb, name, expected })
        }
        None => Ok(()),
    }
}

fn unknown_field(verb: &Verb, name: &str) -> EntryMistake {
    let known: Vec<String> =
        verb.fields.iter().map(|field| field.name.clone()).chain(["at", "expect-task"].map(str::to_owned)).collect();
    let nearest = nearest(name, known.iter().map(String::as_str)).map(str::to_owned);
    EntryMistake::UnknownField { verb: verb.name.clone(), name: name.to_owned(), nearest, known }
}

/// Adds the remedy to a message of the TOML parser, which has no error codes. `at` is the place of the mistake.
pub(super) fn with_remedy(message: &str, text: &str, at: &Range<usize>) -> String {
    let message = message.trim().replace('\n', " ");
    let mut names = message.split('`').skip(1).step_by(2);
    if message.starts_with("missing field") && !message.contains(": ") {
        return format!("{message}: add it");
    }
    if message.ends_with("expected a map") {
        return format!("{message}: write a table, such as [people.ada] or [groups]");
    }
    if message.starts_with("unknown ")
        && let Some(name) = names.next()
        && let Some(nearest) = nearest(name, names)
    {
        return format!("{message}; did you mean `{nearest}`?");
    }
    match key_at(text, at.start).filter(|_| message.starts_with("invalid type")) {
        Some(key) => format!("`{key}`: {message}"),
        None => message,
    }
}

/// Returns the key of the line in which a value is.
fn key_at(text: &str, byte: usize) -> Option<&str> {
    let (key, _) = text.get(..byte)?.rsplit('\n').next()?.split_once('=')?;
    Some(key.trim())
}

/// Returns the line of a byte, from 1.
pub(super) fn line(text: &str, byte: usize) -> usize {
    text.bytes().take(byte).filter(|b| *b == b'\n').count() + 1
}

/// Returns the position of an entry's first key. Its span begins at the header.
pub(super) fn first_key(text: &str, start: usize) -> usize {
    let rest = text.get(start..).unwrap_or_default();
    match rest.strip_prefix("[[").and_then(|rest| rest.find('\n')) {
        Some(end) => start + 2 + end + 1,
        None => start,
    }
}

/// Returns the position of a key in an entry, else of a string in it, else of its first key.
pub(super) fn locate(text: &str, entry: usize, word: &str) -> usize {
    let start = first_key(text, entry);
    let body = text.get(start..).unwrap_or_default();
    let body = body.find("\n[").and_then(|end| body.get(..end)).unwrap_or(body);
    let is_word =
        |line: &&str| line.trim_start().strip_prefix(word).is_some_and(|rest| rest.trim_start().starts_with('='));
    let mut lines = body.split_inclusive('\n').scan(start, |at, line| {
        *at += line.len();
        Some((*at - line.len(), line))
    });
    let key = lines.find(|(_, line)| is_word(line)).map(|(at, _)| at);
    let string =
        || [format!("\"{word}\""), word.to_owned()].iter().find_map(|word| body.find(word)).map(|at| start + at);
    if word.is_empty() { start } else { key.or_else(string).unwrap_or(start) }
}

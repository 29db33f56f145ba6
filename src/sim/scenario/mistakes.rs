//! Mistakes in an action of the timeline, with the remedy. Pure.

use toml::Value;

use super::verbs::{Field, FieldKind, Verb};
use crate::base::nearest;

/// The number of verbs that an error about an unknown one names.
const SIMILAR: usize = 6;

/// A mistake in an entry of the timeline.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EntryMistake {
    #[error("missing field `do`: add the verb, such as do = \"assign\"")]
    NoVerb,
    #[error(
        "unknown verb `{name}`{} docs/scenarios.md and `scimulate run --schema` have all verbs",
        suggested(similar)
    )]
    UnknownVerb { name: String, similar: Vec<String> },
    #[error("unknown field `{name}` of {verb}{}he fields are {}", hint(nearest.as_ref()), known.join(", "))]
    UnknownField { verb: String, name: String, nearest: Option<String>, known: Vec<String> },
    #[error("missing field `{name}` of {verb}: add {expected}")]
    MissingField { verb: String, name: String, expected: String },
    #[error("`{name}` must be {expected}, but it is {found}")]
    WrongType { name: String, expected: String, found: String },
}

fn hint(nearest: Option<&String>) -> String {
    nearest.map_or_else(|| "; t".to_owned(), |nearest| format!("; did you mean `{nearest}`? T"))
}

fn suggested(similar: &[String]) -> String {
    match similar {
        [] => ";".to_owned(),
        similar => format!(
            "; did you mean {}?",
            similar.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" or ")
        ),
    }
}

impl EntryMistake {
    /// Returns the key of the entry that is wrong, and the key in its table.
    pub(super) fn keys(&self) -> Vec<&str> {
        match self {
            Self::NoVerb => Vec::new(),
            Self::MissingField { .. } | Self::UnknownVerb { .. } => vec!["do"],
            Self::UnknownField { name, .. } => vec![name],
            Self::WrongType { name, .. } => name.splitn(2, '.').collect(),
        }
    }
}

/// Checks the keys of an entry and the types of their values. `at` and `expect-task` are not among them.
pub(super) fn check(entry: &toml::Table, verbs: &[Verb]) -> Result<(), EntryMistake> {
    let name = match entry.get("do") {
        None => return Err(EntryMistake::NoVerb),
        Some(Value::String(name)) => name,
        Some(other) => return Err(wrong("do", "a verb, such as do = \"assign\"", other)),
    };
    let Some(verb) = verbs.iter().find(|verb| verb.name == *name) else {
        let similar = similar(name, verbs.iter().map(|verb| verb.name.as_str()));
        return Err(EntryMistake::UnknownVerb { name: name.clone(), similar });
    };
    for (key, value) in entry.iter().filter(|(key, _)| *key != "do") {
        match verb.fields.iter().find(|field| field.name == *key) {
            None => return Err(unknown_field(verb, key)),
            Some(field) if !field.kind.fits(value) => return Err(wrong(key, &field.kind.expected(key), value)),
            Some(field) if field.kind == FieldKind::Profile => check_profile(key, value)?,
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

/// Checks the values of a profile.
fn check_profile(key: &str, profile: &Value) -> Result<(), EntryMistake> {
    let is_text = |value: &Value| value.as_array().is_some_and(|items| items.iter().all(Value::is_str));
    let wrong_value =
        profile.as_table().and_then(|table| table.iter().find(|(_, value)| !value.is_str() && !is_text(value)));
    wrong_value
        .map_or(Ok(()), |(name, value)| Err(wrong(&format!("{key}.{name}"), "a string or a list of strings", value)))
}

fn wrong(name: &str, expected: &str, value: &Value) -> EntryMistake {
    EntryMistake::WrongType { name: name.to_owned(), expected: expected.to_owned(), found: found(value) }
}

/// Describes a value of the wrong type.
pub(super) fn found(value: &Value) -> String {
    match value {
        Value::Integer(number) => format!("the number {number}"),
        Value::Float(number) => format!("the number {number}"),
        Value::Boolean(value) => value.to_string(),
        Value::String(text) => format!("the string {text:?}"),
        Value::Array(items) if items.iter().any(|item| !item.is_str()) => "a list of other values".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::Table(_) => "a table".to_owned(),
        Value::Datetime(_) => "a date".to_owned(),
    }
}

/// Returns the verb with almost the same spelling, or else verbs that have a word in common with the name.
fn similar<'a>(name: &str, verbs: impl Iterator<Item = &'a str> + Clone) -> Vec<String> {
    if let Some(nearest) = nearest(name, verbs.clone()) {
        return vec![nearest.to_owned()];
    }
    let words: Vec<&str> = name.split(['-', '_', ' ']).filter(|word| word.len() > 2).collect();
    let first = words.first().copied().unwrap_or(name);
    let begins = verbs.clone().filter(|verb| verb.split('-').any(|word| word == first));
    let shares = verbs.filter(|verb| words.iter().skip(1).any(|word| verb.split('-').any(|other| other == *word)));
    let best: Vec<String> = begins.map(str::to_owned).collect();
    let best = if best.is_empty() { shares.map(str::to_owned).collect() } else { best };
    if best.len() > SIMILAR { Vec::new() } else { best }
}

fn unknown_field(verb: &Verb, name: &str) -> EntryMistake {
    let known: Vec<String> =
        verb.fields.iter().map(|field| field.name.clone()).chain(["at", "expect-task"].map(str::to_owned)).collect();
    let nearest = nearest(name, known.iter().map(String::as_str)).map(str::to_owned);
    EntryMistake::UnknownField { verb: verb.name.clone(), name: name.to_owned(), nearest, known }
}

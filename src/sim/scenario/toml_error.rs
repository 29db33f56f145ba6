//! The errors of the TOML parser in the words of a scenario: what must be there, what is there, and the remedy. Pure.
//!
//! The parser has no error codes, so its messages are taken apart. A message of an unknown form stays as it is.

use super::lines::{KeyPath, Lines};
use crate::base::nearest;

/// The required keys of the file. The parser reports their absence at its first byte.
const OF_FILE: [&str; 3] = ["name", "app", "timeline"];

/// Describes an error of the parser at a byte of the text.
pub(super) fn explain(message: &str, at: usize, lines: &Lines<'_>) -> String {
    let message = message.trim().replace('\n', " ");
    if !lines.is_toml() {
        return syntax(&message, lines.text_of(at));
    }
    let (path, whole) = (lines.path_at(at), KeyPath::default());
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    if let Some(rest) = message.strip_prefix("invalid type: ").or_else(|| message.strip_prefix("invalid value: "))
        && let Some((found, expected)) = rest.split_once(", expected ")
    {
        return wrong_type(&path, found, expected);
    }
    match (quoted.split_first(), &path) {
        (Some((name, known)), path) if message.starts_with("unknown field") => unknown_field(path, name, known),
        (Some((name, known)), path) if message.starts_with("unknown variant") => {
            let key = path.last_key().unwrap_or_default();
            format!("`{key}` must be {}, but it is \"{name}\"{}", listed(known, "or"), hint(name, known))
        }
        (Some((name, _)), path) if message.starts_with("missing field") => {
            let is_of_file = OF_FILE.contains(name) && path.last_key() != Some("custom");
            missing_field(if is_of_file { &whole } else { path }, name)
        }
        (_, path) => path.last_key().map_or_else(|| message.clone(), |key| format!("`{key}`: {message}")),
    }
}

/// Describes a text that is not TOML.
fn syntax(message: &str, line: &str) -> String {
    let line = line.trim();
    let bare = line.split_once('=').map(|(key, value)| (key.trim(), value.trim()));
    if message == "duplicate key" {
        return match line.strip_prefix('[') {
            Some(_) => format!("the section {line} is there twice; write all its keys in one section"),
            None => format!("the key `{}` is there twice; delete one of the two", bare.map_or(line, |(key, _)| key)),
        };
    }
    match bare {
        Some((key, value)) if value.starts_with(|c: char| c.is_alphabetic()) => {
            format!("a text needs quotation marks: {key} = \"{value}\"")
        }
        Some((_, value)) if message.starts_with("invalid basic string") && value.matches('"').count() % 2 == 1 => {
            "a string begins in this line and does not end; close it with a quotation mark".to_owned()
        }
        _ => format!("the file is not TOML: {message}"),
    }
}

fn wrong_type(path: &KeyPath, found: &str, expected: &str) -> String {
    let key = path.last_key().unwrap_or_default();
    let whole = path.dotted();
    match (expected, found) {
        ("a sequence", "map") => {
            return format!("there can be several `{whole}`: write [[{whole}]], with two brackets on each side");
        }
        ("a map", _) if whole == "people" => {
            return "`people` must be sections, one for each person, such as [people.ada]".to_owned();
        }
        _ => {}
    }
    let must = match expected {
        "a sequence" => format!("a list, such as {key} = [\"…\"]"),
        "a string" if path.is_in_list() => "a string".to_owned(),
        "a string" => format!("a string, such as {key} = \"…\""),
        "a boolean" => "true or false".to_owned(),
        "u8" => "a number from 0 to 100".to_owned(),
        "u16" => "a number from 200 to 599".to_owned(),
        "u32" | "u64" => "a number from 0".to_owned(),
        expected if expected == "a map" || expected.starts_with("struct ") => format!("a section, such as [{whole}]"),
        other => other.to_owned(),
    };
    let found = match (found, found.split_once(' ')) {
        ("map", _) => "a section".to_owned(),
        ("sequence", _) => "a list".to_owned(),
        (_, Some(("integer" | "floating", number))) => {
            format!("the number {}", number.trim_start_matches("point ").replace('`', ""))
        }
        (_, Some(("boolean", value))) => value.replace('`', ""),
        (_, Some(("string", text))) => format!("the string {text}"),
        (other, _) => other.to_owned(),
    };
    let subject = if path.is_in_list() { format!("a value of `{key}`") } else { format!("`{key}`") };
    format!("{subject} must be {must}, but it is {found}")
}

fn unknown_field(path: &KeyPath, name: &str, known: &[&str]) -> String {
    // A field may have a second spelling, which is not for new files.
    let is_second = |name: &&&str| name.contains('_') && known.contains(&name.replace('_', "-").as_str());
    let known: Vec<&str> = known.iter().filter(|name| !is_second(name)).copied().collect();
    let header = path.parent().header();
    let of = header.as_ref().map(|header| format!(" of {header}")).unwrap_or_default();
    match known.as_slice() {
        [] => format!("unknown field `{name}`{of}: the section has no fields; delete the line"),
        known if hint(name, known).is_empty() => {
            format!("unknown field `{name}`{of}; the fields are {}", known.join(", "))
        }
        known => format!("unknown field `{name}`{of}{} The fields are {}", hint(name, known), known.join(", ")),
    }
}

fn missing_field(path: &KeyPath, name: &str) -> String {
    let header = path.header();
    let of = header.as_ref().map(|header| format!(" of {header}")).unwrap_or_default();
    let remedy = match (name, header) {
        ("app" | "timeline", None) => format!("a section [[{name}]]"),
        ("people", Some(_)) => "people = 100".to_owned(),
        _ => format!("{name} = \"…\""),
    };
    format!("missing field `{name}`{of}: add {remedy}")
}

fn hint(name: &str, known: &[&str]) -> String {
    let nearest = nearest(name, known.iter().copied());
    nearest.map(|nearest| format!("; did you mean `{nearest}`?")).unwrap_or_default()
}

/// Joins names: `a, b or c`.
fn listed(names: &[&str], word: &str) -> String {
    match names.split_last() {
        Some((last, [])) => format!("`{last}`"),
        Some((last, before)) => {
            let before: Vec<String> = before.iter().map(|name| format!("`{name}`")).collect();
            format!("{} {word} `{last}`", before.join(", "))
        }
        None => String::new(),
    }
}

//! The configuration file: a table for each command, checked whole, so that a mistake in one is seen by all.

use std::ffi::OsString;
use std::ops::Range;
use std::path::Path;

use clap::{Arg, ArgAction, Command};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Given, key, own_arguments};

/// A mistake, and where it starts in the text.
struct Mistake(Range<usize>, String);

/// What the file says for the command at `path`.
///
/// # Errors
/// A sentence that begins with `FILE:LINE` and ends with the way out.
pub(super) fn read(file: &Path, tree: &Command, path: &[String]) -> Result<Vec<Given>, String> {
    let shown = file.display();
    let text = std::fs::read_to_string(file)
        .map_err(|error| format!("{shown}: {error}: --config takes a TOML file that can be read"))?;
    let place = |span: &Range<usize>| format!("{shown}:{}", line_of(&text, span.start));
    let whole = DeTable::parse(&text)
        .map_err(|error| format!("{}: {}", place(&error.span().unwrap_or(0..0)), error.message()))?;

    let mut found = Vec::new();
    check(whole.get_ref(), tree, &mut Vec::new(), path, &mut found)
        .map_err(|Mistake(span, told)| format!("{}: {told}", place(&span)))?;
    let given = |(arg, values, span)| Given { arg, values, origin: place(&span) };
    Ok(found.into_iter().map(given).collect())
}

/// The line of a byte, from 1.
fn line_of(text: &str, byte: usize) -> usize {
    text.bytes().take(byte).filter(|b| *b == b'\n').count() + 1
}

type Found = Vec<(Arg, Vec<OsString>, Range<usize>)>;

/// Checks a table and those below it; collects the values of the table at `wanted`.
fn check(
    table: &DeTable<'_>,
    command: &Command,
    at: &mut Vec<String>,
    wanted: &[String],
    found: &mut Found,
) -> Result<(), Mistake> {
    for (name, value) in table {
        let (key_span, name) = (name.span(), name.get_ref().as_ref());
        if let (Some(below), Some(inner)) = (command.find_subcommand(name), value.get_ref().as_table()) {
            at.push(name.to_owned());
            check(inner, below, at, wanted, found)?;
            at.pop();
            continue;
        }
        let Some(arg) = own_arguments(command).find(|arg| key(arg) == name && !at.is_empty()) else {
            return Err(Mistake(key_span, unknown(command, at, name)));
        };
        let values = values_of(arg, value).map_err(|told| Mistake(value.span(), told))?;
        if at == wanted {
            found.push((arg.clone(), values, key_span));
        }
    }
    Ok(())
}

fn unknown(command: &Command, at: &[String], name: &str) -> String {
    if command.has_subcommands() {
        let tables: Vec<String> =
            command.get_subcommands().map(|sub| [at, &[sub.get_name().to_owned()]].concat().join(".")).collect();
        return format!("`{name}` is no table of a command; there are [{}]", tables.join("], ["));
    }
    let keys: Vec<String> = own_arguments(command).map(key).collect();
    format!("[{}] has no setting `{name}`; there are: {}", at.join("."), keys.join(", "))
}

/// The values of one setting as words of the command line.
fn values_of(arg: &Arg, value: &Spanned<DeValue<'_>>) -> Result<Vec<OsString>, String> {
    let (name, value) = (key(arg), value.get_ref());
    match arg.get_action() {
        ArgAction::SetTrue => match value.as_bool() {
            Some(on) => Ok(on.then(|| OsString::from("true")).into_iter().collect()),
            None => Err(format!("`{name}` is a switch: write `{name} = true` or `{name} = false`, without quotes")),
        },
        ArgAction::Append => match value.as_array() {
            Some(list) => list.iter().map(|item| word(&name, item.get_ref())).collect(),
            None => Ok(vec![word(&name, value)?]),
        },
        _ => Ok(vec![word(&name, value)?]),
    }
}

/// A string, or a number as it was written.
fn word(name: &str, value: &DeValue<'_>) -> Result<OsString, String> {
    match value {
        DeValue::String(text) => Ok(text.as_ref().into()),
        DeValue::Integer(number) if number.radix() == 10 => Ok(number.as_str().into()),
        DeValue::Float(number) => Ok(number.as_str().into()),
        other => {
            Err(format!("`{name}` takes a string or a number, not this {}: write `{name} = \"…\"`", other.type_str()))
        }
    }
}

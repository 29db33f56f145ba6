//! The configuration file: one table per command. The whole file is checked by every command, so that an error in any
//! table is reported early.

use std::ffi::OsString;
use std::ops::Range;
use std::path::Path;

use clap::{Arg, ArgAction, Command};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::{LayerError, SettingError};
use super::given::{Given, key, own_arguments};

/// An error and its position in the text.
struct ConfigError(Range<usize>, SettingError);

/// Reads the values for the command at `path`.
///
/// # Errors
/// The message begins with `FILE:LINE` and ends with the remedy.
pub(super) fn read(file: &Path, tree: &Command, path: &[String]) -> Result<Vec<Given>, LayerError> {
    let text =
        std::fs::read_to_string(file).map_err(|error| LayerError::Unreadable { file: file.to_owned(), error })?;
    let failed = |span: &Range<usize>, error| LayerError::File {
        file: file.to_owned(),
        line: line_of(&text, span.start),
        error,
    };
    let whole = DeTable::parse(&text)
        .map_err(|error| failed(&error.span().unwrap_or(0..0), SettingError::Syntax(error.message().to_owned())))?;

    let mut found = Vec::new();
    check(whole.get_ref(), tree, &mut Vec::new(), path, &mut found)
        .map_err(|ConfigError(span, error)| failed(&span, error))?;
    let origin = |span: &Range<usize>| format!("{}:{}", file.display(), line_of(&text, span.start));
    let given = |(arg, values, span)| Given { arg, values, origin: origin(&span) };
    Ok(found.into_iter().map(given).collect())
}

/// Returns the line of a byte, from 1.
fn line_of(text: &str, byte: usize) -> usize {
    text.bytes().take(byte).filter(|b| *b == b'\n').count() + 1
}

type Settings = Vec<(Arg, Vec<OsString>, Range<usize>)>;

/// Checks a table and its subtables; collects the values of the table at `wanted`.
fn check(
    table: &DeTable<'_>,
    command: &Command,
    at: &mut Vec<String>,
    wanted: &[String],
    found: &mut Settings,
) -> Result<(), ConfigError> {
    for (name, value) in table {
        let (key_span, name) = (name.span(), name.get_ref().as_ref());
        if let (Some(below), Some(inner)) = (command.find_subcommand(name), value.get_ref().as_table()) {
            at.push(name.to_owned());
            check(inner, below, at, wanted, found)?;
            at.pop();
            continue;
        }
        let Some(arg) = own_arguments(command).find(|arg| key(arg) == name && !at.is_empty()) else {
            return Err(ConfigError(key_span, unknown(command, at, name)));
        };
        let values = values_of(arg, value).map_err(|error| ConfigError(value.span(), error))?;
        if at == wanted {
            found.push((arg.clone(), values, key_span));
        }
    }
    Ok(())
}

fn unknown(command: &Command, at: &[String], name: &str) -> SettingError {
    if command.has_subcommands() {
        let tables: Vec<String> =
            command.get_subcommands().map(|sub| [at, &[sub.get_name().to_owned()]].concat().join(".")).collect();
        return SettingError::UnknownTable { name: name.to_owned(), tables };
    }
    let known = own_arguments(command).map(key).collect();
    SettingError::UnknownSetting { table: at.join("."), name: name.to_owned(), known }
}

/// Converts the value of one setting to arguments.
fn values_of(arg: &Arg, value: &Spanned<DeValue<'_>>) -> Result<Vec<OsString>, SettingError> {
    let (name, value) = (key(arg), value.get_ref());
    match arg.get_action() {
        ArgAction::SetTrue => match value.as_bool() {
            Some(on) => Ok(on.then(|| OsString::from("true")).into_iter().collect()),
            None => Err(SettingError::Switch(name)),
        },
        ArgAction::Append => match value.as_array() {
            Some(list) => list.iter().map(|item| word(&name, item.get_ref())).collect(),
            None => Ok(vec![word(&name, value)?]),
        },
        _ => Ok(vec![word(&name, value)?]),
    }
}

/// Converts a string, or a number as it was written.
fn word(name: &str, value: &DeValue<'_>) -> Result<OsString, SettingError> {
    match value {
        DeValue::String(text) => Ok(text.as_ref().into()),
        DeValue::Integer(number) if number.radix() == 10 => Ok(number.as_str().into()),
        DeValue::Float(number) => Ok(number.as_str().into()),
        other => Err(SettingError::Type { name: name.to_owned(), found: other.type_str().to_owned() }),
    }
}

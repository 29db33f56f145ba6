//! Merges flags, environment, configuration file and defaults, in this order of precedence.
//!
//! The code names no flag: it reads clap's own command tree. Values from the environment and the file are inserted into
//! the argument list after the command's name, unless the user gave the same flag or a conflicting one. Then clap parses
//! the list as if it had been typed. clap's own `env` attribute is not used, since it would have to be repeated for each
//! flag of each command and does not cover the file. Start reading at [`parse_with`]; [`file`](mod@file) reads the file.

mod error;
mod file;
mod given;

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command};

use self::error::LayerError;
use self::given::{Given, key, own_arguments};
use crate::base::Secret;

/// The variable for `--token` of every command.
const TOKEN: &str = "SCIMULATE_TOKEN";
/// The configuration file without `--config`, if it exists.
const DEFAULT_FILE: &str = "scimulate.toml";
/// The variable for `--config`.
const CONFIG: &str = "SCIMULATE_CONFIG";

/// Parses the command line, merged with environment and file.
///
/// # Errors
/// clap's errors. For a value from the environment or the file, the message begins with the variable or `FILE:LINE`.
pub(super) fn parse(tree: &Command, arguments: impl IntoIterator<Item = OsString>) -> Result<ArgMatches, clap::Error> {
    let words = arguments.into_iter().collect();
    let file = Some(PathBuf::from(DEFAULT_FILE)).filter(|file| file.is_file());
    parse_with(tree, words, &|name| std::env::var_os(name), file)
}

/// Returns whether a token comes from the variable that serves every command, rather than from a flag of this one.
pub(super) fn is_general_token(token: &Secret) -> bool {
    std::env::var(TOKEN).is_ok_and(|value| value == token.expose())
}

fn parse_with(
    tree: &Command,
    mut words: Vec<OsString>,
    env: &dyn Fn(&str) -> Option<OsString>,
    default_file: Option<PathBuf>,
) -> Result<ArgMatches, clap::Error> {
    let strict = |words: &[OsString]| with_help(tree.clone(), &[]).try_get_matches_from(words);
    // A first, lenient pass finds the command and the flags that the user gave. --help and the like end here.
    let Ok(said) = lenient(tree.clone()).try_get_matches_from(&words) else { return strict(&words) };
    let (path, command, said) = leaf(tree, &said);
    if path.is_empty() {
        return strict(&words);
    }
    // An empty variable counts as unset: CI systems set variables that have no value.
    let variable = |name: &str| env(name).filter(|value| !value.is_empty());
    let config =
        said.get_one::<PathBuf>("config").cloned().or_else(|| variable(CONFIG).map(PathBuf::from)).or(default_file);
    let table = match &config {
        Some(file) => file::read(file, tree, &path).map_err(usage)?,
        None => Vec::new(),
    };

    let mut given: Vec<Given> = Vec::new();
    add(&mut given, command, said, from_environment(command, &path, &variable).map_err(usage)?);
    add(&mut given, command, said, table);

    let at = behind_command(&words, path.len());
    let typed: Vec<OsString> = given.iter().flat_map(Given::words).collect();
    words.splice(at..at, typed);
    strict(&words).map_err(|error| with_origin(error, &given))
}

/// Adds the values of a layer that are neither given nor excluded by a higher one.
fn add(given: &mut Vec<Given>, command: &Command, said: &ArgMatches, layer: Vec<Given>) {
    let higher: Vec<Arg> = command
        .get_arguments()
        .filter(|arg| said.value_source(arg.get_id().as_str()) == Some(ValueSource::CommandLine))
        .chain(given.iter().map(|one| &one.arg))
        .cloned()
        .collect();
    given.extend(layer.into_iter().filter(|one| {
        let free = |other: &Arg| other.get_id() != one.arg.get_id() && !exclude(command, other, &one.arg);
        higher.iter().all(free)
    }));
}

/// Returns whether two arguments conflict.
fn exclude(command: &Command, a: &Arg, b: &Arg) -> bool {
    let one_way = |a: &Arg, b: &Arg| command.get_arg_conflicts_with(a).iter().any(|other| other.get_id() == b.get_id());
    let in_one_group = || {
        command.get_groups().any(|group| {
            let contains = |arg: &Arg| group.get_args().any(|id| id == arg.get_id());
            !group.clone().is_multiple() && contains(a) && contains(b)
        })
    };
    one_way(a, b) || one_way(b, a) || in_one_group()
}

fn from_environment(
    command: &Command,
    path: &[String],
    variable: &dyn Fn(&str) -> Option<OsString>,
) -> Result<Vec<Given>, LayerError> {
    let mut layer = Vec::new();
    for arg in own_arguments(command) {
        let name = variable_name(path, &key(arg));
        let general = (arg.get_id() == "token").then_some(TOKEN);
        let Some((origin, value)) =
            std::iter::once(name.as_str()).chain(general).find_map(|name| Some((name, variable(name)?)))
        else {
            continue;
        };
        let values = match arg.get_action() {
            ArgAction::SetTrue => match truth(&value) {
                Some(true) => vec![value],
                // Switched off explicitly, which overrides the file. An empty list adds no argument.
                Some(false) => Vec::new(),
                None => return Err(LayerError::Switch { name: origin.to_owned(), value }),
            },
            ArgAction::Append => lines(&value),
            _ => vec![value],
        };
        layer.push(Given { arg: arg.clone(), values, origin: origin.to_owned() });
    }
    Ok(layer)
}

/// Splits the value of a repeatable flag: one value per line.
fn lines(value: &OsStr) -> Vec<OsString> {
    match value.to_str() {
        Some(text) => text.lines().filter(|line| !line.trim().is_empty()).map(OsString::from).collect(),
        None => vec![value.to_owned()],
    }
}

fn truth(value: &OsStr) -> Option<bool> {
    match value.to_str()?.trim().to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" | "on" => Some(true),
        "0" | "false" | "no" | "off" => Some(false),
        _ => None,
    }
}

/// Returns the variable of a flag, for example `SCIMULATE_CHECK_TIME_LIMIT`.
fn variable_name(path: &[String], key: &str) -> String {
    let words = std::iter::once("scimulate").chain(path.iter().map(String::as_str)).chain([key]);
    words.map(|word| word.replace('-', "_").to_ascii_uppercase()).collect::<Vec<_>>().join("_")
}

/// Returns the command that the user named, with its path and its matches.
fn leaf<'a>(tree: &'a Command, said: &'a ArgMatches) -> (Vec<String>, &'a Command, &'a ArgMatches) {
    let (mut path, mut command, mut said) = (Vec::new(), tree, said);
    while let Some((name, inner)) = said.subcommand() {
        let Some(next) = command.find_subcommand(name) else { break };
        path.push(name.to_owned());
        (command, said) = (next, inner);
    }
    (path, command, said)
}

/// Returns the index after the last of `depth` command names.
fn behind_command(words: &[OsString], depth: usize) -> usize {
    let (mut at, mut found) = (1, 0);
    while let Some(word) = words.get(at) {
        at += 1;
        if word == "--config" {
            at += 1;
        } else if !word.to_string_lossy().starts_with('-') {
            found += 1;
            if found == depth {
                break;
            }
        }
    }
    at.min(words.len())
}

/// Relaxes the command tree, so that missing arguments are no error before the layers are merged.
fn lenient(command: Command) -> Command {
    let mut command = command.ignore_errors(true).subcommand_required(false).mut_args(|arg| arg.required(false));
    let names: Vec<String> = command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    for name in names {
        command = command.mut_subcommand(name, lenient);
    }
    command
}

/// Adds help about environment and file to every command of a tree.
pub(super) fn with_help(command: Command, path: &[String]) -> Command {
    let names: Vec<String> = command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    if names.is_empty() {
        let variable = variable_name(path, "<FLAG>");
        let note = format!(
            "Every flag can also be set by the environment variable {variable}, or under [{}] in the --config file.",
            path.join(".")
        );
        let own = command.get_after_help().map(|text| format!("{text}\n\n")).unwrap_or_default();
        return command.after_help(format!("{own}{note}"));
    }
    names.into_iter().fold(command, |command, name| {
        let below: Vec<String> = path.iter().cloned().chain([name.clone()]).collect();
        command.mut_subcommand(name, |sub| with_help(sub, &below))
    })
}

fn usage(message: impl std::fmt::Display) -> clap::Error {
    clap::Error::raw(ErrorKind::ValueValidation, format!("{message}\n"))
}

/// Adds the origin of a refused value that was not typed.
fn with_origin(error: clap::Error, given: &[Given]) -> clap::Error {
    let Some(ContextValue::String(about)) = error.get(ContextKind::InvalidArg) else { return error };
    // `--seed <SEED>`, or `[URL]` for a positional argument.
    let name = about.split_whitespace().next().unwrap_or_default().trim_matches(['-', '[', ']', '<', '>', '.']);
    match given.iter().find(|one| key(&one.arg).eq_ignore_ascii_case(name)) {
        Some(one) => {
            let message = error.to_string();
            usage(format!("{}: {}", one.origin, message.trim_start_matches("error: ").trim_end()))
        }
        None => error,
    }
}

#[cfg(test)]
mod tests;

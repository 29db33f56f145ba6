//! Flags over environment over configuration file over default.
//!
//! Nothing here knows a single flag: the tables come from clap's own command tree. What the lower layers say is put into
//! the argument list, behind the command's name, unless the user already said it (or something that excludes it); then
//! clap parses and judges the whole as if it had been typed. Start reading at [`parse_with`]; the file is [`file`](mod@file)'s.

mod file;

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command, CommandFactory, FromArgMatches};

use super::Cli;

/// Serves the `--token` of every command.
const TOKEN: &str = "SCIMULATE_TOKEN";
/// Serves `--config`.
const CONFIG: &str = "SCIMULATE_CONFIG";

/// Parses the command line with the layers beneath it.
///
/// # Errors
/// clap's, and for a mistake in a lower layer one that begins with its place: `FILE:LINE` or the variable's name.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Cli, clap::Error> {
    let words = arguments.into_iter().collect();
    let matches = parse_with(&Cli::command(), words, &|name| std::env::var_os(name))?;
    Cli::from_arg_matches(&matches)
}

/// A value from a lower layer.
struct Given {
    arg: Arg,
    values: Vec<OsString>,
    /// `FILE:LINE`, or the name of the variable.
    origin: String,
}

fn parse_with(
    tree: &Command,
    mut words: Vec<OsString>,
    env: &dyn Fn(&str) -> Option<OsString>,
) -> Result<ArgMatches, clap::Error> {
    let strict = |words: &[OsString]| with_help(tree.clone(), &[]).try_get_matches_from(words);
    // Read once without judging: which command is it, and what did the user say? Help and the like end here.
    let Ok(said) = lenient(tree.clone()).try_get_matches_from(&words) else { return strict(&words) };
    let (path, command, said) = leaf(tree, &said);
    if path.is_empty() {
        return strict(&words);
    }
    // An empty variable is an unset one: CI systems set what they have no value for.
    let variable = |name: &str| env(name).filter(|value| !value.is_empty());
    let config = said.get_one::<PathBuf>("config").cloned().or_else(|| variable(CONFIG).map(PathBuf::from));
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

/// Adds a layer: what neither the user nor a higher layer has said, or excluded.
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

/// Whether two arguments can't stand together.
fn exclude(command: &Command, a: &Arg, b: &Arg) -> bool {
    let one_way = |a: &Arg, b: &Arg| command.get_arg_conflicts_with(a).iter().any(|other| other.get_id() == b.get_id());
    let in_one_group = || {
        command.get_groups().any(|group| {
            let holds = |arg: &Arg| group.get_args().any(|id| id == arg.get_id());
            !group.clone().is_multiple() && holds(a) && holds(b)
        })
    };
    one_way(a, b) || one_way(b, a) || in_one_group()
}

fn from_environment(
    command: &Command,
    path: &[String],
    variable: &dyn Fn(&str) -> Option<OsString>,
) -> Result<Vec<Given>, String> {
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
                // Said, and said to be off: the file below is not asked. An empty list types nothing.
                Some(false) => Vec::new(),
                None => return Err(format!("{origin}: {} is neither true nor false", value.display())),
            },
            ArgAction::Append => lines(&value),
            _ => vec![value],
        };
        layer.push(Given { arg: arg.clone(), values, origin: origin.to_owned() });
    }
    Ok(layer)
}

/// A repeatable flag has one value a line.
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

/// `SCIMULATE_CHECK_TIME_LIMIT`
fn variable_name(path: &[String], key: &str) -> String {
    let words = std::iter::once("scimulate").chain(path.iter().map(String::as_str)).chain([key]);
    words.map(|word| word.replace('-', "_").to_ascii_uppercase()).collect::<Vec<_>>().join("_")
}

/// The name of a setting: the long flag, or the name of a positional argument.
fn key(arg: &Arg) -> String {
    arg.get_long().map_or_else(|| arg.get_id().as_str().replace('_', "-"), str::to_owned)
}

/// The arguments that the layers can give.
fn own_arguments(command: &Command) -> impl Iterator<Item = &Arg> {
    command.get_arguments().filter(|arg| {
        let action = !matches!(arg.get_action(), ArgAction::Help | ArgAction::Version | ArgAction::HelpShort);
        action && !arg.is_global_set() && !matches!(arg.get_id().as_str(), "help" | "version")
    })
}

impl Given {
    /// The words that a user would have typed.
    fn words(&self) -> Vec<OsString> {
        let Some(long) = self.arg.get_long() else { return self.values.clone() };
        let flag = OsString::from(format!("--{long}"));
        if matches!(self.arg.get_action(), ArgAction::SetTrue) {
            return self.values.iter().take(1).map(|_| flag.clone()).collect();
        }
        let with = |value: &OsString| [flag.as_os_str(), OsStr::new("="), value.as_os_str()].concat_os();
        self.values.iter().map(with).collect()
    }
}

trait ConcatOs {
    fn concat_os(self) -> OsString;
}

impl<const N: usize> ConcatOs for [&OsStr; N] {
    fn concat_os(self) -> OsString {
        self.iter().fold(OsString::new(), |mut whole, part| {
            whole.push(part);
            whole
        })
    }
}

/// The command that the user named, the names that lead to it, and what was said to it.
fn leaf<'a>(tree: &'a Command, said: &'a ArgMatches) -> (Vec<String>, &'a Command, &'a ArgMatches) {
    let (mut path, mut command, mut said) = (Vec::new(), tree, said);
    while let Some((name, inner)) = said.subcommand() {
        let Some(next) = command.find_subcommand(name) else { break };
        path.push(name.to_owned());
        (command, said) = (next, inner);
    }
    (path, command, said)
}

/// The index behind the last of `depth` command names.
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

/// The tree without demands, to see what was said before the lower layers have spoken.
fn lenient(command: Command) -> Command {
    let mut command = command.ignore_errors(true).subcommand_required(false).mut_args(|arg| arg.required(false));
    let names: Vec<String> = command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    for name in names {
        command = command.mut_subcommand(name, lenient);
    }
    command
}

/// The tree whose help tells of the layers.
pub(super) fn command() -> Command {
    with_help(Cli::command(), &[])
}

fn with_help(command: Command, path: &[String]) -> Command {
    let names: Vec<String> = command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    if names.is_empty() {
        let variable = variable_name(path, "<FLAG>");
        let told = format!(
            "Every flag can also be given as {variable} in the environment, and under [{}] in the file of --config.",
            path.join(".")
        );
        let own = command.get_after_help().map(|text| format!("{text}\n\n")).unwrap_or_default();
        return command.after_help(format!("{own}{told}"));
    }
    names.into_iter().fold(command, |command, name| {
        let below: Vec<String> = path.iter().cloned().chain([name.clone()]).collect();
        command.mut_subcommand(name, |sub| with_help(sub, &below))
    })
}

fn usage(message: String) -> clap::Error {
    clap::Error::raw(ErrorKind::ValueValidation, message + "\n")
}

/// Says where a refused value came from, when it was not typed.
fn with_origin(error: clap::Error, given: &[Given]) -> clap::Error {
    let Some(ContextValue::String(about)) = error.get(ContextKind::InvalidArg) else { return error };
    // `--seed <SEED>`, or `[URL]` for a positional argument.
    let name = about.split_whitespace().next().unwrap_or_default().trim_matches(['-', '[', ']', '<', '>', '.']);
    match given.iter().find(|one| key(&one.arg).eq_ignore_ascii_case(name)) {
        Some(one) => {
            let told = error.to_string();
            usage(format!("{}: {}", one.origin, told.trim_start_matches("error: ").trim_end()))
        }
        None => error,
    }
}

#[cfg(test)]
mod tests;

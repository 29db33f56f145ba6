//! `scimulate habits`: lists the behaviors of the simulated Okta, with default, values, source and confidence.

use std::io::Write as _;

use serde_json::json;

use super::{Exit, Usage, heard};
use crate::base::did_you_mean;
use crate::okta::habits::{FACTS, Habit, SOURCES, SWITCHES, Value, Values, all};

/// The flags.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "Examples:
  scimulate habits                    all behaviors, one line each
  scimulate habits group-rounds       one behavior, with its values and sources
  scimulate check --habit space=+     check a server against another value")]
pub struct Args {
    /// Habit to print in full [default: a line for each habit]
    name: Option<String>,
    /// Print as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command.
///
/// # Errors
/// [`Usage`] if there is no habit of this name; any other error is stdout, which cannot be written.
#[allow(clippy::needless_pass_by_value)] // every command takes its flags
pub fn run(args: Args) -> anyhow::Result<Exit> {
    let habits: Vec<&Habit> = match &args.name {
        None => all().collect(),
        Some(name) => vec![all().find(|habit| habit.name == name).ok_or_else(|| unknown(name))?],
    };
    let printed = match (args.json, &args.name, habits.as_slice()) {
        (true, None, habits) => print_json(&json!(habits.iter().map(|habit| object(habit)).collect::<Vec<_>>())),
        (true, Some(_), [habit]) => print_json(&object(habit)),
        (false, Some(_), [habit]) => write_one(&mut anstream::stdout().lock(), habit),
        _ => print_all(),
    };
    heard(printed)?;
    Ok(Exit::Good)
}

fn unknown(name: &str) -> Usage {
    let names: Vec<&str> = all().map(|habit| habit.name).collect();
    let list = format!("the habits are {}", names.join(", "));
    Usage(format!("there is no habit {name:?}; {}", did_you_mean(name, names, &list)))
}

fn print_json(value: &serde_json::Value) -> std::io::Result<()> {
    writeln!(anstream::stdout().lock(), "{value:#}")
}

fn print_all() -> std::io::Result<()> {
    let mut out = anstream::stdout().lock();
    writeln!(out, "Behaviors on which sources disagree; --habit NAME=VALUE of check and run switches them:\n")?;
    let header = ["HABIT", "DEFAULT", "OTHER VALUES", "CONFIDENCE", "SOURCES OF THE DEFAULT"].map(str::to_owned);
    write_table(&mut out, header, SWITCHES.iter().map(|habit| row(habit, others(habit))))?;
    writeln!(out, "\nBehaviors on which the sources agree:\n")?;
    let header = ["HABIT", "VALUE", "", "CONFIDENCE", "SOURCES"].map(str::to_owned);
    write_table(&mut out, header, FACTS.iter().map(|habit| row(habit, String::new())))?;
    writeln!(out, "\n* No public recording shows all of it; `scimulate habits NAME` says which part is missing.")?;
    writeln!(out, "`scimulate habits NAME` prints one in full. Sources are listed in docs/sources.md.")
}

fn row(habit: &Habit, others: String) -> [String; 5] {
    let mark = if habit.unrecorded.is_some() { "*" } else { "" };
    let confidence = format!("{}{mark}", habit.confidence.as_str());
    [habit.name.to_owned(), habit.default(), others, confidence, default_sources(habit)]
}

/// Returns the values other than the default.
fn others(habit: &Habit) -> String {
    match habit.values {
        Values::Fixed(_) => String::new(),
        Values::Number { .. } => habit.choices(),
        Values::OneOf(values) => values.iter().skip(1).map(|value| value.word).collect::<Vec<_>>().join(", "),
    }
}

fn default_sources(habit: &Habit) -> String {
    let sources = match habit.values {
        Values::Fixed(value) => value.sources,
        Values::Number { sources, .. } => sources,
        Values::OneOf(values) => values.first().map_or(&[][..], |value| value.sources),
    };
    sources.join(", ")
}

/// Writes rows in columns. The last column is not padded.
fn write_table(
    out: &mut impl std::io::Write,
    header: [String; 5],
    rows: impl Iterator<Item = [String; 5]>,
) -> std::io::Result<()> {
    let rows: Vec<[String; 5]> = std::iter::once(header).chain(rows).collect();
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(String::len).max().unwrap_or(0);
    let widths = [width(0), width(1), width(2), width(3)];
    for row in &rows {
        let [name, default, others, confidence, sources] = row;
        let [a, b, c, d] = widths;
        writeln!(out, "{name:a$}  {default:b$}  {others:c$}  {confidence:d$}  {sources}")?;
    }
    Ok(())
}

/// Writes one habit in full.
pub(super) fn write_one(out: &mut impl std::io::Write, habit: &Habit) -> std::io::Result<()> {
    writeln!(out, "{}\n{}\n", habit.name, habit.about)?;
    match habit.values {
        Values::Fixed(value) => {
            writeln!(out, "No switch: the value is {:?} ({})", value.word, value.sources.join(", "))?;
        }
        Values::Number { min, max, default, sources } => {
            writeln!(out, "{min} to {max}; the default is {default} ({})", sources.join(", "))?;
        }
        Values::OneOf(values) => {
            let width = values.iter().map(|value| value.word.len()).max().unwrap_or(0);
            for (at, Value { word, about, sources }) in values.iter().enumerate() {
                let default = if at == 0 { " Default." } else { "" };
                writeln!(out, "{word:width$}  {about}{default} ({})", sources.join(", "))?;
            }
        }
    }
    writeln!(out, "\nConfidence: {}; newest evidence: {}", habit.confidence.as_str(), habit.seen)?;
    if let Some(unrecorded) = habit.unrecorded {
        writeln!(out, "No recording shows: {unrecorded}")?;
    }
    writeln!(out, "Shown by: {}", habit.shown_by)?;
    let source = habit.source();
    for (key, place) in SOURCES.iter().filter(|(key, _)| cites(&source, key)) {
        writeln!(out, "{key}: {place}")?;
    }
    Ok(())
}

/// Returns true if a list of sources cites a key, alone or with a number or topic behind it.
pub(super) fn cites(sources: &str, key: &str) -> bool {
    let cited = |source: &str| {
        source.strip_prefix(key).is_some_and(|rest| rest.chars().next().is_none_or(|next| !next.is_ascii_alphabetic()))
    };
    sources.split([',', ';']).any(|source| cited(source.trim()))
}

fn object(habit: &Habit) -> serde_json::Value {
    json!({
        "name": habit.name,
        "values": habit.choices(),
        "default": habit.default(),
        "does": habit.about,
        "source": habit.source(),
        "confidence": habit.confidence,
        "seen": habit.seen,
        "unrecorded": habit.unrecorded,
        "shown_by": habit.shown_by,
    })
}

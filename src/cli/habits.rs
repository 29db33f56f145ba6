//! `scimulate habits`: lists the behaviors of the simulated Okta, with source, confidence and switch.

use std::io::Write as _;

use serde_json::json;

use super::Exit;
use crate::okta::habits::{Habit, SOURCES, TABLE};

/// The flags.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Args {
    /// Print as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command.
///
/// # Errors
/// stdout cannot be written.
pub fn run(args: Args) -> anyhow::Result<Exit> {
    let mut out = anstream::stdout().lock();
    if args.json {
        let rows: Vec<_> = TABLE.iter().map(row).collect();
        writeln!(out, "{}", serde_json::to_string_pretty(&rows)?)?;
        return Ok(Exit::Good);
    }
    let width = TABLE.iter().map(|habit| habit.name.len()).max().unwrap_or(0);
    for habit in TABLE {
        writeln!(out, "{:width$}  {}", habit.name, habit.about)?;
        let switch = match habit.choices().as_str() {
            "-" => "no switch".to_owned(),
            choices => format!("--habit {}={choices}", habit.name),
        };
        writeln!(out, "{:width$}  is {}; {switch}", "", habit.default)?;
        writeln!(out, "{:width$}  {}: {}\n", "", habit.confidence.as_str(), habit.source)?;
    }
    writeln!(out, "Sources (a number behind a key is that of the issue, pull request or thread)")?;
    for (key, place) in SOURCES {
        writeln!(out, "{key:width$}  {place}")?;
    }
    Ok(Exit::Good)
}

fn row(habit: &Habit) -> serde_json::Value {
    json!({
        "name": habit.name,
        "values": habit.choices(),
        "default": habit.default,
        "does": habit.about,
        "source": habit.source,
        "confidence": habit.confidence,
    })
}

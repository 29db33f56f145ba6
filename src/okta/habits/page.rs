//! The page docs/habits.md, generated from the tables.

use std::fmt::Write as _;

use super::facts::FACTS;
use super::habit::{Confidence, Habit, Value, Values};
use super::switches::SWITCHES;

/// Renders docs/habits.md. Links are relative to docs/.
#[must_use]
pub fn page() -> String {
    let mut out = String::from(
        "# Okta's habits\n\n\
         The behaviors of Okta's provisioning clients that the simulated Okta reproduces. This page is generated from\n\
         `src/okta/habits`; `UPDATE_DOCS=1 cargo test --test it docs` writes it anew. [sources.md](sources.md) explains the source keys.\n\n\
         \"Catalog app\" is an app from the Okta Integration Network (OIN), \"wizard app\" an app created with the App Integration Wizard\n\
         (AIW). Okta has a different provisioning client for each.\n\n\
         | confidence | meaning |\n|---|---|\n",
    );
    for (confidence, meaning) in Confidence::ALL {
        let _ = writeln!(out, "| {} | {meaning} |", confidence.as_str());
    }
    out.push_str(
        "\n## With a switch\n\nSources disagree on these. `--habit NAME=VALUE` of `check` and `run` chooses a value; the first one is the default.\n",
    );
    for habit in SWITCHES {
        section(&mut out, habit);
    }
    out.push_str("\n## Without a switch\n\nThe sources agree on these, or there is only one.\n");
    for habit in FACTS {
        section(&mut out, habit);
    }
    out
}

fn section(out: &mut String, habit: &Habit) {
    let _ = write!(out, "\n### {}\n\n{}\n\n", habit.name, habit.about);
    match habit.values {
        Values::Fixed(Value { sources, .. }) => {
            let _ = writeln!(out, "- Sources: {}", sources.join(", "));
        }
        Values::Number { min, max, default, sources } => {
            let _ = writeln!(out, "- `{min}` to `{max}`, by default `{default}` ({})", sources.join(", "));
        }
        Values::OneOf(values) => {
            for Value { word, about, sources } in values {
                let _ = writeln!(out, "- `{word}`: {about} ({})", sources.join(", "));
            }
        }
    }
    let _ = writeln!(out, "- Confidence: {}; newest evidence: {}", habit.confidence.as_str(), habit.seen);
    if let Some(unrecorded) = habit.unrecorded {
        let _ = writeln!(out, "- No recording shows: {unrecorded}");
    }
    let (file, name) = habit.shown_by.split_once(' ').unwrap_or((habit.shown_by, ""));
    let _ = writeln!(out, "- Shown by [{name}](../{file})");
}

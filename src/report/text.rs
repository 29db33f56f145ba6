//! The report for a terminal. Every function returns text with ANSI colors; the caller decides whether to strip them.

mod grouping;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use super::run::{ExchangeReport, Run, ScenarioReport, Verdict};
use crate::base::escape;

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

/// Returns the color of a verdict.
#[must_use]
pub fn style(verdict: Verdict) -> Style {
    let color = match verdict {
        Verdict::Passed => AnsiColor::Green,
        Verdict::Deviation => AnsiColor::Red,
        Verdict::Weak | Verdict::Inconclusive => AnsiColor::Yellow,
        Verdict::Note | Verdict::NotSupported | Verdict::NotObserved | Verdict::Skipped => AnsiColor::Cyan,
    };
    color.on_default()
}

/// Renders a result as one line, for the progress log.
#[must_use]
pub fn line(scenario: &ScenarioReport) -> String {
    let style = style(scenario.verdict);
    let mut out = format!("{style}{:>13}{style:#} {}", scenario.verdict.as_str(), scenario.id);
    if scenario.verdict != Verdict::Passed {
        let _ = write!(out, " {DIM}{}{DIM:#}", scenario.sentence);
    }
    out
}

impl std::fmt::Display for Run {
    /// Writes the whole report without colors.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&plain(&render(self)))
    }
}

/// Renders the whole report: failures grouped by kind, results without a judgment, counts, and the conclusion as the last
/// line.
#[must_use]
pub fn render(run: &Run) -> String {
    let conclusion = run.conclusion();
    let mut out = deviations(run);
    out.push_str(&undecided(run, &conclusion));
    for scenario in run.scenarios.iter().filter(|s| matches!(s.verdict, Verdict::Weak | Verdict::Note)) {
        let _ = writeln!(out, "{}", line(scenario));
    }
    if !run.leftovers.is_empty() {
        let _ = writeln!(out, "{BOLD}Left on the server{BOLD:#}");
        for left in leftovers(&run.leftovers) {
            let _ = writeln!(out, "  {left}");
        }
    }
    let _ = writeln!(out, "{BOLD}Target{BOLD:#}  {}", run.target);
    let _ = writeln!(out, "{BOLD}Run{BOLD:#}     {}  (seed {})", run.run_id, run.seed);
    let _ = writeln!(out, "{BOLD}Results{BOLD:#} {}", counts(run));
    if let Some(why) = run.stopped.as_ref().filter(|why| !conclusion.contains(why.as_str())) {
        let _ = writeln!(out, "{BOLD}Stopped{BOLD:#} {why}");
    }
    let _ = writeln!(out, "{conclusion}");
    out
}

/// Renders the deviations. The first of a kind is printed in full, the others by their IDs. The reason why a feature matters
/// is printed once.
fn deviations(run: &Run) -> String {
    let mut out = String::new();
    let mut explained = BTreeSet::new();
    for kind in grouping::group_by_kind(run.scenarios.iter().filter(|s| s.verdict == Verdict::Deviation)) {
        let Some((first, others)) = kind.split_first() else { continue };
        out.push_str(&details(first, explained.insert(first.why.as_str())));
        if !others.is_empty() {
            let ids = indent(&grouping::ids_by_feature(others).join("\n"));
            let _ = writeln!(out, "  alike     {} more, with the same fault:\n            {ids}", others.len());
        }
        out.push('\n');
    }
    out
}

/// Renders the results that neither passed nor deviated. A shared sentence is printed once, and omitted if it is part of the
/// conclusion.
fn undecided(run: &Run, conclusion: &str) -> String {
    let open = [Verdict::Inconclusive, Verdict::NotSupported, Verdict::NotObserved, Verdict::Skipped];
    let results = run.scenarios.iter().filter(|s| open.contains(&s.verdict));
    let mut out = String::new();
    for ((verdict, sentence), scenarios) in grouping::group_by_key(results, |s| (s.verdict, s.sentence.as_str())) {
        let style = style(verdict);
        let _ = match scenarios.as_slice() {
            _ if conclusion.contains(sentence) => Ok(()),
            [scenario] => writeln!(out, "{}", line(scenario)),
            many => writeln!(out, "{style}{} {verdict}{style:#} {DIM}{sentence}{DIM:#}", many.len()),
        };
    }
    out
}

/// Renders the counts: `112 passed, 2 deviation`. Verdicts without a result are omitted.
#[must_use]
pub fn counts(run: &Run) -> String {
    let parts: Vec<String> = Verdict::ALL
        .iter()
        .filter_map(|(verdict, name)| {
            let count = run.count(*verdict);
            let style = style(*verdict);
            (count > 0).then(|| format!("{style}{count} {name}{style:#}"))
        })
        .collect();
    if parts.is_empty() { "none".to_owned() } else { parts.join(", ") }
}

/// Renders a failure: the failed step, expected and actual values, the reason why it matters, the requests as curl commands,
/// and the command that repeats the scenario.
#[must_use]
pub fn failure(scenario: &ScenarioReport) -> String {
    details(scenario, true)
}

fn details(scenario: &ScenarioReport, with_why: bool) -> String {
    let style = style(scenario.verdict);
    let mut out = format!("{style}{}{style:#} {BOLD}{}{BOLD:#}\n", scenario.verdict, scenario.id);
    let _ = writeln!(out, "  {}", scenario.name);
    let _ = writeln!(out, "  {}", scenario.sentence);
    for step in scenario.steps.iter().filter(|s| s.verdict.weight() >= Verdict::Weak.weight()) {
        let _ = writeln!(out, "  step      {} {DIM}({}){DIM:#}", step.text, step.at);
        if let Some(expected) = &step.expected {
            let _ = writeln!(out, "  expected  {}", indent(expected));
        }
        if let Some(actual) = &step.actual {
            let _ = writeln!(out, "  actual    {}", indent(actual));
        }
    }
    if with_why && !scenario.why.is_empty() {
        let _ = writeln!(out, "  why       {}", indent(&scenario.why));
    }
    for exchange in relevant_exchanges(scenario) {
        let _ = writeln!(out, "  {DIM}{}{DIM:#}\n      {}", summary(exchange), exchange.curl);
    }
    let _ = writeln!(out, "  repeat    {}", scenario.repeat);
    out
}

/// Returns the exchanges that explain the steps that did not pass, without duplicates.
fn relevant_exchanges(scenario: &ScenarioReport) -> Vec<&ExchangeReport> {
    let mut indices: Vec<usize> = scenario.steps.iter().flat_map(|step| step.exchanges.iter().copied()).collect();
    indices.sort_unstable();
    indices.dedup();
    indices.into_iter().filter_map(|index| scenario.exchanges.get(index)).collect()
}

/// Returns the first leftovers, and a line that counts the others.
#[must_use]
pub fn leftovers(all: &[String]) -> Vec<String> {
    const SHOWN: usize = 5;
    let mut lines: Vec<String> = all.iter().take(SHOWN).map(|left| escape(left).into_owned()).collect();
    if all.len() > SHOWN {
        lines.push(format!(
            "and {} more: --json lists them, `scimulate cleanup` tries to delete them",
            all.len() - SHOWN
        ));
    }
    lines
}

fn indent(text: &str) -> String {
    text.replace('\n', "\n            ")
}

fn summary(exchange: &ExchangeReport) -> String {
    let seen = match (&exchange.status, &exchange.failure) {
        (Some(status), _) => format!("answered {status} in {} ms", exchange.duration_ms),
        (None, Some(failure)) => failure.clone(),
        (None, None) => "no answer".to_owned(),
    };
    format!("{} sent {} {}, {seen}", exchange.by, exchange.method, exchange.url)
}

/// Strips the colors from a text.
#[must_use]
pub fn plain(colored: &str) -> String {
    anstream::adapter::strip_str(colored).to_string()
}

#[cfg(test)]
mod tests;

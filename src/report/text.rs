//! What a terminal shows. Every function gives text with ANSI colours; whoever prints it decides whether they stay.

mod alike;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use super::run::{ExchangeReport, Run, ScenarioReport, Verdict};

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

/// The colour of a verdict.
#[must_use]
pub fn style(verdict: Verdict) -> Style {
    let colour = match verdict {
        Verdict::Passed => AnsiColor::Green,
        Verdict::Deviation => AnsiColor::Red,
        Verdict::Weak | Verdict::Inconclusive => AnsiColor::Yellow,
        Verdict::Note | Verdict::NotSupported | Verdict::NotObserved | Verdict::Skipped => AnsiColor::Cyan,
    };
    colour.on_default()
}

/// One line for one result: what a progress log prints.
#[must_use]
pub fn line(scenario: &ScenarioReport) -> String {
    let style = style(scenario.verdict);
    let mut out = format!("{style}{:>13}{style:#} {}", scenario.verdict.as_str(), scenario.id);
    if scenario.verdict != Verdict::Passed {
        let _ = write!(out, " {DIM}{}{DIM:#}", scenario.sentence);
    }
    out
}

/// The whole report: failures first, each kind once; what was not judged, the counts, and the conclusion as the last line.
#[must_use]
pub fn render(run: &Run) -> String {
    let conclusion = run.conclusion();
    let mut out = deviations(run);
    out.push_str(&unjudged(run, &conclusion));
    for scenario in run.scenarios.iter().filter(|s| matches!(s.verdict, Verdict::Weak | Verdict::Note)) {
        let _ = writeln!(out, "{}", line(scenario));
    }
    if !run.leftovers.is_empty() {
        let _ = writeln!(out, "{BOLD}Left on the server{BOLD:#}");
        for left in &run.leftovers {
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

/// The deviations. The first of a kind is told in full, the others by their ids; why a feature matters is told once.
fn deviations(run: &Run) -> String {
    let mut out = String::new();
    let mut explained = BTreeSet::new();
    for kind in alike::together(run.scenarios.iter().filter(|s| s.verdict == Verdict::Deviation)) {
        let Some((first, others)) = kind.split_first() else { continue };
        out.push_str(&told(first, explained.insert(first.why.as_str())));
        if !others.is_empty() {
            let ids = indented(&alike::by_feature(others).join("\n"));
            let _ = writeln!(out, "  alike     {} more, with the same fault:\n            {ids}", others.len());
        }
        out.push('\n');
    }
    out
}

/// The results that judge nothing; what many of them share is said once, and not here if it is the conclusion.
fn unjudged(run: &Run, conclusion: &str) -> String {
    let open = [Verdict::Inconclusive, Verdict::NotSupported, Verdict::NotObserved, Verdict::Skipped];
    let unjudged = run.scenarios.iter().filter(|s| open.contains(&s.verdict));
    let mut out = String::new();
    for ((verdict, sentence), scenarios) in alike::by_key(unjudged, |s| (s.verdict, s.sentence.as_str())) {
        let style = style(verdict);
        let _ = match scenarios.as_slice() {
            _ if conclusion.contains(sentence) => Ok(()),
            [scenario] => writeln!(out, "{}", line(scenario)),
            many => writeln!(out, "{style}{} {verdict}{style:#} {DIM}{sentence}{DIM:#}", many.len()),
        };
    }
    out
}

/// `112 passed, 2 deviation`, without the verdicts that nobody got.
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

/// One failure: the step that did not hold, expected and actual, why it matters, the requests as curl, and the command
/// that repeats it.
#[must_use]
pub fn failure(scenario: &ScenarioReport) -> String {
    told(scenario, true)
}

fn told(scenario: &ScenarioReport, with_why: bool) -> String {
    let style = style(scenario.verdict);
    let mut out = format!("{style}{}{style:#} {BOLD}{}{BOLD:#}\n", scenario.verdict, scenario.id);
    let _ = writeln!(out, "  {}", scenario.name);
    let _ = writeln!(out, "  {}", scenario.sentence);
    for step in scenario.steps.iter().filter(|s| s.verdict.weight() >= Verdict::Weak.weight()) {
        let _ = writeln!(out, "  step      {} {DIM}({}){DIM:#}", step.text, step.at);
        if let Some(expected) = &step.expected {
            let _ = writeln!(out, "  expected  {}", indented(expected));
        }
        if let Some(actual) = &step.actual {
            let _ = writeln!(out, "  actual    {}", indented(actual));
        }
    }
    if with_why && !scenario.why.is_empty() {
        let _ = writeln!(out, "  why       {}", indented(&scenario.why));
    }
    for exchange in involved(scenario) {
        let _ = writeln!(out, "  {DIM}{}{DIM:#}\n      {}", answer(exchange), exchange.curl);
    }
    let _ = writeln!(out, "  repeat    {}", scenario.repeat);
    out
}

/// The exchanges that the steps which did not pass rest on, each once.
fn involved(scenario: &ScenarioReport) -> Vec<&ExchangeReport> {
    let mut places: Vec<usize> = scenario.steps.iter().flat_map(|step| step.exchanges.iter().copied()).collect();
    places.sort_unstable();
    places.dedup();
    places.into_iter().filter_map(|place| scenario.exchanges.get(place)).collect()
}

fn indented(text: &str) -> String {
    text.replace('\n', "\n            ")
}

fn answer(exchange: &ExchangeReport) -> String {
    let seen = match (&exchange.status, &exchange.failure) {
        (Some(status), _) => format!("answered {status} in {} ms", exchange.duration_ms),
        (None, Some(failure)) => failure.clone(),
        (None, None) => "no answer".to_owned(),
    };
    format!("{} sent {} {}, {seen}", exchange.by, exchange.method, exchange.url)
}

/// The same text without colours.
#[must_use]
pub fn plain(coloured: &str) -> String {
    anstream::adapter::strip_str(coloured).to_string()
}

#[cfg(test)]
mod tests;

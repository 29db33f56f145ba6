//! The report for a terminal. Every function returns text with ANSI colors; the caller decides whether to strip them.

use std::fmt::Write as _;

mod excerpt;
mod finding;
mod view;

pub use self::excerpt::decisive_part;
pub use self::finding::details;
use self::view::{BOLD, DIM};
pub use self::view::{Detail, View, style};
use super::exchange::ExchangeReport;
use super::finding::Finding;
use super::level::Level;
use super::result::ScenarioReport;
use super::run::{Command, Run};
use super::verdict::Verdict;
use crate::base::{counted, escape, escape_lines, wrap};

/// Renders a result as one line, for the progress log.
#[must_use]
pub fn line(scenario: &ScenarioReport) -> String {
    let style = style(scenario.verdict);
    let mut out = format!("{style}{:>13}{style:#} {}", scenario.verdict.as_str(), scenario.id);
    if scenario.verdict != Verdict::Passed {
        let _ = write!(out, " {DIM}{}{DIM:#}", escape_lines(&scenario.sentence));
    }
    out
}

impl std::fmt::Display for Run {
    /// Writes the whole report without colors.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&plain(&render(self, View::default())))
    }
}

/// Renders the whole report: findings, results without a judgment, the summary, the conclusion, and as the last line the exit
/// code with its reason.
#[must_use]
pub fn render(run: &Run, view: View) -> String {
    let conclusion = run.conclusion();
    let mut out = String::new();
    if view.detail != Detail::Result {
        for finding in run.findings.iter().filter(|finding| is_shown(run, finding)) {
            out.push_str(&details(finding, view));
            out.push('\n');
        }
        for finding in run.findings.iter().filter(|finding| is_mentioned(run, finding, view)) {
            let word = if finding.accepted { "accepted" } else { finding.verdict.as_str() };
            let style = style(Verdict::Note);
            let text = escape_lines(&finding.observation);
            let _ = writeln!(out, "{style}{word}{style:#} {} {DIM}{text}{DIM:#}", finding.id);
        }
        if view.detail == Detail::All {
            for result in &run.scenarios {
                let _ = writeln!(out, "{}", line(result));
            }
        } else {
            out.push_str(&not_judged(run, &conclusion));
        }
        out.push_str(&summary(run, &conclusion));
    }
    let _ = writeln!(out, "{}", wrap(&escape_lines(&conclusion), "", view.width));
    let (code, why) = run.exit();
    let seconds = std::time::Duration::from_millis(run.duration_ms).as_secs_f64();
    let _ = writeln!(
        out,
        "{} in {seconds:.1} s, exit code {code}: {}.",
        counted(run.requests, "request"),
        escape_lines(&why)
    );
    out
}

/// Returns true if a finding takes one line: an accepted one or a note; with all details, a weak one too.
fn is_mentioned(run: &Run, finding: &Finding, view: View) -> bool {
    let is_weak = finding.verdict == Verdict::Weak && view.detail == Detail::All;
    finding.accepted || finding.verdict == Verdict::Note || (is_weak && !is_shown(run, finding))
}

/// Returns true if a finding is shown in full: it fails the run, the profile counts it, or it kept the run from judging more.
fn is_shown(run: &Run, finding: &Finding) -> bool {
    let stops =
        || finding.verdict == Verdict::Weak && finding.results.iter().any(|result| result.starts_with("target/"));
    !finding.accepted && (finding.verdict == Verdict::Deviation || run.fails(finding.verdict) || stops())
}

/// Renders the results that were not judged, a shared reason once. A reason that is part of the conclusion is omitted.
fn not_judged(run: &Run, conclusion: &str) -> String {
    let open = [Verdict::Inconclusive, Verdict::NotSupported, Verdict::NotObserved, Verdict::Skipped];
    let mut groups: Vec<(Verdict, &str, Vec<&ScenarioReport>)> = Vec::new();
    for result in run.scenarios.iter().filter(|result| open.contains(&result.verdict)) {
        let known = groups.iter_mut().find(|(verdict, why, _)| (*verdict, *why) == (result.verdict, &result.sentence));
        match known {
            Some((.., results)) => results.push(result),
            None => groups.push((result.verdict, &result.sentence, vec![result])),
        }
    }
    let mut out = String::new();
    for (verdict, sentence, results) in groups {
        let style = style(verdict);
        let _ = match results.as_slice() {
            _ if conclusion.contains(sentence) => Ok(()),
            [result] => writeln!(out, "{}", line(result)),
            many => {
                writeln!(out, "{style}{} {verdict}{style:#} {DIM}{}{DIM:#}", many.len(), escape_lines(sentence))
            }
        };
    }
    let blocked = run.count(Verdict::Blocked);
    if blocked > 0 {
        let style = style(Verdict::Blocked);
        let why = "a finding broke what they need; fix it first";
        let _ = writeln!(out, "{style}{blocked} blocked{style:#} {DIM}{why}{DIM:#}");
    }
    out
}

fn summary(run: &Run, conclusion: &str) -> String {
    let mut out = String::new();
    for client in &run.clients {
        if let Some(why) = &client.not_possible {
            let _ = writeln!(out, "{} app not possible: {}", client.client.as_str().to_uppercase(), escape_lines(why));
        }
    }
    if !run.leftovers.is_empty() {
        let _ = writeln!(out, "{BOLD}Left on the server{BOLD:#}");
        for left in leftovers(&run.leftovers, &run.run_id) {
            let _ = writeln!(out, "  {left}");
        }
    }
    if let Some(first) = run.findings.iter().find(|finding| is_shown(run, finding)) {
        // The others print all details anyway.
        let flag = if run.command == Command::Check { "-v, or " } else { "" };
        let _ = writeln!(out, "{BOLD}More{BOLD:#}    {flag}scimulate explain {}", first.id);
    }
    let _ = writeln!(out, "{BOLD}Target{BOLD:#}  {}", run.target);
    let profile = if run.profile.is_empty() { String::new() } else { format!(", profile {}", run.profile) };
    let _ = writeln!(out, "{BOLD}Run{BOLD:#}     {}  (seed {}{profile})", run.run_id, run.seed);
    let _ = writeln!(out, "{BOLD}Results{BOLD:#} {}", counts(run));
    if let Some(weak) = weak(run) {
        let _ = writeln!(out, "{BOLD}Weak{BOLD:#}    {weak}");
    }
    for remark in &run.remarks {
        let _ = writeln!(out, "{}", escape_lines(remark));
    }
    for failure in &run.baseline_failures {
        let _ = writeln!(out, "{BOLD}Baseline{BOLD:#} {failure}");
    }
    if let Some(why) = run.stopped.as_ref().filter(|why| !conclusion.contains(why.as_str())) {
        let _ = writeln!(out, "{BOLD}Stopped{BOLD:#} {}", escape_lines(why));
    }
    out
}

/// Counts the findings that the profile does not count: `6 RFC violations and 2 points of Okta's review: --profile all`.
fn weak(run: &Run) -> Option<String> {
    let weak = || run.findings.iter().filter(|finding| finding.verdict == Verdict::Weak && !is_shown(run, finding));
    let review = weak().filter(|finding| finding.level == Level::Review).count();
    let rfc = weak().count() - review;
    let counted = |count: usize, one: &str, many: &str| match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        count => Some(format!("{count} {many}")),
    };
    let parts: Vec<String> = [
        counted(rfc, "RFC violation", "RFC violations"),
        counted(review, "point of Okta's review", "points of Okta's review"),
    ]
    .into_iter()
    .flatten()
    .collect();
    (!parts.is_empty()).then(|| format!("{}: --profile all shows them", parts.join(" and ")))
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

/// Renders a result that did not pass: its steps with both sides, the requests, and the command that repeats it.
#[must_use]
pub fn failure(scenario: &ScenarioReport) -> String {
    let style = style(scenario.verdict);
    let mut out = format!("{style}{}{style:#} {BOLD}{}{BOLD:#}\n", scenario.verdict, scenario.id);
    let _ = writeln!(out, "  {}", scenario.name);
    let _ = writeln!(out, "  {}", escape_lines(&scenario.sentence));
    for step in scenario.steps.iter().filter(|step| step.verdict.weight() >= Verdict::Weak.weight()) {
        let _ = writeln!(out, "  step      {} {DIM}({}){DIM:#}", step.text, step.at);
        if let Some(expected) = &step.expected {
            let _ = writeln!(out, "  expected  {}", indent(expected));
        }
        if let Some(actual) = &step.actual {
            let _ = writeln!(out, "  actual    {}", indent(actual));
        }
    }
    for finding in &scenario.findings {
        let _ = writeln!(out, "  finding   {finding}");
    }
    let relevant: Vec<ExchangeReport> = relevant_exchanges(scenario).into_iter().cloned().collect();
    out.push_str(&exchanges(&relevant));
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
pub fn leftovers(all: &[String], run_id: &str) -> Vec<String> {
    const SHOWN: usize = 5;
    let mut lines: Vec<String> = all.iter().take(SHOWN).map(|left| escape(left).into_owned()).collect();
    if all.len() > SHOWN {
        lines.push(format!(
            "and {} more: --json lists them, `scimulate cleanup URL --run-id {run_id}` tries to delete them",
            all.len() - SHOWN
        ));
    }
    lines
}

fn exchanges(exchanges: &[ExchangeReport]) -> String {
    let mut out = String::new();
    for exchange in exchanges {
        let _ = writeln!(out, "  {DIM}{}{DIM:#}\n      {}", escape_lines(&exchange.summary()), exchange.curl);
    }
    out
}

/// Returns a text of several lines, each escaped and indented.
fn indent(text: &str) -> String {
    escape_lines(text).replace('\n', "\n            ")
}

/// Strips the colors from a text.
#[must_use]
pub fn plain(colored: &str) -> String {
    anstream::adapter::strip_str(colored).to_string()
}

#[cfg(test)]
mod tests;

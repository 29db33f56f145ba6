//! One finding on the first screen: what was sent and received, what differs, why it matters and how to fix it.

use std::fmt::Write as _;

use super::excerpt::{path, request, response};
use super::view::{BOLD, DIM, Detail, View, style};
use crate::base::{counted, escape_lines, wrap};
use crate::report::exchange::ExchangeReport;
use crate::report::finding::Finding;

/// The longest curl command on the first screen, in characters. `-v` prints longer ones.
const CURL: usize = 520;
/// The longest curl command of a generated case, in characters. `--save` keeps the whole.
const CASE_CURL: usize = 2_000;
/// The longest side of a comparison, in characters.
const SIDE: usize = 400;

/// Renders a finding: the requirement, the decisive request and response, both sides, reason and remedy, the results that
/// show it, and the command that repeats it. With all details, it lists every exchange as a curl command and every result.
#[must_use]
pub fn details(finding: &Finding, view: View) -> String {
    let verdict_style = style(finding.verdict);
    let mut out = format!("{verdict_style}{}{verdict_style:#} {BOLD}{}{BOLD:#}", finding.verdict, finding.id);
    let _ = writeln!(out, " {DIM}({}: {}){DIM:#}", finding.level.as_str(), finding.source);
    let mut paragraph = |label: &str, text: &str| {
        for (at, line) in escape_lines(text).lines().enumerate() {
            let label = if at == 0 { format!("  {label:<9} ") } else { " ".repeat(12) };
            let _ = writeln!(out, "{}", wrap(line, &label, view.width));
        }
    };
    paragraph("rule", &finding.title);
    paragraph("problem", &sentence(&finding.observation));
    let mut decisive = finding.decisive.iter().filter_map(|at| finding.exchanges.get(*at));
    let first = decisive.next();
    if let Some(exchange) = first {
        paragraph("request", &request(exchange, &finding.part));
        paragraph("response", &response(exchange, &finding.part));
    }
    if let Some(shown) = decisive.next() {
        let text = format!("{} {} -> {}", shown.method, path(&shown.url), response(shown, &finding.part));
        paragraph("then", &text);
    }
    let repeats = finding.expected == finding.title && finding.actual == finding.observation;
    if !repeats {
        paragraph("expected", &cut(&finding.expected, SIDE));
    }
    // The response has the body.
    let actual = match finding.actual.split_once(' ') {
        Some((status, _)) if finding.part == "status" && first.is_some() => status,
        _ => &finding.actual,
    };
    if !repeats {
        paragraph("actual", &cut(actual, SIDE));
    }
    paragraph("why", &finding.why);
    if let Some(cause) = &finding.cause {
        paragraph("cause", &cause.sentence());
    }
    paragraph("fix", finding.remedy());
    if view.detail == Detail::All {
        for exchange in &finding.exchanges {
            paragraph("exchange", &exchange.summary());
            paragraph("", &exchange.curl);
        }
    } else if finding.case.is_some() {
        // A generated case is repeated as a whole.
        for exchange in &finding.exchanges {
            paragraph("curl", &cut(&exchange.short_curl(), CASE_CURL));
        }
    } else if let Some(curl) = first.map(ExchangeReport::short_curl).filter(|curl| curl.chars().count() <= CURL) {
        paragraph("curl", &curl);
    }
    let results = if view.detail == Detail::All { ids_by_feature(&finding.results) } else { folded(&finding.results) };
    if let (Some(case), Some(attempts)) = (finding.case, finding.attempts) {
        paragraph(
            "case",
            &format!(
                "{case}, shrunk to {} in {}",
                counted(finding.exchanges.len(), "request"),
                counted(attempts, "attempt")
            ),
        );
    }
    paragraph("results", &results);
    paragraph("repeat", &finding.repeat);
    out
}

/// Returns a clause as a sentence: with a capital, unless it begins with a name, and a full stop.
fn sentence(clause: &str) -> String {
    let mut text = clause.to_owned();
    let is_word = ["the ", "group ", "user "].iter().any(|word| text.starts_with(word));
    if let Some(first) = text.get_mut(0..1).filter(|_| is_word) {
        first.make_ascii_uppercase();
    }
    if !text.ends_with(['.', '}', ']', '>']) {
        text.push('.');
    }
    text
}

fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let start: String = text.chars().take(most).collect();
    format!("{start}… ({} characters; --json has all)", text.chars().count())
}

/// Counts the results by feature: `7: okta/deactivate (4), okta/reactivate (3)`. A single result is named.
fn folded(results: &[String]) -> String {
    match results {
        [one] => format!("1: {one}"),
        many => {
            let parts: Vec<String> =
                by_feature(many).into_iter().map(|(feature, ids)| format!("{feature} ({})", ids.len())).collect();
            format!("{}: {}", many.len(), parts.join(", "))
        }
    }
}

/// Lists the IDs of results, one line for each feature: `okta/connect: save@aiw, save@oin`.
fn ids_by_feature(results: &[String]) -> String {
    let lines: Vec<String> =
        by_feature(results).into_iter().map(|(feature, ids)| format!("{feature}: {}", ids.join(", "))).collect();
    format!("{} in\n{}", results.len(), lines.join("\n"))
}

fn by_feature(results: &[String]) -> Vec<(&str, Vec<&str>)> {
    let mut features: Vec<(&str, Vec<&str>)> = Vec::new();
    for id in results {
        let (feature, scenario) = id.rsplit_once('/').unwrap_or(("", id));
        match features.iter_mut().find(|(known, _)| *known == feature) {
            Some((_, scenarios)) => scenarios.push(scenario),
            None => features.push((feature, vec![scenario])),
        }
    }
    features
}

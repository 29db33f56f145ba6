//! The result of a run: what Okta would have shown the administrator, and what the audit found.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use super::load;
use crate::base::escape;
use crate::cli::terminal::wrap;
use crate::report::{Audit, AuditFault, AuditMoment, AuditProblem, Run, ScenarioReport, Verdict, text};

const BOLD: Style = Style::new().bold();
const RED: Style = AnsiColor::Red.on_default().bold();
/// The number of tasks that are printed; all are in the JSON report.
const MOST_TASKS: usize = 20;

/// Renders the result. The last line is the conclusion.
pub(super) fn render(run: &Run, width: Option<usize>) -> String {
    let mut out = String::new();
    let label = |number: usize, action: &ScenarioReport, task: &str| {
        let expected = if action.expects(task) { ", expected" } else { "" };
        format!("  action {number}{expected}: ")
    };
    let tasks: Vec<(String, &String)> = (1..)
        .zip(&run.scenarios)
        .flat_map(|(number, action)| action.tasks.iter().map(move |task| (label(number, action, task), task)))
        .collect();
    if !tasks.is_empty() {
        let _ = writeln!(out, "{BOLD}Okta would have shown the administrator{BOLD:#}");
        for (label, task) in tasks.iter().take(MOST_TASKS) {
            let _ = writeln!(out, "{}", wrap(&escape(task), label, width));
        }
        if tasks.len() > MOST_TASKS {
            let _ = writeln!(out, "  … and {} more errors; --json FILE has all of them", tasks.len() - MOST_TASKS);
        }
    }
    render_missing(&mut out, run, width);
    if let Some(audit) = &run.audit {
        render_audit(&mut out, audit, width);
    }
    for remark in &run.remarks {
        let _ = writeln!(out, "{}", wrap(&escape(remark), "warning: ", width));
    }
    out.extend(run.load.as_ref().map(load::render));
    let verdict = match run.exit().0 {
        0 => Verdict::Passed,
        1 => Verdict::Deviation,
        _ => Verdict::Inconclusive,
    };
    let style = text::style(verdict);
    let name = run.scenario.as_deref().unwrap_or_default();
    let conclusion = format!("{style}{verdict}{style:#} {BOLD}{}{BOLD:#}: {}", escape(name), escape(&run.conclusion()));
    let _ = writeln!(out, "{}", wrap(&conclusion, "", width));
    out
}

/// Renders the errors that the scenario expects and Okta would not have shown.
fn render_missing(out: &mut String, run: &Run, width: Option<usize>) {
    let missing = (1..).zip(&run.scenarios).filter_map(|(number, action)| {
        let expected = action.expect_task.as_ref().filter(|_| action.verdict == Verdict::Deviation)?;
        let came = action.tasks.iter().any(|task| action.expects(task));
        (!came).then_some((number, expected))
    });
    let missing: Vec<(i32, &String)> = missing.collect();
    if !missing.is_empty() {
        let _ = writeln!(out, "{BOLD}The scenario expects, and Okta would not have shown{BOLD:#}");
    }
    for (number, expected) in missing {
        let words =
            if expected.is_empty() { "an error".to_owned() } else { format!("an error that contains {expected:?}") };
        let _ = writeln!(out, "{}", wrap(&escape(&words), &format!("  action {number}: "), width));
    }
}

/// Renders the problems of the audit by the side that is at fault, and what is unknown.
fn render_audit(out: &mut String, audit: &Audit, width: Option<usize>) {
    for (fault, is_of_lookup, title, style) in [
        (AuditFault::Target, true, "Lookups return other resources than Okta asked for", RED),
        (AuditFault::Target, false, "The target does not store what it accepted", RED),
        (AuditFault::Okta, false, "Differences that Okta leaves: the target stores what it accepted", BOLD),
    ] {
        let problems: Vec<&AuditProblem> =
            audit.of(fault).filter(|problem| problem.is_of_lookup() == is_of_lookup).collect();
        if !problems.is_empty() {
            let _ = writeln!(out, "{style}{title}{style:#}");
        }
        for problem in problems.iter().take(MOST_TASKS) {
            render_problem(out, problem, width);
        }
        if problems.len() > MOST_TASKS {
            let _ = writeln!(out, "  … and {} more; --json FILE has all of them", problems.len() - MOST_TASKS);
        }
    }
    for unknown in &audit.unknown {
        let _ = writeln!(out, "{}", wrap(&escape(unknown), "unknown: ", width));
    }
}

fn render_problem(out: &mut String, problem: &AuditProblem, width: Option<usize>) {
    let _ = writeln!(out, "{}", wrap(&escape(&problem.sentence), "  ", width));
    let mut detail = |label: &str, words: &str| {
        if !words.is_empty() {
            let _ = writeln!(out, "{}", wrap(&escape(words), &format!("    {label}"), width));
        }
    };
    let since = problem.since.as_ref().map(AuditMoment::words).unwrap_or_default();
    let until = problem.until.as_ref().map(|until| format!(", seen in {}", until.words())).unwrap_or_default();
    detail("since: ", &format!("{since}{until}"));
    if let Some(request) = &problem.request {
        let label = match problem.fault {
            AuditFault::Target => "first request that was not honored: ",
            AuditFault::Okta => "request that failed: ",
        };
        detail(label, &request.words());
        detail("its body: ", request.body.as_deref().unwrap_or_default());
    }
    let label = if problem.until.is_some() { "the target showed: " } else { "the target shows: " };
    detail(label, problem.shows.as_deref().unwrap_or_default());
    let sources = match &problem.habit {
        Some(habit) => format!(" (habit {habit}: {})", problem.sources.join(", ")),
        None => String::new(),
    };
    detail("why: ", &if problem.why.is_empty() { String::new() } else { format!("{}{sources}", problem.why) });
    if let Some(id) = &problem.id {
        detail("id on the target: ", id);
    }
}

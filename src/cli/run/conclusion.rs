//! The result of a run: what Okta would have shown the administrator, and the accounts that stay active by mistake.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use crate::base::escape;
use crate::cli::terminal::wrap;
use crate::report::{Run, ScenarioReport, StillActive, StillActiveReason, Verdict, text};

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
    for account in &run.still_active {
        let _ = writeln!(out, "{}", wrap(&still_active_words(account), "", width));
    }
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

fn still_active_words(account: &StillActive) -> String {
    let StillActive { app, person, id, reason } = account;
    let who = escape(&format!("{person} (app {app}, id {id} on the target)")).into_owned();
    let why = match reason {
        StillActiveReason::DeactivationFailed => {
            "Okta removed the person's access, but the deactivation failed. Okta does not try again; it asks the \
             administrator to disable the account on the target by hand."
        }
        StillActiveReason::LinkFailed => {
            "The profile push after the match had failed, so Okta kept no ID of the account. When the person lost the app, \
             it sent nothing, and no task says so."
        }
    };
    format!("{RED}May still be active on the target:{RED:#} {who}. {why}")
}

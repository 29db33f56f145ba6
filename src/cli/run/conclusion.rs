//! The result of a run: what Okta would have shown the administrator, and the accounts that stay active by mistake.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use crate::base::escape;
use crate::cli::terminal::wrap;
use crate::okta::Org;
use crate::report::{Verdict, text};
use crate::sim::PlayedEntry;
use crate::sim::run_report::overall;
use crate::sim::still_active::{StillActive, StillActiveReason, still_active};

const BOLD: Style = Style::new().bold();
const RED: Style = AnsiColor::Red.on_default().bold();
/// The number of tasks that are printed; all are in the JSON report.
const MOST_TASKS: usize = 20;

/// Renders the result. The last line is the conclusion.
pub(super) fn render(name: &str, played: &[PlayedEntry], org: &Org, width: Option<usize>) -> String {
    let mut out = String::new();
    let label = |number: usize, entry: &PlayedEntry, error: &str| {
        let expected = if entry.is_expected(error) { ", expected" } else { "" };
        format!("  action {number}{expected}: ")
    };
    let tasks: Vec<(String, String)> = (1..)
        .zip(played)
        .flat_map(|(number, entry)| entry.errors().into_iter().map(move |error| (label(number, entry, &error), error)))
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
    for account in still_active(org) {
        let _ = writeln!(out, "{}", wrap(&still_active_words(&account), "", width));
    }
    let _ = writeln!(out, "{}", wrap(&conclusion(name, played), "", width));
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
    format!("{RED}Still active on the target:{RED:#} {who}. {why}")
}

fn conclusion(name: &str, played: &[PlayedEntry]) -> String {
    let verdict = overall(played);
    let style = text::style(verdict);
    let count = |of: Verdict| played.iter().filter(|entry| entry.verdict == of).count();
    let actions = counted(played.len(), "action");
    let requests = counted(played.iter().map(|entry| entry.outcome.exchanges.len()).sum(), "request");
    let responded = played.iter().flat_map(|entry| &entry.outcome.exchanges).any(|exchange| exchange.outcome.is_ok());
    let mut sentences = match verdict {
        Verdict::Passed => {
            let other = if played.iter().any(|entry| entry.expect_task.is_some()) { "other " } else { "" };
            format!("{actions}, {requests}: Okta would have reported no {other}errors.")
        }
        Verdict::Deviation => {
            let (unexpected, missing): (Vec<_>, Vec<_>) = played
                .iter()
                .filter(|entry| entry.verdict == Verdict::Deviation)
                .partition(|entry| !entry.errors().is_empty());
            let mut words = Vec::new();
            if !unexpected.is_empty() {
                words.push(format!("Okta would have shown errors after {} of {actions}", unexpected.len()));
            }
            if !missing.is_empty() {
                words.push(format!("an expected error is missing after {} of {actions}", missing.len()));
            }
            format!("{} ({requests}).", words.join("; "))
        }
        _ if !responded => format!("The target never responded ({requests})."),
        _ => format!("The run is not complete: {} of {actions} passed ({requests}).", count(Verdict::Passed)),
    };
    let skipped = count(Verdict::Skipped);
    if skipped > 0 {
        let reason = played.iter().find(|entry| entry.verdict == Verdict::Skipped).and_then(|one| one.reason.clone());
        let were = if skipped == 1 { "was" } else { "were" };
        let _ = write!(sentences, " {} {were} skipped: {}.", counted(skipped, "action"), reason.unwrap_or_default());
    }
    format!("{style}{verdict}{style:#} {BOLD}{}{BOLD:#}: {}", escape(name), escape(&sentences))
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

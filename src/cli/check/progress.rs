//! Progress of a check on stderr: a bar on a terminal, otherwise one line per result.

use std::io::IsTerminal as _;
use std::sync::{Arc, Mutex, PoisonError};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::base::Seed;
use crate::check::{Case, Observer};
use crate::report::text;
use crate::report::{ScenarioReport, Verdict};
use crate::wire::Secrets;

/// The progress of one run.
#[derive(Debug)]
pub(super) struct Progress(Option<ProgressBar>);

impl Progress {
    /// Prints what is about to run.
    pub(super) fn start(cases: &[Case], target: &str, run_id: &str, seed: Seed) -> Self {
        let results: usize = cases.iter().map(|case| 1 + usize::from(case.asserts_events())).sum();
        let scenarios = if cases.len() == 1 { "scenario" } else { "scenarios" };
        anstream::eprintln!("{} {scenarios} against {target}, run {run_id}, seed {seed}", cases.len());
        if !std::io::stderr().is_terminal() {
            return Self(None);
        }
        let bar = ProgressBar::with_draw_target(Some(results as u64), ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} {wide_msg}") {
            bar.set_style(style);
        }
        Self(Some(bar))
    }

    /// Returns the function that receives each result.
    pub(super) fn observer(&self, secrets: &Secrets) -> Observer {
        let secrets = secrets.clone();
        let bar = self.0.clone();
        let last_sentence = Mutex::new(String::new());
        Arc::new(move |result: &ScenarioReport| {
            let worth_printing = !repeats(result, &last_sentence);
            match &bar {
                Some(bar) => {
                    if worth_printing && result.verdict != Verdict::Passed {
                        bar.suspend(|| anstream::eprintln!("{}", secrets.hide(&text::line(result))));
                    }
                    bar.set_message(result.id.clone());
                    bar.inc(1);
                }
                None if worth_printing => anstream::eprintln!("{}", secrets.hide(&text::line(result))),
                None => {}
            }
        })
    }

    /// Removes the bar.
    pub(super) fn finish(&self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}

/// Returns whether an inconclusive result has the same reason as the last one. An unreachable target is printed once, not
/// for each scenario; the report counts them.
fn repeats(result: &ScenarioReport, last_sentence: &Mutex<String>) -> bool {
    let mut last_sentence = last_sentence.lock().unwrap_or_else(PoisonError::into_inner);
    let same = result.verdict == Verdict::Inconclusive && *last_sentence == result.sentence;
    if result.verdict == Verdict::Inconclusive {
        last_sentence.clone_from(&result.sentence);
    }
    same
}

//! Progress of a check on stderr: a bar on a terminal, otherwise a line after each quarter of the results. A result that
//! deviates or stays inconclusive is printed at once, unless an earlier one had the same reason.

use std::collections::HashSet;
use std::io::IsTerminal as _;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::time_left::TimeLeft;
use crate::base::Seed;
use crate::check::{Case, Observer};
use crate::report::{ScenarioReport, Verdict, text};
use crate::wire::limiter::Counts;
use crate::wire::{Limiter, Secrets};

/// The progress of one run.
#[derive(Debug)]
pub(super) enum Progress {
    Quiet,
    Bar(ProgressBar),
    /// The number of results to come.
    Lines(usize),
}

impl Progress {
    /// Prints what is about to run, unless only the result is wanted.
    pub(super) fn start(cases: &[Case], target: &str, run_id: &str, seed: Seed, quiet: bool) -> Self {
        if quiet {
            return Self::Quiet;
        }
        let results: usize = cases.iter().map(|case| 1 + usize::from(case.asserts_events())).sum();
        let scenarios = if cases.len() == 1 { "scenario" } else { "scenarios" };
        anstream::eprintln!("{} {scenarios} against {target}, run {run_id}, seed {seed}", cases.len());
        if !std::io::stderr().is_terminal() {
            return Self::Lines(results);
        }
        let bar = ProgressBar::with_draw_target(Some(results as u64), ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} {wide_msg}") {
            bar.set_style(style);
        }
        Self::Bar(bar)
    }

    /// Returns the function that receives each result.
    pub(super) fn observer(&self, secrets: &Secrets) -> Observer {
        let done = AtomicUsize::new(0);
        let printed = Mutex::new(HashSet::new());
        let secrets = secrets.clone();
        let news = move |result: &ScenarioReport| {
            let counts = matches!(result.verdict, Verdict::Deviation | Verdict::Inconclusive);
            let mut printed = printed.lock().unwrap_or_else(PoisonError::into_inner);
            let is_new = counts && printed.insert((result.verdict, result.sentence.clone()));
            is_new.then(|| secrets.hide(&text::line(result)).into_owned())
        };
        match self {
            Self::Quiet => Arc::new(|_: &ScenarioReport| {}),
            Self::Bar(bar) => {
                let bar = bar.clone();
                Arc::new(move |result: &ScenarioReport| {
                    if let Some(line) = news(result) {
                        bar.suspend(|| anstream::eprintln!("{line}"));
                    }
                    bar.inc(1);
                })
            }
            Self::Lines(results) => {
                let results = *results;
                Arc::new(move |result: &ScenarioReport| {
                    if let Some(line) = news(result) {
                        anstream::eprintln!("{line}");
                    }
                    let done = done.fetch_add(1, Ordering::Relaxed) + 1;
                    if is_quarter(done, results) {
                        anstream::eprintln!("{done} of {results} results");
                    }
                })
            }
        }
    }

    /// Shows the time that is left: beside the bar, otherwise in one line if it is long. A line says once that it exceeds
    /// the time limit.
    pub(super) fn watch(
        &self,
        limiter: &Limiter,
        estimate: impl Fn(&Counts) -> Option<TimeLeft> + Send + Sync + 'static,
    ) {
        let bar = match self {
            Self::Quiet => return,
            Self::Bar(bar) => Some(bar.clone()),
            Self::Lines(_) => None,
        };
        let (is_shown, is_warned) = (AtomicBool::new(false), AtomicBool::new(false));
        limiter.observe(move |counts| {
            let Some(left) = estimate(counts) else { return };
            let is_first = !is_shown.swap(true, Ordering::Relaxed);
            let warns = left.exceeds_limit() && !is_warned.swap(true, Ordering::Relaxed);
            match &bar {
                Some(bar) => {
                    bar.set_message(left.short());
                    if warns {
                        bar.suspend(|| anstream::eprintln!("{left}"));
                    }
                }
                None if warns || (is_first && left.is_long()) => anstream::eprintln!("{left}"),
                None => {}
            }
        });
    }

    /// Removes the bar.
    pub(super) fn finish(&self) {
        if let Self::Bar(bar) = self {
            bar.finish_and_clear();
        }
    }
}

/// Returns true if a quarter, a half, three quarters or all of the results have just been reached.
fn is_quarter(done: usize, results: usize) -> bool {
    done * 4 / results.max(1) > (done - 1) * 4 / results.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_lines_are_printed_however_many_results_there_are() {
        for results in [4, 5, 112, 1_000] {
            assert_eq!((1..=results).filter(|done| is_quarter(*done, results)).count(), 4, "{results}");
        }
        assert_eq!((1..=2).filter(|done| is_quarter(*done, 2)).count(), 2);
    }
}

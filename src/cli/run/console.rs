//! Prints a run while it happens: actions, requests, responses, waits, events and verdicts.
//!
//! A request is printed when it is sent, and its line is completed when the response arrives, so that a slow request is
//! visible while it lasts.

mod bodies;

use std::io::Write;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anstyle::Style;
use tokio::time::Instant;

use self::bodies::Bodies;
use crate::base::{escape, in_words};
use crate::cli::terminal::wrap;
use crate::okta::Pace;
use crate::okta::agent::observer::{AgentObserver, Wait, WaitReason};
use crate::okta::org::JobSpec;
use crate::report::{Verdict, text};
use crate::sim::load::LoadMeter;
use crate::sim::play::PlayObserver;
use crate::sim::{PlayedEntry, TimelineEntry, describe, event_line};
use crate::wire::{Exchange, Request};

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
/// The indentation below an action.
const INDENT: &str = "   ";
/// The times after which a request that has no response is mentioned, in seconds.
const SLOW: [u64; 4] = [5, 15, 30, 45];

/// The amount of detail to print.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Detail {
    /// Only the result of the run, which the console does not print.
    Result,
    Requests,
    Bodies,
}

/// Prints reports of a run. A closed output does not end the run: the scenario is played to its end.
#[derive(Debug)]
pub(super) struct Console<W> {
    detail: Detail,
    pace: Pace,
    width: Option<usize>,
    load: LoadMeter,
    state: Mutex<State<W>>,
}

#[derive(Debug)]
struct State<W> {
    out: W,
    /// The request whose line is not complete.
    open: Option<OpenLine>,
    bodies: Bodies,
    /// The reason that was printed for the last action.
    last_reason: Option<String>,
}

#[derive(Debug)]
struct OpenLine {
    job: JobSpec,
    since: Instant,
    /// The number of entries of [`SLOW`] that were mentioned.
    mentioned: usize,
}

impl<W: Write + Send> Console<W> {
    pub(super) fn new(out: W, detail: Detail, pace: Pace, width: Option<usize>) -> Self {
        let state = State { out, open: None, bodies: Bodies::default(), last_reason: None };
        Self { detail, pace, width, load: LoadMeter::default(), state: Mutex::new(state) }
    }

    /// Returns the latencies of the requests.
    pub(super) const fn load(&self) -> &LoadMeter {
        &self.load
    }

    /// Mentions requests that have no response yet. Never returns.
    pub(super) async fn report_slow_requests(&self) {
        let mut ticks = tokio::time::interval(Duration::from_secs(1));
        loop {
            ticks.tick().await;
            self.state().mention_slow_request();
        }
    }

    /// Ends a line that is not complete.
    pub(super) fn end_line(&self) {
        let mut state = self.state();
        state.end_line();
        let _ = state.out.flush();
    }

    fn state(&self) -> MutexGuard<'_, State<W>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Prints a paragraph below an action.
    fn paragraph(&self, state: &mut State<W>, label: &str, said: &str) {
        state.line(&wrap(&format!("{label}{}", escape(said)), INDENT, self.width));
    }
}

impl<W: Write> State<W> {
    fn line(&mut self, line: &str) {
        self.end_line();
        let _ = writeln!(self.out, "{line}");
        let _ = self.out.flush();
    }

    fn end_line(&mut self) {
        if self.open.take().is_some() {
            let _ = writeln!(self.out);
        }
    }

    fn mention_slow_request(&mut self) {
        let Some(open) = &mut self.open else { return };
        let Some(seconds) = SLOW.get(open.mentioned) else { return };
        if open.since.elapsed() >= Duration::from_secs(*seconds) {
            open.mentioned += 1;
            let said = if open.mentioned == 1 { "no response yet after " } else { "" };
            let _ = write!(self.out, "  {DIM}… {said}{seconds} s{DIM:#}");
            let _ = self.out.flush();
        }
    }
}

impl<W: Write + Send> AgentObserver for Console<W> {
    fn sending(&self, job: &JobSpec, request: &Request) {
        if self.detail == Detail::Result {
            return;
        }
        let mut state = self.state();
        state.end_line();
        let _ = write!(state.out, "{INDENT}{}", request_line(request));
        let _ = state.out.flush();
        state.open = Some(OpenLine { job: job.clone(), since: Instant::now(), mentioned: 0 });
    }

    fn received(&self, job: &JobSpec, exchange: &Exchange) {
        if self.detail == Detail::Result {
            return;
        }
        let mut state = self.state();
        let response = response_words(exchange);
        if state.open.as_ref().is_some_and(|open| open.job == *job) {
            state.open = None;
            let _ = writeln!(state.out, "  {response}");
        } else {
            // Requests of several jobs are in flight.
            state.line(&format!("{INDENT}{}  {response}", request_line(&exchange.request)));
        }
        if self.detail == Detail::Bodies {
            for line in state.bodies.lines(exchange) {
                state.line(&format!("{INDENT}{INDENT}{DIM}{line}{DIM:#}"));
            }
        }
        let _ = state.out.flush();
    }

    fn timed(&self, job: &JobSpec, exchange: &Exchange, latency: Duration) {
        self.load.add(job, exchange, latency);
    }

    fn replayed(&self, _job: &JobSpec, exchange: &Exchange) {
        if self.detail != Detail::Result {
            let (request, seen) = (request_line(&exchange.request), escape(&exchange.seen()).into_owned());
            self.state().line(&format!("{INDENT}{request}  {seen}  {DIM}from the journal{DIM:#}"));
        }
    }

    fn waiting(&self, _job: &JobSpec, wait: &Wait) {
        let worth_printing = match (self.detail, &wait.reason) {
            (Detail::Result, _) => false,
            (detail, WaitReason::Gap) => detail == Detail::Bodies,
            _ => true,
        };
        if worth_printing {
            self.paragraph(&mut self.state(), "", &wait_words(wait, self.pace));
        }
    }
}

impl<W: Write + Send> PlayObserver for Console<W> {
    fn action_begins(&self, number: usize, entry: &TimelineEntry) {
        if self.detail != Detail::Result {
            let at = entry.at.map(|at| at.strftime("%F %R  ").to_string()).unwrap_or_default();
            let title = format!("{at}{}", escape(&describe(&entry.action)));
            self.state().line(&format!("{BOLD}{number}. {title}{BOLD:#}"));
        }
    }

    fn action_ended(&self, _number: usize, played: &PlayedEntry) {
        if self.detail == Detail::Result {
            return;
        }
        let mut state = self.state();
        for event in &played.events {
            self.paragraph(&mut state, "event: ", &event_line(event));
        }
        if let Some(error) = &played.events_error {
            self.paragraph(&mut state, "events: ", error);
        }
        let style = text::style(played.verdict);
        let verdict = format!("{style}{}{style:#}", played.verdict);
        for error in played.errors() {
            let as_expected = if played.is_expected(&error) { ", as expected" } else { "" };
            self.paragraph(&mut state, &format!("Okta shows the administrator{as_expected}: "), &error);
        }
        let why = match &played.reason {
            // All skipped actions have one reason, which is printed once.
            Some(reason) if state.last_reason.as_ref() != Some(reason) => format!(": {reason}"),
            None if played.verdict == Verdict::Passed && played.traffic.requests == 0 => {
                ": Okta sends nothing".to_owned()
            }
            _ => String::new(),
        };
        self.paragraph(&mut state, &verdict, &why);
        state.last_reason.clone_from(&played.reason);
    }
}

fn request_line(request: &Request) -> String {
    format!("{} {}", request.method.as_str(), escape(&request.path))
}

fn response_words(exchange: &Exchange) -> String {
    let simulated = exchange.simulated.map(|words| format!("  ({words})")).unwrap_or_default();
    format!("{}{simulated}  {DIM}{} ms{DIM:#}", escape(&exchange.seen()), exchange.duration.as_millis())
}

/// Describes a wait when it begins.
fn wait_words(wait: &Wait, pace: Pace) -> String {
    let length = in_words(wait.duration);
    let waits = match pace {
        Pace::Real => format!("Okta waits {length}"),
        Pace::Virtual => format!("Okta would wait {length}, which is skipped"),
    };
    match &wait.reason {
        WaitReason::Gap => format!("{waits} between two requests"),
        WaitReason::TooManyRequests { retry_after, attempt, attempts } => {
            let header = match retry_after {
                None => "429 without Retry-After".to_owned(),
                Some(value) if value.trim().parse::<u32>().is_ok() => format!("429 with Retry-After: {value}"),
                Some(value) => {
                    format!("429 with Retry-After: {value}, which Okta ignores because it is not an integer")
                }
            };
            format!("{header}: {waits} (attempt {attempt} of {attempts} follows)")
        }
    }
}

#[cfg(test)]
mod tests;

//! Runs of the harness against a target, and the reference in this process.

use std::sync::Arc;
use std::time::Duration;

use regex::Regex;
use scimulate::base::Seed;
use scimulate::check::{self, RunConfig, Selection, Suite, TestDouble};
use scimulate::events::OnDeactivate;
use scimulate::okta::Habits;
use scimulate::report::{Run, Verdict};
use scimulate::server::InProcess;
use scimulate::server::defects;
use scimulate::wire::{Auth, Stop, Target};

/// Defects that users reported in real servers.
pub(crate) const REPORTED: [&str; 9] = [
    "pathless-patch-ignored",
    "username-filter-ignored",
    "inactive-hidden-from-lookup",
    "replace-members-adds",
    "remove-member-empties-group",
    "put-drops-external-id",
    "counters-as-strings",
    "duplicate-answered-200",
    "patch-answered-with-old-state",
];

/// Starts a reference with defects, on a separate runtime.
pub(crate) fn reference(names: &[&str]) -> InProcess {
    let defects =
        names.iter().map(|name| defects::by_name(name).unwrap_or_else(|| panic!("no defect {name}"))).collect();
    InProcess::start(defects).unwrap()
}

/// A builder for a run.
pub(crate) struct Check {
    selection: Selection,
    target: Target,
    events: Option<Target>,
    habits: Habits,
    double: Option<Arc<dyn TestDouble>>,
    run_id: String,
    limit: Duration,
    keep: bool,
    concurrency: usize,
}

impl Check {
    pub(crate) fn of(target: Target) -> Self {
        Self {
            selection: Selection::default(),
            target,
            events: None,
            habits: Habits::default(),
            double: None,
            run_id: check::run_id(Seed::fresh().unwrap()),
            limit: Duration::from_mins(10),
            keep: false,
            concurrency: 4,
        }
    }

    /// A run against a reference, including events.
    pub(crate) fn reference(server: &InProcess) -> Self {
        let target = Target::new(server.scim_url.clone(), Auth::Bearer(server.token.clone()));
        let events = Target::new(server.events_url.clone(), Auth::Bearer(server.api_key.clone()));
        Self { events: Some(events), ..Self::of(target) }
    }

    pub(crate) fn tags(mut self, expression: &str) -> Self {
        self.selection = self.selection.with_tags(expression).unwrap();
        self
    }

    pub(crate) fn name(mut self, pattern: &str) -> Self {
        self.selection = self.selection.with_name(Regex::new(pattern).unwrap());
        self
    }

    pub(crate) fn habit(mut self, name: &str, value: &str) -> Self {
        self.habits.set(name, value).unwrap();
        self
    }

    pub(crate) fn double(mut self, double: Arc<dyn TestDouble>) -> Self {
        self.double = Some(double);
        self
    }

    pub(crate) fn events(self, events: Target) -> Self {
        Self { events: Some(events), ..self }
    }

    pub(crate) fn without_events(self) -> Self {
        Self { events: None, ..self }
    }

    pub(crate) fn limit(self, limit: Duration) -> Self {
        Self { limit, ..self }
    }

    pub(crate) fn run_id(self, run_id: &str) -> Self {
        Self { run_id: run_id.to_owned(), ..self }
    }

    pub(crate) fn keep(self) -> Self {
        Self { keep: true, ..self }
    }

    pub(crate) fn one_at_a_time(self) -> Self {
        Self { concurrency: 1, ..self }
    }

    pub(crate) fn run(self) -> Run {
        let (config, stop) = self.config();
        check::run(config, stop, Arc::new(|_| {})).unwrap()
    }

    /// Runs on the current runtime, whose clock may be paused.
    pub(crate) async fn run_here(self) -> Run {
        let (config, stop) = self.config();
        check::run_here(config, stop, Arc::new(|_| {})).await.unwrap()
    }

    fn config(self) -> (RunConfig, Stop) {
        let suite = Suite::load(&check::features::embedded()).unwrap();
        let cases = suite.cases.iter().filter(|case| self.selection.includes(case)).cloned().collect::<Vec<_>>();
        assert!(!cases.is_empty(), "nothing is selected");
        let config = RunConfig {
            suite,
            cases,
            target_name: self.target.base.clone(),
            target: self.target,
            events: self.events,
            on_deactivate: OnDeactivate::Keep,
            habits: self.habits,
            seed: Seed(7),
            run_id: self.run_id,
            email_domain: "example.com".to_owned(),
            concurrency: self.concurrency,
            keep: self.keep,
            command: "scimulate check".to_owned(),
            double: self.double,
        };
        (config, Stop::after(self.limit))
    }
}

/// Returns the IDs of results with this verdict.
pub(crate) fn ids(run: &Run, verdict: Verdict) -> Vec<String> {
    run.scenarios.iter().filter(|result| result.verdict == verdict).map(|result| result.id.clone()).collect()
}

/// Returns every result with its verdict.
pub(crate) fn verdicts(run: &Run) -> Vec<(String, Verdict)> {
    run.scenarios.iter().map(|result| (result.id.clone(), result.verdict)).collect()
}

/// Asserts that every result passed, and prints those that did not.
#[track_caller]
pub(crate) fn all_passed(run: &Run) {
    let failures: Vec<String> = run
        .scenarios
        .iter()
        .filter(|result| result.verdict != Verdict::Passed)
        .map(|result| scimulate::report::text::plain(&scimulate::report::text::failure(result)))
        .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

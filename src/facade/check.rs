//! A check of one SCIM server.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use regex::Regex;

use super::error::{Error, text};
use super::serve::Server;
use super::tls;
use crate::base::{Secret, Seed, limits};
use crate::check::{self, Case, Declared, Profile, RunConfig, Selection, Suite, TestDouble};
use crate::events::OnDeactivate;
use crate::okta::habits::Sabotage;
use crate::okta::{ClientKind, Habits};
use crate::report::{FailOn, Run};
use crate::wire::{Auth, Limiter, Politeness, Stop, Target};

/// The longest run, unless [`Check::time_limit`] sets another.
const TIME_LIMIT: Duration = Duration::from_mins(10);
/// The most requests at once, unless [`Check::concurrency`] sets another number.
const CONCURRENCY: usize = 32;
/// The most users of a run, unless [`Check::max_users`] sets another number.
const MAX_USERS: usize = check::population::MAX_USERS;

/// A check to run; made by [`check()`](super::check()).
#[must_use]
pub struct Check {
    target: Target,
    okta_timeout: Duration,
    events: Option<Target>,
    on_deactivate: OnDeactivate,
    tags: Vec<String>,
    name: Option<String>,
    client: Option<ClientKind>,
    habits: Vec<(String, String)>,
    sabotage: Option<Sabotage>,
    profile: Profile,
    declared: Declared,
    seed: Option<Seed>,
    run_id: Option<String>,
    email_domain: String,
    time_limit: Duration,
    keep: bool,
    concurrency: usize,
    max_users: usize,
    every_case: bool,
    keep_evidence: bool,
    double: Option<Arc<dyn TestDouble>>,
}

impl std::fmt::Debug for Check {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Check").field("target", &self.target.base).finish_non_exhaustive()
    }
}

impl Check {
    pub(super) fn new(url: String) -> Self {
        Self::of(Target::new(url, Auth::None))
    }

    /// Checks a target that was set up elsewhere.
    #[doc(hidden)]
    pub fn of(target: Target) -> Self {
        Self {
            okta_timeout: if target.timeout == limits::CLIENT_TIMEOUT { limits::OKTA_TIMEOUT } else { target.timeout },
            target,
            events: None,
            on_deactivate: OnDeactivate::default(),
            tags: Vec::new(),
            name: None,
            client: None,
            habits: Vec::new(),
            sabotage: None,
            profile: Profile::default(),
            declared: Declared::default(),
            seed: None,
            run_id: None,
            email_domain: "example.com".to_owned(),
            time_limit: TIME_LIMIT,
            keep: false,
            concurrency: CONCURRENCY,
            max_users: MAX_USERS,
            every_case: false,
            keep_evidence: false,
            double: None,
        }
    }

    /// Checks a reference server of this process, with its events.
    pub fn reference(server: &Server) -> Self {
        Self::new(server.scim_url().to_owned()).token(server.token()).events(server.events_url(), server.api_key())
    }

    /// Sends this bearer token.
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.target.auth = Auth::Bearer(Secret::new(token.into()));
        self
    }

    /// Sends user and password with Basic authentication.
    pub fn basic(mut self, user: impl Into<String>, password: impl Into<String>) -> Self {
        self.target.auth = Auth::Basic { user: user.into(), password: Secret::new(password.into()) };
        self
    }

    /// Sends one more header with every request (repeatable).
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.target.headers.push((name.into(), value.into()));
        self
    }

    /// Trusts the certificates in a PEM file, besides the usual ones.
    pub fn ca_cert(mut self, file: impl Into<PathBuf>) -> Self {
        self.target.ca_cert = Some(file.into());
        self
    }

    /// Sets how long one request may take, response included.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.target.timeout = timeout;
        self
    }

    /// Reads the server's events here, so that they are checked too.
    pub fn events(mut self, url: impl Into<String>, api_key: impl Into<String>) -> Self {
        self.events = Some(Target::new(url, Auth::Bearer(Secret::new(api_key.into()))));
        self
    }

    /// Reads events from a target that was set up elsewhere; `None` for no events.
    #[doc(hidden)]
    pub fn events_from(mut self, events: Option<Target>) -> Self {
        self.events = events;
        self
    }

    /// Declares whether the server's directory keeps or deletes deactivated users, which decides the events.
    pub fn on_deactivate(mut self, setting: OnDeactivate) -> Self {
        self.on_deactivate = setting;
        self
    }

    /// Runs only scenarios whose tags match an expression such as `@oin and not @password` (repeatable; all must match).
    pub fn tags(mut self, expression: impl Into<String>) -> Self {
        self.tags.push(expression.into());
        self
    }

    /// Runs only scenarios whose ID or name matches a regular expression.
    pub fn name(mut self, pattern: impl Into<String>) -> Self {
        self.name = Some(pattern.into());
        self
    }

    /// Plays only one of Okta's two clients.
    pub fn client(mut self, client: ClientKind) -> Self {
        self.client = Some(client);
        self
    }

    /// Switches one of Okta's habits (repeatable). `scimulate habits` lists them.
    pub fn habit(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.habits.push((name.into(), value.into()));
        self
    }

    /// Adds traffic that Okta never sends, so that our own tests can see a spec fail.
    #[doc(hidden)]
    pub fn sabotaged(mut self, sabotage: Sabotage) -> Self {
        self.sabotage = Some(sabotage);
        self
    }

    /// Judges by the documents of this profile; without this call, by those of Okta itself.
    pub fn profile(mut self, profile: Profile) -> Self {
        self.profile = profile;
        self
    }

    /// Declares what the server does not have, such as `groups`, `put` or `locale` (repeatable).
    pub fn without(mut self, name: impl Into<String>) -> Self {
        self.declared.without.push(name.into());
        self
    }

    /// Makes the absence or loss of something a deviation, such as `members` or `externalId` (repeatable).
    pub fn require(mut self, name: impl Into<String>) -> Self {
        self.declared.required.push(name.into());
        self
    }

    /// Sets the seed of every random choice; without this call it is random.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(Seed(seed));
        self
    }

    /// Sets the run ID, which is part of every name that the run creates; without this call it is random.
    pub fn run_id(mut self, id: impl Into<String>) -> Self {
        self.run_id = Some(id.into());
        self
    }

    /// Sets the domain of userNames and e-mail addresses.
    pub fn email_domain(mut self, domain: impl Into<String>) -> Self {
        self.email_domain = domain.into();
        self
    }

    /// Sets how long the whole run may take.
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.time_limit = limit;
        self
    }

    /// Sets the most requests at once. A check begins with 4 and sends more while the responses do not become slower.
    pub fn concurrency(mut self, requests: usize) -> Self {
        self.concurrency = requests;
        self
    }

    /// Sets the most users that the run may create. If it is too small for the large population, imports and large groups are
    /// skipped.
    pub fn max_users(mut self, users: usize) -> Self {
        self.max_users = users;
        self
    }

    /// Leaves what the run created on the server.
    pub fn keep(mut self) -> Self {
        self.keep = true;
        self
    }

    /// Keeps headers and bodies of results that passed too.
    pub fn keep_evidence(mut self) -> Self {
        self.keep_evidence = true;
        self
    }

    /// Includes the scenarios that describe Okta only and say nothing about a server.
    #[doc(hidden)]
    pub fn every_case(mut self) -> Self {
        self.every_case = true;
        self
    }

    /// Replaces the target by a stand-in, for tests of the features themselves.
    #[doc(hidden)]
    pub fn double(mut self, double: Arc<dyn TestDouble>) -> Self {
        self.double = Some(double);
        self
    }

    /// Runs the check and waits for it, on a thread of its own. It also works within an async runtime, which it blocks.
    ///
    /// # Errors
    /// When the check cannot run. What the server does wrong is in the report.
    pub fn run_blocking(self) -> Result<Run, Error> {
        let (job, limit) = self.job()?;
        check::run(job, Stop::after(limit), Arc::new(|_| {})).map_err(|error| Error::Run(text(error)))
    }

    /// Runs the check on the current runtime, whose clock may be paused.
    ///
    /// # Errors
    /// As [`Check::run_blocking`].
    #[doc(hidden)]
    pub async fn run_here(self) -> Result<Run, Error> {
        let (job, limit) = self.job()?;
        check::run_here(job, Stop::after(limit), Arc::new(|_| {})).await.map_err(|error| Error::Run(text(error)))
    }

    /// Runs the check without blocking the async runtime.
    ///
    /// # Errors
    /// As [`Check::run_blocking`].
    pub async fn run(self) -> Result<Run, Error> {
        let run = tokio::task::spawn_blocking(move || self.run_blocking());
        run.await.map_err(|error| Error::Run(text(error)))?
    }

    fn job(self) -> Result<(RunConfig, Duration), Error> {
        tls::install_provider();
        self.target.verify().map_err(|error| Error::Target(text(error)))?;
        let suite = Suite::load(&check::features::embedded()).map_err(|error| Error::Run(text(error)))?;
        let cases = self.cases(&suite)?;
        let is_selection = !self.tags.is_empty() || self.name.is_some();
        let mut habits = Habits::default();
        for (name, value) in &self.habits {
            habits.set(name, value).map_err(|error| Error::Habit(text(error)))?;
        }
        if let Some(sabotage) = self.sabotage {
            habits = habits.sabotaged(sabotage);
        }
        let fresh = || Seed::fresh().map_err(|error| Error::Run(text(error)));
        let seed = self.seed.map_or_else(fresh, Ok)?;
        let run_id = self.run_id.map_or_else(|| fresh().map(check::run_id), Ok)?;
        let job = RunConfig {
            suite,
            cases,
            documentation: Vec::new(),
            command: format!("scimulate check {} --seed {seed}", self.target.base),
            target_name: self.target.base.clone(),
            target: self.target,
            events: self.events,
            on_deactivate: self.on_deactivate,
            habits,
            profile: self.profile,
            is_selection,
            fail_on: vec![FailOn::Deviation],
            declared: self.declared,
            keep_evidence: self.keep_evidence,
            seed,
            run_id,
            email_domain: self.email_domain,
            limiter: Limiter::new(self.concurrency),
            max_users: self.max_users,
            keep: self.keep,
            double: self.double,
            journal: None,
            politeness: Politeness::default(),
            okta_timeout: self.okta_timeout,
        };
        Ok((job, self.time_limit))
    }

    fn cases(&self, suite: &Suite) -> Result<Vec<Case>, Error> {
        let mut selection = Selection::default();
        // The project's own tests play every feature.
        if !self.every_case {
            selection = selection.with_profile(self.profile);
        }
        let server = (!self.every_case).then_some("@server");
        for expression in server.into_iter().chain(self.tags.iter().map(String::as_str)) {
            selection = selection.with_tags(expression).map_err(|error| Error::Selection(text(error)))?;
        }
        if let Some(pattern) = &self.name {
            selection = selection.with_name(Regex::new(pattern).map_err(|error| Error::Selection(text(error)))?);
        }
        if let Some(client) = self.client {
            selection = selection.with_client(client);
        }
        let cases: Vec<Case> = suite.cases.iter().filter(|case| selection.includes(case)).cloned().collect();
        if cases.is_empty() {
            return Err(Error::Selection("no scenario matches".to_owned()));
        }
        Ok(cases)
    }
}

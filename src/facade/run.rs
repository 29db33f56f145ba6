//! A scenario played against one SCIM server.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::error::{Error, text};
use super::tls;
use crate::base::{Secret, Seed, limits};
use crate::okta::agent::observer::AgentObserver;
use crate::okta::org::JobSpec;
use crate::okta::{Agent, ClientKind, Habits, Pace, refusal};
use crate::report::Run;
use crate::sim::load::LoadMeter;
use crate::sim::run_journal::{JournalHeader, JournaledRun, RunJournal};
use crate::sim::{PlayObserver, RunSettings, Scenario, audit, play, run_report, shipped, unmet_faults};
use crate::wire::{Auth, Client, Exchange, Secrets, Stop, Target};

/// A scenario to play; made by [`run()`](super::run()).
#[derive(Debug, Clone)]
#[must_use]
pub struct ScenarioRun {
    scenario: String,
    target: Target,
    client: Option<ClientKind>,
    habits: Vec<(String, String)>,
    seed: Seed,
    run_id: Option<String>,
    set: Vec<(String, String)>,
    pace: Option<Pace>,
    time_limit: Duration,
    journal: Option<PathBuf>,
    rate: Option<u32>,
    concurrency: Option<usize>,
}

impl ScenarioRun {
    pub(super) fn new(scenario: String, url: String) -> Self {
        let target = Target { timeout: limits::OKTA_TIMEOUT, ..Target::new(url, Auth::None) };
        Self {
            scenario,
            target,
            client: None,
            habits: Vec::new(),
            seed: Seed(1),
            run_id: None,
            set: Vec::new(),
            pace: None,
            time_limit: Duration::from_hours(1),
            journal: None,
            rate: None,
            concurrency: None,
        }
    }

    /// Sends this bearer token.
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.target.auth = Auth::Bearer(Secret::new(token.into()));
        self
    }

    /// Makes every app one of this client, in place of what the scenario says.
    pub fn client(mut self, client: ClientKind) -> Self {
        self.client = Some(client);
        self
    }

    /// Switches one of Okta's habits (repeatable). `scimulate habits` lists them.
    pub fn habit(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.habits.push((name.into(), value.into()));
        self
    }

    /// Sets the seed of Okta's ids and passwords.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Seed(seed);
        self
    }

    /// Adds a run ID to every login, e-mail address and group name, to play the scenario again against the same server.
    pub fn run_id(mut self, id: impl Into<String>) -> Self {
        self.run_id = Some(id.into());
        self
    }

    /// Sets a parameter of the scenario (repeatable), in place of its value in `[set]`.
    pub fn set(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.set.push((name.into(), value.into()));
        self
    }

    /// Skips Okta's waits, such as the five minutes after a 429 without `Retry-After`.
    pub fn skip_waits(mut self) -> Self {
        self.pace = Some(Pace::Virtual);
        self
    }

    /// Sets the time limit for the whole run (by default one hour). Actions after it are skipped.
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.time_limit = limit;
        self
    }

    /// Records every request and response in this file. If it is the journal of a run that was killed, that run is continued:
    /// a request that has a response there is not sent again.
    ///
    /// ```
    /// # fn main() -> Result<(), scimulate::Error> {
    /// let (server, folder) = (scimulate::serve().start()?, tempfile::tempdir().unwrap());
    /// let run = scimulate::run("suspension", server.scim_url()).token(server.token());
    /// let run = run.journal(folder.path().join("journal"));
    /// let first = run.clone().run_blocking()?;
    /// // The journal has the whole run, so that nothing is written again.
    /// let again = run.run_blocking()?;
    /// assert!(first.is_success() && again.is_success());
    /// # Ok(())
    /// # }
    /// ```
    pub fn journal(mut self, file: impl Into<PathBuf>) -> Self {
        self.journal = Some(file.into());
        self
    }

    /// Sends this number of requests per second, as far as the concurrency and the target permit. The report then has the
    /// latencies of each operation, counted from the time at which a request should have been sent.
    ///
    /// ```
    /// # fn main() -> Result<(), scimulate::Error> {
    /// let server = scimulate::serve().start()?;
    /// let run = scimulate::run("suspension", server.scim_url()).token(server.token());
    /// let report = run.rate(500).concurrency(4).run_blocking()?;
    /// assert!(report.load.is_some_and(|load| load.requests > 0 && load.concurrency == 4));
    /// # Ok(())
    /// # }
    /// ```
    pub fn rate(mut self, requests_per_second: u32) -> Self {
        self.rate = Some(requests_per_second);
        self
    }

    /// Sends the requests about this number of people and groups at the same time, in place of the habit `parallel-jobs`. The
    /// requests about one person or group keep their order. The report then has the latencies of each operation.
    pub fn concurrency(mut self, jobs: usize) -> Self {
        self.concurrency = Some(jobs);
        self
    }

    /// Plays the scenario and returns the report. Each action is one of its results.
    ///
    /// # Errors
    /// When the scenario cannot be played. What the server does wrong is in the report.
    pub async fn run(self) -> Result<Run, Error> {
        let settings = RunSettings {
            target: self.target.base.clone(),
            seed: self.seed.0,
            run_id: self.run_id.clone(),
            habits: self.habits.iter().map(|(name, value)| format!("{name}={value}")).collect(),
            repeat: format!("scimulate run {} --url {} --seed {}", self.scenario, self.target.base, self.seed),
        };
        let (rate, measures) = (self.rate, self.rate.is_some() || self.concurrency.is_some());
        let (mut agent, scenario) = self.agent(&settings)?;
        let (began, meter) = (Instant::now(), Meter::default());
        let played = play(&scenario, &mut agent, None, &meter, std::future::pending()).await;
        let audited = audit(&scenario, &agent, &played).await;
        let mut report = run_report(&scenario, settings, &played, &audited, began.elapsed());
        report.remarks = unmet_faults(&scenario, agent.client().faults(), &played);
        report.load = measures.then(|| meter.0.report(rate, agent.concurrency()));
        Ok(report)
    }

    /// Plays the scenario on a thread of its own and waits for it.
    ///
    /// # Errors
    /// As [`ScenarioRun::run`], and when there is no thread.
    pub fn run_blocking(self) -> Result<Run, Error> {
        let work = || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.map_err(|error| Error::Run(text(error)))?.block_on(self.run())
        };
        let thread = std::thread::Builder::new().name("scenario".to_owned()).spawn(work);
        let thread = thread.map_err(|error| Error::Run(text(error)))?;
        thread.join().unwrap_or_else(|_| Err(Error::Run("the simulator panicked".to_owned())))
    }

    fn agent(self, settings: &RunSettings) -> Result<(Agent, Scenario), Error> {
        tls::install_provider();
        let (file, toml) = read(&self.scenario)?;
        let run_id = self.run_id.as_deref();
        let mut scenario =
            Scenario::parse_with(&file, &toml, run_id, &self.set).map_err(|error| Error::Scenario(text(error)))?;
        if let Some(client) = self.client {
            scenario.set_client(client);
        }
        let mut habits = Habits::default();
        for (name, value) in &self.habits {
            habits.set(name, value).map_err(|error| Error::Habit(text(error)))?;
        }
        refusal::accepts(&scenario.org, &self.target).map_err(|error| Error::Target(text(error)))?;
        let journal = match &self.journal {
            Some(file) => Some(open_journal(file, (&scenario, &toml), &self.set, settings, Secrets::of(&self.target))?),
            None => None,
        };
        let client = Client::new(self.target).map_err(|error| Error::Target(text(error)))?;
        let pace = self.pace.or(scenario.pace).unwrap_or_default();
        let client = client.with_stop(Stop::after(self.time_limit)).with_faults(scenario.planned_faults(pace));
        let seed = run_id.map_or(self.seed, |id| self.seed.labeled(id));
        let agent = Agent::new(scenario.org.clone(), client, habits, seed);
        let agent = self.concurrency.into_iter().fold(agent.with_pace(pace), Agent::with_concurrency);
        let agent = self.rate.into_iter().fold(agent, Agent::with_rate);
        let agent = journal.into_iter().fold(agent, |agent, journal| agent.with_journal(Arc::new(journal)));
        Ok((agent, scenario))
    }
}

/// Measures latencies.
#[derive(Default)]
struct Meter(LoadMeter);

impl AgentObserver for Meter {
    fn timed(&self, job: &JobSpec, exchange: &Exchange, latency: Duration) {
        self.0.add(job, exchange, latency);
    }
}

impl PlayObserver for Meter {}

fn open_journal(
    file: &Path,
    (scenario, text): (&Scenario, &str),
    set: &[(String, String)],
    settings: &RunSettings,
    secrets: Secrets,
) -> Result<RunJournal, Error> {
    let run = JournaledRun {
        scenario: &scenario.name,
        text,
        set,
        seed: settings.seed,
        run_id: settings.run_id.as_deref(),
        url: &settings.target,
        habits: &settings.habits,
    };
    let clients = scenario.org.apps().iter().map(|app| app.client.to_string()).collect();
    RunJournal::open(file, &JournalHeader::new(run, clients), secrets)
        .map_err(|error| Error::Journal(error.to_string()))
}

fn read(scenario: &str) -> Result<(String, String), Error> {
    if let Some(shipped) = shipped::text(scenario) {
        return Ok(shipped);
    }
    let toml = std::fs::read_to_string(scenario).map_err(|error| {
        let names = shipped::names().join(", ");
        Error::Scenario(format!("{scenario} cannot be read ({error}); these scenarios ship: {names}"))
    })?;
    Ok((scenario.to_owned(), toml))
}

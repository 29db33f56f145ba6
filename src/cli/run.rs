//! `scimulate run`: plays one scenario against a server, sending exactly what Okta sends and nothing else.

mod conclusion;
mod console;
mod hiding;
mod input;
mod journal;
mod load;

use std::cell::Cell;
use std::io::Write;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow};
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use self::console::{Console, Detail};
use self::hiding::Hiding;
use self::input::Input;
use super::client::client;
use super::interrupt::termination_signal;
use super::run_id::run_id;
use super::target::{TargetArgs, duration, secret};
use super::terminal::{stderr_width, stdout_width, wrap};
use super::{Exit, Usage, github, heard, writable};
use crate::base::{Secret, Seed, counted, escape, escape_lines};
use crate::okta::{Agent, ClientKind, Habits, Pace, refusal};
use crate::sim::scenario::schema::schema;
use crate::sim::{Audited, PlayedEntry, RunSettings, Scenario, audit, play, run_report, shipped, unmet_faults};
use crate::wire::{Auth, Client, EventReader, Secrets, Stop, Target};

/// The flags.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Scenario file, or name of a scenario that ships with scimulate
    #[arg(required_unless_present_any = ["list", "schema"])]
    scenario: Option<String>,
    /// SCIM base URL
    #[arg(long, value_name = "URL", required_unless_present_any = ["list", "schema"])]
    url: Option<String>,
    /// List the scenarios that ship with scimulate, and send nothing
    #[arg(long)]
    list: bool,
    /// Print the JSON schema of scenario files, for an editor, and send nothing
    #[arg(long)]
    schema: bool,
    /// Okta client of every app [default: as the scenario says]
    #[arg(long, value_parser = client())]
    client: Option<ClientKind>,
    /// Change one of Okta's habits (repeatable; `scimulate habits` lists them)
    #[arg(long, value_name = "NAME=VALUE")]
    habit: Vec<String>,
    /// Seed of Okta's IDs and passwords
    #[arg(long, value_name = "N", default_value_t = Seed(1))]
    seed: Seed,
    /// Run ID, part of every login, e-mail address and group name, to play a scenario again against the same target
    /// [default: none]
    #[arg(long, value_name = "ID", value_parser = run_id)]
    run_id: Option<String>,
    /// Change a parameter of the scenario, which its table `set` names (repeatable)
    #[arg(long, value_name = "NAME=VALUE", value_parser = parameter)]
    set: Vec<(String, String)>,
    /// Treatment of Okta's waits [default: as the scenario says, else real]
    #[arg(long, value_parser = pace())]
    pace: Option<Pace>,
    /// Time limit for the whole run
    #[arg(long, value_name = "DURATION", default_value = "1h", value_parser = duration)]
    time_limit: Duration,
    /// Number of people and groups whose requests are sent at the same time [default: the habit parallel-jobs, 1]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    concurrency: Option<u16>,
    /// Requests per second, as far as --concurrency and the target permit [default: no limit]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    rate: Option<u32>,
    /// Record every request and response in this file; if it is the journal of a killed run, continue that run
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// URL of the target's Events API (GET, in the format of WorkOS); the events that follow an action are printed
    #[arg(long, value_name = "URL", requires = "api_key")]
    events_url: Option<String>,
    /// Key for the Events API
    #[arg(long, value_name = "K", requires = "events_url", value_parser = secret)]
    api_key: Option<Secret>,
    /// Print bodies, and for a PUT what changed against the last GET
    #[arg(short, long, conflicts_with = "quiet")]
    verbose: bool,
    /// Print only the result
    #[arg(short, long)]
    quiet: bool,
    /// Write the report as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    #[command(flatten)]
    target: TargetArgs,
}

/// Splits `NAME=VALUE`.
fn parameter(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("expected NAME=VALUE, for example people=50")?;
    Ok((name.to_owned(), value.to_owned()))
}

/// Accepts the names of [`Pace`] and shows their descriptions in `--help`.
fn pace() -> impl TypedValueParser<Value = Pace> {
    let values = [
        PossibleValue::new("real").help("Wait as long as Okta waits"),
        PossibleValue::new("virtual").help("Continue at once, and only report the wait"),
    ];
    PossibleValuesParser::new(values).map(|word| if word == "virtual" { Pace::Virtual } else { Pace::Real })
}

/// Runs the command.
///
/// # Errors
/// [`Usage`] for what the user can fix; any other error is a file that cannot be written, or an Events API that cannot be
/// read.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    if args.schema {
        heard(writeln!(anstream::stdout(), "{:#}", schema()))?;
        return Ok(Exit::Good);
    }
    let (Some(name), Some(url)) = (&args.scenario, &args.url) else { return list() };
    let input = load(name, args)?;
    let scenario = &input.scenario;
    let habits = habits(args)?;
    if let Some(file) = &args.json {
        writable(file)?;
    }
    let target = args.target.okta_target(url)?;
    refusal::accepts(&scenario.org, &target).map_err(|error| Usage(error.to_string()))?;
    let settings = RunSettings {
        target: target.base.clone(),
        seed: args.seed.0,
        run_id: args.run_id.clone(),
        habits: habits.changed(),
        repeat: repeat(name, url, args),
    };
    let mut secrets = Secrets::of(&target);
    if let Some(key) = &args.api_key {
        secrets.add(key.expose());
    }
    let pace = args.pace.or(scenario.pace).unwrap_or_default();
    let seed = args.run_id.as_ref().map_or(args.seed, |id| args.seed.labeled(id));
    let detail = match (args.quiet, args.verbose) {
        (true, _) => Detail::Result,
        (_, true) => Detail::Bodies,
        _ => Detail::Requests,
    };
    let console = Console::new(Hiding::new(anstream::stdout(), secrets.clone()), detail, pace, stdout_width());
    for warning in &scenario.warnings {
        anstream::eprintln!("{}", wrap(&escape(&warning.to_string()), "warning: ", stderr_width()));
    }
    if detail != Detail::Result {
        introduce(scenario, &settings, pace);
    }
    let open = |file: &PathBuf| journal::open(file, &input, &args.set, &settings, &secrets);
    let journal = args.journal.as_ref().map(open).transpose()?;
    if let Some(recorded) = journal.as_ref().map(|journal| journal.recorded()).filter(|recorded| *recorded > 0) {
        anstream::eprintln!("Continuing the run of the journal, which has {}.", counted(recorded, "response"));
    }
    let (began, interrupted, concurrency) = (Instant::now(), Cell::new(false), Cell::new(1));
    let agent = |client: Client| {
        let client = client.with_faults(scenario.planned_faults(pace));
        let agent = Agent::new(scenario.org.clone(), client, habits, seed).with_pace(pace);
        let agent = args.concurrency.into_iter().fold(agent, |agent, jobs| agent.with_concurrency(jobs.into()));
        let agent = args.rate.into_iter().fold(agent, Agent::with_rate);
        concurrency.set(agent.concurrency());
        journal.into_iter().fold(agent, |agent, journal| agent.with_journal(journal))
    };
    let (played, audited, remarks) = perform(scenario, args, target, agent, &secrets, &console, &interrupted)?;
    if interrupted.get() {
        console.end_line();
        anstream::eprintln!("interrupted: the users and groups that Okta created so far stay on the target");
    }
    let mut report = run_report(scenario, settings, &played, &audited, began.elapsed());
    report.is_interrupted = interrupted.get();
    report.remarks = remarks;
    if args.rate.is_some() || args.concurrency.is_some() {
        report.load = Some(console.load().report(args.rate, concurrency.get()));
    }
    if let Some(file) = &args.json {
        let mut json = report.to_json();
        secrets.hide_json(&mut json);
        std::fs::write(file, format!("{json:#}\n")).with_context(|| format!("cannot write {}", file.display()))?;
    }
    if detail != Detail::Result {
        heard(writeln!(anstream::stdout()))?;
    }
    let text = conclusion::render(&report, stdout_width());
    heard(anstream::stdout().lock().write_all(secrets.hide(&text).as_bytes()))?;
    github::report(&report, &secrets)?;
    Ok(Exit::of(&report))
}

/// Plays the scenario. Returns the outcome of each action, the audit, and remarks about faults that met no request.
fn perform(
    scenario: &Scenario,
    args: &Args,
    target: Target,
    agent: impl FnOnce(Client) -> Agent,
    secrets: &Secrets,
    console: &Console<impl Write + Send>,
    interrupted: &Cell<bool>,
) -> anyhow::Result<(Vec<PlayedEntry>, Audited, Vec<String>)> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("no runtime")?;
    runtime.block_on(async {
        let mut events = match events(args)? {
            Some(mut reader) => {
                let read = reader.skip_to_end().await.map_err(|error| anyhow!("{}", secrets.hide(&error.to_string())));
                read.context("cannot read the events at --events-url")?;
                Some(reader)
            }
            None => None,
        };
        // The time limit begins here, so that it covers what is sent.
        let client = Client::new(target).map_err(|error| Usage(error.to_string()))?.without_transcript();
        let client = client.with_stop(Stop::after(args.time_limit));
        let mut agent = agent(client);
        let signal = termination_signal().context("cannot receive signals")?;
        let interrupt = async {
            signal.await;
            interrupted.set(true);
        };
        let played = tokio::select! {
            played = play(scenario, &mut agent, events.as_mut(), console, interrupt) => played,
            // It never ends.
            () = console.report_slow_requests() => Vec::new(),
        };
        let audited = audit(scenario, &agent, &played).await;
        let unmet = unmet_faults(scenario, agent.client().faults(), &played);
        Ok((played, audited, unmet))
    })
}

/// Returns the command that plays the scenario again. Credentials are shell variables.
fn repeat(name: &str, url: &str, args: &Args) -> String {
    let mut words = vec![format!("scimulate run {name} --url {url}")];
    words.extend(args.target.words());
    words.extend(args.client.map(|client| format!("--client {client}")));
    words.extend(args.habit.iter().map(|habit| format!("--habit {habit}")));
    words.extend(args.set.iter().map(|(name, value)| format!("--set '{name}={}'", value.replace('\'', "'\\''"))));
    words.push(format!("--seed {}", args.seed));
    words.join(" ")
}

/// Reads the scenario that the flags describe.
fn load(name: &str, args: &Args) -> Result<Input, Usage> {
    let (file, text) = input::read(name)?;
    let run_id = args.run_id.as_deref();
    let mut scenario = Scenario::parse_with(&file, &text, run_id, &args.set)
        .map_err(|error| Usage(escape_lines(&error.to_string())))?;
    if let Some(client) = args.client {
        scenario.set_client(client);
    }
    Ok(Input { scenario, text })
}

fn habits(args: &Args) -> Result<Habits, Usage> {
    let mut habits = Habits::default();
    for pair in &args.habit {
        habits.set_pair(pair).map_err(|error| Usage(format!("--habit: {error}")))?;
    }
    Ok(habits)
}

/// Returns the reader of the Events API, if the flags name one.
fn events(args: &Args) -> Result<Option<EventReader>, Usage> {
    let (Some(url), Some(key)) = (&args.events_url, &args.api_key) else { return Ok(None) };
    // Without --header: those may contain credentials of the SCIM server, and the events may come from another host.
    let target = Target { auth: Auth::Bearer(key.clone()), headers: Vec::new(), ..args.target.target(url)? };
    let client = Client::new(target).map_err(|error| Usage(error.to_string()))?;
    Ok(Some(EventReader::new(client)))
}

/// Prints the scenarios that ship.
fn list() -> anyhow::Result<Exit> {
    let mut out = anstream::stdout().lock();
    let all: Vec<(String, String)> = shipped::list();
    let longest = all.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    for (name, about) in all {
        writeln!(out, "{}", wrap(&about, &format!("{name:longest$}  "), stdout_width()))?;
    }
    Ok(Exit::Good)
}

/// Prints what is about to be played, and against which server.
fn introduce(scenario: &Scenario, settings: &RunSettings, pace: Pace) {
    let print = |label: &str, said: &str| anstream::eprintln!("{}", wrap(&escape(said), label, stderr_width()));
    let about = if scenario.about.is_empty() { String::new() } else { format!(": {}", scenario.about) };
    print("", &format!("{}{about}", scenario.name));
    let clients: Vec<&str> = scenario.org.apps().iter().map(|app| app.client.about()).collect();
    let clients = match clients.split_first() {
        Some((first, rest)) if rest.iter().all(|other| other == first) => (*first).to_owned(),
        _ => clients.join(", "),
    };
    print("Target  ", &settings.target);
    print("Client  ", &clients);
    print("Seed    ", &settings.seed.to_string());
    if let Some(id) = &settings.run_id {
        print("Run ID  ", id);
    }
    if pace == Pace::Virtual {
        print("Pace    ", "virtual: Okta's waits are skipped");
    }
    print("", "As Okta does, the run links to users and groups that exist on the target, and changes them.");
    anstream::eprintln!();
}

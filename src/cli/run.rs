//! `scimulate run`: plays one scenario against a server, sending exactly what Okta sends and nothing else.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::client::client;
use super::target::TargetArgs;
use super::{Exit, Usage, heard, writable};
use crate::base::Seed;
use crate::okta::{Agent, ClientKind, Habits};
use crate::sim::play::{PlayedEntry, Report, describe, play};
use crate::sim::{Scenario, shipped};
use crate::wire::Client;

/// The flags.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Scenario file, or name of a scenario that ships with scimulate
    scenario: String,
    /// SCIM base URL
    #[arg(long, value_name = "URL")]
    url: String,
    /// Okta client of every app [default: as the scenario says]
    #[arg(long, value_parser = client())]
    client: Option<ClientKind>,
    /// Change one of Okta's habits (repeatable; `scimulate habits` lists them)
    #[arg(long, value_name = "NAME=VALUE")]
    habit: Vec<String>,
    /// Seed of Okta's IDs and passwords
    #[arg(long, value_name = "N", default_value_t = Seed(1))]
    seed: Seed,
    /// Write the report as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    #[command(flatten)]
    target: TargetArgs,
}

/// Runs the command.
///
/// # Errors
/// [`Usage`] for what the user can fix; any other error is a file that cannot be written.
#[allow(clippy::needless_pass_by_value)] // every command takes its flags
pub fn run(args: Args) -> anyhow::Result<Exit> {
    let (file, text) = read(&args.scenario)?;
    let mut scenario = Scenario::parse(&file, &text).map_err(|error| Usage(error.to_string()))?;
    if let Some(client) = args.client {
        scenario.set_client(client);
    }
    let mut habits = Habits::default();
    for pair in &args.habit {
        habits.set_pair(pair).map_err(|error| Usage(format!("--habit: {error}")))?;
    }
    if let Some(file) = &args.json {
        writable(file)?;
    }
    let target = args.target.okta_target(&args.url)?;
    let base = target.base.clone();
    let client = Client::new(target).map_err(|error| Usage(error.to_string()))?;
    let switched = habits.changed();
    let mut agent = Agent::new(scenario.org.clone(), client, habits, args.seed);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("no runtime")?;
    let played = runtime.block_on(async {
        let mut number = 0;
        let playing = play(&scenario, &mut agent, |played| {
            number += 1;
            // A closed stdout does not end the run: the scenario is played to its end.
            let _ = show(number, played);
        });
        tokio::select! {
            played = playing => Some(played),
            _ = tokio::signal::ctrl_c() => None,
        }
    });
    let Some(played) = played else { return Ok(Exit::Interrupted) };
    if let Some(file) = &args.json {
        let report = Report::new(&scenario, &base, args.seed.0, switched, &played);
        write(file, &report)?;
    }
    let exit = exit(&played);
    heard(conclude(&scenario.name, &played, exit))?;
    Ok(exit)
}

/// Reads a scenario from a file, or a shipped one by name.
fn read(named: &str) -> Result<(String, String), Usage> {
    let path = Path::new(named);
    if path.exists() {
        let text = std::fs::read_to_string(path).map_err(|error| Usage(format!("cannot read {named}: {error}")))?;
        return Ok((named.to_owned(), text));
    }
    let name = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or(named);
    let bare = path.parent().is_none_or(|parent| parent.as_os_str().is_empty() || parent == Path::new("scenarios"));
    shipped::text(name).filter(|_| bare).ok_or_else(|| {
        let all = shipped::names().join(", ");
        Usage(format!("there is no scenario {named:?}; expected a file, or one of the shipped scenarios: {all}"))
    })
}

fn show(number: usize, played: &PlayedEntry) -> std::io::Result<()> {
    let mut out = anstream::stdout().lock();
    writeln!(out, "{number}. {}", describe(&played.action))?;
    for exchange in &played.outcome.exchanges {
        let (method, path) = (exchange.request.method.as_str(), &exchange.request.path);
        writeln!(out, "   {method} {path}  {}  {} ms", exchange.seen(), exchange.duration.as_millis())?;
    }
    let errors = played.errors();
    if errors.is_empty() {
        let none = if played.outcome.exchanges.is_empty() { "passed: no requests were sent" } else { "passed" };
        writeln!(out, "   {none}")?;
    }
    for error in errors {
        writeln!(out, "   deviation: {error}")?;
    }
    Ok(())
}

/// Returns 1 if Okta would have shown an error, and 3 if the target never responded.
fn exit(played: &[PlayedEntry]) -> Exit {
    let mut exchanges = played.iter().flat_map(|one| &one.outcome.exchanges).peekable();
    if exchanges.peek().is_some() && exchanges.all(|exchange| exchange.outcome.is_err()) {
        return Exit::Unusable;
    }
    if played.iter().any(|one| !one.errors().is_empty()) { Exit::Deviations } else { Exit::Good }
}

fn conclude(name: &str, played: &[PlayedEntry], exit: Exit) -> std::io::Result<()> {
    let counted = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    let requests = counted(played.iter().map(|one| one.outcome.exchanges.len()).sum(), "request");
    let failed = played.iter().filter(|one| !one.errors().is_empty()).count();
    let actions = counted(played.len(), "action");
    let mut out = anstream::stdout().lock();
    match exit {
        Exit::Unusable => writeln!(out, "{name}: the target never responded ({requests})"),
        Exit::Good => writeln!(out, "{name}: {actions}, {requests}: Okta would have reported no errors"),
        _ => writeln!(out, "{name}: Okta would have shown errors after {failed} of {actions}"),
    }
}

fn write(file: &Path, report: &Report) -> anyhow::Result<()> {
    let text = serde_json::to_string_pretty(report).context("cannot serialize the report")?;
    std::fs::write(file, text + "\n").with_context(|| format!("cannot write {}", file.display()))
}

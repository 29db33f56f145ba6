//! `scimulate check`: checks a SCIM server, or the built-in reference.

mod dry_run;
mod progress;
mod time_left;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use regex::Regex;

use self::progress::Progress;
use self::time_left::TimeLeft;
use super::client::{Clients, clients};
use super::interrupt::on_interrupt;
use super::on_deactivate::on_deactivate;
use super::patience::PatienceArgs;
use super::run_id::run_id;
use super::run_records::Record;
use super::target::{TargetArgs, duration};
use super::terminal::stdout_width;
use super::{Exit, Usage, ValueError, github, heard, writable};
use crate::base::{Clock as _, Secret, Seed, SystemClock, limits};
use crate::check::{self, Case, Declared, Profile, RunConfig, Selection, Suite, effort};
use crate::events::OnDeactivate;
use crate::okta::Habits;
use crate::report::text::{Detail, View};
use crate::report::{Baseline, FailOn, Run, junit, markdown, text};
use crate::server::InProcess;
use crate::wire::{Auth, Limiter, Politeness, Secrets, Stop, Target};

/// The flags.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// SCIM base URL; without it, the built-in reference is checked
    pub url: Option<String>,
    /// Documents to judge by: okta (what Okta itself needs), oin (also Okta's suites), or all (also the RFCs)
    #[arg(long, default_value_t, value_name = "okta|oin|all")]
    pub profile: Profile,
    /// Run only scenarios whose tags match EXPR, for example "@oin and not @once"
    #[arg(long, value_name = "EXPR")]
    pub tags: Option<String>,
    /// Run only scenarios whose ID or name matches REGEX
    #[arg(long, value_name = "REGEX")]
    pub name: Option<Regex>,
    /// Leave out scenarios whose ID or name matches REGEX
    #[arg(long, value_name = "REGEX")]
    pub skip: Option<Regex>,
    /// Capabilities and attributes that the server lacks, such as groups,put,locale
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub without: Vec<String>,
    /// Capabilities and attributes that the server must have, such as groups,members,externalId
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub require: Vec<String>,
    /// Verdicts that make the exit code 1
    #[arg(long, value_enum, value_name = "LIST", value_delimiter = ',', default_value = "deviation")]
    pub fail_on: Vec<FailOnArg>,
    /// Accept the findings in this TOML file
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Write the findings that fail the run to a baseline
    #[arg(long, value_name = "FILE")]
    pub write_baseline: Option<PathBuf>,
    /// Fail if a finding of the baseline is fixed
    #[arg(long, requires = "baseline")]
    pub strict_baseline: bool,
    /// Okta client to simulate
    #[arg(long, default_value = "both", value_parser = clients())]
    pub client: Clients,
    /// Change one of Okta's habits (repeatable; `scimulate habits` lists them)
    #[arg(long, value_name = "NAME=VALUE")]
    pub habit: Vec<String>,
    /// Print every result, all requests of a finding as curl commands, and weak findings
    #[arg(short, long, conflicts_with = "quiet")]
    pub verbose: bool,
    /// Print only the conclusion and the exit code
    #[arg(short, long)]
    pub quiet: bool,
    /// List the selected scenarios without running them
    #[arg(long)]
    pub list: bool,
    /// Print the selected results, requests and users of a run without sending anything
    #[arg(long, conflicts_with = "list")]
    pub dry_run: bool,
    /// Most requests at once; a run begins with 4 and sends more while the responses do not become slower
    #[arg(long, value_name = "N", default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub concurrency: u16,
    /// Most users that the run creates; a large population that does not fit is left out
    #[arg(long, value_name = "N", default_value_t = check::population::MAX_USERS)]
    pub max_users: usize,
    /// Seed of all random choices [default: random]
    #[arg(long, value_name = "N")]
    pub seed: Option<Seed>,
    /// Run ID, part of every name that the run creates [default: random]
    #[arg(long, value_name = "ID", value_parser = run_id)]
    pub run_id: Option<String>,
    /// Domain of userNames and e-mail addresses
    #[arg(long, value_name = "DOMAIN", default_value = "example.com", value_parser = domain)]
    pub email_domain: String,
    /// Keep the users and groups that the run created
    #[arg(long)]
    pub keep: bool,
    /// URL of the server's Events API (GET, in the format of WorkOS)
    #[arg(long, value_name = "URL", requires = "api_key")]
    pub events_url: Option<String>,
    /// Key for the Events API
    #[arg(long, value_name = "K", requires = "events_url")]
    pub api_key: Option<Secret>,
    /// Reaction of the server to a deactivated directory user; it decides which events are expected
    #[arg(long, default_value_t, value_parser = on_deactivate())]
    pub on_deactivate: OnDeactivate,
    /// Keep headers and bodies of results that did not pass, or of all
    #[arg(long, value_enum, default_value_t = Evidence::Failed)]
    pub evidence: Evidence,
    /// Write the report as JSON
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Write the report as JUnit XML
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
    /// Write the report as Markdown
    #[arg(long, value_name = "FILE")]
    pub markdown: Option<PathBuf>,
    /// Time limit for the whole run
    #[arg(long, value_name = "DURATION", default_value = "10m", value_parser = duration)]
    pub time_limit: Duration,
    #[command(flatten)]
    pub target: TargetArgs,
    #[command(flatten)]
    pub patience: PatienceArgs,
}

impl Args {
    /// Returns true if events are read: those of the server, or of the built-in reference.
    const fn has_events(&self) -> bool {
        self.url.is_none() || self.events_url.is_some()
    }
}

/// The verdicts of `--fail-on`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum FailOnArg {
    Deviation,
    Weak,
    Inconclusive,
}

impl From<FailOnArg> for FailOn {
    fn from(arg: FailOnArg) -> Self {
        match arg {
            FailOnArg::Deviation => Self::Deviation,
            FailOnArg::Weak => Self::Weak,
            FailOnArg::Inconclusive => Self::Inconclusive,
        }
    }
}

/// The results of which the report keeps headers and bodies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Evidence {
    Failed,
    All,
}

/// Runs the command.
///
/// # Errors
/// [`Usage`] for what the user can fix; any other error is a target or a file that cannot be used.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    let suite = Suite::load(&check::features::embedded()).map_err(|error| Usage(error.to_string()))?;
    let cases = select(&suite, args)?;
    let documentation = selected(&suite, args, "@agent")?;
    if args.list {
        return list(&cases, &documentation);
    }
    let habits = habits(args)?;
    let baseline = args.baseline.as_deref().map(read_baseline).transpose()?;
    if args.dry_run {
        args.target.assert_usable(args.url.as_deref(), &descriptions(args))?;
        args.events_url.as_deref().map(|url| args.target.target(url)).transpose()?;
        heard(dry_run::print(&mut anstream::stdout().lock(), &cases, args.has_events()))?;
        return Ok(Exit::Good);
    }
    let seed = args.seed.map_or_else(Seed::fresh, Ok).context("no randomness for a seed")?;
    let run_id = match &args.run_id {
        Some(id) => id.clone(),
        None => check::run_id(Seed::fresh().context("no randomness for a run id")?),
    };
    for file in [&args.json, &args.junit, &args.markdown, &args.write_baseline].into_iter().flatten() {
        writable(file)?;
    }
    let (target, reference) = args.target.target_or_reference(args.url.as_deref(), "checking", &descriptions(args))?;
    let mut secrets = Secrets::of(&target);
    args.api_key.iter().for_each(|key| secrets.add(key.expose()));
    let target_name = match &args.url {
        Some(_) => target.base.clone(),
        None => format!("the built-in reference at {}", target.base),
    };
    let events = events(args, reference.as_ref())?;
    let stop = Stop::after(args.time_limit);
    let giving_up = stop.clone();
    // The run stops sending, cleans up and reports. Installed before the first line of output, so that Ctrl-C works from
    // then on.
    let behind = format!("users and groups of the run may be left on the server; their names contain {run_id}");
    let interrupted = on_interrupt(behind, move || giving_up.give_up("the run was interrupted"))?;
    let record = args.url.as_ref().map(|_| Record::start(&target.base, &run_id)).unwrap_or_default();
    let politeness = args.patience.politeness();
    let progress = Progress::start(&cases, &target_name, &run_id, seed, args.quiet);
    let limiter = limiter(args, &cases, &politeness, &stop, &progress);
    let config = RunConfig {
        command: command(args, seed),
        suite,
        cases,
        documentation,
        target,
        target_name,
        events,
        on_deactivate: args.on_deactivate,
        habits,
        profile: args.profile,
        is_selection: args.tags.is_some() || args.name.is_some() || args.skip.is_some(),
        fail_on: args.fail_on.iter().copied().map(FailOn::from).collect(),
        declared: Declared { without: args.without.clone(), required: args.require.clone() },
        keep_evidence: args.evidence == Evidence::All,
        seed,
        run_id,
        email_domain: args.email_domain.clone(),
        limiter,
        max_users: args.max_users,
        keep: args.keep,
        double: None,
        journal: record.journal(),
        politeness: politeness.clone(),
        okta_timeout: args.target.timeout.unwrap_or(limits::OKTA_TIMEOUT),
    };
    let run = check::run(config, stop, progress.observer(&secrets))?;
    progress.finish();
    politeness.notes().iter().for_each(|note| anstream::eprintln!("note: {note}"));
    record.finish(run.leftovers.is_empty(), args.keep);
    let mut run = run.with_panics(&reference.as_ref().map(InProcess::panics).unwrap_or_default());
    run.is_interrupted = interrupted.is_set();
    accept(&mut run, args, baseline)?;
    report(&run, args, &secrets)?;
    Ok(exit(&run))
}

/// Returns the flags that describe a server, besides those of every command with a target, and which of them were given.
const fn descriptions(args: &Args) -> [(&'static str, bool); 6] {
    [
        ("--events-url", args.events_url.is_some()),
        ("--api-key", args.api_key.is_some()),
        ("--wait", args.patience.wait.is_some()),
        ("--baseline", args.baseline.is_some()),
        ("--without", !args.without.is_empty()),
        ("--require", !args.require.is_empty()),
    ]
}

fn habits(args: &Args) -> Result<Habits, Usage> {
    let mut habits = Habits::default();
    for pair in &args.habit {
        habits.set_pair(pair).map_err(|error| Usage(format!("--habit: {error}")))?;
    }
    Ok(habits)
}

/// Returns the limiter of the run, whose progress shows the time that is left.
fn limiter(args: &Args, cases: &[Case], politeness: &Politeness, stop: &Stop, progress: &Progress) -> Limiter {
    let limiter = Limiter::new(usize::from(args.concurrency));
    let requests = effort::expected(cases, args.has_events()).requests;
    let (most, gap, stop) = (limiter.most(), politeness.interval(), stop.clone());
    progress.watch(&limiter, move |counts| {
        TimeLeft::estimate(counts, requests, most, gap, stop.left().unwrap_or(Duration::MAX))
    });
    limiter
}

/// Applies the baseline, and writes a new one.
fn accept(run: &mut Run, args: &Args, baseline: Option<Baseline>) -> anyhow::Result<()> {
    if let Some(baseline) = baseline {
        let today: String = SystemClock.now().to_string().chars().take(10).collect();
        baseline.apply(run, &today, args.strict_baseline);
    }
    match &args.write_baseline {
        Some(file) => write(file, &Baseline::of(run)),
        None => Ok(()),
    }
}

fn read_baseline(file: &Path) -> Result<Baseline, Usage> {
    let text =
        std::fs::read_to_string(file).map_err(|error| Usage(format!("--baseline {}: {error}", file.display())))?;
    Baseline::parse(&text).map_err(|error| Usage(format!("--baseline {}: {error}", file.display())))
}

/// Returns the event source: the one from the flags, or that of the built-in reference.
fn events(args: &Args, reference: Option<&InProcess>) -> Result<Option<Target>, Usage> {
    Ok(match (reference, &args.events_url, &args.api_key) {
        // Without --header: those may contain credentials of the SCIM server, and the events may come from another host.
        (_, Some(url), Some(key)) => {
            let target = args.target.target(url)?;
            Some(Target { auth: Auth::Bearer(key.clone()), headers: Vec::new(), ..target })
        }
        (Some(reference), ..) => Some(Target {
            timeout: args.target.timeout.unwrap_or(limits::CLIENT_TIMEOUT),
            ..Target::new(reference.events_url.clone(), Auth::Bearer(reference.api_key.clone()))
        }),
        _ => None,
    })
}

/// Returns the scenarios to run. The others describe Okta only and say nothing about a server.
fn select(suite: &Suite, args: &Args) -> Result<Vec<Case>, Usage> {
    let cases = selected(suite, args, "@server")?;
    if cases.is_empty() {
        return Err(Usage(
            "no scenario matches; `scimulate check --list` lists all of them with IDs and tags".to_owned(),
        ));
    }
    Ok(cases)
}

/// Returns the scenarios with this tag that the flags select.
fn selected(suite: &Suite, args: &Args, tag: &str) -> Result<Vec<Case>, Usage> {
    let mut selection =
        Selection::default().with_profile(args.profile).with_tags(tag).map_err(|error| Usage(error.to_string()))?;
    if let Some(skip) = &args.skip {
        selection = selection.without_name(skip.clone());
    }
    if let Some(tags) = &args.tags {
        selection = selection.with_tags(tags).map_err(|error| Usage(error.to_string()))?;
    }
    if let Some(name) = &args.name {
        selection = selection.with_name(name.clone());
    }
    if let Clients(Some(client)) = args.client {
        selection = selection.with_client(client);
    }
    Ok(suite.cases.iter().filter(|case| selection.includes(case)).cloned().collect())
}

/// Prints the scenarios to run, then those that document what Okta alone decides.
fn list(cases: &[Case], documentation: &[Case]) -> anyhow::Result<Exit> {
    let mut out = anstream::stdout().lock();
    let line = |case: &Case| format!("{}\t{}\t{}", case.id, case.name, case.tags.join(" "));
    for case in cases {
        writeln!(out, "{}", line(case))?;
    }
    if !documentation.is_empty() {
        writeln!(out, "# Documentation of what Okta alone decides. A check does not run these scenarios.")?;
    }
    for case in documentation {
        writeln!(out, "{}", line(case))?;
    }
    Ok(Exit::Good)
}

/// Returns the command that repeats this run, without the selection of scenarios. Secrets are shell variables.
fn command(args: &Args, seed: Seed) -> String {
    let mut words = vec!["scimulate check".to_owned()];
    words.extend(args.url.clone());
    if args.url.is_some() {
        words.extend(args.target.words());
    }
    if let Some(url) = &args.events_url {
        words.push(format!("--events-url {url} --api-key \"$API_KEY\""));
    }
    if args.on_deactivate != OnDeactivate::default() {
        words.push(format!("--on-deactivate {}", args.on_deactivate));
    }
    words.extend(args.habit.iter().map(|habit| format!("--habit {habit}")));
    if args.profile != Profile::default() {
        words.push(format!("--profile {}", args.profile));
    }
    if args.email_domain != "example.com" {
        words.push(format!("--email-domain {}", args.email_domain));
    }
    words.push(format!("--seed {seed}"));
    words.join(" ")
}

fn report(run: &Run, args: &Args, secrets: &Secrets) -> anyhow::Result<()> {
    if let Some(file) = &args.json {
        let mut json = run.to_json();
        secrets.hide_json(&mut json);
        write(file, &format!("{json:#}\n"))?;
    }
    if let Some(file) = &args.junit {
        write(file, &secrets.hide(&junit::render(run).context("cannot render the JUnit report")?))?;
    }
    if let Some(file) = &args.markdown {
        write(file, &secrets.hide(&markdown::render(run)))?;
    }
    let detail = match (args.quiet, args.verbose) {
        (true, _) => Detail::Result,
        (_, true) => Detail::All,
        _ => Detail::Findings,
    };
    let view = View { detail, width: stdout_width() };
    heard(anstream::stdout().lock().write_all(secrets.hide(&text::render(run, view)).as_bytes()))?;
    github::report(run, secrets)
}

fn write(file: &Path, text: &str) -> anyhow::Result<()> {
    std::fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))
}

/// Returns the exit code for a run.
#[must_use]
pub fn exit(run: &Run) -> Exit {
    Exit::of(run)
}

fn domain(text: &str) -> Result<String, ValueError> {
    let good = text.contains('.') && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.');
    if good { Ok(text.to_owned()) } else { Err(ValueError::Domain) }
}

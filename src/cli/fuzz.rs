//! `scimulate fuzz`: sends generated requests to a SCIM server.

use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressStyle};

use super::interrupt::on_interrupt;
use super::patience::PatienceArgs;
use super::run_records::Record;
use super::target::{TargetArgs, duration};
use super::terminal::stdout_width;
use super::{Exit, Usage, github, heard, writable};
use crate::base::Seed;
use crate::check::fuzz::{self, Options};
use crate::report::text::{self, View};
use crate::report::{Finding, Run};
use crate::wire::{Client, Ledger, Secrets, Stop};

/// The flags.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// SCIM base URL; without it, the built-in reference is tested
    url: Option<String>,
    /// Seed of all cases [default: random]
    #[arg(long, value_name = "N")]
    seed: Option<Seed>,
    /// Number of cases
    #[arg(long, value_name = "N", default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..))]
    cases: u32,
    /// Time after which no further case starts
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = duration)]
    time_limit: Duration,
    /// Write each finding to this folder as finding-N.json and finding-N.sh
    #[arg(long, value_name = "DIR")]
    save: Option<PathBuf>,
    /// Keep the users and groups that the run created
    #[arg(long)]
    keep: bool,
    /// Write the report as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    #[command(flatten)]
    target: TargetArgs,
    #[command(flatten)]
    patience: PatienceArgs,
}

/// Runs the command.
///
/// # Errors
/// [`Usage`] for a URL or a file that cannot be used; any other error means that the target cannot be used.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    let seed =
        args.seed.map_or_else(Seed::fresh, Ok).context("the operating system returned no randomness for a seed")?;
    let (target, reference) =
        args.target.target_or_reference(args.url.as_deref(), "testing", &[("--wait", args.patience.wait.is_some())])?;
    let secrets = Secrets::of(&target);
    if let Some(file) = &args.json {
        writable(file)?;
    }
    if let Some(folder) = &args.save {
        std::fs::create_dir_all(folder)
            .map_err(|error| Usage(format!("--save {}: {error}; choose a writable folder", folder.display())))?;
    }
    let run_id = fuzz::run::run_id(seed);
    let repeat = repeat(args);
    let cases = usize::try_from(args.cases)?;
    let options = Options { seed, cases, time_limit: args.time_limit, shrinking: fuzz::run::SHRINKING, repeat };
    let stop = Stop::new();
    let giving_up = stop.clone();
    let behind = format!("users and groups of the run may be left on the server; their names contain fuzz-{run_id}");
    // The run stops sending, cleans up and reports.
    let interrupted = on_interrupt(behind, move || giving_up.give_up("the run was interrupted"))?;
    let politeness = args.patience.politeness();
    let record = args.url.as_ref().map(|_| Record::start(&target.base, &run_id)).unwrap_or_default();
    let ledger = record.journal().into_iter().fold(Ledger::new(&run_id), Ledger::with_journal);
    let client = Client::new(target)
        .map_err(|error| Usage(error.to_string()))?
        .with_ledger(ledger)
        .with_stop(stop)
        .with_politeness(politeness.clone());
    anstream::eprintln!("fuzz: {}, seed {seed}, run {run_id}", client.target().base);
    // One thread: proptest's values are not Send, and the requests wait for the network anyway.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (report, leftovers) = runtime.block_on(async {
        let report = fuzz::run(&client, &options, progress(cases)).await;
        (report, if args.keep { fuzz::kept(&client) } else { fuzz::clean_up(&client).await })
    });
    for note in politeness.notes() {
        anstream::eprintln!("note: {note}");
    }
    record.finish(leftovers.is_empty(), args.keep);
    let panics = reference.as_ref().map(crate::server::InProcess::panics).unwrap_or_default();
    let report = Run { leftovers, is_interrupted: interrupted.is_set(), ..report? }.with_panics(&panics);
    write(args, &report, &secrets)?;
    let view = View { width: stdout_width(), ..View::default() };
    heard(anstream::stdout().write_all(secrets.hide(&text::render(&report, view)).as_bytes()))?;
    github::report(&report, &secrets)?;
    Ok(Exit::of(&report))
}

/// Returns the command without seed and cases; credentials are shell variables.
fn repeat(args: &Args) -> String {
    let Some(url) = &args.url else { return "scimulate fuzz".to_owned() };
    std::iter::once(format!("scimulate fuzz {url}")).chain(args.target.words()).collect::<Vec<_>>().join(" ")
}

/// Shows a progress bar on a terminal, and ten lines otherwise.
fn progress(cases: usize) -> impl FnMut(usize, usize) {
    let bar = std::io::stderr().is_terminal().then(|| {
        let style = ProgressStyle::with_template("{bar:30} {pos}/{len} cases {msg}")
            .unwrap_or_else(|_| ProgressStyle::default_bar());
        ProgressBar::new(cases as u64).with_style(style)
    });
    let mut printed = 0;
    move |done, findings| {
        if let Some(bar) = &bar {
            bar.set_position(done as u64);
            bar.set_message(if findings == 0 { String::new() } else { format!("{findings} found") });
        } else if done == cases || done >= printed + cases.div_ceil(10) {
            printed = done;
            anstream::eprintln!("fuzz: {done} of {cases} cases, {findings} found");
        }
    }
}

fn write(args: &Args, report: &Run, secrets: &Secrets) -> Result<(), Usage> {
    let save = |path: &Path, bytes: Vec<u8>| {
        std::fs::write(path, bytes).map_err(|error| {
            Usage(format!("cannot write {}: {error}; choose a file in an existing, writable folder", path.display()))
        })
    };
    if let Some(path) = &args.json {
        save(path, pretty(report.to_json(), secrets))?;
    }
    if let Some(folder) = &args.save {
        for (at, finding) in report.findings.iter().enumerate() {
            save(&folder.join(format!("finding-{}.json", at + 1)), pretty(json(finding), secrets))?;
            save(
                &folder.join(format!("finding-{}.sh", at + 1)),
                secrets.hide(&fuzz::script(finding)).into_owned().into_bytes(),
            )?;
        }
    }
    Ok(())
}

fn json(finding: &Finding) -> serde_json::Value {
    // A finding contains plain values only, so serialization cannot fail.
    serde_json::to_value(finding).unwrap_or_default()
}

fn pretty(mut value: serde_json::Value, secrets: &Secrets) -> Vec<u8> {
    secrets.hide_json(&mut value);
    let mut bytes = serde_json::to_vec_pretty(&value).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

//! `scimulate serve`: the reference server.

mod announcement;
pub(super) mod listen;
mod log;
mod terminal;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};

use self::announcement::Announcement;
use self::log::{LogFormat, LogLevel};
use super::bounds::BoundsArgs;
use super::certificate::TlsArgs;
use super::defects::DefectName;
use super::interrupt::{end_at_once, termination_signal};
use super::target::{duration, secret};
use super::{Exit, Usage, ValueError, layers};
use crate::base::{Secret, SystemClock};
use crate::delivery::WebhookSettings;
use crate::server::{Reference, Settings, defects};
use crate::store::sqlite::{Serving, SqliteStore, prepare};
use crate::store::{AdminCommand, Store};

const ENDPOINTS: &str = "\
Besides the SCIM URLs and /events the server has /healthz (the process runs), /readyz (the store takes reads and writes) \
and /metrics (OpenMetrics, without names of directories or people). None of them needs a token.";

/// The flags.
#[derive(Debug, clap::Args)]
#[command(after_help = ENDPOINTS)]
pub struct Args {
    /// Address to listen on; a port alone means 127.0.0.1, and port 0 takes a free one
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:8080", value_parser = listen::address)]
    listen: String,
    /// Store file; created if it does not exist
    #[arg(long, value_name = "FILE", default_value = super::stored::DEFAULT)]
    data: PathBuf,
    /// Use a temporary store that is deleted when the server ends
    #[arg(long, conflicts_with = "data")]
    ephemeral: bool,
    /// SCIM bearer token of the ephemeral store, instead of a random one
    #[arg(long, value_name = "T", value_parser = secret)]
    token: Option<Secret>,
    /// Serve the store even if another server has it open
    #[arg(long, conflicts_with = "ephemeral")]
    shared: bool,
    /// Let webhooks go to loopback, private and link-local addresses (implied by --ephemeral)
    #[arg(long)]
    allow_private_webhooks: bool,
    /// Time over which six retries of a failed webhook are spread, before its endpoint is disabled
    #[arg(long, value_name = "DURATION", default_value = "72h", value_parser = duration)]
    webhook_retry_time: Duration,
    /// Time for which events are kept, for example 30d; the server deletes older ones [default: forever]
    #[arg(long, value_name = "DURATION", value_parser = days)]
    retain_events: Option<Duration>,
    /// Public base URL of the server; by default URLs in responses are built from the Host header
    #[arg(long, value_name = "URL", value_parser = listen::public_url)]
    public_url: Option<String>,
    /// Print URLs, token and API key as one JSON line, the first line on stdout
    #[arg(long)]
    json: bool,
    /// Format of the log on stderr
    #[arg(long, value_enum, default_value = "text")]
    log_format: LogFormat,
    /// Level of the log; RUST_LOG overrides it and can set levels per module
    #[arg(long, value_enum, default_value = "info")]
    log_level: LogLevel,
    /// Break a rule on purpose, to see how a check reports it (repeatable; `scimulate defects` lists the names)
    #[arg(long, value_name = "NAME", value_parser = DefectName, hide_possible_values = true)]
    defect: Vec<String>,
    #[command(flatten)]
    tls: TlsArgs,
    #[command(flatten)]
    bounds: BoundsArgs,
}

/// Runs the command. Returns after a signal, when all accepted requests are finished.
///
/// # Errors
/// The address or the store cannot be used.
pub fn run(args: Args) -> Result<Exit> {
    let lines = terminal::lines_wanted(args.json);
    log::start(args.log_format, args.log_level, lines);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("no runtime")?;
    runtime.block_on(serve(args, lines))
}

async fn serve(args: Args, lines: bool) -> Result<Exit> {
    // Before anything else, so that a signal at any moment ends the server in order.
    let terminated = termination_signal()?;
    let token = fixed_token(&args)?;
    let listener = listen::bind(&args.listen).await?;
    let clock = Arc::new(SystemClock);
    let file = (!args.ephemeral).then_some(args.data.as_path());
    if let Some(file) = file {
        prepare(file)?;
    }
    let certificate = args.tls.certificate(file, listen::hosts(&args.listen, args.public_url.as_deref(), &listener))?;
    let scheme = if certificate.is_some() { "https" } else { "http" };
    let base_url = args.public_url.clone().unwrap_or_else(|| listen::url(scheme, listener.local_addr().ok()));
    // Held until the server has ended.
    let serving = file.map(|file| Serving::claim(file, &base_url, args.shared)).transpose()?;
    let store = match file {
        Some(file) => SqliteStore::open(file, clock.clone(), None)?,
        None => SqliteStore::ephemeral(clock.clone(), None)?,
    };
    let first = store.bootstrap_with(token).await?;
    if serving.as_ref().is_some_and(Serving::is_first) {
        store.administer(AdminCommand::ServedAt { base_url: base_url.clone() }).await?;
    }
    let store: Arc<dyn Store> = Arc::new(store);
    let settings = Settings {
        store: Arc::clone(&store),
        clock,
        public_url: args.public_url.clone(),
        defects: args.defect.iter().filter_map(|name| defects::by_name(name)).collect(),
        bounds: args.bounds.scim(),
        transport: args.bounds.transport(),
        tls: certificate.as_ref().map(|certificate| certificate.tls.clone()),
        webhooks: WebhookSettings {
            allow_private: args.allow_private_webhooks || args.ephemeral,
            retry_time: args.webhook_retry_time,
            // Of several servers on one store, the first delivers.
            is_delivering: serving.as_ref().is_none_or(Serving::is_first),
        },
        retain_events: args.retain_events,
    };
    let server = Reference::start(listener, settings)?;
    let announcement = Announcement { base_url: &base_url, first: &first, certificate: certificate.as_ref(), file };
    if args.json {
        announcement.print_json()?;
    } else {
        announcement.print_text(&args.defect)?;
    }
    let events = lines.then(|| tokio::spawn(terminal::print_events(store)));
    terminated.await;
    let terminated_again = termination_signal()?;
    tracing::info!("finishing accepted requests; a second signal ends at once");
    tokio::select! {
        stopped = server.stop() => stopped?,
        // What was acknowledged is durable; nothing else is waited for.
        () = terminated_again => end_at_once(),
    }
    if let Some(events) = events {
        events.abort();
    }
    Ok(Exit::Good)
}

/// Parses a duration, also in days: `30d`.
fn days(text: &str) -> Result<Duration, ValueError> {
    match text.strip_suffix('d').and_then(|days| days.trim().parse().ok()) {
        Some(days @ 1..=100_000) => Ok(Duration::from_hours(24 * days)),
        _ => duration(text).map_err(|_| ValueError::Days),
    }
}

/// Returns the token that `--token` gives an ephemeral store.
///
/// A store in a file has random tokens only: a token on a command line that stays valid would be a secret in the shell's
/// history. `SCIMULATE_TOKEN`, which serves every command, is ignored there.
fn fixed_token(args: &Args) -> Result<Option<Secret>, Usage> {
    match &args.token {
        Some(token) if !args.ephemeral => {
            if layers::is_general_token(token) {
                return Ok(None);
            }
            let data = Path::display(&args.data);
            Err(Usage(format!(
                "--token works with --ephemeral only; for {data}, scimulate directory rotate-token prints a new token"
            )))
        }
        token => Ok(token.clone()),
    }
}

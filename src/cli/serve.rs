//! `scimulate serve`: the reference server.

use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result};
use clap::builder::PossibleValuesParser;
use serde_json::json;
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

use super::bounds::BoundsArgs;
use super::certificate::{Certificate, TlsArgs};
use super::interrupt::{end_at_once, told_to_end};
use super::{Exit, Usage};
use crate::base::SystemClock;
use crate::server::{Reference, Settings, defects};
use crate::store::sqlite::SqliteStore;
use crate::store::{AdminCommand, Bootstrap, Store};

/// What the server answers besides SCIM and the log of events.
const ENDPOINTS: &str = "\
Besides the SCIM URLs and /events it answers /healthz (the process runs), /readyz (the store answers) and /metrics (OpenMetrics; \
it names no directory and no person), each without a token.";

/// The flags.
#[derive(Debug, clap::Args)]
#[command(after_help = ENDPOINTS)]
pub struct Args {
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:8080")]
    listen: String,
    /// The store; it is made when it does not exist
    #[arg(long, value_name = "FILE", default_value = "scimulate.db")]
    data: PathBuf,
    /// Keep everything in a store that goes away with the server
    #[arg(long, conflicts_with = "data")]
    ephemeral: bool,
    /// What clients call the server by; without it, addresses are made from the Host header
    #[arg(long, value_name = "URL", value_parser = public_url)]
    public_url: Option<String>,
    /// Say what a client needs as one line of JSON, the first on stdout
    #[arg(long)]
    json: bool,
    /// The form of the log on stderr
    #[arg(long, value_enum, default_value = "text")]
    log_format: LogFormat,
    /// How much is logged; debug tells each request. RUST_LOG, where it is set, says so part by part
    #[arg(long, value_enum, default_value = "info")]
    log_level: LogLevel,
    /// Break a rule on purpose, to see what a check of such a server says (repeatable)
    #[arg(long, value_name = "NAME", value_parser = defect_names(), hide_possible_values = true, long_help = defect_help())]
    defect: Vec<String>,
    #[command(flatten)]
    tls: TlsArgs,
    #[command(flatten)]
    bounds: BoundsArgs,
}

/// The form of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum LogFormat {
    /// A line for people
    Text,
    /// A JSON object a line
    Json,
}

/// How much is logged; each level holds those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum LogLevel {
    /// What failed
    Error,
    /// What is not as it should be
    Warn,
    /// What was dropped from a request, and the server's own beginning and end
    Info,
    /// Each request
    Debug,
    /// All there is
    Trace,
}

impl LogLevel {
    fn filter(self) -> EnvFilter {
        EnvFilter::new(match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        })
    }
}

fn public_url(text: &str) -> Result<String, String> {
    let uri: http::Uri = text.parse().map_err(|error| format!("{error}"))?;
    match (uri.scheme_str(), uri.host(), uri.query()) {
        (Some("http" | "https"), Some(_), None) => Ok(text.trim_end_matches('/').to_owned()),
        _ => Err("a URL such as https://scim.example.com was expected".to_owned()),
    }
}

fn defect_names() -> PossibleValuesParser {
    PossibleValuesParser::new(defects::ALL.iter().map(|defect| defect.name))
}

fn defect_help() -> String {
    let rows = defects::ALL.iter().map(|defect| format!("\n  {}: {}", defect.name, defect.breaks));
    format!(
        "Break a rule on purpose, to see what a check of such a server says (repeatable):{}",
        rows.collect::<String>()
    )
}

/// Runs the command: returns when it was told to end, and everything that it accepted is done.
pub fn run(args: Args) -> Result<Exit> {
    log_to_stderr(args.log_format, args.log_level);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("no runtime")?;
    runtime.block_on(serve(args))
}

async fn serve(args: Args) -> Result<Exit> {
    // Asked for first, so that a signal at any moment is a request to end in order.
    let told = told_to_end()?;
    let listener = TcpListener::bind(&args.listen).await.map_err(|error| cannot_listen(&args.listen, &error))?;
    let clock = Arc::new(SystemClock);
    let store = if args.ephemeral {
        SqliteStore::ephemeral(clock.clone(), None)?
    } else {
        SqliteStore::open(&args.data, clock.clone(), None)
            .with_context(|| format!("{} can't be used as a store", args.data.display()))?
    };
    let first = store.bootstrap().await?;
    let kept = (!args.ephemeral).then_some(args.data.as_path());
    let certificate = args.tls.certificate(kept, hosts(&args, &listener))?;
    let scheme = if certificate.is_some() { "https" } else { "http" };
    let base_url = args.public_url.clone().unwrap_or_else(|| url_of(scheme, listener.local_addr().ok()));
    store.administer(AdminCommand::ServedAt { base_url: base_url.clone() }).await?;
    let defects = args.defect.iter().filter_map(|name| defects::by_name(name)).collect();
    let settings = Settings {
        store: Arc::new(store),
        clock,
        public_url: args.public_url.clone(),
        defects,
        bounds: args.bounds.scim(),
        transport: args.bounds.transport(),
        tls: certificate.as_ref().map(|certificate| certificate.tls.clone()),
    };
    let server = Reference::start(listener, settings)?;
    announce(&args, &base_url, &first, certificate.as_ref())?;
    told.await;
    let told_again = told_to_end()?;
    tracing::info!("finishing what was accepted; a second signal ends at once");
    tokio::select! {
        stopped = server.stop() => stopped?,
        // What was acknowledged is durable; nothing else is waited for.
        () = told_again => end_at_once(),
    }
    Ok(Exit::Good)
}

/// A host that stands for every interface is no address that a client could use.
fn url_of(scheme: &str, address: Option<SocketAddr>) -> String {
    let address = address.map(|address| match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => SocketAddr::new(Ipv4Addr::LOCALHOST.into(), address.port()),
        IpAddr::V6(ip) if ip.is_unspecified() => SocketAddr::new(Ipv4Addr::LOCALHOST.into(), address.port()),
        _ => address,
    });
    address.map_or_else(|| format!("{scheme}://localhost"), |address| format!("{scheme}://{address}"))
}

/// The names and addresses by which clients may reach the server.
fn hosts(args: &Args, listener: &TcpListener) -> Vec<String> {
    let public = args.public_url.as_ref().and_then(|url| url.parse::<http::Uri>().ok());
    let public = public.and_then(|uri| Some(uri.host()?.trim_matches(['[', ']']).to_owned()));
    let listening = args.listen.rsplit_once(':').map(|(host, _)| host.trim_matches(['[', ']']).to_owned());
    let address = listener.local_addr().ok().map(|address| address.ip().to_string());
    let local = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
    let mut hosts: Vec<String> = local.into_iter().chain(public).chain(listening).chain(address).collect();
    hosts.sort();
    hosts.dedup();
    hosts.retain(|host| !host.is_empty());
    hosts
}

fn announce(args: &Args, base_url: &str, first: &Bootstrap, certificate: Option<&Certificate>) -> Result<()> {
    let scim_url = format!("{base_url}/scim/v2/{}", first.directory.external_key);
    let events_url = format!("{base_url}/events");
    let token = first.token.as_ref().map(crate::base::Secret::expose);
    let api_key = first.api_key.as_ref().map(crate::base::Secret::expose);
    let mut out = anstream::stdout().lock();
    if args.json {
        let mut line = json!({
            "scim_url": scim_url,
            "token": token,
            "events_url": events_url,
            "api_key": api_key,
            "organization_id": first.directory.organization_id,
            "directory_id": first.directory.id,
        });
        if let (Some(Certificate { tls, file, .. }), Some(line)) = (certificate, line.as_object_mut()) {
            line.insert("certificate".to_owned(), file.display().to_string().into());
            line.insert("certificate_sha256".to_owned(), tls.fingerprint().into());
        }
        writeln!(out, "{line}")?;
    } else {
        let kept =
            if args.ephemeral { "a store that goes away with it".to_owned() } else { args.data.display().to_string() };
        let known = |secret: Option<&str>, again: &str| match secret {
            Some(secret) => format!("{secret}  (shown this once)"),
            None => format!("as before; {again} makes a new one"),
        };
        writeln!(out, "scimulate {} serves {kept}\n", env!("CARGO_PKG_VERSION"))?;
        writeln!(out, "  SCIM URL      {scim_url}")?;
        writeln!(out, "  SCIM token    {}", known(token, "scimulate directory rotate-token"))?;
        writeln!(out, "  Events URL    {events_url}")?;
        writeln!(out, "  API key       {}", known(api_key, "scimulate api-key add"))?;
        writeln!(out, "  Organization  {}", first.directory.organization_id)?;
        writeln!(out, "  Directory     {}", first.directory.id)?;
        if let Some(Certificate { tls, file, .. }) = certificate {
            writeln!(out, "  Certificate   {}", file.display())?;
            writeln!(out, "                SHA-256 {}", tls.fingerprint())?;
        }
        for name in &args.defect {
            let breaks = defects::by_name(name).map_or("", |defect| defect.breaks);
            writeln!(out, "  Defect        {name}: {breaks}")?;
        }
        writeln!(out, "\nCtrl-C ends it.")?;
    }
    out.flush()?;
    Ok(())
}

fn cannot_listen(listen: &str, error: &std::io::Error) -> anyhow::Error {
    match error.kind() {
        std::io::ErrorKind::InvalidInput => {
            Usage(format!("--listen {listen}: {error}; a host and a port such as 127.0.0.1:8080 were expected")).into()
        }
        std::io::ErrorKind::AddrInUse => {
            anyhow::anyhow!("can't listen on {listen}: something else does; --listen 127.0.0.1:0 takes a free port")
        }
        _ => anyhow::anyhow!("can't listen on {listen}: {error}"),
    }
}

fn log_to_stderr(format: LogFormat, level: LogLevel) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| level.filter());
    let colour = std::io::IsTerminal::is_terminal(&std::io::stderr());
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    // A second subscriber in the same process keeps the first.
    let _ = match format {
        LogFormat::Text => log.with_ansi(colour).try_init(),
        LogFormat::Json => log.json().flatten_event(true).try_init(),
    };
}

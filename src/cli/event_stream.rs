//! `scimulate event-stream`: manages the receivers of security event tokens.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::ValueEnum;
use serde_json::{Value, json};

use super::directory::base_urls;
use super::stored::{DEFAULT, line, with_store};
use super::target::secret;
use super::webhook::webhooks;
use super::{Exit, Usage};
use crate::base::Secret;
use crate::base::clock::rfc3339;
use crate::delivery::new_signing_key;
use crate::directory::event_stream::{StreamDelivery, StreamQueue};
use crate::directory::payload;
use crate::store::sqlite::SqliteStore;
use crate::store::{AdminCommand, EventStreams as _, NewStream, Store as _, StreamCommand};

const ADD_EXAMPLES: &str = "\
Examples:
  scimulate event-stream add
  scimulate event-stream add --push https://app.example.com/events --authorization 'Bearer T'
  scimulate event-stream add --push http://127.0.0.1:9000/events --allow-private-webhooks";

/// The subcommands and their flags.
#[derive(Debug, clap::Subcommand)]
pub enum Args {
    /// Add a stream and print its URLs, and its token if the receiver polls
    Add(Add),
    /// List the streams with their URLs and the last error of their receivers
    List(List),
    /// Enable or disable a stream
    Set(Set),
    /// Remove a stream with its queue
    Remove(Remove),
    /// Sign with a new key from now on; receivers can still verify tokens of the previous one
    RotateKey(RotateKey),
}

/// The flags of `event-stream add`.
#[derive(Debug, clap::Args)]
#[command(after_help = ADD_EXAMPLES)]
pub struct Add {
    /// Store file
    #[arg(long, value_name = "FILE", default_value = DEFAULT)]
    data: PathBuf,
    /// ID of the directory (directory_…) [default: the first directory]
    #[arg(long, value_name = "ID")]
    directory: Option<String>,
    /// URL that the tokens are pushed to [default: the receiver polls]
    #[arg(long, value_name = "URL")]
    push: Option<String>,
    /// Value of the Authorization header of each push
    #[arg(long, value_name = "VALUE", requires = "push", value_parser = secret)]
    authorization: Option<Secret>,
    /// Audience of the tokens (aud) [default: the URL of the stream]
    #[arg(long, value_name = "URI")]
    audience: Option<String>,
    /// Accept a URL with a loopback, private or link-local address; the server needs this flag, too
    #[arg(long)]
    allow_private_webhooks: bool,
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
}

/// The flags of `event-stream list`.
#[derive(Debug, clap::Args)]
pub struct List {
    /// Store file
    #[arg(long, value_name = "FILE", default_value = DEFAULT)]
    data: PathBuf,
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
}

/// The flags of `event-stream set`.
#[derive(Debug, clap::Args)]
pub struct Set {
    /// ID of the stream (stream_…)
    id: String,
    /// Store file
    #[arg(long, value_name = "FILE", default_value = DEFAULT)]
    data: PathBuf,
    /// State of the stream
    #[arg(long, value_enum)]
    status: Status,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Status {
    /// Queue changes and deliver their tokens
    Enabled,
    /// Queue no further changes, and push nothing; queued tokens can still be polled
    Disabled,
}

/// The flags of `event-stream remove`.
#[derive(Debug, clap::Args)]
pub struct Remove {
    /// ID of the stream (stream_…)
    id: String,
    /// Store file
    #[arg(long, value_name = "FILE", default_value = DEFAULT)]
    data: PathBuf,
}

/// The flags of `event-stream rotate-key`.
#[derive(Debug, clap::Args)]
pub struct RotateKey {
    /// Store file
    #[arg(long, value_name = "FILE", default_value = DEFAULT)]
    data: PathBuf,
    /// ID of the directory (directory_…) [default: the first directory]
    #[arg(long, value_name = "ID")]
    directory: Option<String>,
}

/// Runs the command.
///
/// # Errors
/// The store cannot be used, or it refuses the command.
pub fn run(args: Args) -> Result<Exit> {
    match args {
        Args::Add(args) => with_store(&args.data.clone(), |store| async move { add(&store, args).await }),
        Args::List(args) => with_store(&args.data.clone(), |store| async move { list(&store, &args).await }),
        Args::Set(args) => with_store(&args.data.clone(), |store| async move { set(&store, args).await }),
        Args::Remove(args) => with_store(&args.data.clone(), |store| async move { remove(&store, args).await }),
        Args::RotateKey(args) => with_store(&args.data.clone(), |store| async move { rotate(&store, args).await }),
    }
}

async fn add(store: &SqliteStore, args: Add) -> Result<Exit> {
    let delivery = match &args.push {
        Some(url) => {
            let url = webhooks(args.allow_private_webhooks).check(url).await;
            let url = url.map_err(|error| Usage(format!("--push: {error}")))?;
            StreamDelivery::Push { url, authorization: args.authorization }
        }
        None => StreamDelivery::Poll,
    };
    let base_url = base_url(store, &args.data).await?;
    let directory = directory(store, args.directory).await?;
    let (audience, key) = (args.audience, new_signing_key()?);
    let new = NewStream { directory, delivery, base_url: base_url.clone(), audience, key };
    let added = store.administer(AdminCommand::Stream(StreamCommand::Add(new))).await?;
    let stream = added.stream.context("the store returned no stream")?;
    let mut shown = payload::event_stream(&stream, None, &base_url);
    if args.json {
        if let (Some(shown), Some(token)) = (shown.as_object_mut(), added.secret) {
            shown.insert("token".to_owned(), json!(token.expose()));
        }
        line(shown)?;
        return Ok(Exit::Good);
    }
    line(format_args!("Stream    {}", stream.id))?;
    for (label, name) in [("Poll URL", "poll_url"), ("Push URL", "endpoint_url"), ("Keys", "jwks_url")] {
        if let Some(url) = shown.get(name).and_then(Value::as_str) {
            line(format_args!("{label:<8}  {url}"))?;
        }
    }
    line(format_args!("Issuer    {}", stream.issuer))?;
    line(format_args!("Audience  {}", stream.audience))?;
    if let Some(token) = added.secret {
        line(format_args!("Token     {}  (shown only once)", token.expose()))?;
        let url = shown.get("poll_url").and_then(Value::as_str).unwrap_or_default();
        line(format_args!(
            "\nPoll it with:\n  curl -H 'Authorization: Bearer {}' -H 'Content-Type: application/json' \\\n    \
             -d '{{\"returnImmediately\": true}}' '{url}'",
            token.expose()
        ))?;
    }
    Ok(Exit::Good)
}

async fn list(store: &SqliteStore, args: &List) -> Result<Exit> {
    let base_url = base_url(store, &args.data).await?;
    let streams = store.event_streams(None).await?;
    if args.json {
        let show = |queue: &StreamQueue| {
            let mut shown = payload::event_stream(&queue.stream, queue.progress.last_error.as_deref(), &base_url);
            if let Some(shown) = shown.as_object_mut() {
                shown.insert("failed_attempts".to_owned(), json!(queue.progress.failures));
                shown.insert("next_attempt_at".to_owned(), json!(queue.progress.next_at.map(rfc3339)));
            }
            shown
        };
        line(Value::Array(streams.iter().map(show).collect()))?;
        return Ok(Exit::Good);
    }
    for StreamQueue { stream, progress, .. } in &streams {
        let state = if stream.is_enabled { "enabled" } else { "disabled" };
        let shown = payload::event_stream(stream, None, &base_url);
        let url = ["poll_url", "endpoint_url"].iter().find_map(|name| shown.get(*name)?.as_str());
        let (delivery, url) = (stream.delivery.name(), url.unwrap_or_default());
        line(format_args!("{}  {state}  {delivery}  {url}", stream.id))?;
        line(format_args!("  {}, audience {}", stream.directory_id, stream.audience))?;
        if let Some(error) = &progress.last_error {
            line(format_args!("  last error: {}", crate::base::escape_lines(error)))?;
        }
        if let (true, Some(at)) = (stream.is_enabled, progress.next_at) {
            line(format_args!("  failed attempts: {}; the next one is at {}", progress.failures, rfc3339(at)))?;
        }
    }
    Ok(Exit::Good)
}

async fn set(store: &SqliteStore, args: Set) -> Result<Exit> {
    let is_enabled = args.status == Status::Enabled;
    let command = StreamCommand::Set { id: args.id.clone(), is_enabled };
    store.administer(AdminCommand::Stream(command)).await?;
    line(format_args!("{} is {}", args.id, if is_enabled { "enabled" } else { "disabled" }))?;
    Ok(Exit::Good)
}

async fn remove(store: &SqliteStore, args: Remove) -> Result<Exit> {
    store.administer(AdminCommand::Stream(StreamCommand::Remove { id: args.id.clone() })).await?;
    line(format_args!("{} is removed", args.id))?;
    Ok(Exit::Good)
}

async fn rotate(store: &SqliteStore, args: RotateKey) -> Result<Exit> {
    let directory = directory(store, args.directory).await?;
    let key = new_signing_key()?;
    let id = key.id.clone();
    store.administer(AdminCommand::Stream(StreamCommand::RotateKey { directory: directory.clone(), key })).await?;
    line(format_args!("{directory} signs with the key {id}"))?;
    Ok(Exit::Good)
}

/// Returns the URL of the server, for the URLs of a stream.
async fn base_url(store: &SqliteStore, file: &std::path::Path) -> Result<String> {
    base_urls(store, file).await?.into_iter().next().context("the store has no URL")
}

/// Returns the ID of the directory: the given one, else the first.
async fn directory(store: &SqliteStore, given: Option<String>) -> Result<String> {
    if let Some(id) = given {
        return Ok(id);
    }
    let first = store.directories().await?.into_iter().next();
    let create = || Usage("the store has no directory; create one with scimulate directory add".to_owned());
    Ok(first.ok_or_else(create)?.id)
}

//! `webhook add`, `list`, `remove`, `enable` and `disable`.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Result;
use serde_json::{Value, json};

use super::super::event_name::subscribable;
use super::super::stored::{DEFAULT, line};
use super::super::{Exit, Usage};
use crate::base::SystemClock;
use crate::base::clock::rfc3339;
use crate::delivery::{WebhookSettings, Webhooks};
use crate::directory::payload;
use crate::directory::webhook::WebhookQueue;
use crate::events::EventName;
use crate::store::{AdminCommand, Store, WebhookCommand};

const ADD_EXAMPLES: &str = "\
Examples:
  scimulate webhook add --url https://app.example.com/webhooks
  scimulate webhook add --url https://app.example.com/users --events dsync.user.created
  scimulate webhook add --url http://127.0.0.1:8090/ --allow-private-webhooks";

/// The flags of `webhook add`.
#[derive(Debug, clap::Args)]
#[command(after_help = ADD_EXAMPLES)]
pub struct Add {
    /// Store file
    #[arg(long, value_name = "FILE", default_value = DEFAULT)]
    pub(super) data: PathBuf,
    /// URL that receives the webhooks
    #[arg(long)]
    url: String,
    /// Names of the events to deliver, separated by commas [default: all that webhooks can have]
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = subscribable)]
    events: Vec<EventName>,
    /// Accept a URL with a loopback, private or link-local address; the server needs this flag, too
    #[arg(long)]
    allow_private_webhooks: bool,
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
}

/// The flags of `webhook list`.
#[derive(Debug, clap::Args)]
pub struct List {
    /// Store file
    #[arg(long, value_name = "FILE", default_value = DEFAULT)]
    pub(super) data: PathBuf,
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
}

/// The flags of `webhook remove`.
#[derive(Debug, clap::Args)]
pub struct Remove {
    /// ID of the endpoint (we_…)
    id: String,
    /// Store file
    #[arg(long, value_name = "FILE", default_value = DEFAULT)]
    pub(super) data: PathBuf,
}

/// The flags of `webhook enable` and `webhook disable`.
#[derive(Debug, clap::Args)]
pub struct Switch {
    /// ID of the endpoint (we_…)
    id: String,
    /// Store file
    #[arg(long, value_name = "FILE", default_value = DEFAULT)]
    pub(super) data: PathBuf,
}

pub(super) async fn add(store: &dyn Store, args: Add) -> Result<Exit> {
    let url = webhooks(args.allow_private_webhooks).check(&args.url).await;
    let url = url.map_err(|error| Usage(format!("--url: {error}")))?;
    let mut events = if args.events.is_empty() { EventName::subscribable().collect() } else { args.events };
    events.sort_unstable();
    events.dedup();
    let added = store.administer(AdminCommand::Webhook(WebhookCommand::Add { url, events })).await?;
    let endpoint = added.webhook.ok_or_else(|| anyhow::anyhow!("the store returned no endpoint"))?;
    if args.json {
        line(payload::webhook_endpoint(&endpoint, true))?;
    } else {
        line(format_args!("Endpoint  {}", endpoint.id))?;
        line(format_args!("URL       {}", endpoint.url))?;
        line(format_args!("Events    {}", events_in_words(&endpoint.events)))?;
        line(format_args!("Secret    {}  (shown only once)", endpoint.secret.expose()))?;
    }
    Ok(Exit::Good)
}

/// Returns the tools that check the targets of webhooks and deliver single events.
pub(in crate::cli) fn webhooks(allow_private: bool) -> Webhooks {
    Webhooks::new(Arc::new(SystemClock), WebhookSettings { allow_private, ..WebhookSettings::default() })
}

pub(super) async fn list(store: &dyn Store, args: &List) -> Result<Exit> {
    let queues = store.webhook_queues().await?;
    if args.json {
        line(Value::Array(queues.iter().map(queue_json).collect()))?;
        return Ok(Exit::Good);
    }
    for WebhookQueue { endpoint, progress } in &queues {
        let state = if endpoint.is_enabled { "enabled" } else { "disabled" };
        line(format_args!("{}  {state}  {}", endpoint.id, endpoint.url))?;
        line(format_args!("  {}", events_in_words(&endpoint.events)))?;
        if let (true, Some(at)) = (endpoint.is_enabled, progress.next_at) {
            line(format_args!("  failed attempts: {}; the next one is at {}", progress.failures, rfc3339(at)))?;
        }
    }
    Ok(Exit::Good)
}

/// Renders an endpoint as the directory API does, and the state of its queue.
fn queue_json(WebhookQueue { endpoint, progress }: &WebhookQueue) -> Value {
    let mut shown = payload::webhook_endpoint(endpoint, false);
    if let Some(shown) = shown.as_object_mut() {
        shown.insert("failed_attempts".to_owned(), json!(progress.failures));
        shown.insert("next_attempt_at".to_owned(), json!(progress.next_at.map(rfc3339)));
    }
    shown
}

pub(super) async fn remove(store: &dyn Store, args: Remove) -> Result<Exit> {
    store.administer(AdminCommand::Webhook(WebhookCommand::Remove { id: args.id.clone() })).await?;
    line(format_args!("{} is removed", args.id))?;
    Ok(Exit::Good)
}

pub(super) async fn switch(store: &dyn Store, args: Switch, enable: bool) -> Result<Exit> {
    let command = WebhookCommand::Set { id: args.id.clone(), url: None, events: None, is_enabled: Some(enable) };
    store.administer(AdminCommand::Webhook(command)).await?;
    line(format_args!("{} is {}", args.id, if enable { "enabled" } else { "disabled" }))?;
    Ok(Exit::Good)
}

fn events_in_words(events: &[EventName]) -> String {
    if EventName::subscribable().all(|name| events.contains(&name)) {
        return "all events that webhooks can have".to_owned();
    }
    events.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", ")
}

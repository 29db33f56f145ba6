//! `webhook attempts`, `redeliver` and `test`.

use std::path::PathBuf;

use anyhow::Result;
use serde_json::Value;

use super::super::event_name::subscribable;
use super::super::stored::{DEFAULT, line};
use super::super::{Exit, Usage};
use super::endpoints::webhooks;
use crate::base::clock::rfc3339;
use crate::base::{escape, escape_lines};
use crate::directory::payload;
use crate::directory::webhook::{StoredAttempt, WebhookEndpoint};
use crate::events::EventName;
use crate::store::Store;
use crate::store::objects::ObjectRange;

/// The number of characters of a response that a line shows.
const SHOWN_RESPONSE: usize = 100;

/// The flags of `webhook attempts`.
#[derive(Debug, clap::Args)]
pub struct List {
    /// ID of the endpoint (we_…)
    id: String,
    /// Store file
    #[arg(long, value_name = "FILE", default_value = DEFAULT)]
    pub(super) data: PathBuf,
    /// Most attempts to list
    #[arg(long, value_name = "N", default_value = "20", value_parser = clap::value_parser!(u16).range(1..=1000))]
    limit: u16,
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
}

/// The flags of the commands that make one attempt.
#[derive(Debug, clap::Args)]
pub(super) struct Delivery {
    /// Store file
    #[arg(long, value_name = "FILE", default_value = DEFAULT)]
    pub(super) data: PathBuf,
    /// Deliver to a loopback, private or link-local address
    #[arg(long)]
    allow_private_webhooks: bool,
    /// Print the attempt as one line of JSON
    #[arg(long)]
    json: bool,
}

const REDELIVER_EXAMPLES: &str = "\
Example:
  scimulate webhook redeliver we_01M7W6C380PMF7VY0XCVQ9K09E event_01M7W6N870HH8DTBAF7D9NAA2X

The command makes one attempt, also to an endpoint that is disabled, and exits with 1 if the receiver does not accept it.";

/// The flags of `webhook redeliver`.
#[derive(Debug, clap::Args)]
#[command(after_help = REDELIVER_EXAMPLES)]
pub struct Redeliver {
    /// ID of the endpoint (we_…)
    id: String,
    /// ID of the event (event_…)
    event: String,
    #[command(flatten)]
    pub(super) delivery: Delivery,
}

const TEST_EXAMPLES: &str = "\
Example:
  scimulate webhook test we_01M7W6C380PMF7VY0XCVQ9K09E --event dsync.group.user_added

The command makes one attempt, also to an endpoint that is disabled, and exits with 1 if the receiver does not accept it.";

/// The flags of `webhook test`.
#[derive(Debug, clap::Args)]
#[command(after_help = TEST_EXAMPLES)]
pub struct Test {
    /// ID of the endpoint (we_…)
    id: String,
    /// Name of the event
    #[arg(long, value_name = "NAME", default_value = "dsync.user.created", value_parser = subscribable)]
    event: EventName,
    #[command(flatten)]
    pub(super) delivery: Delivery,
}

pub(super) async fn list(store: &dyn Store, args: &List) -> Result<Exit> {
    let range = ObjectRange { descending: true, cursor: None, limit: usize::from(args.limit) };
    let attempts = store.list_attempts(&args.id, range).await?.objects;
    if args.json {
        line(Value::Array(attempts.iter().map(payload::webhook_attempt).collect()))?;
        return Ok(Exit::Good);
    }
    for attempt in &attempts {
        line(in_words(attempt))?;
    }
    if attempts.is_empty() {
        anstream::eprintln!("no attempts so far");
    }
    Ok(Exit::Good)
}

pub(super) async fn redeliver(store: &dyn Store, args: &Redeliver) -> Result<Exit> {
    let endpoint = endpoint(store, &args.id).await?;
    let event = store.event(&args.event).await?;
    let event = event.ok_or_else(|| Usage(format!("there is no event {} in this store", args.event)))?;
    let attempt = webhooks(args.delivery.allow_private_webhooks).redeliver(store, &endpoint, &event).await?;
    report(&attempt, args.delivery.json)
}

pub(super) async fn test(store: &dyn Store, args: &Test) -> Result<Exit> {
    let endpoint = endpoint(store, &args.id).await?;
    let attempt = webhooks(args.delivery.allow_private_webhooks).test(store, &endpoint, args.event).await?;
    report(&attempt, args.delivery.json)
}

async fn endpoint(store: &dyn Store, id: &str) -> Result<WebhookEndpoint> {
    let found = store.webhook(id).await?;
    Ok(found.ok_or_else(|| Usage(format!("there is no webhook endpoint {id} in this store")))?)
}

/// Prints an attempt. The exit code says whether the receiver accepted the event.
fn report(attempt: &StoredAttempt, json: bool) -> Result<Exit> {
    if json {
        line(payload::webhook_attempt(attempt))?;
    } else {
        line(in_words(attempt))?;
    }
    Ok(if attempt.attempt.is_delivered() { Exit::Good } else { Exit::Deviations })
}

/// Describes an attempt in one line. What the receiver sent is escaped.
fn in_words(stored: &StoredAttempt) -> String {
    let attempt = &stored.attempt;
    let cause = attempt.cause.as_str();
    let number = if attempt.number > 1 { format!(" {}", attempt.number) } else { String::new() };
    let result = match (attempt.status, &attempt.error) {
        (Some(status), _) => {
            let word = if attempt.is_delivered() { "delivered" } else { "refused" };
            let shown: String = attempt.response.chars().take(SHOWN_RESPONSE).collect();
            let response = if shown.is_empty() { String::new() } else { format!(": {shown}") };
            format!("{word}, {status} after {} ms{response}", attempt.duration_ms)
        }
        (None, Some(error)) => format!("failed: {error}"),
        (None, None) => "failed".to_owned(),
    };
    let at = rfc3339(attempt.at);
    escape_lines(&escape(&format!("{at}  {}  {}  {cause}{number}  {result}", attempt.event, attempt.event_id)))
}

//! The events that follow an action.

use std::time::Duration;

use serde_json::Value;
use tokio::time::{Instant, sleep};

use crate::wire::EventReader;

/// The time without a new event after which the log counts as quiet. A server may write its log after it has responded.
const QUIET: Duration = Duration::from_millis(300);
/// The longest time that one action waits for events. Later ones are read after the next action.
const MOST: Duration = Duration::from_secs(5);

/// Reads the log until it is quiet, and returns the new events, oldest first, and the error that ended the reading. After
/// an action that changed nothing, the log is read once.
pub(super) async fn follow(reader: &mut EventReader, wrote: bool) -> (Vec<Value>, Option<String>) {
    let (begun, mut events) = (Instant::now(), Vec::new());
    loop {
        let before = events.len();
        if let Err(error) = reader.read_to_end(&mut events).await {
            return (events, Some(error.to_string()));
        }
        let is_first = begun.elapsed() < QUIET;
        if !wrote || begun.elapsed() >= MOST || (!is_first && events.len() == before) {
            return (events, None);
        }
        sleep(QUIET).await;
    }
}

//! The target's event log, read by one client for the whole run.
//!
//! The absence of an event is never shown by waiting. Instead the harness creates a marker user after the action and
//! reads the log up to the marker's event. All scenarios share one copy of the log; each selects the events of its own
//! people and groups.

use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::sync::Mutex;

use super::assertions;
use super::outcome::{Outcome, StepResult};
use crate::base::limits::EVENTS_PAGE;
use crate::wire::{Client, Failure};

/// The sentence of results about events when the run has no event source.
pub const NO_SOURCE: &str = "there is no event source; --events-url and --api-key give one";
/// The time that the marker's event may take to appear. A server may write its log after it has responded.
const MARKER_WAIT: Duration = Duration::from_secs(10);
/// The pause before the log is read again. It doubles each time, up to a second.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
/// The number of pages that one reading of the log may fetch.
const PAGES: usize = 1_000;

/// A response of the Events API that is not a page of events.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EventLogError {
    #[error("the Events API gave no answer: {0}")]
    NoResponse(Failure),
    /// Status and excerpt of the body.
    #[error("the Events API answered {0} without a list of events: {1}")]
    NotAPage(u16, String),
}

impl From<EventLogError> for Outcome {
    fn from(error: EventLogError) -> Self {
        Self::Inconclusive(error.to_string())
    }
}

/// The log of one run.
#[derive(Debug)]
pub struct EventLog {
    client: Client,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    started: bool,
    cursor: Option<String>,
    events: Vec<Value>,
}

impl EventLog {
    /// Creates a log over a client whose base URL is the events URL.
    #[must_use]
    pub fn new(client: Client) -> Self {
        Self { client, state: Mutex::default() }
    }

    /// Moves the cursor to the current end of the log, so that older events are ignored.
    ///
    /// # Errors
    /// If the Events API does not return a page of events.
    pub async fn start(&self) -> Result<(), EventLogError> {
        let mut state = self.state.lock().await;
        if state.started {
            return Ok(());
        }
        let page = self.page("?limit=1&order=desc").await?;
        state.cursor = page.last().and_then(|event| event.get("id")?.as_str()).map(str::to_owned);
        state.started = true;
        Ok(())
    }

    /// Returns every event from the start of the run up to the first one for which `is_marker` returns true.
    pub async fn up_to(&self, is_marker: impl Fn(&Value) -> bool) -> StepResult<Vec<Value>> {
        let begun = Instant::now();
        let mut pause = FIRST_PAUSE;
        loop {
            {
                let mut state = self.state.lock().await;
                self.read_on(&mut state).await?;
                if let Some(at) = state.events.iter().position(&is_marker) {
                    return Ok(state.events.iter().take(at).cloned().collect());
                }
            }
            if begun.elapsed() > MARKER_WAIT {
                return Err(Outcome::deviation(
                    "the event of a user that was created just now never came",
                    "dsync.user.created of the marker user",
                    format!("no such event within {} s", MARKER_WAIT.as_secs()),
                ));
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_secs(1));
        }
    }

    async fn read_on(&self, state: &mut State) -> Result<(), EventLogError> {
        for _ in 0..PAGES {
            let after = state.cursor.as_ref().map(|id| format!("&after={id}")).unwrap_or_default();
            let page = self.page(&format!("?limit={EVENTS_PAGE}&order=asc{after}")).await?;
            let full = page.len() >= EVENTS_PAGE;
            if let Some(id) = page.last().and_then(|event| event.get("id")?.as_str()) {
                state.cursor = Some(id.to_owned());
            }
            state.events.extend(page);
            if !full {
                break;
            }
        }
        Ok(())
    }

    async fn page(&self, query: &str) -> Result<Vec<Value>, EventLogError> {
        let exchange = self.client.get(query).await;
        let response = exchange.outcome.as_ref().map_err(|failure| EventLogError::NoResponse(failure.clone()))?;
        let data = response.json().and_then(|body| body.get("data").cloned());
        match (response.status, data) {
            (200, Some(Value::Array(events))) => Ok(events),
            (status, _) => Err(EventLogError::NotAPage(status, assertions::excerpt(&response.body))),
        }
    }
}

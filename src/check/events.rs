//! The Events API, read by one client for the whole run.
//!
//! That something did not happen is never shown by waiting: a marker change is made after the action and the log is
//! read up to the marker's event. The log is read once for all scenarios; each looks for the ids of its own people.

use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::sync::Mutex;

use super::judge;
use super::outcome::{Judged, Outcome};
use crate::base::limits::EVENTS_PAGE;
use crate::wire::Client;

/// What is said of events where nobody can read them.
pub const NO_SOURCE: &str = "there is no event source; --events-url and --api-key give one";
/// How long the marker's event may take to show up: servers may write their log behind the answer.
const MARKER_WAIT: Duration = Duration::from_secs(10);
/// The first pause before the log is read again; each further one is twice as long, up to a second.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
/// How many pages one look at the log may read.
const PAGES: usize = 1_000;

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
    /// A log behind a client whose base is the events URL.
    #[must_use]
    pub fn new(client: Client) -> Self {
        Self { client, state: Mutex::default() }
    }

    /// Remembers where the log ends now; what is older does not count.
    ///
    /// # Errors
    /// What the Events API answered instead of a page.
    pub async fn start(&self) -> Result<(), String> {
        let mut state = self.state.lock().await;
        if state.started {
            return Ok(());
        }
        let page = self.page("?limit=1&order=desc").await?;
        state.cursor = page.last().and_then(|event| event.get("id")?.as_str()).map(str::to_owned);
        state.started = true;
        Ok(())
    }

    /// Every event since the start of the run up to one that `is_marker` knows.
    pub async fn up_to(&self, is_marker: impl Fn(&Value) -> bool) -> Judged<Vec<Value>> {
        let begun = Instant::now();
        let mut pause = FIRST_PAUSE;
        loop {
            {
                let mut state = self.state.lock().await;
                self.read_on(&mut state).await.map_err(Outcome::Inconclusive)?;
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

    async fn read_on(&self, state: &mut State) -> Result<(), String> {
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

    async fn page(&self, query: &str) -> Result<Vec<Value>, String> {
        let exchange = self.client.get(query).await;
        let answer =
            exchange.outcome.as_ref().map_err(|failure| format!("the Events API gave no answer: {failure}"))?;
        let data = answer.json().and_then(|body| body.get("data").cloned());
        match (answer.status, data) {
            (200, Some(Value::Array(events))) => Ok(events),
            (status, _) => Err(format!(
                "the Events API answered {status} without a list of events: {}",
                judge::shown(&answer.body)
            )),
        }
    }
}

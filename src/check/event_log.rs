//! The target's event log, read by one client for the whole run.
//!
//! The absence of an event is never shown by waiting. Instead the harness creates a marker user after the action and
//! reads the log up to the marker's event. All scenarios share one copy of the log; each selects the events of its own
//! people and groups.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::outcome::{Deviation, Kind, Outcome, StepResult, Subject};
use super::requirement::Requirement;
use crate::wire::{Client, EventReadError, EventReader};

/// The sentence of results about events when the run has no event source.
pub const NO_SOURCE: &str = "no event source was given: add --events-url and --api-key to check events";
/// The time that the marker's event may take to appear. A server may write its log after it has responded.
const MARKER_WAIT: Duration = Duration::from_secs(10);
/// That time after an event of a marker has not appeared once: the next one hardly will.
const SECOND_WAIT: Duration = Duration::from_millis(100);
/// The pause before the log is read again. It doubles each time, up to a second.
const FIRST_PAUSE: Duration = Duration::from_millis(20);

impl From<EventReadError> for Outcome {
    fn from(error: EventReadError) -> Self {
        Self::Inconclusive(error.to_string())
    }
}

/// The log of one run.
#[derive(Debug)]
pub struct EventLog(Mutex<State>);

#[derive(Debug)]
struct State {
    started: bool,
    reader: EventReader,
    events: Vec<Value>,
    /// For each user and group, the positions of the events about it.
    about: HashMap<String, Vec<usize>>,
    /// Set after an event of a marker did not appear in time.
    misses_events: bool,
}

impl EventLog {
    /// Creates a log over a client whose base URL is the events URL.
    #[must_use]
    pub fn new(client: Client) -> Self {
        Self(Mutex::new(State {
            started: false,
            reader: EventReader::new(client),
            events: Vec::new(),
            about: HashMap::new(),
            misses_events: false,
        }))
    }

    /// Moves the cursor to the current end of the log, so that older events are ignored.
    ///
    /// # Errors
    /// If the Events API does not return a page of events.
    pub async fn start(&self) -> Result<(), EventReadError> {
        let mut state = self.0.lock().await;
        if state.started {
            return Ok(());
        }
        state.reader.skip_to_end().await?;
        state.started = true;
        Ok(())
    }

    /// Returns the events about any of the subjects, from the start of the run up to the event of a marker. Subjects and marker are
    /// given by the IDs that their events may carry.
    pub async fn up_to(&self, marker: &[String], subjects: &HashSet<&str>) -> StepResult<Vec<Value>> {
        let begun = Instant::now();
        let mut pause = FIRST_PAUSE;
        loop {
            let patience = {
                let mut state = self.0.lock().await;
                state.read().await?;
                if let Some(end) = marker.iter().filter_map(|id| state.about.get(id)?.first()).min() {
                    return Ok(state.events_about(subjects, *end));
                }
                if state.misses_events { SECOND_WAIT } else { MARKER_WAIT }
            };
            if begun.elapsed() > patience {
                self.0.lock().await.misses_events = true;
                let (expected, actual) = ("dsync.user.created of a user created just now", "nothing");
                let requirement = Requirement::EventLogComplete;
                let deviation = Deviation::new(requirement, Kind::Missing, "event", expected, actual);
                let place = format!("the event log, read for {} s,", MARKER_WAIT.as_secs());
                return Err(deviation.at(place).about(Subject::Event).into());
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_secs(1));
        }
    }
}

impl State {
    /// Reads to the end of the log.
    async fn read(&mut self) -> Result<(), EventReadError> {
        let known = self.events.len();
        let read = self.reader.read_to_end(&mut self.events).await;
        for (at, event) in self.events.iter().enumerate().skip(known) {
            for id in idp_ids(event) {
                self.about.entry(id.to_owned()).or_default().push(at);
            }
        }
        read
    }

    /// Returns the events about any of the subjects before a position, in the order of the log.
    fn events_about(&self, subjects: &HashSet<&str>, end: usize) -> Vec<Value> {
        let positions: BTreeSet<usize> =
            subjects.iter().filter_map(|id| self.about.get(*id)).flatten().copied().filter(|at| *at < end).collect();
        positions.into_iter().filter_map(|at| self.events.get(at)).cloned().collect()
    }
}

/// Returns the identity provider's IDs of the users and groups that an event is about.
pub fn idp_ids(event: &Value) -> impl Iterator<Item = &str> {
    let data = event.get("data");
    let parts = ["user", "group"].into_iter().filter_map(move |part| data?.get(part));
    data.into_iter().chain(parts).filter_map(|part| part.get("idp_id")?.as_str())
}

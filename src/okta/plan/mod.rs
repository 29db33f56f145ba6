//! From a change of the org to jobs; from an answer to the next step. Pure.
//!
//! A [`Job`] is a queue of calls. [`Job::step`] looks at the answer to the call in flight, puts behind it what follows
//! from that answer, and hands out the next call. The sequences: [`users`], [`groups`], [`connect`].

mod answer;
mod connect;
mod groups;
mod request;
mod users;

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use serde_json::Value;

use self::groups::Grouped;
use self::users::{Edit, Subject};
use super::habits::{Habits, names};
use super::mapping::Document;
use super::org::{App, ClientKind, Org, Spec, What};
use crate::wire::{Exchange, Request};

/// Attempts at one call that is answered 429, before the job fails for good (CONCEPT).
const ATTEMPTS: u32 = 10;
/// The wait after a 429 without an integer Retry-After (CONCEPT).
const DEFAULT_RETRY: Duration = Duration::from_mins(5);
/// How long a create that met a conflict rests under the habit `create-conflict=again` (LIGHTDASH22402).
const CONFLICT_REST: Duration = Duration::from_mins(30);

/// What a job wants next.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Send this and come back with the exchange.
    Send(Request),
    /// Come back after this long (429 with Retry-After, back-off).
    Wait(Duration),
    /// Finished; the target's id of the subject, where there is one.
    Done(Option<String>),
    /// Stopped: what Okta shows the administrator under Tasks.
    Task(String),
}

/// What a job learned on its way; [`Org::settle`] enters it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Learned {
    /// The target's id of the subject.
    pub id: Option<String>,
    /// The name that the target's group was told.
    pub name: Option<String>,
    /// Members that were pushed, as (person, id).
    pub added: Vec<(String, String)>,
    /// Members that were removed.
    pub removed: Vec<String>,
    /// What an import read: userName to id, and displayName to id.
    pub users: BTreeMap<String, String>,
    pub groups: BTreeMap<String, String>,
}

/// One request in words.
#[derive(Debug, Clone, PartialEq)]
enum Call {
    Probe {
        groups: bool,
    },
    ImportPage {
        groups: bool,
        start: u64,
    },
    LookupUser,
    CreateUser,
    GetUser(Edit),
    PutUser(Document),
    PatchActive(bool),
    PatchPassword,
    PatchProfile,
    LookupGroup(String),
    CreateGroup {
        filled: bool,
    },
    /// The answer is not used (GOSCIM57).
    ReadGroup,
    /// GET, and a PUT of the edited answer; `exactly`: our members alone.
    GetGroup {
        exactly: bool,
    },
    PutGroup(Document),
    PatchGroup(Value),
    RenameGroup,
    DeleteGroup,
}

/// What an answer means for the job.
enum Outcome {
    Go,
    Again(Duration),
    Stop(String),
}

/// What of the app a job needs.
#[derive(Debug, Clone)]
struct Setup {
    label: String,
    client: ClientKind,
    to_app: super::action::ToApp,
    mapping: super::mapping::Mapping,
    habits: Habits,
}

/// One unit of provisioning about one subject (a person or a group in an app).
#[derive(Debug, Clone)]
pub struct Job {
    spec: Spec,
    setup: Setup,
    person: Option<Subject>,
    group: Option<Grouped>,
    learned: Learned,
    queue: VecDeque<Call>,
    in_flight: Option<Call>,
    /// 429s in a row, and the last wait.
    refused: u32,
    last_wait: Duration,
    conflicts: u32,
}

impl Job {
    /// The job of a spec, as the org stands now; `None` where there is nothing to send.
    #[must_use]
    pub fn new(org: &Org, spec: Spec, habits: &Habits) -> Option<Self> {
        let app = org.app(&spec.app).ok()?;
        let mut job = Self {
            setup: Setup::of(app, habits),
            person: None,
            group: None,
            learned: Learned::default(),
            queue: VecDeque::new(),
            in_flight: None,
            refused: 0,
            last_wait: Duration::ZERO,
            conflicts: 0,
            spec,
        };
        match job.spec.what.clone() {
            What::Connect { groups } => job.connect(groups),
            What::Import { .. } => job.queue.push_back(Call::ImportPage { groups: false, start: 1 }),
            What::PushGroup { group, push } => job.push(org, app, &group, &push)?,
            What::DeleteGroup { group, id } => {
                job.group = Some(Grouped::named(&group));
                job.learned.id = Some(id);
                job.queue.push_back(Call::DeleteGroup);
            }
            about_a_user => job.user(org, app, &about_a_user)?,
        }
        Some(job)
    }

    /// What it is about.
    #[must_use]
    pub fn spec(&self) -> &Spec {
        &self.spec
    }

    /// What it has learned so far.
    #[must_use]
    pub fn learned(&self) -> &Learned {
        &self.learned
    }

    /// The next step, given the last exchange (`None` at the start and after a wait).
    pub fn step(&mut self, last: Option<&Exchange>) -> Step {
        if let (Some(call), Some(exchange)) = (self.in_flight.take(), last) {
            match self.judge(&call, exchange) {
                Outcome::Go => {
                    self.refused = 0;
                    let gap = self.setup.habits.number(names::CALL_GAP_MS);
                    if gap > 0 && !self.queue.is_empty() {
                        return Step::Wait(Duration::from_millis(gap as u64));
                    }
                }
                Outcome::Again(wait) => {
                    self.queue.push_front(call);
                    return Step::Wait(wait);
                }
                Outcome::Stop(text) => {
                    self.queue.clear();
                    return Step::Task(text);
                }
            }
        }
        let Some(call) = self.queue.pop_front() else { return Step::Done(self.learned.id.clone()) };
        let request = self.request(&call);
        self.in_flight = Some(call);
        Step::Send(request)
    }

    fn judge(&mut self, call: &Call, exchange: &Exchange) -> Outcome {
        let habits = &self.setup.habits;
        if exchange.status() == Some(429) && habits.is(names::TOO_MANY_REQUESTS, "reschedule") {
            self.refused += 1;
            if self.refused < ATTEMPTS {
                self.last_wait = answer::retry_after(exchange, self.last_wait, self.refused);
                return Outcome::Again(self.last_wait);
            }
        }
        let result = match call {
            Call::Probe { .. } | Call::ImportPage { .. } => self.listed(call, exchange),
            Call::LookupUser
            | Call::CreateUser
            | Call::GetUser(_)
            | Call::PutUser(_)
            | Call::PatchActive(_)
            | Call::PatchPassword
            | Call::PatchProfile => self.user_answered(call, exchange),
            _ => self.group_answered(call, exchange),
        };
        result.unwrap_or_else(Outcome::Stop)
    }
}

impl Setup {
    fn of(app: &App, habits: &Habits) -> Self {
        Self {
            label: app.label.clone(),
            client: app.client,
            to_app: app.to_app.clone(),
            mapping: app.mapping.clone(),
            habits: habits.clone(),
        }
    }

    fn is_oin(&self) -> bool {
        self.client == ClientKind::Oin
    }
}

#[cfg(test)]
mod tests;

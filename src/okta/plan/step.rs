//! Starts a job and advances it.

use std::collections::VecDeque;
use std::time::Duration;

use super::call::Call;
use super::job::{GroupSubject, Job, Next, Settings, Step};
use super::response;
use super::task::TaskError;
use crate::okta::habits::{Habits, TooManyRequests};
use crate::okta::org::{JobKind, JobResult, JobSpec, Org};
use crate::wire::Exchange;

/// The number of attempts at a call that returns 429, before the job fails (CONCEPT).
pub const ATTEMPTS: u32 = 10;

impl Job {
    /// Creates the job of a spec from the org's current state. Returns `None` if there is nothing to send.
    #[must_use]
    pub fn new(org: &Org, spec: JobSpec, habits: &Habits) -> Option<Self> {
        let app = org.app(&spec.app).ok()?;
        let mut job = Self {
            settings: Settings::of(app, habits),
            user: None,
            group: None,
            result: JobResult::default(),
            queue: VecDeque::new(),
            in_flight: None,
            throttled: 0,
            last_wait: Duration::ZERO,
            conflicts: 0,
            starts_again: false,
            spec,
        };
        match job.spec.kind.clone() {
            JobKind::TestConnection { saving } => job.test_connection(saving && app.import_groups, saving),
            JobKind::RefreshGroups => job.queue.push_back(Call::ImportPage { groups: true, start: 1 }),
            JobKind::Import { .. } => {
                job.settings.linked = app.linked().map(|(person, id)| (person, id.to_owned())).collect();
                job.queue.push_back(Call::ImportPage { groups: false, start: 1 });
            }
            JobKind::PushGroup { group, push } => job.begin_group(org, app, &group, &push)?,
            JobKind::DeleteGroup { group, id } => {
                job.group = Some(GroupSubject::named(&group));
                job.result.id = Some(id);
                job.queue.push_back(Call::DeleteGroup);
            }
            user_kind => job.begin_user(org, app, &user_kind)?,
        }
        (!job.queue.is_empty()).then_some(job)
    }

    /// Returns the next step. `last` is the exchange of the request sent last; `None` at the start and after a wait.
    pub fn step(&mut self, last: Option<&Exchange>) -> Step {
        if let (Some(call), Some(exchange)) = (self.in_flight.take(), last) {
            match self.handle_response(&call, exchange) {
                Ok(Next::Continue) => {
                    self.throttled = 0;
                    let gap = self.settings.habits.call_gap_ms;
                    if gap > 0 && !self.queue.is_empty() {
                        return Step::Wait(Duration::from_millis(gap.into()));
                    }
                }
                Ok(Next::RetryAfter(wait)) => {
                    self.queue.push_front(call);
                    return Step::Wait(wait);
                }
                Err(error) => {
                    self.queue.clear();
                    return Step::Task(error);
                }
            }
        }
        let Some(call) = self.queue.pop_front() else { return Step::Done(self.result.id.clone()) };
        let request = self.request(&call);
        self.in_flight = Some(call);
        Step::Send(request)
    }

    fn handle_response(&mut self, call: &Call, exchange: &Exchange) -> Result<Next, TaskError> {
        let habits = &self.settings.habits;
        if exchange.status() == Some(429) && habits.too_many_requests == TooManyRequests::Reschedule {
            self.throttled += 1;
            if self.throttled < ATTEMPTS {
                self.last_wait = response::retry_after(exchange, self.last_wait, self.throttled);
                return Ok(Next::RetryAfter(self.last_wait));
            }
        }
        match call {
            Call::TestConnection | Call::ReadSchemas | Call::ImportPage { .. } => {
                self.handle_list_response(call, exchange)
            }
            call if call.is_about_a_user() => self.handle_user_response(call, exchange),
            _ => self.handle_group_response(call, exchange),
        }
    }
}

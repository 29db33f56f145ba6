//! The state of a job.

use std::collections::VecDeque;
use std::time::Duration;

use serde_json::{Value, json};

use super::call::Call;
use super::task::TaskError;
use crate::okta::action::ToApp;
use crate::okta::habits::{CatalogWrites, Habits};
use crate::okta::mapping::{AppProfile, AppValues, Mapping, Profile};
use crate::okta::org::{App, ClientKind, ImportRules, JobResult, JobSpec, PersonId};
use crate::wire::Request;

/// The next step of a job.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Send this request, and pass the exchange to [`Job::step`].
    Send(Request),
    /// Wait, then call [`Job::step`] without an exchange.
    Wait(Duration),
    /// The job succeeded. Contains the target's `id` of the subject, if there is one.
    Done(Option<String>),
    /// The job failed. Okta shows the error to the administrator under Tasks.
    Task(TaskError),
}

/// One unit of provisioning for one subject: a person or a group in an app.
#[derive(Debug, Clone)]
pub struct Job {
    pub(super) spec: JobSpec,
    pub(super) settings: Settings,
    pub(super) user: Option<UserSubject>,
    pub(super) group: Option<GroupSubject>,
    pub(super) result: JobResult,
    pub(super) queue: VecDeque<Call>,
    pub(super) in_flight: Option<Call>,
    /// The number of 429 responses in a row.
    pub(super) throttled: u32,
    pub(super) last_wait: Duration,
    /// The number of 409 responses to a create.
    pub(super) conflicts: u32,
    /// True if an earlier attempt at the job may have changed the target.
    pub(super) starts_again: bool,
}

/// The decision that follows from a response.
pub(super) enum Next {
    /// Send the next call of the queue.
    Continue,
    /// Send the same call again after a wait.
    RetryAfter(Duration),
}

/// The settings of the app and the org that a job depends on.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    pub(super) app: String,
    pub(super) client: ClientKind,
    pub(super) to_app: ToApp,
    pub(super) mapping: Mapping,
    pub(super) habits: Habits,
    pub(super) import_rules: ImportRules,
    /// For an import: the people with an account in the target, and the `id` of each.
    pub(super) linked: Vec<(PersonId, String)>,
}

impl Settings {
    pub(super) fn of(app: &App, habits: &Habits) -> Self {
        Self {
            app: app.label.clone(),
            client: app.client,
            to_app: app.to_app.clone(),
            mapping: app.mapping.clone(),
            habits: habits.clone(),
            import_rules: app.import_rules.clone(),
            linked: Vec::new(),
        }
    }

    /// Returns true if the app sends activations, passwords and groups by PATCH, false if by GET and PUT.
    pub(super) fn patches(&self) -> bool {
        self.client != ClientKind::Aiw && self.habits.catalog_writes == CatalogWrites::Patch
    }
}

/// The person that a job provisions.
#[derive(Debug, Clone)]
pub(super) struct UserSubject {
    pub(super) okta_id: String,
    pub(super) user_name: String,
    pub(super) profile: Profile,
    pub(super) values: AppValues,
    pub(super) password: String,
    /// True if the lookup matched an inactive user that this job activates.
    pub(super) reactivating: bool,
}

impl UserSubject {
    /// Returns the profile as the app sees it.
    pub(super) fn view(&self) -> AppProfile<'_> {
        AppProfile { profile: &self.profile, values: &self.values }
    }
}

/// The group that a job provisions.
#[derive(Debug, Clone, Default)]
pub(super) struct GroupSubject {
    pub(super) name: String,
    /// True if Okta may send the name, because it created the group or "Rename app groups" is on.
    pub(super) sends_name: bool,
    /// True if the name differs from the one that was last sent.
    pub(super) renamed: bool,
    /// Okta's list of provisioned members.
    pub(super) current: Vec<Member>,
    /// That list before the change.
    pub(super) previous: Vec<Member>,
    /// The members to add.
    pub(super) added: Vec<Member>,
    /// The members to remove, as (person, target id).
    pub(super) removed: Vec<(PersonId, String)>,
    /// True if the target's members are replaced by Okta's, false if they are changed.
    pub(super) replaces: bool,
}

/// One member of a pushed group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Member {
    pub(super) person: PersonId,
    pub(super) id: String,
    pub(super) user_name: String,
}

impl Member {
    /// Returns the member as Okta sends it: without `type` and `$ref` (SCIMSDK419).
    pub(super) fn json(&self) -> Value {
        json!({"value": self.id, "display": self.user_name})
    }

    pub(super) fn pair(&self) -> (PersonId, String) {
        (self.person, self.id.clone())
    }
}

impl GroupSubject {
    pub(super) fn named(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }
}

impl Job {
    /// Returns the spec that this job carries out.
    #[must_use]
    pub fn spec(&self) -> &JobSpec {
        &self.spec
    }

    /// Marks the job as a further attempt, after one that ended without a response to its last request. With `looks_up`, a group
    /// that the earlier attempt may have created is looked up first, also if Okta has a list of the target's groups.
    #[must_use]
    pub fn starting_again(mut self, looks_up: bool) -> Self {
        if let (true, Some(Call::CreateGroup { .. })) = (looks_up, self.queue.front()) {
            self.queue = VecDeque::from([Call::LookUpGroup(self.group_name().to_owned())]);
        }
        Self { starts_again: true, ..self }
    }

    /// Returns the data collected so far.
    #[must_use]
    pub fn result(&self) -> &JobResult {
        &self.result
    }

    pub(super) fn user_name(&self) -> &str {
        self.user.as_ref().map_or("", |user| user.user_name.as_str())
    }

    pub(super) fn group_name(&self) -> &str {
        self.group.as_ref().map_or("", |group| group.name.as_str())
    }
}

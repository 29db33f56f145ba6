//! The state of one scenario: an Okta org with one app, its people and groups, and every exchange with the target.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use serde_json::{Value, json};

use super::assertions::{self, Assessment};
use super::case::Case;
use super::cast::{Cast, CastGroup, CastUser};
use super::outcome::{Aspect, Deviation, Outcome, StepResult};
use super::page_walk::PageWalk;
use super::population::PopulationUser;
use super::requirement::Requirement;
use super::run_context::RunContext;
use super::seats::Taken;
pub use super::sender::Sender;
use super::{decisive, expectation, names, reading};
use crate::base::Seed;
use crate::model::Model;
use crate::okta::agent::Pace;
use crate::okta::mapping::CustomRow;
use crate::okta::{Action, Agent, App, ClientKind, Habits, Org};
use crate::report::{StepReport, Verdict};
use crate::wire::{Client, Exchange, Failure, Method, NotOurs, Request};

/// The app's label in the org.
pub const APP: &str = "scim-app";

/// The part that a step plays in its scenario.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// It prepares the scenario, so that another scenario is about what fails in it.
    Given,
    /// The action that the scenario is about.
    When,
    Then,
}

/// A finished step.
#[derive(Debug, Clone)]
pub struct StepRecord {
    pub aspect: Aspect,
    pub report: StepReport,
    /// The violated requirements that the step found.
    pub faults: Vec<Deviation>,
    /// The requirements by which the step judged the target.
    pub judged: BTreeSet<Requirement>,
    /// True if the faults are about what the scenario needs, so that another scenario is about them.
    pub prepares: bool,
}

/// The state of one scenario.
#[derive(Debug)]
pub struct World {
    pub run: Arc<RunContext>,
    /// A fork of the run's client, which tracks the lookups of this scenario separately.
    wire: Client,
    pub client: ClientKind,
    pub slug: String,
    pub feature: String,
    /// True if the scenario asserts the behavior of the simulated Okta itself.
    pub is_about_okta: bool,
    /// Okta's habits: those of the run, with the changes that the scenario makes.
    pub habits: Habits,
    /// The attributes that the app sends besides those of Okta's template.
    pub custom_attributes: Vec<CustomRow>,
    /// The org with its provisioning agent, created with the first action in Okta.
    agent: Option<Agent>,
    seed: Seed,
    pub cast: Cast,
    /// Every exchange of the scenario, in order.
    pub exchanges: Vec<(Sender, Exchange)>,
    /// The indices of exchanges that have been judged and have lost most of their bodies since.
    pub abridged: Vec<usize>,
    /// The state that the exchanges lead to.
    pub model: Model,
    /// The index in `exchanges` at which the last action began.
    pub mark: usize,
    /// The tasks that Okta showed the administrator after the last action.
    pub tasks: Vec<String>,
    /// All tasks that Okta has shown the administrator.
    pub all_tasks: Vec<String>,
    /// The number of entries in `events` that a step has checked.
    pub events_checked: usize,
    /// The events about this scenario's people and groups, up to the end of the last reading of the log.
    pub events: Vec<Value>,
    /// The number of marker users created.
    pub markers: usize,
    /// The users of the population that this scenario may change, by their keys. A user is taken out when it joins the cast.
    pub(super) leases: BTreeMap<String, Arc<PopulationUser>>,
    /// The Okta IDs of people from the population that are not assigned to the app yet.
    pub(super) unconfirmed: BTreeMap<String, String>,
    /// The users of the population that are members of large groups. They are not in the cast.
    pub crowd: Vec<Arc<PopulationUser>>,
    /// The pages of the last walk through a list.
    pub walk: PageWalk,
    /// The places of the users that the scenario creates.
    pub seats: Option<Taken>,
    /// The IDs of the marker users.
    pub marker_ids: Vec<String>,
    pub records: Vec<StepRecord>,
    /// The violated requirements that the step under way has found.
    faults: Vec<Deviation>,
    /// The requirements by which the step under way has judged the target.
    judged: BTreeSet<Requirement>,
    /// Remarks of the step under way, which carry no verdict.
    remarks: Vec<String>,
    pub started: Instant,
    /// The step under way. It is set after the scenario only if the step panicked.
    pub running: Option<String>,
}

impl World {
    /// Creates the world before the first step.
    #[must_use]
    ///
    /// A second attempt at a scenario has other names than the first, which left its resources until the clean-up.
    pub fn new(run: Arc<RunContext>, case: &Case, attempt: usize) -> Self {
        let again = if attempt > 1 { format!("-{attempt}") } else { String::new() };
        Self {
            wire: run.client.fork(),
            client: case.client,
            slug: case.slug() + &again,
            is_about_okta: case.has("@agent"),
            feature: case.at.rsplit_once(':').map_or(case.at.as_str(), |(path, _)| path).to_owned(),
            habits: run.habits.clone(),
            custom_attributes: Vec::new(),
            agent: None,
            seed: run.seed_of(&(case.id.clone() + &again)),
            cast: Cast::default(),
            exchanges: Vec::new(),
            abridged: Vec::new(),
            model: Model::default(),
            mark: 0,
            tasks: Vec::new(),
            all_tasks: Vec::new(),
            events_checked: 0,
            events: Vec::new(),
            markers: 0,
            // What an earlier attempt has changed is not plain any more.
            leases: if attempt == 1 { run.population.leased_to(&case.id) } else { BTreeMap::new() },
            unconfirmed: BTreeMap::new(),
            crowd: Vec::new(),
            walk: PageWalk::default(),
            seats: None,
            marker_ids: Vec::new(),
            records: Vec::new(),
            faults: Vec::new(),
            judged: BTreeSet::new(),
            remarks: Vec::new(),
            started: Instant::now(),
            running: None,
            run,
        }
    }

    /// Notes requirements by which the step judges the target, whatever the outcome.
    pub fn note(&mut self, requirements: impl IntoIterator<Item = Requirement>) {
        self.judged.extend(requirements);
    }

    /// Notes what a response was judged by, and reports the differences.
    pub fn assess(&mut self, assessment: Assessment) {
        self.judged.extend(assessment.judged);
        assessment.faults.into_iter().for_each(|fault| self.report(fault));
    }

    /// Reports a violated requirement. The step goes on.
    pub fn report(&mut self, deviation: Deviation) {
        let deviation = decisive::complete(&self.exchanges, self.mark, deviation);
        if !self.faults.contains(&deviation) {
            self.faults.push(deviation);
        }
    }

    /// Says something about the step without a verdict.
    pub fn remark(&mut self, text: String) {
        self.remarks.push(text);
    }

    /// Returns true if a fault is known that explains why Okta could not complete an action.
    #[must_use]
    pub fn is_explained(&self) -> bool {
        let faults = self.records.iter().flat_map(|record| &record.faults).chain(&self.faults);
        faults.into_iter().any(|fault| fault.requirement.stops_okta())
    }

    /// Returns true if one of these requirements is violated in the scenario.
    #[must_use]
    pub fn has_fault(&self, requirements: &[Requirement]) -> bool {
        let mut faults = self.records.iter().flat_map(|record| &record.faults).chain(&self.faults);
        faults.any(|fault| requirements.contains(&fault.requirement))
    }

    /// Returns true if the server has removed a user, which it may when Okta deactivates it.
    #[must_use]
    pub fn has_removed(&self) -> bool {
        let gone = self.exchanges.iter().filter(|(_, exchange)| exchange.status() == Some(404));
        let read = gone.filter(|(_, exchange)| exchange.request.method == Method::Get);
        let ids: Vec<String> = read.filter_map(|(_, exchange)| exchange.request.subject().1).collect();
        self.cast.people.values().any(|person| person.ids.iter().any(|id| ids.contains(id)))
    }

    /// Returns true if a step could not observe memberships.
    #[must_use]
    pub fn has_unobserved(&self) -> bool {
        self.records
            .iter()
            .any(|record| record.aspect == Aspect::Target && record.report.verdict == Verdict::NotObserved)
    }

    /// Records the outcome of a step, and returns true if the scenario goes on.
    pub fn record_step(&mut self, aspect: Aspect, role: Role, line: &str, at: usize, ended: StepResult) -> bool {
        let mut faults = std::mem::take(&mut self.faults);
        let mut judged = std::mem::take(&mut self.judged);
        let remarks = std::mem::take(&mut self.remarks);
        let mut ending = None;
        match ended {
            Ok(()) => {}
            Err(Outcome::Deviation(deviation)) => {
                faults.push(decisive::complete(&self.exchanges, self.mark, *deviation));
            }
            Err(outcome) => ending = Some(outcome),
        }
        judged.extend(faults.iter().map(|fault| fault.requirement));
        let profile = self.run.profile;
        let worst = faults.iter().max_by_key(|fault| profile.verdict(fault.requirement).weight());
        let from_faults = worst.map_or(Verdict::Passed, |fault| profile.verdict(fault.requirement));
        let from_ending = ending.as_ref().and_then(Outcome::verdict).unwrap_or(Verdict::Passed);
        let verdict = if from_faults.weight() >= from_ending.weight() { from_faults } else { from_ending };
        let shown = worst.filter(|_| verdict == from_faults);
        let message = shown.map(Deviation::sentence).or_else(|| ending.as_ref().map(Outcome::sentence));
        let report = StepReport {
            text: line.to_owned(),
            verdict,
            message: message.or_else(|| (!remarks.is_empty()).then(|| remarks.join("; "))),
            expected: shown.map(|fault| fault.expected.clone()),
            actual: shown.map(|fault| fault.actual.clone()),
            findings: faults.iter().map(Deviation::finding).collect(),
            at: format!("{}:{at}", self.feature),
            exchanges: if verdict == Verdict::Passed {
                Vec::new()
            } else {
                (self.mark..self.exchanges.len()).collect()
            },
        };
        let goes_on = match &ending {
            None => role != Role::Given || from_faults != Verdict::Deviation,
            Some(Outcome::Inconclusive(_) | Outcome::InvalidStep(_)) => false,
            Some(_) => role == Role::Then,
        };
        let is_blocked = matches!(ending, Some(Outcome::Blocked(_)));
        let prepares = role == Role::Given || (is_blocked && (role == Role::When || aspect == Aspect::Events));
        self.records.push(StepRecord { aspect, report, faults, judged, prepares });
        goes_on
    }

    /// Performs an action in Okta. The requests that follow are the traffic of the last action.
    pub async fn act(&mut self, action: Action) -> StepResult {
        self.mark = self.exchanges.len();
        self.act_also(action).await
    }

    /// Performs a further action in Okta as part of the last one.
    pub async fn act_also(&mut self, action: Action) -> StepResult {
        let agent = self.agent()?;
        let performed = agent.perform(&action).await.map_err(|error| Outcome::InvalidStep(error.to_string()))?;
        self.all_tasks.extend(performed.tasks.iter().cloned());
        self.tasks = performed.tasks;
        let longest = performed.waits.iter().max().copied().unwrap_or_default();
        for exchange in performed.exchanges {
            self.record_exchange(Sender::Okta, exchange);
        }
        // Okta would wait. A run that cannot wait as long does not know what would have followed.
        if self.run.double.is_none() && self.run.client.stop().left().is_some_and(|left| longest > left) {
            let seconds = longest.as_secs();
            return Err(Outcome::Inconclusive(format!(
                "the target requests a wait of {seconds} s, which exceeds the time limit"
            )));
        }
        self.all_responses_arrived()
    }

    /// Returns the org with its provisioning agent.
    pub(super) fn agent(&mut self) -> StepResult<&mut Agent> {
        if self.agent.is_none() {
            self.agent = Some(self.new_agent()?);
        }
        self.agent.as_mut().ok_or_else(|| Outcome::InvalidStep("there is no agent".to_owned()))
    }

    fn new_agent(&self) -> StepResult<Agent> {
        let mut app = App::new(APP, self.client);
        for row in &self.custom_attributes {
            app.mapping =
                app.mapping.clone().with(row.clone()).map_err(|error| Outcome::InvalidStep(error.to_string()))?;
        }
        let mut org = Org::default();
        org.add_app(app);
        let agent = Agent::new(org, self.wire.for_okta(self.run.okta_timeout), self.habits.clone(), self.seed);
        // Only our tests use a double, and they must not wait for Okta's half hours in real time.
        Ok(if self.run.double.is_some() { agent.with_pace(Pace::Virtual) } else { agent })
    }

    /// Sends a request on behalf of the harness.
    pub async fn send(&mut self, request: Request) -> StepResult<Exchange> {
        let exchange = self.wire.send(request).await;
        self.record_exchange(Sender::Harness, exchange.clone());
        reading::response(&exchange)?;
        Ok(exchange)
    }

    /// Sends a GET on behalf of the harness.
    pub async fn get(&mut self, path: &str) -> StepResult<Exchange> {
        self.send(Request::scim(Method::Get, path, None)).await
    }

    /// Records an exchange and updates the cast from it.
    pub fn record_exchange(&mut self, sender: Sender, exchange: Exchange) {
        // The traffic before the last action has been judged.
        for (at, (_, judged)) in self.exchanges.iter_mut().enumerate().take(self.mark) {
            if judged.is_large() {
                *judged = judged.abridged();
                self.abridged.push(at);
            }
        }
        if sender == Sender::Okta && exchange.response().is_some() {
            self.note(reading::OF_EVERY_RESPONSE);
            if let Some(slow) = reading::slow(&exchange) {
                self.report(slow);
            }
        }
        self.cast.update_from(&exchange);
        expectation::apply(&mut self.model, &exchange);
        self.exchanges.push((sender, exchange));
    }

    /// Returns Okta's exchanges since the last action began.
    pub fn last_traffic(&self) -> impl Iterator<Item = &Exchange> {
        self.exchanges
            .iter()
            .skip(self.mark)
            .filter(|(sender, _)| *sender == Sender::Okta)
            .map(|(_, exchange)| exchange)
    }

    /// Asserts that every request of the last action got a response. A request that was not sent, because it would have changed
    /// a resource that the run did not create, is explained by the response that named the resource. Where nothing may be
    /// created, the canary's result has the reason.
    fn all_responses_arrived(&self) -> StepResult {
        let failed = |exchange: &&Exchange| match &exchange.outcome {
            Ok(_) => false,
            Err(Failure::NotOurs(reason)) => matches!(reason, NotOurs::Closed { .. } | NotOurs::Unread { .. }),
            Err(_) => true,
        };
        self.last_traffic().find(failed).map_or(Ok(()), |exchange| reading::response(exchange).map(|_| ()))
    }

    /// Returns the userName for a key: `ada.<run>.<scenario>@example.com`.
    #[must_use]
    pub fn login(&self, key: &str) -> String {
        format!("{key}.{}.{}@{}", self.run.run_id, self.slug, self.run.email_domain)
    }

    /// Returns the display name for a group's key.
    #[must_use]
    pub fn group_name(&self, key: &str) -> String {
        format!("{key} {} {}", self.run.run_id, self.slug)
    }

    /// Returns a person of the scenario.
    pub fn person(&self, key: &str) -> StepResult<&CastUser> {
        self.cast.people.get(key).ok_or_else(|| Outcome::InvalidStep(format!("the scenario has no person {key:?}")))
    }

    /// Returns a group of the scenario.
    pub fn group(&self, key: &str) -> StepResult<&CastGroup> {
        self.cast.groups.get(key).ok_or_else(|| Outcome::InvalidStep(format!("the scenario has no group {key:?}")))
    }

    /// Returns the target's ID of a person.
    pub fn person_id(&self, key: &str) -> StepResult<String> {
        self.person(key)?.id().map(str::to_owned).ok_or_else(|| self.not_provisioned(key))
    }

    /// Explains a missing ID: by the error that Okta showed the administrator, otherwise by responses without an ID.
    fn not_provisioned(&self, key: &str) -> Outcome {
        let why = self.all_tasks.first().cloned().unwrap_or_else(|| "no response had its id".to_owned());
        Outcome::Blocked(format!("{key} is not on the server: {why}"))
    }

    /// Returns the target's ID of a group.
    pub fn group_id(&self, key: &str) -> StepResult<String> {
        self.group(key)?.id().map(str::to_owned).ok_or_else(|| self.not_provisioned(key))
    }

    /// Adds a person with a plain Okta profile to the cast.
    pub fn cast_person(&mut self, key: &str) {
        self.cast_person_with(key, &BTreeMap::new());
    }

    /// Adds a person to the cast, with these attributes in the profile. `login` is what the userName begins with.
    pub fn cast_person_with(&mut self, key: &str, given: &BTreeMap<String, String>) {
        let login = self.login(given.get("login").map_or(key, String::as_str));
        let mut first = key.to_owned();
        if let Some(head) = first.get_mut(0..1) {
            head.make_ascii_uppercase();
        }
        let first = given.get("firstName").cloned().unwrap_or(first);
        let last = given.get("lastName").cloned().unwrap_or_else(|| names::family_name(self.run.seed, key));
        let profile = [
            ("login", login.clone()),
            ("email", login.clone()),
            ("displayName", format!("{first} {last}")),
            ("firstName", first),
            ("lastName", last),
        ];
        let mut profile: BTreeMap<String, String> =
            profile.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let more = given.iter().filter(|(name, _)| *name != "login");
        profile.extend(more.map(|(name, value)| (name.clone(), value.clone())));
        self.cast.people.insert(key.to_owned(), CastUser { profile, logins: vec![login], ..CastUser::default() });
    }

    /// Adds a group to the cast.
    pub fn cast_group(&mut self, key: &str) {
        self.cast_group_named(key, self.group_name(key));
    }

    /// Adds a group with this display name to the cast.
    pub fn cast_group_named(&mut self, key: &str, name: String) {
        let names = vec![(key.to_owned(), name)];
        self.cast.groups.insert(key.to_owned(), CastGroup { names, ids: Vec::new() });
    }

    /// Builds a user as clients other than Okta send it: core attributes, no `externalId`, `groups` or `password`.
    pub fn user_body(&self, key: &str, active: bool) -> StepResult<Value> {
        let person = self.person(key)?;
        let text = |name: &str| person.profile.get(name).cloned().unwrap_or_default();
        Ok(json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "userName": text("login"),
            "name": {"givenName": text("firstName"), "familyName": text("lastName")},
            "emails": [{"primary": true, "value": text("email"), "type": "work"}],
            "displayName": text("displayName"),
            "active": active,
        }))
    }

    /// Creates a user on behalf of the harness, as another client of the server would.
    pub async fn make_user(&mut self, key: &str, active: bool) -> StepResult {
        if active && self.adopt(key) {
            return Ok(());
        }
        if !self.cast.people.contains_key(key) {
            self.cast_person(key);
        }
        let body = self.user_body(key, active)?;
        self.create_user(&body).await
    }

    /// Creates a user from a document on behalf of the harness.
    pub async fn create_user(&mut self, body: &Value) -> StepResult {
        let exchange = self.send(Request::scim(Method::Post, "/Users", Some(body))).await?;
        assertions::was_created(&exchange)
    }

    /// Creates a group on behalf of the harness.
    pub async fn make_group(&mut self, key: &str, members: &[String]) -> StepResult {
        if !self.cast.groups.contains_key(key) {
            self.cast_group(key);
        }
        let ids = members.iter().map(|key| self.person_id(key)).collect::<StepResult<Vec<_>>>()?;
        let members: Vec<Value> = ids.into_iter().map(|id| json!({"value": id})).collect();
        let body = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
            "displayName": self.group(key)?.name(),
            "members": members,
        });
        let exchange = self.send(Request::scim(Method::Post, "/Groups", Some(&body))).await?;
        assertions::was_created(&exchange)
    }
}

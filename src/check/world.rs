//! The world of one scenario: an Okta org with one app, its people and groups, and everything that went over the wire.

use std::sync::Arc;
use std::time::Instant;

use super::context::Context;
use super::engine::Case;
use super::outcome::{Judged, Outcome};
use super::people::{Cast, Group, Person};
use super::steps::{About, Args, StepFn};
use crate::base::Seed;
use crate::okta::agent::Pace;
use crate::okta::{Action, Agent, ClientKind};
use crate::report::{StepReport, Verdict};
use crate::wire::{Client, Exchange, Method, Request};
use serde_json::{Value, json};

/// The app's label in the org.
pub const APP: &str = "scim-app";

/// Who sent a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    Okta,
    Harness,
}

impl By {
    /// As reports call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Okta => "okta",
            Self::Harness => "harness",
        }
    }
}

/// A step with how it ended, and which exchanges it rests on.
#[derive(Debug, Clone)]
pub struct Noted {
    pub about: About,
    pub report: StepReport,
}

/// One scenario's world.
#[derive(Debug)]
pub struct World {
    pub run: Arc<Context>,
    /// The run's client with a memory of its own for what this scenario looked up.
    wire: Client,
    pub client: ClientKind,
    pub slug: String,
    pub feature: String,
    /// The org with its provisioning agent; made when somebody first does something in Okta.
    agent: Option<Agent>,
    seed: Seed,
    pub cast: Cast,
    /// Every exchange of the scenario, in order.
    pub exchanges: Vec<(By, Exchange)>,
    /// Where the last action began in `exchanges`.
    pub mark: usize,
    /// What the administrator saw after the last action.
    pub tasks: Vec<String>,
    /// Everything that the administrator has seen.
    pub trouble: Vec<String>,
    /// How many of the events about this scenario have been judged.
    pub events_judged: usize,
    /// The events about this scenario's people and groups, as far as the log was read.
    pub events: Vec<Value>,
    /// How many markers were made.
    pub markers: usize,
    pub noted: Vec<Noted>,
    pub started: Instant,
    /// The step that is running, for the case that it never returns.
    pub running: Option<String>,
}

impl World {
    /// The world before the first step.
    #[must_use]
    pub fn new(run: Arc<Context>, case: &Case) -> Self {
        Self {
            wire: run.client.fork(),
            client: case.client,
            slug: case.slug(),
            feature: case.at.rsplit_once(':').map_or(case.at.as_str(), |(path, _)| path).to_owned(),
            agent: None,
            seed: run.seed_of(&case.id),
            cast: Cast::default(),
            exchanges: Vec::new(),
            mark: 0,
            tasks: Vec::new(),
            trouble: Vec::new(),
            events_judged: 0,
            events: Vec::new(),
            markers: 0,
            noted: Vec::new(),
            started: Instant::now(),
            running: None,
            run,
        }
    }

    /// Runs a step unless the run was stopped; a step that is running then may finish its request, no more.
    pub async fn guarded(&mut self, line: &str, step: StepFn, args: Args) -> Judged {
        let run = Arc::clone(&self.run);
        if let Some(why) = run.stopped() {
            return Err(Outcome::Inconclusive(why));
        }
        self.running = Some(line.to_owned());
        // A request under way is let go on until its own time-out, so that what it makes is known and taken away again.
        let overdue = async {
            let why = run.until_stopped().await;
            tokio::time::sleep(run.timeout).await;
            why
        };
        let ended = tokio::select! {
            biased;
            ended = step(self, args) => ended,
            why = overdue => Err(Outcome::Inconclusive(why)),
        };
        self.running = None;
        ended
    }

    /// Writes down how a step ended.
    pub fn note(&mut self, about: About, line: &str, at: usize, ended: Judged) {
        let mut report = StepReport {
            text: line.to_owned(),
            verdict: Verdict::Passed,
            message: None,
            expected: None,
            actual: None,
            at: format!("{}:{at}", self.feature),
            exchanges: Vec::new(),
        };
        if let Err(outcome) = ended {
            report.verdict = outcome.verdict();
            report.message = Some(outcome.sentence().to_owned());
            report.exchanges = (self.mark..self.exchanges.len()).collect();
            if let Outcome::Deviation { expected, actual, .. } = outcome {
                report.expected = Some(expected);
                report.actual = Some(actual);
            }
        }
        self.noted.push(Noted { about, report });
    }

    /// Lets Okta do something. What it sends from here on is the last action's traffic.
    pub async fn act(&mut self, action: Action) -> Judged {
        self.mark = self.exchanges.len();
        self.act_also(action).await
    }

    /// Lets Okta do something more as part of the same action.
    pub async fn act_also(&mut self, action: Action) -> Judged {
        let agent = self.agent.get_or_insert_with(|| {
            let org = super::org::with_one_app(APP, self.client);
            let agent = Agent::new(org, self.wire.clone(), self.run.habits.clone(), self.seed);
            // A stand-in is asked in tests only, and they do not wait for Okta's half hours.
            if self.run.double.is_some() { agent.with_pace(Pace::Virtual) } else { agent }
        });
        let performed = agent.perform(&action).await.map_err(|error| Outcome::Mistake(error.to_string()))?;
        self.trouble.extend(performed.tasks.iter().cloned());
        self.tasks = performed.tasks;
        let longest = performed.waits.iter().max().copied().unwrap_or_default();
        for exchange in performed.exchanges {
            self.record(By::Okta, exchange);
        }
        // Okta would wait; a run that can't says nothing about what would have come then.
        if self.run.double.is_none() && self.run.client.stop().left().is_some_and(|left| longest > left) {
            let seconds = longest.as_secs();
            return Err(Outcome::Inconclusive(format!(
                "the target requests a wait of {seconds} s, which exceeds the time limit"
            )));
        }
        self.unanswered()
    }

    /// A request of the harness's own.
    pub async fn send(&mut self, request: Request) -> Judged<Exchange> {
        let exchange = self.wire.send(request).await;
        self.record(By::Harness, exchange.clone());
        match &exchange.outcome {
            Ok(_) => Ok(exchange),
            Err(failure) => Err(super::judge::unanswered(&exchange, failure)),
        }
    }

    /// Reads something by the harness's own request.
    pub async fn get(&mut self, path: &str) -> Judged<Exchange> {
        self.send(Request::scim(Method::Get, path, None)).await
    }

    /// Keeps an exchange and learns from it.
    pub fn record(&mut self, by: By, exchange: Exchange) {
        self.cast.learn(&exchange);
        self.exchanges.push((by, exchange));
    }

    /// The traffic of the last action.
    pub fn last_traffic(&self) -> impl Iterator<Item = &Exchange> {
        self.exchanges.iter().skip(self.mark).filter(|(by, _)| *by == By::Okta).map(|(_, exchange)| exchange)
    }

    /// The last action brought the administrator no error.
    pub fn untroubled(&self) -> Judged {
        match self.tasks.first() {
            None => Ok(()),
            Some(task) => Err(Outcome::deviation(
                format!("Okta shows the administrator {task:?}"),
                "no error",
                self.tasks.join("\n"),
            )),
        }
    }

    fn unanswered(&self) -> Judged {
        self.last_traffic()
            .find_map(|exchange| exchange.outcome.as_ref().err().map(|failure| (exchange, failure)))
            .map_or(Ok(()), |(exchange, failure)| Err(super::judge::unanswered(exchange, failure)))
    }

    /// The userName of a key: `ada.<run>.<scenario>@example.com`.
    #[must_use]
    pub fn login(&self, key: &str) -> String {
        format!("{key}.{}.{}@{}", self.run.run_id, self.slug, self.run.email_domain)
    }

    /// The display name of a group's key.
    #[must_use]
    pub fn group_name(&self, key: &str) -> String {
        format!("{key} {} {}", self.run.run_id, self.slug)
    }

    /// A person of the scenario.
    pub fn person(&self, key: &str) -> Judged<&Person> {
        self.cast.people.get(key).ok_or_else(|| Outcome::Mistake(format!("the scenario has nobody called {key:?}")))
    }

    /// A group of the scenario.
    pub fn group(&self, key: &str) -> Judged<&Group> {
        self.cast.groups.get(key).ok_or_else(|| Outcome::Mistake(format!("the scenario has no group {key:?}")))
    }

    /// The target's id of a person.
    pub fn person_id(&self, key: &str) -> Judged<String> {
        self.person(key)?.id().map(str::to_owned).ok_or_else(|| self.unknown(key))
    }

    /// Okta does not know the target's id: because of what it showed the administrator, or because no answer had one.
    fn unknown(&self, key: &str) -> Outcome {
        let actual = self.trouble.first().cloned().unwrap_or_else(|| "no id".to_owned());
        Outcome::deviation(
            format!("Okta could not bring {key} to the server: {actual}"),
            format!("{key} on the server"),
            actual,
        )
    }

    /// The target's id of a group.
    pub fn group_id(&self, key: &str) -> Judged<String> {
        self.group(key)?.id().map(str::to_owned).ok_or_else(|| self.unknown(key))
    }

    /// Adds a person to the cast, with the profile that Okta will have.
    pub fn cast_person(&mut self, key: &str) {
        let login = self.login(key);
        let mut first = key.to_owned();
        if let Some(head) = first.get_mut(0..1) {
            head.make_ascii_uppercase();
        }
        let last = super::names::family_name(self.run.seed, key);
        let profile = [
            ("login", login.clone()),
            ("email", login.clone()),
            ("displayName", format!("{first} {last}")),
            ("firstName", first),
            ("lastName", last),
        ];
        let profile = profile.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        self.cast.people.insert(key.to_owned(), Person { profile, logins: vec![login], ..Person::default() });
    }

    /// Adds a group to the cast.
    pub fn cast_group(&mut self, key: &str) {
        let names = vec![(key.to_owned(), self.group_name(key))];
        self.cast.groups.insert(key.to_owned(), Group { names, ids: Vec::new() });
    }

    /// A user as anybody but Okta would create it: the core attributes, without `externalId`, `groups` and `password`.
    pub fn user_body(&self, key: &str, active: bool) -> Judged<Value> {
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

    /// Makes a user by the harness's own request, as another client of the server would.
    pub async fn make_user(&mut self, key: &str, active: bool) -> Judged {
        if !self.cast.people.contains_key(key) {
            self.cast_person(key);
        }
        let body = self.user_body(key, active)?;
        let exchange = self.send(Request::scim(Method::Post, "/Users", Some(&body))).await?;
        super::judge::made(&exchange)
    }

    /// Makes a group by the harness's own request.
    pub async fn make_group(&mut self, key: &str, members: &[String]) -> Judged {
        if !self.cast.groups.contains_key(key) {
            self.cast_group(key);
        }
        let ids = members.iter().map(|key| self.person_id(key)).collect::<Judged<Vec<_>>>()?;
        let members: Vec<Value> = ids.into_iter().map(|id| json!({"value": id})).collect();
        let body = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
            "displayName": self.group(key)?.name(),
            "members": members,
        });
        let exchange = self.send(Request::scim(Method::Post, "/Groups", Some(&body))).await?;
        super::judge::made(&exchange)
    }
}

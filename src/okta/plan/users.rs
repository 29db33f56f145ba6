//! Users: lookup and create or link, profile pushes, activation, passwords.

use serde_json::{Value, json};

use super::{CONFLICT_REST, Call, Job, Outcome, answer, request};
use crate::okta::habits::names;
use crate::okta::mapping::{self, Document, Profile};
use crate::okta::org::{App, Org, What};
use crate::wire::Exchange;

/// How a server's own document is edited before it goes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Edit {
    /// The mapped profile over it, and `active: true`.
    Profile,
    /// Only `active` (FIREZONE).
    Active(bool),
    /// Only the password.
    Password,
}

/// The person, as a job needs it.
#[derive(Debug, Clone)]
pub(super) struct Subject {
    okta_id: String,
    user_name: String,
    profile: Profile,
    password: String,
    /// The link found an inactive user.
    reactivating: bool,
}

impl Job {
    /// `None` where there is nothing to send.
    pub(super) fn user(&mut self, org: &Org, app: &App, what: &What) -> Option<()> {
        let key = what.subject()?;
        // A person who was deleted since can still be made inactive: that needs the id alone.
        self.person = org.person(key).ok().map(|person| Subject {
            okta_id: person.id.clone(),
            user_name: person.login().to_owned(),
            profile: person.profile.clone(),
            password: org.password_for(app, key),
            reactivating: false,
        });
        let oin = self.setup.is_oin();
        let call = match what {
            What::SetActive { id, active, .. } => {
                self.learned.id = Some(id.clone());
                if oin { Call::PatchActive(*active) } else { Call::GetUser(Edit::Active(*active)) }
            }
            What::Provision { .. } => {
                app.users.get(key)?;
                Call::LookupUser
            }
            What::UpdateProfile { .. } => {
                self.learned.id = Some(app.external_id(key)?.to_owned());
                let patch = oin && self.setup.habits.is(names::PROFILE_UPDATE, "patch");
                if patch { Call::PatchProfile } else { Call::GetUser(Edit::Profile) }
            }
            What::PushPassword { .. } => {
                self.learned.id = Some(app.external_id(key)?.to_owned());
                if oin { Call::PatchPassword } else { Call::GetUser(Edit::Password) }
            }
            _ => return None,
        };
        self.queue.push_back(call);
        Some(())
    }

    pub(super) fn user_name(&self) -> &str {
        self.person.as_ref().map_or("", |person| person.user_name.as_str())
    }

    pub(super) fn password(&self) -> &str {
        self.person.as_ref().map_or("", |person| person.password.as_str())
    }

    pub(super) fn create_body(&self) -> Value {
        let Some(person) = &self.person else { return json!({}) };
        let habits = &self.setup.habits;
        let external_id = habits.is(names::EXTERNAL_ID, "sent").then_some(person.okta_id.as_str());
        let mapping = &self.setup.mapping;
        let body =
            mapping::create_body(mapping, &person.profile, &person.user_name, external_id, &person.password, habits);
        Value::Object(body)
    }

    pub(super) fn profile_patch(&self) -> Value {
        let mut value = Document::new();
        if let Some(person) = &self.person {
            if !self.setup.to_app.exclude_username_updates {
                value.insert("userName".to_owned(), json!(person.user_name));
            }
            value.extend(self.setup.mapping.attributes(&person.profile, &self.setup.habits, true));
        }
        request::patch(&json!([{"op": "replace", "value": value}]))
    }

    pub(super) fn user_answered(&mut self, call: &Call, exchange: &Exchange) -> Result<Outcome, String> {
        match call {
            Call::LookupUser => return self.looked_up(exchange),
            Call::CreateUser => return self.created(exchange),
            Call::GetUser(edit) => {
                let server = answer::object(exchange).map_err(|reason| self.user_task(call, &reason))?;
                let body = self.edited(server, *edit);
                self.queue.push_front(Call::PutUser(body));
            }
            Call::PatchActive(active)
                if exchange.status() == Some(501) && self.setup.habits.is(names::PATCH_501, "put") =>
            {
                self.queue.push_front(Call::GetUser(Edit::Active(*active)));
            }
            _ => {
                let body = answer::done(exchange).map_err(|reason| self.user_task(call, &reason))?;
                let reactivating = self.person.as_ref().is_some_and(|person| person.reactivating);
                let stays = body.is_some_and(|body| body.get("active") == Some(&Value::Bool(false)));
                if reactivating && stays && matches!(call, Call::PutUser(_)) {
                    let (user, app) = (self.user_name(), &self.setup.label);
                    return Err(format!(
                        "User {user} provision to app {app} failed due to delay in reactivating remote User. \
                         Rescheduling provision job."
                    ));
                }
            }
        }
        Ok(Outcome::Go)
    }

    fn looked_up(&mut self, exchange: &Exchange) -> Result<Outcome, String> {
        let none = answer::is_scim_404(exchange) && self.setup.habits.is(names::LOOKUP_404, "none");
        let matches = if none {
            Vec::new()
        } else {
            let failed =
                |reason: String| format!("Error while verifying if user {} exists: {reason}", self.user_name());
            answer::success(exchange).and_then(answer::list).map_err(failed)?.resources
        };
        match matches.as_slice() {
            [] if self.setup.to_app.create => self.queue.push_back(Call::CreateUser),
            [] => return Err(self.failed("Matching user not found")),
            [one] => self.link(one)?,
            [first, ..] if self.setup.habits.is(names::SEVERAL_MATCHES, "first") => self.link(first)?,
            several => {
                let count = several.len();
                return Err(self
                    .failed(&format!("Multiple users found by userName. Expected 0 or 1 results but was [{count}]")));
            }
        }
        Ok(Outcome::Go)
    }

    fn link(&mut self, found: &Value) -> Result<(), String> {
        let id = answer::id(found).ok_or_else(|| self.failed("the user that was found has no id"))?;
        self.learned.id = Some(id);
        let inactive = found.get("active") == Some(&Value::Bool(false));
        let to_app = &self.setup.to_app;
        // "Deactivate Users" is also the switch for activating again (CONNECT).
        let reactivate = inactive && to_app.deactivate;
        if reactivate && self.setup.is_oin() {
            self.queue.push_back(Call::PatchActive(true));
        }
        if to_app.update {
            let rounds = self.setup.habits.number(names::LINK_ROUNDS);
            self.queue.extend(std::iter::repeat_n(Call::GetUser(Edit::Profile), rounds));
        } else if reactivate && !self.setup.is_oin() {
            self.queue.push_back(Call::GetUser(Edit::Active(true)));
        }
        if let Some(person) = &mut self.person {
            person.reactivating = reactivate;
        }
        Ok(())
    }

    fn created(&mut self, exchange: &Exchange) -> Result<Outcome, String> {
        if exchange.status() == Some(409) {
            self.conflicts += 1;
            if self.conflicts == 1 && self.setup.habits.is(names::CREATE_CONFLICT, "again") {
                return Ok(Outcome::Again(CONFLICT_REST));
            }
            let reason = answer::success(exchange).err().unwrap_or_default();
            return Err(format!("Push new user to external application FAILURE: {reason}"));
        }
        let failed = |reason: &str| self.user_task(&Call::CreateUser, reason);
        let body = answer::done(exchange).map_err(|reason| failed(&reason))?;
        let id = body.as_ref().and_then(answer::id);
        self.learned.id = Some(id.ok_or_else(|| failed("Create new user returned empty user."))?);
        Ok(Outcome::Go)
    }

    fn edited(&self, mut server: Document, edit: Edit) -> Document {
        // Okta's model of a list writes both spellings back (SO77524118).
        if let Some(resources) = server.get("Resources").cloned() {
            server.insert("resources".to_owned(), resources);
        }
        match (edit, &self.person) {
            (Edit::Profile, Some(person)) => {
                let user_name = (!self.setup.to_app.exclude_username_updates).then_some(person.user_name.as_str());
                let (mapping, habits) = (&self.setup.mapping, &self.setup.habits);
                return mapping::overlay(server, mapping, &person.profile, user_name, &person.okta_id, habits);
            }
            (Edit::Password, Some(person)) => server.insert("password".to_owned(), json!(person.password)),
            (Edit::Active(active), _) => server.insert("active".to_owned(), json!(active)),
            (_, None) => None,
        };
        server
    }

    /// `Automatic provisioning of user X to app Y failed: …`
    fn failed(&self, reason: &str) -> String {
        format!("Automatic provisioning of user {} to app {} failed: {reason}", self.user_name(), self.setup.label)
    }

    fn user_task(&self, call: &Call, reason: &str) -> String {
        let user = self.user_name();
        match (call, &self.spec.what) {
            (Call::CreateUser, _) => self.failed(&format!("Error while creating user {user}: {reason}")),
            (Call::PatchActive(active) | Call::GetUser(Edit::Active(active)), _)
            | (_, What::SetActive { active, .. }) => {
                let doing = if *active { "reactivating" } else { "deactivating" };
                format!("Error while {doing} user {user}: {reason}")
            }
            (_, What::PushPassword { .. }) => {
                format!("Error while trying to push password update for {user}: {reason}")
            }
            _ => format!("Error while trying to push profile update for {user}: {reason}"),
        }
    }
}

//! Users: lookup and create or link, profile pushes, activation, passwords.

use std::time::Duration;

use serde_json::{Value, json};

use super::call::{Call, Edit};
use super::job::{Job, Next, UserSubject};
use super::response::{self, ResponseError};
use super::task::{TaskError, UserError};
use crate::okta::habits::{CreateConflict, ExternalId, Patch501, ProfileUpdate, ReactivationPut, Sabotage};
use crate::okta::mapping::{self, Document};
use crate::okta::org::{App, JobKind, Org};
use crate::wire::Exchange;

/// The wait before a create is retried after a conflict, under the habit `create-conflict=again` (LIGHTDASH22402).
const CONFLICT_WAIT: Duration = Duration::from_mins(30);

impl Job {
    /// Queues the first call for a user. Returns `None` if there is nothing to send.
    pub(super) fn begin_user(&mut self, org: &Org, app: &App, kind: &JobKind) -> Option<()> {
        let key = kind.subject()?;
        // A person who no longer exists in Okta can still be deactivated in the target, which requires only the id.
        let person = org.person(key).ok().zip(org.person_id(key).ok());
        self.user = person.map(|(person, id)| UserSubject {
            user_name: org.user_name_with(app, id, &person.profile),
            values: org.app_values(app, id, &person.profile),
            okta_id: person.id,
            profile: person.profile,
            password: org.password_for(app, key),
            reactivating: false,
        });
        let patches = self.settings.patches();
        let call = match kind {
            JobKind::SetActive { id, active, .. } => {
                self.result.id = Some(id.clone());
                if patches { Call::PatchActive(*active) } else { Call::GetUser(Edit::Active(*active)) }
            }
            JobKind::ProvisionUser { .. } => {
                org.has_account(app, key).then_some(())?;
                Call::LookUpUser
            }
            JobKind::UpdateProfile { .. } => {
                self.result.id = Some(org.external_id(app, key)?.to_owned());
                let patch = patches && self.settings.habits.profile_update == ProfileUpdate::Patch;
                if patch { Call::PatchProfile } else { Call::GetUser(Edit::Profile) }
            }
            JobKind::PushPassword { .. } => {
                self.result.id = Some(org.external_id(app, key)?.to_owned());
                if patches { Call::PatchPassword } else { Call::GetUser(Edit::Password) }
            }
            _ => return None,
        };
        self.queue.push_back(call);
        Some(())
    }

    pub(super) fn password(&self) -> &str {
        self.user.as_ref().map_or("", |user| user.password.as_str())
    }

    pub(super) fn create_body(&self) -> Value {
        let Some(user) = &self.user else { return json!({}) };
        let habits = &self.settings.habits;
        let mapping = &self.settings.mapping;
        let body =
            mapping::create_body(mapping, user.view(), &user.user_name, self.external_id(user), &user.password, habits);
        Value::Object(body)
    }

    fn external_id<'a>(&self, user: &'a UserSubject) -> Option<&'a str> {
        (self.settings.habits.external_id == ExternalId::Sent).then_some(user.okta_id.as_str())
    }

    pub(super) fn profile_operations(&self) -> Value {
        let mut value = Document::new();
        if let Some(user) = &self.user {
            if !self.settings.to_app.exclude_username_updates {
                value.insert("userName".to_owned(), json!(user.user_name));
            }
            value.extend(self.settings.mapping.attributes(user.view(), &self.settings.habits, true));
        }
        json!([{"op": "replace", "value": value}])
    }

    pub(super) fn handle_user_response(&mut self, call: &Call, exchange: &Exchange) -> Result<Next, TaskError> {
        match call {
            Call::LookUpUser => return self.handle_user_lookup(exchange),
            Call::CreateUser => return self.handle_user_created(exchange),
            // The target lost the user, or removed it: there is nothing left to deactivate (AZLAB-5).
            _ if exchange.status() == Some(404)
                && matches!(self.spec.kind, JobKind::SetActive { active: false, .. }) =>
            {
                self.queue.clear();
            }
            Call::GetUser(edit) => {
                let server = response::object(exchange).map_err(|reason| self.user_task(call, reason))?;
                let body = self.edited(server, *edit);
                self.queue.push_front(Call::PutUser(body));
            }
            Call::PatchActive(active)
                if exchange.status() == Some(501) && self.settings.habits.patch_501 == Patch501::Put =>
            {
                self.queue.push_front(Call::GetUser(Edit::Active(*active)));
            }
            _ => {
                let body = response::body(exchange).map_err(|reason| self.user_task(call, reason))?;
                let still_inactive = body.is_some_and(|body| body.get("active") == Some(&Value::Bool(false)));
                let sent_active = match call {
                    Call::PutUser(body) => body.get("active") == Some(&Value::Bool(true)),
                    Call::PatchActive(active) => *active,
                    _ => self.result.active,
                };
                self.result.active = sent_active && !still_inactive;
                if still_inactive && sent_active && self.is_reactivating() && matches!(call, Call::PutUser(_)) {
                    let (user, app) = (self.user_name().to_owned(), self.settings.app.clone());
                    return Err(TaskError::ReactivationDelayed { user, app });
                }
            }
        }
        Ok(Next::Continue)
    }

    fn handle_user_lookup(&mut self, exchange: &Exchange) -> Result<Next, TaskError> {
        let no_match = response::is_scim_404(exchange);
        let matches = if no_match {
            Vec::new()
        } else {
            let failed = |reason| TaskError::UserLookup { user: self.user_name().to_owned(), reason };
            response::success(exchange).and_then(response::list).map_err(failed)?.resources
        };
        match matches.as_slice() {
            [] if self.settings.to_app.create => self.queue.push_back(Call::CreateUser),
            [] => return Err(self.provisioning_failed(UserError::NoMatch)),
            [one] => self.link(one)?,
            [first, ..] if self.settings.habits.has(Sabotage::SeveralMatches) => self.link(first)?,
            several => return Err(self.provisioning_failed(UserError::SeveralMatches(several.len()))),
        }
        Ok(Next::Continue)
    }

    fn link(&mut self, existing: &Value) -> Result<(), TaskError> {
        let no_id = || self.provisioning_failed(UserError::Match(ResponseError::MatchWithoutId("user")));
        let id = response::id(existing).ok_or_else(no_id)?;
        self.result.id = Some(id);
        let inactive = existing.get("active") == Some(&Value::Bool(false));
        self.result.active = !inactive;
        let (to_app, habits, patches) = (&self.settings.to_app, &self.settings.habits, self.settings.patches());
        // The switch "Deactivate Users" also controls reactivation (CONNECT).
        let reactivate = inactive && to_app.deactivate;
        if reactivate && patches {
            self.queue.push_back(Call::PatchActive(true));
        }
        let rounds = if reactivate && !patches { habits.reactivate_rounds } else { habits.link_rounds } as usize;
        if to_app.update {
            self.queue.extend(std::iter::repeat_n(Call::GetUser(Edit::Profile), rounds));
        } else if reactivate && !patches {
            self.queue.extend(std::iter::repeat_n(Call::GetUser(Edit::Active(true)), rounds));
        }
        if let Some(user) = &mut self.user {
            user.reactivating = reactivate;
        }
        Ok(())
    }

    fn handle_user_created(&mut self, exchange: &Exchange) -> Result<Next, TaskError> {
        if exchange.status() == Some(409) {
            self.conflicts += 1;
            if self.conflicts == 1 && self.settings.habits.create_conflict == CreateConflict::Again {
                return Ok(Next::RetryAfter(CONFLICT_WAIT));
            }
            response::success(exchange).map_err(TaskError::Conflict)?;
        }
        let failed = |reason| self.user_task(&Call::CreateUser, reason);
        let body = response::body(exchange).map_err(failed)?;
        let id = body.as_ref().and_then(response::id);
        self.result.id = Some(id.ok_or_else(|| failed(ResponseError::CreatedWithoutId("user")))?);
        self.result.active = true;
        Ok(Next::Continue)
    }

    fn edited(&self, mut server: Document, edit: Edit) -> Document {
        // Okta's model of a list has both spellings, and a PUT contains both (SO77524118).
        if let Some(resources) = server.get("Resources").cloned() {
            server.insert("resources".to_owned(), resources);
        }
        match (edit, &self.user) {
            (Edit::Profile, Some(user)) => {
                let user_name = (!self.settings.to_app.exclude_username_updates).then_some(user.user_name.as_str());
                let (mapping, habits) = (&self.settings.mapping, &self.settings.habits);
                let mut body =
                    mapping::overlay(server, mapping, user.view(), user_name, self.external_id(user), habits);
                if user.reactivating && self.settings.patches() && habits.reactivation_put == ReactivationPut::Stale {
                    body.insert("active".to_owned(), json!(false));
                }
                return body;
            }
            (Edit::Password, Some(user)) => server.insert("password".to_owned(), json!(user.password)),
            (Edit::Active(active), _) => server.insert("active".to_owned(), json!(active)),
            (_, None) => None,
        };
        server
    }

    fn is_reactivating(&self) -> bool {
        self.user.as_ref().is_some_and(|user| user.reactivating)
    }

    fn provisioning_failed(&self, reason: UserError) -> TaskError {
        TaskError::Provision {
            user: self.user_name().to_owned(),
            app: self.settings.app.clone(),
            reason: Box::new(reason),
        }
    }

    fn user_task(&self, call: &Call, reason: ResponseError) -> TaskError {
        let user = self.user_name().to_owned();
        match (call, &self.spec.kind) {
            (Call::CreateUser, _) => self.provisioning_failed(UserError::Create { user, reason }),
            (_, JobKind::SetActive { active: false, .. }) => TaskError::Deprovision { user, reason },
            (_, JobKind::SetActive { .. }) => TaskError::Reactivate { user, reason },
            (Call::PatchActive(_) | Call::GetUser(Edit::Active(_)), _) => {
                self.provisioning_failed(UserError::Reactivate { user, reason })
            }
            (_, JobKind::ProvisionUser { .. }) => self.provisioning_failed(UserError::PushProfile { user, reason }),
            (_, JobKind::PushPassword { .. }) => TaskError::PushPassword { user, reason },
            _ => TaskError::PushProfile { user, reason },
        }
    }
}

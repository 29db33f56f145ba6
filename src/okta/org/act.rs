//! From an action to a changed org and the waves of provisioning that follow.
//!
//! Who gains or loses an app is never decided action by action: assignments before and after are compared.

use std::collections::{BTreeMap, BTreeSet};

use super::contrary;
use super::{
    App, AppUser, GroupPushMapping, MappingState, Org, Person, PersonState, Push, Spec, What, okta_id, password,
};
use crate::okta::action::{Action, ToAppChange};
use crate::okta::habits::{Habits, names};
use crate::okta::mapping::Profile;

/// What follows from an action: waves that run one after the other; the specs of one wave may run side by side.
pub(crate) type Waves = Vec<Vec<Spec>>;

/// What an action asks for beyond the comparison of assignments.
#[derive(Default)]
struct Asked {
    specs: Vec<Spec>,
    /// The group whose members changed, and who left it.
    left: Option<(String, Vec<String>)>,
}

impl Org {
    /// Carries out an action in Okta, and says what is to be provisioned.
    ///
    /// # Errors
    /// The action is not possible: a sentence with the way out. The org is then as it was.
    pub fn act(&mut self, action: &Action, habits: &Habits) -> Result<Waves, String> {
        let mut next = self.clone();
        let before: Vec<BTreeSet<String>> = next.apps.iter().map(|app| next.assigned(app)).collect();
        let asked = next.change(action, habits)?;
        let mut waves = next.waves(&before, asked, habits);
        waves.extend(contrary::waves(self, &next, action, habits));
        *self = next;
        Ok(waves)
    }

    fn waves(&mut self, before: &[BTreeSet<String>], asked: Asked, habits: &Habits) -> Waves {
        let (mut users, mut groups): (Vec<Spec>, Vec<Spec>) = asked
            .specs
            .into_iter()
            .partition(|spec| !matches!(spec.what, What::PushGroup { .. } | What::DeleteGroup { .. }));
        let leave = habits.get(names::SAME_GROUP_LEAVE);
        let after: Vec<BTreeSet<String>> = self.apps.iter().map(|app| self.assigned(app)).collect();
        for ((app, before), after) in self.apps.iter_mut().zip(before).zip(&after) {
            let lost: Vec<&String> = before.difference(after).collect();
            let gained: Vec<&String> = after.difference(before).collect();
            users.extend(app.part(&lost));
            users.extend(app.welcome(&gained));
            // A member who has just come into the app is pushed with the groups that were pushed before.
            let mut touched: BTreeMap<&str, (Vec<String>, Vec<String>)> = BTreeMap::new();
            if let Some((group, removed)) = &asked.left {
                let both = app.assigned_groups.contains(group) && leave != "deactivate-only";
                let forced = removed.iter().filter(|person| both && lost.contains(person)).cloned().collect();
                touched.insert(group, (removed.clone(), forced));
            }
            for (name, group) in &self.groups {
                if gained.iter().any(|person| group.members.contains(person)) {
                    touched.entry(name).or_default();
                }
            }
            for (group, (removed, forced)) in touched {
                let live =
                    app.provisioning && app.push(group).is_some_and(|mapping| mapping.state != MappingState::Inactive);
                let asked_already =
                    groups.iter().any(|spec| spec.app == app.label && spec.what.subject() == Some(group));
                if live && !asked_already {
                    let push = Push::Change { removed, forced };
                    groups.push(app.spec(What::PushGroup { group: group.to_owned(), push }));
                }
            }
        }
        let leaves = groups.iter().any(|spec| matches!(&spec.what, What::PushGroup { push: Push::Change { forced, .. }, .. } if !forced.is_empty()));
        let groups_first =
            habits.is(names::PUSH_ORDER, "before-users") || (leaves && leave == "remove-then-deactivate");
        let waves = if groups_first { vec![groups, users] } else { vec![users, groups] };
        waves.into_iter().filter(|wave| !wave.is_empty()).collect()
    }

    fn change(&mut self, action: &Action, habits: &Habits) -> Result<Asked, String> {
        match action {
            Action::CreatePerson { person, profile, staged } => self.create_person(person, profile, *staged),
            Action::UpdateProfile { person, set } => self.update_profile(person, set, habits),
            Action::ChangePassword { person } => self.change_password(person),
            Action::ActivatePerson { person } | Action::ReactivatePerson { person } => self.move_person(
                person,
                &[PersonState::Staged, PersonState::Deprovisioned],
                PersonState::Active,
                "activate",
            ),
            Action::DeactivatePerson { person } => self.deactivate(person),
            Action::DeletePerson { person } => self.delete_person(person),
            Action::SuspendPerson { person } => {
                self.move_person(person, &[PersonState::Active], PersonState::Suspended, "suspend")?;
                Ok(self.suspension(person, false, habits))
            }
            Action::UnsuspendPerson { person } => {
                self.move_person(person, &[PersonState::Suspended], PersonState::Active, "unsuspend")?;
                Ok(self.suspension(person, true, habits))
            }
            Action::CreateGroup { group } => self.add_group(group, &[] as &[&str]).map(|()| Asked::default()),
            Action::RenameGroup { group, to } => self.rename_group(group, to),
            Action::DeleteGroup { group } => self.delete_group(group),
            Action::AddToGroup { group, people } => self.change_group(group, people, &[]),
            Action::RemoveFromGroup { group, people } => self.change_group(group, &[], people),
            Action::ChangeGroup { group, add, remove } => self.change_group(group, add, remove),
            other => self.change_app(other),
        }
    }

    fn change_app(&mut self, action: &Action) -> Result<Asked, String> {
        match action {
            Action::TestConnection { app } => self.app(app)?.ask([What::Connect { groups: false }]),
            Action::SaveConnection { app } => {
                let app = self.app_mut(app)?;
                app.provisioning = true;
                app.ask([What::Connect { groups: app.import_groups }])
            }
            Action::SaveToApp { app, switches } => {
                let app = self.app_mut(app)?;
                app.switch(switches);
                app.ask([What::Connect { groups: app.import_groups }])
            }
            Action::Import { app } => {
                let app = self.app(app)?;
                app.ask([What::Import { groups: app.import_groups }])
            }
            Action::ConfirmImport { app, people } => self.confirm_import(app, people),
            Action::Assign { app, people } => self.assign(app, people),
            Action::Unassign { app, people } => self.unassign(app, people),
            Action::AssignGroup { app, group } => {
                self.group(group)?;
                let app = self.app_mut(app)?;
                if !app.assigned_groups.insert(group.clone()) {
                    return Err(format!("the group {group:?} is assigned to {:?} already", app.label));
                }
                Ok(Asked::default())
            }
            Action::UnassignGroup { app, group } => {
                let app = self.app_mut(app)?;
                if !app.assigned_groups.remove(group) {
                    return Err(format!("the group {group:?} is not assigned to {:?}", app.label));
                }
                Ok(Asked::default())
            }
            Action::ProvisionUsers { app } => {
                let app = self.app(app)?.provisioned()?;
                let waiting = app.users.iter().filter(|(_, user)| user.external_id.is_none());
                app.ask(waiting.map(|(person, _)| What::Provision { person: person.clone() }))
            }
            Action::ForceSync { app } => {
                let app = self.app(app)?.provisioned()?;
                let known = app.users.iter().filter(|(_, user)| user.external_id.is_some() && app.to_app.update);
                app.ask(known.map(|(person, _)| What::UpdateProfile { person: person.clone() }))
            }
            Action::RetryTasks { app } => {
                let app = self.app_mut(app)?;
                let specs = std::mem::take(&mut app.tasks).into_iter().map(|(spec, _)| spec).collect();
                Ok(Asked { specs, left: None })
            }
            other => self.change_push(other),
        }
    }

    fn change_push(&mut self, action: &Action) -> Result<Asked, String> {
        match action {
            Action::PushGroup { app, group, immediately } => {
                self.begin_push(app, group, Push::First { immediately: *immediately })
            }
            Action::LinkGroup { app, group, to } => self.begin_push(app, group, Push::Link { to: to.clone() }),
            Action::PushNow { app, group } => {
                let app = self.app_mut(app)?;
                app.pushing(group)?;
                app.ask([What::PushGroup { group: group.clone(), push: Push::Full }])
            }
            Action::DeactivatePush { app, group } => {
                self.app_mut(app)?.pushing(group)?.state = MappingState::Inactive;
                Ok(Asked::default())
            }
            Action::ActivatePush { app, group } => {
                let app = self.app_mut(app)?;
                app.pushing(group)?.state = MappingState::Active;
                app.ask([What::PushGroup { group: group.clone(), push: Push::Full }])
            }
            Action::UnlinkGroup { app, group, delete } => {
                let app = self.app_mut(app)?;
                let id = app.pushing(group)?.target_id.clone();
                app.pushed_groups.retain(|mapping| mapping.group != *group);
                let gone = id.filter(|_| *delete).map(|id| What::DeleteGroup { group: group.clone(), id });
                app.ask(gone)
            }
            other => Err(format!("{other:?} is no action on an app")),
        }
    }

    fn create_person(&mut self, key: &str, profile: &Profile, staged: bool) -> Result<Asked, String> {
        self.add_person(key, profile.clone())?;
        if staged {
            self.person_mut(key)?.state = PersonState::Staged;
        }
        Ok(Asked::default())
    }

    fn update_profile(&mut self, key: &str, set: &Profile, habits: &Habits) -> Result<Asked, String> {
        let person = self.person_mut(key)?;
        if person.state == PersonState::Deprovisioned {
            return Err(format!("{key} is deactivated, and Okta changes no profile then; reactivate first"));
        }
        let before = person.clone();
        for (name, value) in set {
            if value.is_empty() {
                person.profile.remove(name);
            } else {
                person.profile.insert(name.clone(), value.clone());
            }
        }
        let after = person.clone();
        let mapped = |app: &App, person: &Person| {
            let login = (!app.to_app.exclude_username_updates).then(|| person.login().to_owned());
            (login, app.mapping.attributes(&person.profile, habits, true))
        };
        let concerned = |app: &&App| {
            let known = app.external_id(key).is_some();
            app.provisioning && app.to_app.update && known && mapped(app, &before) != mapped(app, &after)
        };
        let specs = self.apps.iter().filter(concerned);
        Ok(Asked {
            specs: specs.map(|app| app.spec(What::UpdateProfile { person: key.to_owned() })).collect(),
            left: None,
        })
    }

    fn change_password(&mut self, key: &str) -> Result<Asked, String> {
        let seed = self.seed;
        let person = self.person_mut(key)?;
        person.passwords += 1;
        person.password = password(seed, "okta", key, person.passwords);
        let synced = |app: &&App| app.provisioning && app.to_app.sync_password && app.external_id(key).is_some();
        let specs = self.apps.iter().filter(synced).map(|app| app.spec(What::PushPassword { person: key.to_owned() }));
        Ok(Asked { specs: specs.collect(), left: None })
    }

    fn move_person(&mut self, key: &str, from: &[PersonState], to: PersonState, verb: &str) -> Result<Asked, String> {
        let person = self.person_mut(key)?;
        if !from.contains(&person.state) {
            return Err(format!(
                "can't {verb} {key}: the state is {:?}, and {verb} needs one of {from:?}",
                person.state
            ));
        }
        person.state = to;
        Ok(Asked::default())
    }

    fn suspension(&self, key: &str, active: bool, habits: &Habits) -> Asked {
        if habits.is(names::SUSPEND, "nothing") {
            return Asked::default();
        }
        let spec = |app: &App| {
            let id = app.external_id(key).filter(|_| app.provisioning && app.to_app.deactivate)?.to_owned();
            Some(app.spec(What::SetActive { person: key.to_owned(), id, active }))
        };
        Asked { specs: self.apps.iter().filter_map(spec).collect(), left: None }
    }

    fn deactivate(&mut self, key: &str) -> Result<Asked, String> {
        let person = self.person_mut(key)?;
        if person.state == PersonState::Deprovisioned {
            return Err(format!("{key} is deactivated already"));
        }
        person.state = PersonState::Deprovisioned;
        // Memberships stay; assignments to the person go for good.
        for app in &mut self.apps {
            app.direct.remove(key);
        }
        Ok(Asked::default())
    }

    fn delete_person(&mut self, key: &str) -> Result<Asked, String> {
        if self.person(key)?.state != PersonState::Deprovisioned {
            return Err(format!("{key} can't be deleted while not deactivated; deactivate first"));
        }
        self.people.remove(key);
        for group in self.groups.values_mut() {
            group.members.retain(|member| member != key);
        }
        Ok(Asked::default())
    }

    fn rename_group(&mut self, name: &str, to: &str) -> Result<Asked, String> {
        if self.groups.contains_key(to) {
            return Err(format!("there is a group {to:?} already"));
        }
        self.group(name)?;
        let mut specs = Vec::new();
        if let Some(group) = self.groups.remove(name) {
            self.groups.insert(to.to_owned(), group);
        }
        for app in &mut self.apps {
            if app.assigned_groups.remove(name) {
                app.assigned_groups.insert(to.to_owned());
            }
            let (renames, provisioning) = (app.rename_groups, app.provisioning);
            let Some(mapping) = app.push_mut(name) else { continue };
            to.clone_into(&mut mapping.group);
            if !renames {
                mapping.state = MappingState::Inactive;
            } else if provisioning && mapping.state != MappingState::Inactive {
                specs.push(app.spec(What::PushGroup { group: to.to_owned(), push: Push::Rename }));
            }
        }
        Ok(Asked { specs, left: None })
    }

    fn delete_group(&mut self, name: &str) -> Result<Asked, String> {
        self.group(name)?;
        if let Some(app) = self.apps.iter().find(|app| app.push(name).is_some()) {
            return Err(format!("the group {name:?} is pushed by {:?}; unlink it first", app.label));
        }
        self.groups.remove(name);
        for app in &mut self.apps {
            app.assigned_groups.remove(name);
        }
        Ok(Asked::default())
    }

    fn change_group(&mut self, name: &str, add: &[String], remove: &[String]) -> Result<Asked, String> {
        for person in add.iter().chain(remove) {
            self.person(person)?;
        }
        let error = self.group(name).map(|_| ()).err();
        let Some(group) = self.groups.get_mut(name) else { return Err(error.unwrap_or_default()) };
        if let Some(person) = remove.iter().find(|person| !group.members.contains(person)) {
            return Err(format!("{person} is no member of {name:?}"));
        }
        group.members.retain(|member| !remove.contains(member));
        for person in add {
            if !group.members.contains(person) {
                group.members.push(person.clone());
            }
        }
        Ok(Asked { specs: Vec::new(), left: Some((name.to_owned(), remove.to_vec())) })
    }

    fn assign(&mut self, label: &str, people: &[String]) -> Result<Asked, String> {
        for person in people {
            if self.person(person)?.state == PersonState::Deprovisioned {
                return Err(format!("{person} is deactivated, and Okta assigns no apps then; reactivate first"));
            }
        }
        let app = self.app_mut(label)?;
        for person in people {
            if !app.direct.insert(person.clone()) {
                return Err(format!("{person} is assigned to {label:?} already"));
            }
        }
        Ok(Asked::default())
    }

    fn unassign(&mut self, label: &str, people: &[String]) -> Result<Asked, String> {
        for person in people {
            self.person(person)?;
            if !self.app_mut(label)?.direct.remove(person) {
                return Err(format!(
                    "{person} is not assigned to {label:?} directly; where a group assigns, remove the person from it"
                ));
            }
        }
        Ok(Asked::default())
    }

    fn confirm_import(&mut self, label: &str, people: &[String]) -> Result<Asked, String> {
        for key in people {
            let login = self.person(key)?.login().to_owned();
            let app = self.app_mut(label)?;
            let id = app.imported_users.get(&login).cloned().ok_or_else(|| {
                format!("the last import of {label:?} brought nobody with the userName {login:?}; import first")
            })?;
            // Entered before assignments are compared, so that no lookup follows.
            app.users.insert(key.clone(), AppUser { external_id: Some(id), failed: false });
            app.direct.insert(key.clone());
        }
        Ok(Asked::default())
    }

    fn begin_push(&mut self, label: &str, group: &str, push: Push) -> Result<Asked, String> {
        self.group(group)?;
        let app = self.app_mut(label)?;
        if app.push(group).is_some() {
            return Err(format!("the group {group:?} is pushed by {label:?} already; unlink it first, or push now"));
        }
        app.pushed_groups.push(GroupPushMapping {
            group: group.to_owned(),
            state: MappingState::Active,
            target_id: None,
            name: String::new(),
            pushed: BTreeMap::new(),
        });
        app.ask([What::PushGroup { group: group.to_owned(), push }])
    }

    /// Makes an id in Okta's form, for what is not in the org.
    #[must_use]
    pub fn id_for(&self, prefix: &str, name: &str) -> String {
        okta_id(self.seed, prefix, name)
    }
}

impl App {
    fn spec(&self, what: What) -> Spec {
        Spec { app: self.label.clone(), what }
    }

    #[allow(clippy::unnecessary_wraps)] // every branch of `change` ends alike
    fn ask(&self, what: impl IntoIterator<Item = What>) -> Result<Asked, String> {
        Ok(Asked { specs: what.into_iter().map(|what| self.spec(what)).collect(), left: None })
    }

    fn provisioned(&self) -> Result<&Self, String> {
        if self.provisioning {
            Ok(self)
        } else {
            Err(format!("{:?} has no API integration; save the connection first", self.label))
        }
    }

    fn pushing(&mut self, group: &str) -> Result<&mut GroupPushMapping, String> {
        let error = format!("the group {group:?} is not pushed by {:?}; push it first", self.label);
        self.push_mut(group).ok_or(error)
    }

    fn switch(&mut self, change: &ToAppChange) {
        let to_app = &mut self.to_app;
        for (switch, value) in [
            (&mut to_app.create, change.create),
            (&mut to_app.update, change.update),
            (&mut to_app.deactivate, change.deactivate),
            (&mut to_app.sync_password, change.sync_password),
            (&mut to_app.exclude_username_updates, change.exclude_username_updates),
        ] {
            *switch = value.unwrap_or(*switch);
        }
    }

    /// Those who lost the app.
    fn part(&mut self, lost: &[&String]) -> Vec<Spec> {
        let mut specs = Vec::new();
        for person in lost {
            let Some(id) = self.users.remove(*person).and_then(|user| user.external_id) else { continue };
            self.former.insert((*person).clone(), id.clone());
            // A retry of what failed before would bring the person back.
            self.tasks
                .retain(|(spec, _)| !(spec.what.is_about_a_user() && spec.what.subject() == Some(person.as_str())));
            if self.provisioning && self.to_app.deactivate {
                specs.push(self.spec(What::SetActive { person: (*person).clone(), id, active: false }));
            }
        }
        specs
    }

    /// Those who came into the app.
    fn welcome(&mut self, gained: &[&String]) -> Vec<Spec> {
        let mut specs = Vec::new();
        for person in gained {
            let known = self.users.entry((*person).clone()).or_default().external_id.is_some();
            if self.provisioning && !known {
                specs.push(self.spec(What::Provision { person: (*person).clone() }));
            }
        }
        specs
    }
}

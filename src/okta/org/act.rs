//! Applies an action to the org and returns the waves of provisioning that follow.
//!
//! No action decides who gains or loses an app: [`Org::act`] compares the assignments before and after it. The actions on
//! people and groups are in `people.rs`, those on an app in `apps.rs`.

use std::collections::{BTreeMap, BTreeSet};

use super::error::OrgError;
use super::extra_traffic;
use super::model::{App, LeftActive, LeftActiveCause, PersonState};
use super::specs::{Effects, GroupPush, JobKind, JobSpec, MemberChange, Waves};
use super::state::Org;
use crate::okta::action::Action;
use crate::okta::habits::{Habits, InactiveMembers, PushOrder, ReturnToGroups, SameGroupLeave};

impl Org {
    /// Applies an action, and returns what has to be provisioned.
    ///
    /// # Errors
    /// The action is not possible. The org does not change.
    pub fn act(&mut self, action: &Action, habits: &Habits) -> Result<Waves, OrgError> {
        let mut next = self.clone();
        let before: Vec<BTreeSet<String>> = next.apps.iter().map(|app| next.assigned(app)).collect();
        let effects = next.apply(action, habits)?;
        let mut waves = next.waves(&before, effects, habits);
        waves.extend(extra_traffic::extra_waves(self, &next, action, habits));
        *self = next;
        Ok(waves)
    }

    fn waves(&mut self, before: &[BTreeSet<String>], effects: Effects, habits: &Habits) -> Waves {
        let (mut groups, mut users): (Vec<JobSpec>, Vec<JobSpec>) =
            effects.specs.into_iter().partition(|spec| spec.kind.is_about_a_group());
        let after: Vec<BTreeSet<String>> = self.apps.iter().map(|app| self.assigned(app)).collect();
        for ((app, before), after) in self.apps.iter_mut().zip(before).zip(&after) {
            let lost: Vec<&String> = before.difference(after).collect();
            let gained: Vec<&String> = after.difference(before).collect();
            let late: Vec<String> = users.iter().filter_map(|spec| app.provisioned_by(spec)).cloned().collect();
            let provisioned = app.followed_by_group_pushes(&gained, late, habits);
            users.extend(app.deprovision(&lost));
            users.extend(app.provision(&gained));
            let mut changes: BTreeMap<String, MemberChange> = BTreeMap::new();
            if let Some((group, change)) = &effects.membership {
                let change = app.change_to_push(group, change.clone(), &lost, habits);
                changes.extend(change.map(|change| (group.clone(), change)));
            }
            for mapping in &app.pushed_groups {
                let Some(group) = self.groups.get(&mapping.group) else { continue };
                let members: Vec<String> =
                    provisioned.iter().filter(|person| group.members.contains(person)).cloned().collect();
                if !members.is_empty() {
                    changes.entry(mapping.group.clone()).or_default().provisioned = members;
                }
            }
            for (group, change) in changes {
                let has_a_job = groups.iter().any(|spec| spec.app == app.label && spec.kind.subject() == Some(&group));
                if app.is_pushing(&group) && !has_a_job {
                    groups.push(app.spec(JobKind::PushGroup { group, push: GroupPush::Members(change) }));
                }
            }
        }
        let removes_leavers = groups.iter().any(|spec| match &spec.kind {
            JobKind::PushGroup { push: GroupPush::Members(change), .. } => !change.forced.is_empty(),
            _ => false,
        });
        let groups_first = habits.push_order == PushOrder::BeforeUsers
            || (removes_leavers && habits.same_group_leave == SameGroupLeave::RemoveThenDeactivate);
        let waves = if groups_first { vec![groups, users] } else { vec![users, groups] };
        waves.into_iter().filter(|wave| !wave.is_empty()).collect()
    }

    fn apply(&mut self, action: &Action, habits: &Habits) -> Result<Effects, OrgError> {
        match action {
            Action::CreatePerson { person, profile, staged } => self.create_person(person, profile, *staged),
            Action::UpdateProfile { person, set } => self.update_profile(person, set, habits),
            Action::ChangePassword { person } => self.change_password(person),
            Action::ActivatePerson { person } | Action::ReactivatePerson { person } => self.set_state(
                person,
                &[PersonState::Staged, PersonState::Deprovisioned],
                PersonState::Active,
                "activate",
            ),
            Action::DeactivatePerson { person } => self.deactivate(person),
            Action::DeletePerson { person } => self.delete_person(person),
            Action::SuspendPerson { person } => {
                self.set_state(person, &[PersonState::Active], PersonState::Suspended, "suspend")?;
                Ok(self.push_suspension(person, false, habits))
            }
            Action::UnsuspendPerson { person } => {
                self.set_state(person, &[PersonState::Suspended], PersonState::Active, "unsuspend")?;
                Ok(self.push_suspension(person, true, habits))
            }
            Action::CreateGroup { group } => self.add_group(group, &[] as &[&str]).map(|()| Effects::default()),
            Action::RenameGroup { group, to } => self.rename_group(group, to),
            Action::DeleteGroup { group } => self.delete_group(group),
            Action::AddToGroup { group, people } => self.change_group(group, people, &[]),
            Action::RemoveFromGroup { group, people } => self.change_group(group, &[], people),
            Action::ChangeGroup { group, add, remove } => self.change_group(group, add, remove),
            Action::TestConnection { app } => self.test_connection(app),
            Action::SaveConnection { app } => self.save_connection(app),
            Action::SaveToApp { app, switches } => self.save_to_app(app, switches),
            Action::DisableProvisioning { app } => self.disable_provisioning(app),
            Action::RefreshAppGroups { app } => self.refresh_app_groups(app),
            Action::Import { app } => self.import(app),
            Action::ConfirmImport { app, people } => self.confirm_import(app, people),
            Action::Assign { app, people } => self.assign(app, people),
            Action::Unassign { app, people } => self.unassign(app, people),
            Action::AssignGroup { app, group } => self.assign_group(app, group),
            Action::UnassignGroup { app, group } => self.unassign_group(app, group),
            Action::ProvisionUsers { app } => self.provision_users(app),
            Action::ForceSync { app } => self.force_sync(app),
            Action::RetryTasks { app } => self.retry_tasks(app),
            Action::CompleteTasks { app } => self.complete_tasks(app),
            Action::StopDeprovisioningTasks { app } => self.stop_deprovisioning_tasks(app),
            Action::PushGroup { app, group, immediately } => {
                self.begin_push(app, group, GroupPush::First { immediately: *immediately })
            }
            Action::LinkGroup { app, group, to } => self.begin_push(app, group, GroupPush::Link { to: to.clone() }),
            Action::PushNow { app, group } => self.push_now(app, group),
            Action::DeactivatePush { app, group } => self.deactivate_push(app, group),
            Action::ActivatePush { app, group } => self.activate_push(app, group),
            Action::UnlinkGroup { app, group, delete } => self.unlink_group(app, group, *delete),
        }
    }
}

impl App {
    /// Removes the accounts of people who lost the app, and returns their deactivations.
    fn deprovision(&mut self, lost: &[&String]) -> Vec<JobSpec> {
        let mut specs = Vec::new();
        for person in lost {
            // Retrying an earlier failure would provision the person again.
            self.tasks.retain(|task| {
                !(task.spec.kind.is_about_a_user() && task.spec.kind.subject() == Some(person.as_str()))
            });
            let Some(user) = self.users.remove(*person) else { continue };
            if let Some(id) = user.lost_match {
                let left = LeftActive { id, cause: LeftActiveCause::LinkFailed };
                self.left_active.insert((*person).clone(), left);
            }
            let Some(id) = user.external_id else { continue };
            self.former.insert((*person).clone(), id.clone());
            if self.provisioning && self.to_app.deactivate {
                specs.push(self.spec(JobKind::SetActive { person: (*person).clone(), id, active: false }));
            }
        }
        specs
    }

    /// Adds accounts for people who gained the app, and returns the jobs that create or link them.
    fn provision(&mut self, gained: &[&String]) -> Vec<JobSpec> {
        let mut specs = Vec::new();
        for person in gained {
            let linked = self.users.entry((*person).clone()).or_default().external_id.is_some();
            if self.provisioning && !linked {
                specs.push(self.spec(JobKind::ProvisionUser { person: (*person).clone() }));
            }
        }
        specs
    }

    /// Returns the person that a spec of this app provisions.
    fn provisioned_by<'a>(&self, spec: &'a JobSpec) -> Option<&'a String> {
        match &spec.kind {
            JobKind::ProvisionUser { person } if spec.app == self.label => Some(person),
            _ => None,
        }
    }

    /// Returns the people whose pushed groups are pushed after they are provisioned. A confirmed import is not among the
    /// causes (AZLAB-21).
    fn followed_by_group_pushes(&self, gained: &[&String], late: Vec<String>, habits: &Habits) -> Vec<String> {
        let is_new = |person: &&&String| self.external_id(person).is_none();
        let gained = gained.iter().filter(is_new).map(|person| (*person).clone());
        if habits.return_to_groups == ReturnToGroups::ByHand {
            return gained.filter(|person| !self.former.contains_key(person)).collect();
        }
        gained.chain(late).collect()
    }

    /// Returns the part of a membership change that this app pushes; `None` if nothing is left of it. A leaver who loses
    /// the app through the group is not removed from the target's group unless the habit `same-group-leave` says so.
    fn change_to_push(
        &self,
        group: &str,
        mut change: MemberChange,
        lost: &[&String],
        habits: &Habits,
    ) -> Option<MemberChange> {
        if self.assigned_groups.contains(group) {
            let loses_the_app = |person: &String| lost.contains(&person);
            let left_out = habits.inactive_members == InactiveMembers::LeaveOut;
            if habits.same_group_leave == SameGroupLeave::DeactivateOnly && left_out {
                change.left.retain(|(_, person)| !loses_the_app(person));
            } else if habits.same_group_leave != SameGroupLeave::DeactivateOnly {
                let leavers = change.left.iter().map(|(_, person)| person);
                change.forced = leavers.filter(|person| loses_the_app(person)).cloned().collect();
            }
        }
        change.is_membership_change().then_some(change)
    }
}

//! Applies an action to the org in place, and returns the waves of provisioning that follow.
//!
//! No action decides who gains or loses an app: [`Org::act`] compares who has it before and after, among the people and
//! apps that the action touches. The actions on people and groups are in `people.rs`, those on an app in `apps.rs`.

use std::collections::{BTreeMap, BTreeSet};

use super::assignments::Scope;
use super::attributes::Assigned;
use super::error::OrgError;
use super::group_table::GroupTable;
use super::keys::{AppId, GroupId, PersonId};
use super::model::{App, LeftActive, LeftActiveCause};
use super::people_table::PeopleTable;
use super::push_rule::NamePattern;
use super::specs::{Effects, GroupPush, JobKind, JobSpec, MemberChange, Waves};
use super::state::Org;
use super::transition::Transition;
use crate::okta::action::Action;
use crate::okta::habits::{Habits, InactiveMembers, PushOrder, ReturnToGroups, SameGroupLeave};

/// The people who gained and who lost an app, each sorted by key.
#[derive(Debug, Default)]
struct Moves {
    gained: Vec<PersonId>,
    lost: Vec<PersonId>,
}

/// The people who have the apps of a scope before an action.
#[derive(Debug)]
pub(super) struct Standing {
    /// By position of the app in the scope.
    holders: Vec<BTreeSet<PersonId>>,
    assigned: Assigned,
}

impl Org {
    /// Applies an action, and returns what has to be provisioned.
    ///
    /// # Errors
    /// The action is not possible. The org does not change.
    pub fn act(&mut self, action: &Action, habits: &Habits) -> Result<Waves, OrgError> {
        let mut scope = self.scope(action);
        let before = self.standing(&scope);
        let extra = self.extra_waves(action, habits);
        let effects = self.apply(action, habits)?;
        if let Action::CreatePerson { person, .. } | Action::ConfirmNewUser { person, .. } = action {
            scope.people.extend(self.people.find(person));
        }
        let mut waves = self.settle(&scope, &before, effects, habits);
        waves.extend(extra);
        Ok(waves)
    }

    /// Returns who has the apps of a scope, and with which attributes.
    pub(super) fn standing(&self, scope: &Scope) -> Standing {
        let holders: Vec<BTreeSet<PersonId>> = scope.apps.iter().map(|app| self.holders(*app, &scope.people)).collect();
        Standing { assigned: self.assigned(scope, &holders), holders }
    }

    /// Applies group rules after an action, and returns what has to be provisioned.
    pub(super) fn settle(&mut self, scope: &Scope, before: &Standing, mut effects: Effects, habits: &Habits) -> Waves {
        if scope.by_rules && self.has_active_rules() {
            for (group, change) in self.apply_rules(&scope.people) {
                effects.memberships.entry(group).or_default().merge(change);
            }
        }
        let mut moves = BTreeMap::new();
        let after: Vec<BTreeSet<PersonId>> = scope.apps.iter().map(|app| self.holders(*app, &scope.people)).collect();
        let pairs = || before.holders.iter().zip(&after);
        let kept: Vec<BTreeSet<PersonId>> = pairs().map(|(before, after)| before & after).collect();
        let pushes = self.push_attributes(scope, &kept, &before.assigned, habits);
        let is_new = |spec: &JobSpec| !effects.specs.contains(spec);
        let pushes: Vec<JobSpec> = pushes.into_iter().filter(is_new).collect();
        effects.specs.extend(pushes);
        for (app, (before, after)) in scope.apps.iter().zip(pairs()) {
            let sorted = |people: BTreeSet<PersonId>| {
                let mut people: Vec<PersonId> = people.into_iter().collect();
                people.sort_unstable_by_key(|person| self.people.key(*person));
                people
            };
            moves.insert(*app, Moves { gained: sorted(after - before), lost: sorted(before - after) });
        }
        self.waves(&moves, effects, habits)
    }

    fn waves(&mut self, moves: &BTreeMap<AppId, Moves>, effects: Effects, habits: &Habits) -> Waves {
        let (mut groups, mut users): (Vec<JobSpec>, Vec<JobSpec>) =
            effects.specs.into_iter().partition(|spec| spec.kind.is_about_a_group());
        let nothing = Moves::default();
        for at in self.app_ids() {
            let Self { people, groups: table, apps, .. } = self;
            let Some(app) = apps.get_mut(usize::from(at.0)) else { continue };
            let Moves { gained, lost } = moves.get(&at).unwrap_or(&nothing);
            let late = users.iter().filter_map(|spec| app.provisioned_by(spec, people)).collect();
            let provisioned = app.followed_by_group_pushes(gained, late, habits);
            users.extend(app.deprovision(lost, people));
            users.extend(app.provision(gained, people));
            let mut changes: BTreeMap<&str, (GroupId, MemberChange)> = BTreeMap::new();
            for (group, change) in &effects.memberships {
                let change = app.change_to_push(*group, change.clone(), lost, habits);
                changes.extend(change.map(|change| (table.name(*group), (*group, change))));
            }
            for person in provisioned {
                for group in app.pushed_groups_of(person, people) {
                    let change = &mut changes.entry(table.name(group)).or_insert((group, MemberChange::default())).1;
                    change.provisioned.insert(person);
                }
            }
            let specs = app.pushes(changes, &groups, table);
            groups.extend(specs);
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
            Action::CreatePerson { person, profile, staged, without_password } => {
                self.create_person(person, profile, *staged, !without_password)
            }
            Action::UpdateProfile { person, set } => self.update_profile(person, set, habits),
            Action::ChangePassword { person } => self.change_password(person),
            Action::ActivatePerson { person } => self.change_state(person, Transition::Activate),
            Action::ReactivatePerson { person } => self.change_state(person, Transition::Reactivate),
            Action::DeactivatePerson { person } => self.deactivate(person),
            Action::DeletePerson { person } => self.delete_person(person),
            Action::SuspendPerson { person } => {
                self.change_state(person, Transition::Suspend)?;
                Ok(self.push_suspension(person, false, habits))
            }
            Action::UnsuspendPerson { person } => {
                self.change_state(person, Transition::Unsuspend)?;
                Ok(self.push_suspension(person, true, habits))
            }
            Action::LockPerson { person } => self.change_state(person, Transition::Lock),
            Action::UnlockPerson { person } => self.change_state(person, Transition::Unlock),
            Action::ExpirePassword { person } => self.change_state(person, Transition::ExpirePassword),
            Action::ResetPassword { person } => self.change_state(person, Transition::ResetPassword),
            Action::CreateGroupRule { rule, when, groups } => self.create_group_rule(rule, when, groups),
            Action::ActivateGroupRule { rule } => self.activate_group_rule(rule, true),
            Action::DeactivateGroupRule { rule } => self.activate_group_rule(rule, false),
            Action::DeleteGroupRule { rule } => self.delete_group_rule(rule),
            Action::CreateGroup { group } => {
                self.add_group(group, &[] as &[&str])?;
                Ok(Effects::of(self.pushes_by_rules(group)))
            }
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
            Action::MatchImport { app, person, user } => self.match_import(app, person, user),
            Action::ConfirmImport { app, people } => self.confirm_import(app, people),
            Action::ConfirmNewUser { app, person, user, activate } => {
                self.confirm_new_user(app, person, user, *activate)
            }
            Action::Assign { app, people, attributes } => self.assign(app, people, attributes),
            Action::EditAssignment { app, person, set } => self.edit_assignment(app, person, set),
            Action::Unassign { app, people } => self.unassign(app, people),
            Action::AssignGroup { app, group, attributes, priority } => {
                self.assign_group(app, group, attributes, *priority)
            }
            Action::EditGroupAssignment { app, group, set, priority } => {
                self.edit_group_assignment(app, group, set, *priority)
            }
            Action::UnassignGroup { app, group } => self.unassign_group(app, group),
            Action::SetUsernameFormat { app, format } => self.set_username_format(app, format),
            Action::SetMapping { app, row, expression } => self.set_mapping(app, row, expression, habits),
            Action::ProvisionUsers { app } => self.provision_users(app),
            Action::ForceSync { app } => self.force_sync(app),
            Action::RetryTasks { app } => self.retry_tasks(app),
            Action::CompleteTasks { app } => self.complete_tasks(app),
            Action::StopDeprovisioningTasks { app } => self.stop_deprovisioning_tasks(app),
            Action::PushGroup { app, group, immediately } => {
                self.begin_push(app, group, GroupPush::First { immediately: *immediately })
            }
            Action::LinkGroup { app, group, to } => self.begin_push(app, group, GroupPush::Link { to: to.clone() }),
            Action::CreatePushRule { app, rule, starts_with, ends_with, contains, immediately } => {
                let (starts_with, ends_with, contains) = (starts_with.clone(), ends_with.clone(), contains.clone());
                self.create_push_rule(app, rule, NamePattern { starts_with, ends_with, contains }, *immediately)
            }
            Action::ActivatePushRule { app, rule } => self.activate_push_rule(app, rule, true),
            Action::DeactivatePushRule { app, rule } => self.activate_push_rule(app, rule, false),
            Action::DeletePushRule { app, rule, delete } => self.delete_push_rule(app, rule, *delete),
            Action::PushNow { app, group } => self.push_now(app, group),
            Action::DeactivatePush { app, group } => self.deactivate_push(app, group),
            Action::ActivatePush { app, group } => self.activate_push(app, group),
            Action::UnlinkGroup { app, group, delete } => self.unlink_group(app, group, *delete),
        }
    }
}

impl App {
    /// Removes the accounts of people who lost the app, and returns their deactivations.
    fn deprovision(&mut self, lost: &[PersonId], people: &PeopleTable) -> Vec<JobSpec> {
        if !self.tasks.is_empty() && !lost.is_empty() {
            let keys: BTreeSet<&str> = lost.iter().map(|person| people.key(*person)).collect();
            // Retrying an earlier failure would provision the person again.
            self.tasks.retain(|task| {
                let kind = &task.spec.kind;
                !(kind.is_about_a_user() && kind.subject().is_some_and(|person| keys.contains(person)))
            });
        }
        let mut specs = Vec::new();
        for person in lost {
            self.person_attributes.remove(person);
            self.touched.remove(person);
            let Some(user) = self.users.remove(person) else { continue };
            if let Some(id) = user.lost_match {
                let left = LeftActive { id, cause: LeftActiveCause::LinkFailed };
                self.left_active.insert(*person, left);
            }
            let Some(id) = user.external_id else { continue };
            self.former.insert(*person, id.clone());
            if self.provisioning && self.to_app.deactivate {
                let person = people.key(*person).to_owned();
                specs.push(self.spec(JobKind::SetActive { person, id, active: false }));
            }
        }
        specs
    }

    /// Adds accounts for people who gained the app, and returns the jobs that create or link them.
    fn provision(&mut self, gained: &[PersonId], people: &PeopleTable) -> Vec<JobSpec> {
        let mut specs = Vec::new();
        for person in gained {
            let linked = self.users.entry(*person).or_default().external_id.is_some();
            if self.provisioning && !linked {
                specs.push(self.spec(JobKind::ProvisionUser { person: people.key(*person).to_owned() }));
            }
        }
        specs
    }

    /// Returns the person that a spec of this app provisions.
    fn provisioned_by(&self, spec: &JobSpec, people: &PeopleTable) -> Option<PersonId> {
        match &spec.kind {
            JobKind::ProvisionUser { person } if spec.app == self.label => people.find(person),
            _ => None,
        }
    }

    /// Returns the people whose pushed groups are pushed after they are provisioned. A confirmed import is not among the
    /// causes (AZLAB-21).
    fn followed_by_group_pushes(&self, gained: &[PersonId], late: Vec<PersonId>, habits: &Habits) -> Vec<PersonId> {
        let is_new = |person: &PersonId| self.external_id(*person).is_none();
        let gained = gained.iter().copied().filter(is_new);
        if habits.return_to_groups == ReturnToGroups::ByHand {
            return gained.filter(|person| !self.former.contains_key(person)).collect();
        }
        gained.chain(late).collect()
    }

    /// Returns the groups of a person that this app pushes.
    fn pushed_groups_of(&self, person: PersonId, people: &PeopleTable) -> Vec<GroupId> {
        let groups = people.get(person).map(|record| record.groups.as_slice()).unwrap_or_default();
        groups.iter().copied().filter(|group| self.is_pushing(*group)).collect()
    }

    /// Returns the pushes of changes, by the name of the group. A group that has a job already is not pushed twice.
    fn pushes(
        &self,
        changes: BTreeMap<&str, (GroupId, MemberChange)>,
        jobs: &[JobSpec],
        table: &GroupTable,
    ) -> Vec<JobSpec> {
        let of_this_app = jobs.iter().filter(|spec| spec.app == self.label);
        let have_a_job: BTreeSet<GroupId> = of_this_app.filter_map(|spec| table.find(spec.kind.subject()?)).collect();
        let is_pushed = |group: GroupId| self.is_pushing(group) && !have_a_job.contains(&group);
        let pushed = changes.into_iter().filter(|(_, (group, _))| is_pushed(*group));
        let kind = |(name, (_, change)): (&str, (GroupId, MemberChange))| JobKind::PushGroup {
            group: name.to_owned(),
            push: GroupPush::Members(change),
        };
        pushed.map(|change| self.spec(kind(change))).collect()
    }

    /// Returns the part of a membership change that this app pushes; `None` if nothing is left of it. A leaver who loses
    /// the app through the group is not removed from the target's group unless the habit `same-group-leave` says so.
    fn change_to_push(
        &self,
        group: GroupId,
        mut change: MemberChange,
        lost: &[PersonId],
        habits: &Habits,
    ) -> Option<MemberChange> {
        if self.assigned_groups.contains(&group) {
            let lost: BTreeSet<PersonId> = lost.iter().copied().collect();
            let left_out = habits.inactive_members == InactiveMembers::LeaveOut;
            if habits.same_group_leave == SameGroupLeave::DeactivateOnly && left_out {
                change.left.retain(|(_, person)| !lost.contains(person));
            } else if habits.same_group_leave != SameGroupLeave::DeactivateOnly {
                let leavers = change.left.iter().map(|(_, person)| *person);
                change.forced = leavers.filter(|person| lost.contains(person)).collect();
            }
        }
        change.is_membership_change().then_some(change)
    }
}

//! Holes that Okta itself leaves: the target stores what it accepted, and the company wants something else. Pure.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::super::causes::Cause;
use super::super::holes::Hole;
use super::super::links::{Account, Link, Wish, wish};
use super::super::read::Shown;
use super::super::record::{Key, Sent};
use super::{Problems, members_of};
use crate::okta::habits::{PushOrder, ReactivationPut, ReturnToGroups};
use crate::okta::org::{LeftActiveCause, MappingState};
use crate::okta::{Action, Org};
use crate::report::{AuditFault, AuditKind, AuditProblem};
use crate::scim::Kind;
use crate::scim::attr::{fold, get};

impl<'a> Problems<'a> {
    /// Adds the holes that Okta leaves. Without reads, only the accounts that it lost track of are certain enough.
    pub(in crate::sim::audit) fn of_okta(
        &mut self,
        holes: &BTreeSet<Hole>,
        begun: &BTreeMap<Hole, usize>,
        reads: bool,
    ) {
        for hole in holes {
            let is_lost = matches!(hole, Hole::StillActive { id } if self.lost(id).is_some());
            let is_attribute = matches!(hole, Hole::Attribute { .. });
            if (!reads && !is_lost) || is_attribute || self.is_closed(hole) {
                continue;
            }
            let (cause, request) = self.cause(hole);
            let since = begun.get(hole).copied().or(request.map(|sent| sent.action));
            let problem = AuditProblem {
                fault: AuditFault::Okta,
                since: since.map(|action| self.record.moment(action)),
                request: request.map(|sent| self.record.request(sent)),
                why: cause.why().to_owned(),
                habit: cause.name(),
                sources: cause.sources(),
                ..self.described(hole, cause)
            };
            self.found.push(problem);
        }
    }

    /// Adds active users that the target created without Okta's knowledge, and whom no assigned person waits for.
    pub(in crate::sim::audit) fn lost_creates(&mut self) {
        let org = self.agent.org();
        let waiting =
            self.links.without.iter().filter_map(|(app, person)| {
                Some(fold(&org.user_name(org.app(app).ok()?, org.person_id(person).ok()?)))
            });
        let waiting: BTreeSet<String> = waiting.collect();
        for (sent, name) in self.record.lost_creates() {
            let Some(found) = self.reading.named.get(&(Kind::User, fold(&name))) else { continue };
            let is_lost = |(id, active): &(&String, &Option<bool>)| {
                **active == Some(true) && !self.is_ours(id) && !waiting.contains(&fold(&name))
            };
            let lost: Vec<String> = found.iter().filter(is_lost).map(|(id, _)| id.clone()).collect();
            for id in lost {
                let key = (Kind::User, id);
                let sentence = format!("{name} should have no access, and is active on the target.");
                let problem = AuditProblem {
                    fault: AuditFault::Okta,
                    name: name.clone(),
                    since: Some(self.record.moment(sent.action)),
                    request: Some(self.record.request(sent)),
                    why: Cause::LostCreate.why().to_owned(),
                    habit: Cause::LostCreate.name(),
                    sources: Cause::LostCreate.sources(),
                    ..self.access(AuditKind::StillActive, &key, sentence, ("false", "true"))
                };
                self.found.push(problem);
            }
        }
    }

    /// Returns true if the target shows that the hole is not there, for example because an administrator has closed it.
    pub(super) fn is_closed(&self, hole: &Hole) -> bool {
        let user = |id: &str| self.reading.shown.get(&(Kind::User, id.to_owned()));
        let group = |id: &str| match self.reading.shown.get(&(Kind::Group, id.to_owned())) {
            Some(Shown::Document(group)) => Some(members_of(group)),
            _ => None,
        };
        let active = |id: &str| match user(id) {
            Some(Shown::Document(user)) => get(user, "active").and_then(Value::as_bool),
            Some(Shown::Gone) => Some(false),
            None => None,
        };
        match hole {
            Hole::StillActive { id } => active(id) == Some(false),
            Hole::Inactive { id } => active(id) == Some(true),
            Hole::Extra { group: id, member } => group(id).is_some_and(|members| !members.contains(member)),
            Hole::Lacks { group: id, member } => group(id).is_some_and(|members| members.contains(member)),
            Hole::NotDeleted { group } => self.reading.shown.get(&(Kind::Group, group.clone())) == Some(&Shown::Gone),
            Hole::NoAccount { .. } | Hole::NotPushed { .. } | Hole::Attribute { .. } => false,
        }
    }

    fn lost(&self, id: &str) -> Option<LeftActiveCause> {
        self.links.accounts.get(id)?.iter().find_map(|account| match account.link {
            Link::Lost(cause) => Some(cause),
            _ => None,
        })
    }

    /// Returns the reason for a hole, and the request that failed.
    fn cause(&self, hole: &Hole) -> (Cause, Option<&Sent<'a>>) {
        let org = self.agent.org();
        let failure = |kind: Kind, id: &str| self.record.failure(&(kind, id.to_owned()));
        match hole {
            Hole::StillActive { id } => self.cause_of_access(id),
            Hole::Inactive { id } => match failure(Kind::User, id) {
                Some(sent) => (Cause::FailedRequest, Some(sent)),
                None if self.agent.habits().reactivation_put == ReactivationPut::Stale => (Cause::StalePut, None),
                None => (self.lost_by_another(id).or(self.switched_off(id)).unwrap_or(Cause::Unrecorded), None),
            },
            Hole::NoAccount { app, person } => {
                let app = org.app(app).ok();
                let name = app.zip(org.person_id(person).ok()).map(|(app, person)| org.user_name(app, person));
                let failure = name.and_then(|name| self.record.failure_about(&name));
                match failure {
                    Some(sent) => (Cause::FailedRequest, Some(sent)),
                    None if app.is_some_and(|app| !app.provisioning) => (Cause::ProvisioningOff, None),
                    None if app.is_some_and(|app| !app.to_app.create) => (Cause::ToAppOff, None),
                    None => (Cause::SeveralMatches, None),
                }
            }
            Hole::Extra { group, member } | Hole::Lacks { group, member } => {
                self.cause_of_membership(hole, group, member)
            }
            Hole::NotPushed { name, .. } => (Cause::FailedRequest, self.record.failure_about(name)),
            Hole::NotDeleted { group } => (Cause::FailedRequest, failure(Kind::Group, group)),
            Hole::Attribute { id, .. } => self.cause_of_attribute(id),
        }
    }

    fn cause_of_access(&self, id: &str) -> (Cause, Option<&Sent<'a>>) {
        let org = self.agent.org();
        let failure = self.record.failure(&(Kind::User, id.to_owned()));
        let accounts = self.links.accounts.get(id).map_or(&[][..], Vec::as_slice);
        if accounts.iter().any(|account| wish(org, &account.app, &account.person) == Wish::Suspended) {
            return (Cause::Suspension, None);
        }
        match self.lost(id) {
            Some(LeftActiveCause::DeactivationFailed) => (Cause::FailedDeactivation, failure),
            Some(LeftActiveCause::LinkFailed) => (Cause::FailedLink, failure),
            None if failure.is_some() => (Cause::FailedRequest, failure),
            None => (self.switched_off(id).unwrap_or(Cause::Unrecorded), None),
        }
    }

    /// Returns the reason why Okta deactivated a user that should have access: the person has lost one of several apps that
    /// provision the user, or another person with the same user has lost the app.
    fn lost_by_another(&self, id: &str) -> Option<Cause> {
        let accounts = self.links.accounts.get(id)?;
        let wish = |account: &Account| wish(self.agent.org(), &account.app, &account.person);
        let (lost, kept): (Vec<&Account>, Vec<&Account>) =
            accounts.iter().partition(|account| wish(account) == Wish::None);
        let is_other_app = |lost: &&Account| kept.iter().any(|kept| kept.app != lost.app);
        match lost.first() {
            Some(_) if lost.iter().any(is_other_app) => Some(Cause::AnotherApp),
            Some(_) => Some(Cause::SharedUser),
            None => None,
        }
    }

    /// Returns the setting that keeps Okta from changing the access of a user.
    fn switched_off(&self, id: &str) -> Option<Cause> {
        let accounts = self.links.accounts.get(id)?.iter();
        accounts.filter_map(|account| self.agent.org().app(&account.app).ok()).find_map(|app| match app {
            app if !app.provisioning => Some(Cause::ProvisioningOff),
            app if !app.to_app.deactivate => Some(Cause::ToAppOff),
            _ => None,
        })
    }

    fn cause_of_membership(&self, hole: &Hole, group: &str, member: &str) -> (Cause, Option<&Sent<'a>>) {
        let org = self.agent.org();
        let pushed = self.links.groups.iter().find(|pushed| pushed.id.as_deref() == Some(group));
        let Some(pushed) = pushed else { return (Cause::Unrecorded, None) };
        if pushed.state == MappingState::Inactive {
            return (Cause::PausedPush, None);
        }
        let people = self.links.people(member);
        let has_app = people.iter().any(|person| wish(org, &pushed.app, person) != Wish::None);
        let is_extra = matches!(hole, Hole::Extra { .. });
        if is_extra && !has_app {
            let is_member = people.iter().any(|person| is_in_group(org, &pushed.name, person));
            let same_group = !is_member && self.assigns(&pushed.app, &pushed.name);
            return (if same_group { Cause::SameGroup } else { Cause::KeptMembership }, None);
        }
        if let Some(sent) = self.record.failure(&(Kind::Group, group.to_owned())) {
            return (Cause::FailedRequest, Some(sent));
        }
        let habits = self.agent.habits();
        let is_imported = || {
            self.scenario.timeline.iter().any(|entry| match &entry.action {
                Action::ConfirmImport { people: confirmed, .. } => {
                    confirmed.iter().any(|person| people.contains(person.as_str()))
                }
                Action::MatchImport { person, .. } | Action::ConfirmNewUser { person, .. } => {
                    people.contains(person.as_str())
                }
                _ => false,
            })
        };
        let cause = match hole {
            Hole::Lacks { .. } if habits.return_to_groups == ReturnToGroups::ByHand => Cause::NotReturned,
            Hole::Lacks { .. } if habits.push_order == PushOrder::BeforeUsers => Cause::GroupsFirst,
            Hole::Lacks { .. } if is_imported() => Cause::ConfirmedImport,
            _ => Cause::Unrecorded,
        };
        (cause, None)
    }

    /// Returns true if the timeline assigned the app to the group.
    fn assigns(&self, app: &str, name: &str) -> bool {
        self.scenario.timeline.iter().any(
            |entry| matches!(&entry.action, Action::AssignGroup { app: to, group, .. } if to == app && group == name),
        )
    }

    /// Describes a hole, without its cause.
    pub(super) fn described(&self, hole: &Hole, cause: Cause) -> AuditProblem {
        let user = |id: &str| (Kind::User, id.to_owned());
        let group = |id: &str| (Kind::Group, id.to_owned());
        match hole {
            Hole::StillActive { id } => {
                let named = self.named(&user(id));
                let is_read = self.reading.shown.contains_key(&user(id));
                let sentence = match (cause, is_read) {
                    (Cause::Suspension, _) => format!("{named} is suspended in Okta, and active on the target."),
                    (_, true) => format!("{named} should have no access, and is still active on the target."),
                    (_, false) => format!("{named} should have no access, and may still be active on the target."),
                };
                self.access(AuditKind::StillActive, &user(id), sentence, ("false", "true"))
            }
            Hole::Inactive { id } => {
                let sentence = format!("{} should have access, and is inactive on the target.", self.named(&user(id)));
                self.access(AuditKind::Inactive, &user(id), sentence, ("true", "false"))
            }
            Hole::NoAccount { app, person } => {
                let sentence =
                    format!("{person} should have access, and Okta knows no user on the target (app {app}).");
                let problem = self.access(AuditKind::Missing, &user(""), sentence, ("a user", "none"));
                AuditProblem { name: person.clone(), id: None, part: String::new(), ..problem }
            }
            Hole::Extra { group: id, member } => {
                let person = self.person(member);
                let sentence = format!("{} still has the member {person} on the target.", self.named(&group(id)));
                self.membership(&group(id), sentence, (&format!("without {person}"), &format!("with {person}")))
            }
            Hole::Lacks { group: id, member } => {
                let person = self.person(member);
                let sentence = format!("{} lacks the member {person} on the target.", self.named(&group(id)));
                self.membership(&group(id), sentence, (&format!("with {person}"), &format!("without {person}")))
            }
            Hole::NotPushed { app, name } => {
                let sentence =
                    format!("Group \"{name}\" is pushed by the app {app}, and was not created on the target.");
                let problem = self.membership(&group(""), sentence, ("a group", "none"));
                AuditProblem { kind: AuditKind::Missing, name: name.clone(), id: None, part: String::new(), ..problem }
            }
            Hole::NotDeleted { group: id } => {
                let sentence = format!(
                    "{} should have been deleted when its push was unlinked, and is still on the target.",
                    self.named(&group(id))
                );
                let problem = self.membership(&group(id), sentence, ("404", "exists"));
                AuditProblem { kind: AuditKind::NotDeleted, part: String::new(), ..problem }
            }
            Hole::Attribute { id, .. } => self.bare(&user(id)),
        }
    }

    fn access(&self, kind: AuditKind, key: &Key, sentence: String, (expected, actual): (&str, &str)) -> AuditProblem {
        let (expected, actual) = (expected.to_owned(), actual.to_owned());
        AuditProblem { kind, part: "active".into(), sentence, expected, actual, ..self.bare(key) }
    }

    fn membership(&self, key: &Key, sentence: String, (expected, actual): (&str, &str)) -> AuditProblem {
        let (expected, actual) = (expected.to_owned(), actual.to_owned());
        AuditProblem { kind: AuditKind::Members, part: "members".into(), sentence, expected, actual, ..self.bare(key) }
    }
}

fn is_in_group(org: &Org, group: &str, person: &str) -> bool {
    org.group(group).is_ok_and(|group| group.members.iter().any(|member| org.key(*member) == person))
}

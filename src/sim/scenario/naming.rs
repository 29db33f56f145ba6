//! Names that contain the run ID, so that a scenario can be played again against the same target. Pure.

use std::collections::BTreeSet;

use crate::okta::action::Action;
use crate::okta::mapping::{Profile, ProfileValue};
use crate::okta::org::{EVERYONE, UsernameFormat};

/// The mapping row of the e-mail address.
const EMAIL_ROW: &str = "emails.value";

/// Adds a run ID to logins, e-mail addresses and group names. Without a run ID nothing changes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Naming<'a> {
    run_id: Option<&'a str>,
}

impl<'a> Naming<'a> {
    pub(super) const fn new(run_id: Option<&'a str>) -> Self {
        Self { run_id }
    }

    /// Returns `ada.ID@example.com` for `ada@example.com`, which is a valid address in the same domain, and `ada.ID` for a
    /// login that is not an address.
    fn login(self, login: &str) -> String {
        match (self.run_id, login.rsplit_once('@')) {
            (Some(id), Some((local, domain))) => format!("{local}.{id}@{domain}"),
            (Some(id), None) if !login.is_empty() => format!("{login}.{id}"),
            _ => login.to_owned(),
        }
    }

    /// Returns `Engineers ID` for `Engineers`. The built-in group has the same name in each org.
    pub(super) fn group(self, name: &str) -> String {
        let id = self.run_id.filter(|_| name != EVERYONE);
        id.map_or_else(|| name.to_owned(), |id| format!("{name} {id}"))
    }

    /// Renames the login and the e-mail address of a profile, or of the attributes that an assignment sets.
    pub(super) fn profile(self, profile: &mut Profile) {
        for name in ["login", "email", EMAIL_ROW] {
            if let Some(ProfileValue::Text(value)) = profile.get_mut(name) {
                *value = self.login(value);
            }
        }
    }

    /// Renames the groups whose members an expression asks for.
    pub(super) fn expression<'g>(self, text: &str, groups: impl IntoIterator<Item = &'g String>) -> String {
        let asked = |name: &str| format!("isMemberOfGroupName(\"{name}\")");
        let renamed = |text: String, name: &String| text.replace(&asked(name), &asked(&self.group(name)));
        groups.into_iter().fold(text.to_owned(), renamed)
    }

    /// Adds the run ID to the usernames that an expression makes of attributes without it, by the rule of [`Naming::login`].
    pub(super) fn username_format<'g>(self, format: &str, groups: impl IntoIterator<Item = &'g String>) -> String {
        let format = self.expression(format, groups);
        let made = UsernameFormat::parse(&format).ok();
        let has_id =
            |made: &UsernameFormat| made.expression().attributes().iter().any(|name| ["login", "email"].contains(name));
        let Some(id) = self.run_id.filter(|_| made.is_some_and(|made| !has_id(&made))) else { return format };
        format!(
            "({format}) == null or ({format}) == \"\" ? \"\" : String.stringContains({format}, \"@\") \
             ? String.substringBefore({format}, \"@\") + \".{id}@\" + String.substringAfter({format}, \"@\") \
             : ({format}) + \".{id}\""
        )
    }

    /// Renames the login and the e-mail address of a person, also the default address.
    pub(super) fn person(self, key: &str, profile: &mut Profile) {
        if self.run_id.is_some() {
            profile.entry("email".to_owned()).or_insert_with(|| format!("{key}@example.com").into());
        }
        self.profile(profile);
    }

    /// Renames the people and groups of an action. `groups` are the names of the scenario's own groups: a group that the
    /// target had before keeps its name.
    pub(super) fn action(self, action: &mut Action, groups: &BTreeSet<String>) {
        match action {
            Action::CreatePerson { person, profile, .. } => self.person(person, profile),
            Action::UpdateProfile { set, .. } | Action::EditAssignment { set, .. } => self.profile(set),
            Action::Assign { attributes, .. } => self.profile(attributes),
            Action::AssignGroup { group, attributes: set, .. } | Action::EditGroupAssignment { group, set, .. } => {
                *group = self.group(group);
                self.profile(set);
            }
            Action::RenameGroup { group, to } => {
                *group = self.group(group);
                *to = self.group(to);
            }
            Action::LinkGroup { group, to, .. } => {
                *group = self.group(group);
                if groups.contains(to) {
                    *to = self.group(to);
                }
            }
            Action::MatchImport { user, .. } | Action::ConfirmNewUser { user, .. } => *user = self.login(user),
            Action::SetMapping { expression, .. } => *expression = self.expression(expression, groups),
            Action::SetUsernameFormat { format, .. } => *format = self.username_format(format, groups),
            Action::CreateGroupRule { when, groups: assigned, .. } => {
                *when = self.expression(when, groups);
                for group in assigned {
                    *group = self.group(group);
                }
            }
            Action::CreatePushRule { ends_with: Some(end), .. } => *end = self.group(end),
            Action::CreateGroup { group }
            | Action::DeleteGroup { group }
            | Action::AddToGroup { group, .. }
            | Action::RemoveFromGroup { group, .. }
            | Action::ChangeGroup { group, .. }
            | Action::UnassignGroup { group, .. }
            | Action::PushGroup { group, .. }
            | Action::PushNow { group, .. }
            | Action::DeactivatePush { group, .. }
            | Action::ActivatePush { group, .. }
            | Action::UnlinkGroup { group, .. } => *group = self.group(group),
            Action::TestConnection { .. }
            | Action::SaveConnection { .. }
            | Action::SaveToApp { .. }
            | Action::DisableProvisioning { .. }
            | Action::RefreshAppGroups { .. }
            | Action::Import { .. }
            | Action::ConfirmImport { .. }
            | Action::ChangePassword { .. }
            | Action::ActivatePerson { .. }
            | Action::DeactivatePerson { .. }
            | Action::ReactivatePerson { .. }
            | Action::DeletePerson { .. }
            | Action::SuspendPerson { .. }
            | Action::UnsuspendPerson { .. }
            | Action::LockPerson { .. }
            | Action::ActivateGroupRule { .. }
            | Action::DeactivateGroupRule { .. }
            | Action::DeleteGroupRule { .. }
            | Action::UnlockPerson { .. }
            | Action::ExpirePassword { .. }
            | Action::ResetPassword { .. }
            | Action::Unassign { .. }
            | Action::ProvisionUsers { .. }
            | Action::ForceSync { .. }
            | Action::CreatePushRule { .. }
            | Action::ActivatePushRule { .. }
            | Action::DeactivatePushRule { .. }
            | Action::DeletePushRule { .. }
            | Action::RetryTasks { .. }
            | Action::CompleteTasks { .. }
            | Action::StopDeprovisioningTasks { .. } => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_id_keeps_addresses_valid_and_their_domain() {
        let naming = Naming::new(Some("r-7"));
        assert_eq!(naming.login("ada.l@x.example.com"), "ada.l.r-7@x.example.com");
        assert_eq!(naming.login("ada"), "ada.r-7");
        assert_eq!(naming.login(""), "", "an empty string clears the attribute");
        assert_eq!(naming.group("Eng"), "Eng r-7");
        assert_eq!(Naming::new(None).login("ada@x"), "ada@x");
    }

    #[test]
    fn a_group_that_the_target_had_before_keeps_its_name() {
        let link = |to: &str| Action::LinkGroup { app: "app".into(), group: "Eng".into(), to: to.into() };
        let own = BTreeSet::from(["Eng".to_owned(), "Ops".to_owned()]);
        for (to, expected) in [("Ops", "Ops r1"), ("Theirs", "Theirs")] {
            let mut action = link(to);
            Naming::new(Some("r1")).action(&mut action, &own);
            let expected = Action::LinkGroup { app: "app".into(), group: "Eng r1".into(), to: expected.into() };
            assert_eq!(action, expected);
        }
    }
}

//! The provisioning that follows from an action, before it becomes jobs.

use std::collections::{BTreeMap, BTreeSet};

use super::keys::{GroupId, PersonId};

/// Specs in the order in which they run: one wave after the other, and in parallel within a wave.
pub type Waves = Vec<Vec<JobSpec>>;

/// One thing to provision in one app. It becomes a [`Job`](crate::okta::plan::Job) only when its turn comes, because the
/// job may depend on the result of an earlier one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobSpec {
    /// The label of the app.
    pub app: String,
    pub kind: JobKind,
}

/// The kinds of provisioning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobKind {
    /// Tests the connection. With `saving`, Okta also reads the groups if the app imports groups, and an app of the OIN
    /// Wizard the schemas.
    TestConnection { saving: bool },
    /// Reads the target's groups for the list that decides between create and link.
    RefreshGroups,
    /// Reads all pages of users, then of groups.
    Import { groups: bool },
    /// Looks up a user, then creates it or links to it.
    ProvisionUser { person: String },
    /// Pushes a profile after a mapped attribute changed.
    UpdateProfile { person: String },
    /// Pushes a new password.
    PushPassword { person: String },
    /// Sets `active` in the target. The spec carries the `id` because the assignment may be gone.
    SetActive { person: String, id: String, active: bool },
    /// Pushes a group.
    PushGroup { group: String, push: GroupPush },
    /// Deletes a pushed group.
    DeleteGroup { group: String, id: String },
}

/// The part of a group that a push covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GroupPush {
    /// The first push: looks the group up, then creates it or links to it.
    First { immediately: bool },
    /// The first push to the target's group of this name, which an administrator linked.
    Link { to: String },
    /// A change of members, or of the accounts of members.
    Members(MemberChange),
    /// All members.
    Full,
    /// The name.
    Rename,
}

/// A change of the members of a pushed group, or of their accounts in the target.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MemberChange {
    /// People who joined the group.
    pub joined: Vec<PersonId>,
    /// People who left the group, each with the position in the list of members before the change, in ascending order.
    pub left: Vec<(usize, PersonId)>,
    /// Leavers whose removal is sent although they are no longer assigned to the app.
    pub forced: BTreeSet<PersonId>,
    /// Members who got an account in the target before this push.
    pub provisioned: BTreeSet<PersonId>,
}

impl MemberChange {
    /// Adds a later change of the same group.
    pub(super) fn merge(&mut self, later: Self) {
        self.joined.extend(later.joined);
        self.left.extend(later.left);
        self.left.sort_unstable();
    }

    /// Returns true if people joined or left the group.
    #[must_use]
    pub fn is_membership_change(&self) -> bool {
        !self.joined.is_empty() || !self.left.is_empty()
    }

    /// Returns the members with the leavers at their old positions.
    #[must_use]
    pub fn with_leavers(&self, members: &[PersonId]) -> Vec<PersonId> {
        let mut all = Vec::with_capacity(members.len() + self.left.len());
        let mut left = self.left.iter().peekable();
        for member in members {
            while let Some((_, leaver)) = left.next_if(|(position, _)| *position <= all.len()) {
                all.push(*leaver);
            }
            all.push(*member);
        }
        all.extend(left.map(|(_, leaver)| *leaver));
        all
    }
}

impl JobKind {
    /// Returns true if the job provisions a user, as opposed to a group or the connection.
    #[must_use]
    pub const fn is_about_a_user(&self) -> bool {
        matches!(
            self,
            Self::ProvisionUser { .. }
                | Self::UpdateProfile { .. }
                | Self::PushPassword { .. }
                | Self::SetActive { .. }
        )
    }

    /// Returns true if the job provisions a group.
    #[must_use]
    pub const fn is_about_a_group(&self) -> bool {
        matches!(self, Self::PushGroup { .. } | Self::DeleteGroup { .. })
    }

    /// Returns the person or group that the job provisions.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        match self {
            Self::TestConnection { .. } | Self::RefreshGroups | Self::Import { .. } => None,
            Self::ProvisionUser { person }
            | Self::UpdateProfile { person }
            | Self::PushPassword { person }
            | Self::SetActive { person, .. } => Some(person),
            Self::PushGroup { group, .. } | Self::DeleteGroup { group, .. } => Some(group),
        }
    }
}

/// The direct effects of an action. Jobs that follow from gained or lost assignments are not among them.
#[derive(Debug, Default)]
pub(super) struct Effects {
    pub(super) specs: Vec<JobSpec>,
    /// The groups whose members changed, and the changes.
    pub(super) memberships: BTreeMap<GroupId, MemberChange>,
}

impl Effects {
    /// Returns the effects of a change of the members of a group.
    pub(super) fn of_members(group: GroupId, change: MemberChange) -> Self {
        let mut effects = Self::default();
        if change.is_membership_change() {
            effects.memberships.insert(group, change);
        }
        effects
    }

    pub(super) fn of(specs: Vec<JobSpec>) -> Self {
        Self { specs, memberships: BTreeMap::new() }
    }
}

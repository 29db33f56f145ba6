//! The provisioning that follows from an action, before it becomes jobs.

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
    /// Tests the connection. `groups` is set if the app imports groups and the connection is being saved.
    TestConnection { groups: bool },
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
    /// A change of members. `forced` lists removals that are sent although the person is no longer assigned to the app.
    Members { removed: Vec<String>, forced: Vec<String> },
    /// All members.
    Full,
    /// The name.
    Rename,
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
            Self::TestConnection { .. } | Self::Import { .. } => None,
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
    /// The group whose members changed, and the people who left it.
    pub(super) membership: Option<(String, Vec<String>)>,
}

impl Effects {
    pub(super) fn of(specs: Vec<JobSpec>) -> Self {
        Self { specs, membership: None }
    }
}

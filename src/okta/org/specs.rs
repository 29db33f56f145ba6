//! What there is to provision, before it is a job.

/// One thing to provision in one app. It becomes a [`crate::okta::plan::Job`] when its turn comes, because it may need
/// what an earlier job learned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spec {
    /// The label of the app.
    pub app: String,
    pub what: What,
}

/// The kinds of provisioning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// The probe, with groups where Import Groups is on and the connection is saved.
    Connect { groups: bool },
    /// All pages.
    Import { groups: bool },
    /// Lookup, then create or link.
    Provision { person: String },
    /// A mapped attribute changed.
    UpdateProfile { person: String },
    /// A new password.
    PushPassword { person: String },
    /// `active` in the target; the id is kept here because the assignment is gone.
    SetActive { person: String, id: String, active: bool },
    /// A pushed group.
    PushGroup { group: String, push: Push },
    /// `DELETE /Groups/{id}`.
    DeleteGroup { group: String, id: String },
}

/// What is pushed of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Push {
    /// For the first time: lookup, then create or link.
    First { immediately: bool },
    /// Linked by hand to the target's group of this name.
    Link { to: String },
    /// Members came or went. `forced`: removals that go out although the person has lost the app.
    Change { removed: Vec<String>, forced: Vec<String> },
    /// The whole membership.
    Full,
    /// The name.
    Rename,
}

impl What {
    /// Whether it is about a user (and not a group or the connection).
    #[must_use]
    pub const fn is_about_a_user(&self) -> bool {
        matches!(
            self,
            Self::Provision { .. } | Self::UpdateProfile { .. } | Self::PushPassword { .. } | Self::SetActive { .. }
        )
    }

    /// The person or group, for messages.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        match self {
            Self::Connect { .. } | Self::Import { .. } => None,
            Self::Provision { person }
            | Self::UpdateProfile { person }
            | Self::PushPassword { person }
            | Self::SetActive { person, .. } => Some(person),
            Self::PushGroup { group, .. } | Self::DeleteGroup { group, .. } => Some(group),
        }
    }
}

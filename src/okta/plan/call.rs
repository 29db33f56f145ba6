//! The requests that Okta sends, each by its purpose. `request.rs` turns them into bytes.

use serde_json::Value;

use crate::okta::mapping::Document;

/// One request.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Call {
    TestConnection,
    /// GET of the target's schemas, which only an app of the OIN Wizard sends.
    ReadSchemas,
    ImportPage {
        groups: bool,
        start: u64,
    },
    LookUpUser,
    CreateUser,
    /// GET, followed by a PUT of the edited response.
    GetUser(Edit),
    PutUser(Document),
    PatchActive(bool),
    PatchPassword,
    PatchProfile,
    LookUpGroup(String),
    CreateGroup {
        with_members: bool,
    },
    /// GET of a group whose response Okta ignores (GOSCIM57).
    ReadGroup,
    /// GET, followed by one PUT of the edited response for each list of members.
    GetGroup(Vec<MemberList>),
    PutGroup(Document, MemberList),
    PatchGroup(Value),
    RenameGroup,
    DeleteGroup,
}

/// The edit of a user that the server returned, before Okta sends it back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Edit {
    /// Sets the mapped attributes, and `active: true`.
    Profile,
    /// Sets only `active` (FIREZONE).
    Active(bool),
    /// Sets only the password.
    Password,
}

/// The members that a group PUT contains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MemberList {
    /// The list before the change: of a removal, with the leavers; of Push now, the list that was pushed last.
    Previous,
    Current,
}

impl Call {
    pub(super) const fn is_about_a_user(&self) -> bool {
        matches!(
            self,
            Self::LookUpUser
                | Self::CreateUser
                | Self::GetUser(_)
                | Self::PutUser(_)
                | Self::PatchActive(_)
                | Self::PatchPassword
                | Self::PatchProfile
        )
    }
}

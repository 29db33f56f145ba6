//! The errors that Okta shows the administrator under Tasks. `Display` is Okta's wording where a source shows it.

use super::response::ResponseError;
use crate::wire::Failure;

/// The reason why a job failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TaskError {
    #[error("Error authenticating: {0}")]
    Connection(ResponseError),
    #[error("Import failed: {0}")]
    Import(ResponseError),
    #[error("Import failed: more than {0} pages")]
    TooManyPages(u64),
    /// The import safeguard. The wording is ours.
    #[error(
        "Import stopped by the import safeguard: it would unassign {removed} of {users} users, more than {percent} %"
    )]
    ImportSafeguard { removed: usize, users: usize, percent: u8 },
    /// A connection test or an import got a response that is not a list.
    #[error("{0}")]
    NotAList(ResponseError),
    #[error("{}", lookup_text(user, reason))]
    UserLookup { user: String, reason: ResponseError },
    #[error("Automatic provisioning of user {user} to app {app} failed: {reason}")]
    Provision { user: String, app: String, reason: Box<UserError> },
    #[error("Push new user to external application FAILURE: {0}")]
    Conflict(ResponseError),
    /// A deactivation failed. Its task has no Retry (AZLAB-14).
    #[error(
        "Application accounts need deprovisioning: {user}. Push user deactivation to external application FAILURE: {reason}"
    )]
    Deprovision { user: String, reason: ResponseError },
    #[error("Error while reactivating user {user}: {reason}")]
    Reactivate { user: String, reason: ResponseError },
    #[error("Error while trying to push password update for {user}: {reason}")]
    PushPassword { user: String, reason: ResponseError },
    #[error("Error while trying to push profile update for {user}: {reason}")]
    PushProfile { user: String, reason: ResponseError },
    #[error(
        "User {user} provision to app {app} failed due to delay in reactivating remote User. \
         Rescheduling provision job."
    )]
    ReactivationDelayed { user: String, app: String },
    #[error(
        "Unable to update Group Push mapping target App group {group}: Error while verifying if user group \
         {group} exists: {reason}"
    )]
    GroupLookup { group: String, reason: GroupLookupError },
    #[error(
        "Unable to update Group Push mapping target App group {group}: Error while {verb} user group {group}: {reason}"
    )]
    PushGroup { group: String, verb: &'static str, reason: ResponseError },
    /// A push of members failed (SFKC144).
    #[error(
        "Unable to update Group Push mapping target App group {group}: Error while updating user group membership for \
         group {group}: {reason}"
    )]
    GroupMembership { group: String, reason: ResponseError },
}

/// Returns Okta's text for a lookup that failed. For a target that cannot be reached it names neither user nor reason
/// (AZLAB-13).
fn lookup_text(user: &str, reason: &ResponseError) -> String {
    match reason {
        ResponseError::NoResponse(failure) if matches!(**failure, Failure::Connect(_)) => {
            "Error while verifying if user exists: null".to_owned()
        }
        reason => format!("Error while verifying if user {user} exists: {reason}"),
    }
}

/// The reason why a user was neither created nor linked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UserError {
    #[error("Matching user not found")]
    NoMatch,
    #[error("Multiple users found by userName. Expected 0 or 1 results but was [{0}]")]
    SeveralMatches(usize),
    #[error("{0}")]
    Match(ResponseError),
    #[error("Error while creating user {user}: {reason}")]
    Create { user: String, reason: ResponseError },
    #[error("Error while reactivating user {user}: {reason}")]
    Reactivate { user: String, reason: ResponseError },
    /// The profile push after a match failed (FLEET53446).
    #[error("Error while trying to push profile update for {user}: {reason}")]
    PushProfile { user: String, reason: ResponseError },
}

/// The reason why a group lookup failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GroupLookupError {
    #[error("{0}")]
    Response(ResponseError),
    #[error("the target has no group {0:?} to link to")]
    NoMatch(String),
    #[error("Multiple groups found by displayName. Expected 0 or 1 results but was [{0}]")]
    SeveralMatches(usize),
}

//! Traffic that the real Okta never sends, for our own tests.
//!
//! A spec that asserts "Okta sends nothing" is proven only by a simulated Okta that does send something. No flag reaches
//! this: a test sets it with [`Habits::sabotaged`](super::Habits::sabotaged).

use std::str::FromStr;

/// One way in which a sabotaged simulator departs from Okta.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sabotage {
    /// A lookup with several matches links to the first one.
    SeveralMatches,
    /// A change of unmapped attributes is pushed.
    UnmappedChange,
    /// Updates and deactivations are sent although their To App switch is off.
    ToAppOff,
    /// Deleting a deactivated person deactivates the user once more.
    Deletion,
    /// Reactivating a person who is not assigned activates the user.
    Reactivation,
    /// A person who leaves an assigned group loses the app in spite of a direct assignment.
    SecondAssignment,
    /// Unlinking a pushed group deletes it in the target although it should stay.
    UnlinkLeave,
    /// A deactivated group push still sends changes.
    PushPaused,
    /// A changed password is pushed although Sync Password is off.
    PasswordOff,
    /// A retried task is sent twice.
    Retry,
}

impl Sabotage {
    /// Every sabotage with its name in the tag `@sabotage:NAME` of a feature.
    pub const ALL: [(Self, &'static str); 10] = [
        (Self::SeveralMatches, "several-matches"),
        (Self::UnmappedChange, "unmapped-change"),
        (Self::ToAppOff, "to-app-off"),
        (Self::Deletion, "deletion"),
        (Self::Reactivation, "reactivation"),
        (Self::SecondAssignment, "second-assignment"),
        (Self::UnlinkLeave, "unlink-leave"),
        (Self::PushPaused, "push-paused"),
        (Self::PasswordOff, "password-off"),
        (Self::Retry, "retry"),
    ];
}

/// A word that names no sabotage.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no sabotage {0:?}")]
pub struct UnknownSabotage(String);

impl FromStr for Sabotage {
    type Err = UnknownSabotage;

    fn from_str(word: &str) -> Result<Self, UnknownSabotage> {
        let found = Self::ALL.into_iter().find(|(_, name)| *name == word);
        found.map(|(sabotage, _)| sabotage).ok_or_else(|| UnknownSabotage(word.to_owned()))
    }
}

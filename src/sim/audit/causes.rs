//! The habits of Okta that leave holes. Pure.

use crate::okta::habits::{Values, all};

/// The reason for a hole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    Suspension,
    FailedDeactivation,
    FailedLink,
    FailedRequest,
    LostCreate,
    ProvisioningOff,
    ToAppOff,
    KeptMembership,
    SameGroup,
    PausedPush,
    SeveralMatches,
    NotReturned,
    GroupsFirst,
    ConfirmedImport,
    StalePut,
    CachedGroups,
    AnotherApp,
    SharedUser,
    Unrecorded,
}

impl Cause {
    /// Returns the habit, and its value if the default does not leave the hole.
    const fn habit(self) -> (Option<&'static str>, Option<&'static str>) {
        match self {
            Self::Suspension => (Some("suspend"), None),
            Self::FailedDeactivation => (Some("failed-deactivation"), None),
            Self::FailedLink => (Some("failed-link"), None),
            Self::FailedRequest | Self::LostCreate => (Some("other-errors"), None),
            Self::ProvisioningOff => (Some("provisioning-off"), None),
            Self::ToAppOff => (Some("to-app-off"), None),
            Self::KeptMembership => (Some("deactivation-keeps-memberships"), None),
            Self::SameGroup => (Some("same-group-leave"), None),
            Self::PausedPush => (Some("push-paused"), None),
            Self::SeveralMatches => (Some("several-matches"), None),
            Self::NotReturned => (Some("return-to-groups"), Some("by-hand")),
            Self::GroupsFirst => (Some("push-order"), Some("before-users")),
            Self::ConfirmedImport => (Some("import-confirmation"), None),
            Self::StalePut => (Some("reactivation-put"), Some("stale")),
            Self::CachedGroups => (Some("group-cache"), None),
            Self::AnotherApp | Self::SharedUser | Self::Unrecorded => (None, None),
        }
    }

    /// Returns the behavior, in one or two sentences.
    pub(super) const fn why(self) -> &'static str {
        match self {
            Self::Suspension => "Okta sends nothing when a person is suspended.",
            Self::FailedDeactivation => {
                "The deactivation failed. Okta tries it once, and asks the administrator to disable the account on the target by hand."
            }
            Self::FailedLink => {
                "The profile push after the match failed, so Okta kept no ID of the account. When the person lost the app, Okta \
                 sent nothing, and no task says so."
            }
            Self::FailedRequest => "The request failed, and no later one repeated it.",
            Self::LostCreate => {
                "The response to the create did not arrive, so Okta has no ID of the account and cannot deactivate it."
            }
            Self::ProvisioningOff => "The API integration of the app is disabled, so Okta sends nothing.",
            Self::ToAppOff => "A switch of To App is off, so Okta does not send this change.",
            Self::KeptMembership => {
                "Okta sends nothing about groups when a person loses the app. The member stays until Push now, or until the next \
                 push of a wizard app (App Integration Wizard, AIW)."
            }
            Self::SameGroup => {
                "The same group assigns the app and is pushed. Okta deactivates a person who leaves it, and does not remove the \
                 member."
            }
            Self::PausedPush => "The push of the group is deactivated, so Okta sends no changes.",
            Self::SeveralMatches => "The lookup found several users, and Okta does not choose one.",
            Self::NotReturned => "Okta does not push the groups of a person who gets the app again.",
            Self::GroupsFirst => "Okta pushes the group before the user exists.",
            Self::ConfirmedImport => "Confirming an import sends nothing. The next push of the group adds the person.",
            Self::StalePut => "The profile push after the activation contains the old state.",
            Self::CachedGroups => {
                "Okta decides by its own list of the target's groups, and a group that is missing there is created again."
            }
            Self::AnotherApp => {
                "Another app provisions the same user, and the person has lost that app, so Okta deactivated the user."
            }
            Self::SharedUser => {
                "Several people have this user in one app. One of them has lost the app, so Okta deactivated the user."
            }
            Self::Unrecorded => "Okta sent no request about it, and no recorded habit explains why.",
        }
    }

    /// Returns the name of the habit.
    pub(super) fn name(self) -> Option<String> {
        self.habit().0.map(str::to_owned)
    }

    /// Returns the keys of the habit's sources.
    pub(super) fn sources(self) -> Vec<String> {
        let (Some(name), word) = self.habit() else { return Vec::new() };
        let Some(habit) = all().find(|habit| habit.name == name) else { return Vec::new() };
        let sources = match habit.values {
            Values::Fixed(value) => value.sources,
            Values::OneOf(values) => {
                let chosen = values.iter().find(|value| word.is_none_or(|word| word == value.word));
                chosen.map_or(&[][..], |value| value.sources)
            }
            Values::Number { sources, .. } => sources,
        };
        sources.iter().map(|source| (*source).to_owned()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cause_names_a_habit_with_sources() {
        use Cause::*;
        for cause in [
            Suspension,
            FailedDeactivation,
            FailedLink,
            FailedRequest,
            LostCreate,
            ProvisioningOff,
            ToAppOff,
            KeptMembership,
            SameGroup,
            PausedPush,
            SeveralMatches,
            NotReturned,
            GroupsFirst,
            ConfirmedImport,
            StalePut,
            CachedGroups,
        ] {
            assert!(!cause.sources().is_empty(), "{cause:?}");
        }
        assert_eq!(FailedDeactivation.sources(), ["AZLAB-14"]);
        assert_eq!(GroupsFirst.sources(), ["TFOKTA1164", "FLEET50724"]);
    }
}

//! A case: one scenario of a feature, for one of Okta's clients.

use super::outcome::Aspect;
use super::user_effect::UserEffect;
use crate::okta::ClientKind;

/// A step as written in the feature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedStep {
    /// Keyword and text.
    pub text: String,
    /// `features/okta/create.feature:12`
    pub at: String,
    pub aspect: Aspect,
    /// The effect on users, as the table of steps has it.
    pub effect: UserEffect,
    /// The people that the step is about, by their keys.
    pub people: Vec<String>,
    /// Others that it names.
    pub others: Vec<String>,
}

impl PlannedStep {
    /// Returns true if the step belongs to what must be so before the action.
    #[must_use]
    pub fn is_before_action(&self) -> bool {
        !["When ", "Then "].iter().any(|keyword| self.text.starts_with(keyword))
    }
}

/// One scenario for one client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// `okta/deactivate/unassign@oin`. A scenario tagged `@once` is independent of the client, so its id names none.
    pub id: String,
    pub name: String,
    /// The feature's description without its sources: Okta's behavior, and the reason why it matters.
    pub why: String,
    /// Tags with their `@`, those of the feature first.
    pub tags: Vec<String>,
    pub client: ClientKind,
    pub at: String,
    pub steps: Vec<PlannedStep>,
}

impl Case {
    /// Returns true if at least one step asserts events.
    #[must_use]
    pub fn asserts_events(&self) -> bool {
        self.steps.iter().any(|step| step.aspect == Aspect::Events)
    }

    /// Returns true if the case has this tag, written with its `@`.
    #[must_use]
    pub fn has(&self, tag: &str) -> bool {
        self.tags.iter().any(|have| have == tag)
    }

    /// Returns the value of a tag `@name:value`.
    #[must_use]
    pub fn tag_value(&self, name: &str) -> Option<&str> {
        self.tags.iter().find_map(|tag| tag.strip_prefix('@')?.strip_prefix(name)?.strip_prefix(':'))
    }

    /// Returns the part that the case contributes to the names it creates: `deactivate-unassign-oin`.
    #[must_use]
    pub fn slug(&self) -> String {
        let tail = self.id.split_once('/').map_or(self.id.as_str(), |(_, tail)| tail);
        tail.replace(['/', '@', '.'], "-")
    }
}

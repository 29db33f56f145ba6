//! The typed outcome of a step. `sentence` words a deviation.

use super::requirement::Requirement;
use crate::report::Verdict;

/// The part of the target's behavior that a step checks. It decides to which result the outcome belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aspect {
    /// Responses and stored resources.
    Target,
    /// Emitted directory sync events.
    Events,
}

/// The reason why a step did not pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The target violated a requirement.
    Deviation(Box<Deviation>),
    /// The step needs something that an earlier step did not bring about. The earlier step is reported.
    Blocked(String),
    /// The step has no means of observation, for example no event source.
    NotObserved(String),
    /// The step does not apply to this run, for example to Okta with the habits that were chosen.
    Skipped(String),
    /// The response, or its absence, does not decide the question.
    Inconclusive(String),
    /// The step cannot be carried out as written: an error in the feature.
    InvalidStep(String),
}

/// A violated requirement: the difference between what it demands and what the target did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deviation {
    pub requirement: Requirement,
    pub kind: Kind,
    pub subject: Option<Subject>,
    /// The thing that was looked at: `the response to POST /Users`, `group crew`.
    pub place: String,
    /// The part of it that differs: `active`, `members`, `status`.
    pub part: String,
    pub expected: String,
    pub actual: String,
    /// The status of the response, if it is the difference.
    pub status: Option<u16>,
    /// The ID of the stored resource that differs.
    pub resource: Option<String>,
    /// True if the value is the one from before the request.
    pub is_stale: bool,
    /// Indices, among the exchanges of the scenario, of the request at fault and of the response that shows the difference.
    pub exchanges: Vec<usize>,
    /// The response to the request at fault, if another response shows the difference: `PATCH returned 200`.
    pub write: Option<String>,
    /// The requirement that the scenario alone would show violated, if several scenarios together show another cause.
    pub alone: Option<Requirement>,
}

/// The kind of a difference. It is part of a finding's ID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    Missing,
    Extra,
    Changed,
    WrongStatus,
    WrongType,
    NoResponse,
}

/// The kind of resource or message that a difference is about. It is part of a finding's ID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Subject {
    User,
    Group,
    Error,
    Event,
}

impl Kind {
    /// Every kind with its name in a finding's ID and its meaning.
    pub const ALL: [(Self, &'static str, &'static str); 6] = [
        (Self::Missing, "missing", "something that must be there is not"),
        (Self::Extra, "extra", "something is there that must not be"),
        (Self::Changed, "changed", "a value differs from the expected one"),
        (Self::WrongStatus, "wrong-status", "the response has another status than expected"),
        (Self::WrongType, "wrong-type", "a value has another JSON type than expected"),
        (Self::NoResponse, "no-response", "a request got no response"),
    ];

    /// Returns the name in a finding's ID.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(kind, ..)| *kind == self).map_or("", |(_, name, _)| name)
    }
}

impl Subject {
    /// Returns the name in a finding's ID.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
            Self::Error => "error",
            Self::Event => "event",
        }
    }

    /// Returns the kind of the resources in a collection: `Users` or `Groups`.
    #[must_use]
    pub fn of_collection(collection: &str) -> Self {
        if collection.eq_ignore_ascii_case("Groups") { Self::Group } else { Self::User }
    }
}

impl Deviation {
    /// Builds a deviation without a place. [`Deviation::at`] and [`Deviation::about`] complete it.
    #[must_use]
    pub fn new(
        requirement: Requirement,
        kind: Kind,
        part: impl Into<String>,
        expected: impl Into<String>,
        actual: impl Into<String>,
    ) -> Self {
        let (part, expected, actual) = (part.into(), expected.into(), actual.into());
        Self {
            requirement,
            kind,
            subject: None,
            place: String::new(),
            part,
            expected,
            actual,
            status: None,
            resource: None,
            is_stale: false,
            exchanges: Vec::new(),
            write: None,
            alone: None,
        }
    }

    /// Sets the thing that was looked at.
    #[must_use]
    pub fn at(self, place: impl Into<String>) -> Self {
        Self { place: place.into(), ..self }
    }

    /// Blames another requirement, which several scenarios together show.
    pub fn blame(&mut self, requirement: Requirement, kind: Kind) {
        self.alone = Some(self.requirement);
        (self.requirement, self.kind) = (requirement, kind);
    }

    /// Sets the stored resource that differs.
    #[must_use]
    pub fn of(self, id: &str) -> Self {
        Self { resource: Some(id.to_owned()), ..self }
    }

    /// Sets the kind of resource.
    #[must_use]
    pub fn about(self, subject: Subject) -> Self {
        Self { subject: Some(subject), ..self }
    }

    /// Returns the stable ID of the finding: `okta/patch-add-members:extra:group@oin`.
    #[must_use]
    pub fn finding(&self) -> String {
        let subject = self.subject.filter(|_| !self.requirement.is_general());
        let subject = subject.map(|subject| format!(":{}", subject.name())).unwrap_or_default();
        let client = self.requirement.row().client.map(|client| format!("@{}", client.as_str())).unwrap_or_default();
        format!("{}:{}{subject}{client}", self.requirement.id(), self.kind.name())
    }
}

impl Outcome {
    /// Returns the observation as a sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::Deviation(deviation) => deviation.sentence(),
            Self::Blocked(text)
            | Self::NotObserved(text)
            | Self::Skipped(text)
            | Self::Inconclusive(text)
            | Self::InvalidStep(text) => text.clone(),
        }
    }

    /// Returns the verdict for the report, `None` for a deviation, whose verdict depends on the profile. An error in the
    /// feature says nothing about the target: inconclusive.
    #[must_use]
    pub const fn verdict(&self) -> Option<Verdict> {
        match self {
            Self::Deviation(_) => None,
            Self::Blocked(_) => Some(Verdict::Blocked),
            Self::NotObserved(_) => Some(Verdict::NotObserved),
            Self::Skipped(_) => Some(Verdict::Skipped),
            Self::Inconclusive(_) | Self::InvalidStep(_) => Some(Verdict::Inconclusive),
        }
    }
}

impl From<Deviation> for Outcome {
    fn from(deviation: Deviation) -> Self {
        Self::Deviation(Box::new(deviation))
    }
}

/// The return type of steps and assertions.
pub type StepResult<T = ()> = Result<T, Outcome>;

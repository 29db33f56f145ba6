//! The errors of a scenario file.

use super::faults::FaultMistake;
use super::lines::KeyPath;
use super::mistakes::EntryMistake;
use super::parameters::ParameterMistake;
use crate::base::did_you_mean;
use crate::okta::mapping::MappingError;
use crate::okta::org::{OrgError, UsernameFormat};

/// An error in a scenario file. `Display` is `FILE:LINE: what is wrong`, with the fix where it is known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}{}: {kind}", line.map(|line| format!(":{line}")).unwrap_or_default())]
pub struct ScenarioError {
    pub file: String,
    /// The line, from 1; `None` for a mistake in `--set`.
    pub line: Option<usize>,
    pub kind: Box<ScenarioErrorKind>,
}

/// The error itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScenarioErrorKind {
    /// The text is not TOML, or its keys or values are not those of a scenario.
    #[error("{0}")]
    Syntax(String),
    #[error("two apps have the label {0:?}; give each app its own label")]
    DuplicateApp(String),
    #[error("missing field `app` of {verb}, because the scenario has several apps: add app = \"…\" with one of {}", known.join(", "))]
    MissingApp { verb: String, known: Vec<String> },
    #[error("`expect-task` must be a string, a part of the error that Okta shows, but it is {0}")]
    ExpectTask(String),
    #[error("a population has at most {most} {key}")]
    Population { key: &'static str, most: &'static str },
    #[error("`safeguard` is {0}, but it must be a percentage from 0 to 100")]
    Safeguard(u8),
    #[error("there is no username format {name:?}; {}", other_formats(name))]
    UsernameFormat { name: String },
    #[error(transparent)]
    Fault(#[from] FaultMistake),
    #[error(transparent)]
    Parameter(#[from] ParameterMistake),
    #[error(transparent)]
    Entry(#[from] Box<EntryMistake>),
    #[error(transparent)]
    Mapping(#[from] MappingError),
    /// Okta would refuse the org or an action of the timeline.
    #[error(transparent)]
    Org(#[from] OrgError),
}

/// An error with the path of the key or section that it is about.
#[derive(Debug)]
pub(super) struct Misplaced {
    pub(super) path: KeyPath,
    pub(super) kind: ScenarioErrorKind,
}

impl Misplaced {
    pub(super) fn new(path: KeyPath, kind: impl Into<ScenarioErrorKind>) -> Self {
        Self { path, kind: kind.into() }
    }
}

fn other_formats(name: &str) -> String {
    let names = UsernameFormat::names();
    let list = format!("write {}, or an expression such as user.employeeNumber", names.join(", "));
    did_you_mean(name, names, &list)
}

impl ScenarioErrorKind {
    /// Returns the strings and keys that the error is about, as they are in the file. `run_id` is a part of names.
    pub(super) fn words(&self, run_id: Option<&str>) -> Vec<String> {
        let word = match self {
            Self::Mapping(error) => Some(mapping_word(error)),
            Self::Org(error) => org_word(error),
            Self::UsernameFormat { name } => Some(name.as_str()),
            _ => None,
        };
        let without_id = |word: &str| Some(word.strip_suffix(run_id?)?.trim_end().to_owned());
        word.into_iter().flat_map(|word| [Some(word.to_owned()), without_id(word)]).flatten().collect()
    }
}

fn mapping_word(error: &MappingError) -> &str {
    match error {
        MappingError::UnknownRow { name, .. } | MappingError::InvalidName { name } => name,
        MappingError::List { attribute, .. } => attribute,
        MappingError::ReservedName => "groups",
    }
}

fn org_word(error: &OrgError) -> Option<&str> {
    match error {
        OrgError::NotFound { name, .. } | OrgError::AlreadyExists { name, .. } => Some(name),
        OrgError::Mapping(error) | OrgError::MappingTarget(error) => Some(mapping_word(error)),
        OrgError::AttributeMapped { attribute, .. } => Some(attribute),
        OrgError::Expression(error) => Some(&error.text),
        OrgError::Priority { .. } => Some("priority"),
        OrgError::NotAMember { person, .. }
        | OrgError::PersonAlreadyAssigned { person, .. }
        | OrgError::PersonNotAssigned { person, .. }
        | OrgError::NoAccount { person, .. }
        | OrgError::PersonDeactivated { person, .. }
        | OrgError::AlreadyDeactivated { person }
        | OrgError::NotDeactivated { person }
        | OrgError::WrongState { person, .. } => Some(person),
        OrgError::GroupAlreadyAssigned { group, .. }
        | OrgError::GroupNotAssigned { group, .. }
        | OrgError::BuiltInGroup { group }
        | OrgError::NotPushed { group, .. }
        | OrgError::AlreadyPushed { group, .. }
        | OrgError::StillPushed { group, .. } => Some(group),
        OrgError::RuleName { rule, .. }
        | OrgError::RuleActive { rule }
        | OrgError::PushRuleMatches { rule, .. }
        | OrgError::PushRuleWithoutCondition { rule } => Some(rule),
        _ => None,
    }
}

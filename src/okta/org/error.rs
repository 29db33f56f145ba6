//! The errors of actions that Okta would refuse.
//!
//! Each variant is one reason; `api_error.rs` has Okta's error code and summary for it. `Display` is the sentence
//! for the author of a scenario: it names the entity and, where there is one, the action to take first.

use std::fmt;

use super::model::PersonState;
use super::transition::Transition;
use crate::base::nearest;
use crate::okta::expression::ExpressionError;
use crate::okta::mapping::MappingError;

/// The largest number of names in an error about an unknown one.
const LISTED: usize = 50;

/// A kind of thing in an org that has a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entity {
    Person,
    Group,
    GroupRule,
    PushRule,
    App,
}

impl fmt::Display for Entity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Person => "person",
            Self::Group => "group",
            Self::GroupRule => "group rule",
            Self::PushRule => "group push rule",
            Self::App => "app",
        })
    }
}

/// An action that is not possible in the org's current state.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OrgError {
    #[error("there is no {entity} {name:?}; {}", others(name, known, *more))]
    NotFound {
        entity: Entity,
        name: String,
        /// Those that exist, at most 50 of them.
        known: Vec<String>,
        /// The number of those that are not listed.
        more: usize,
    },
    #[error("the {entity} {name:?} already exists; choose another name")]
    AlreadyExists { entity: Entity, name: String },
    #[error(
        "{transition} is not possible for {person}, whose state is {state:?}; the state must be {}",
        allowed.iter().map(|state| format!("{state:?}")).collect::<Vec<_>>().join(" or ")
    )]
    WrongState { person: String, transition: Transition, state: PersonState, allowed: Vec<PersonState> },
    #[error("{person} is deactivated, and Okta does not {change} of a deactivated person; reactivate first")]
    PersonDeactivated { person: String, change: &'static str },
    #[error("{person} is already deactivated; reactivate first, or omit the action")]
    AlreadyDeactivated { person: String },
    #[error("{person} cannot be deleted before being deactivated; deactivate first")]
    NotDeactivated { person: String },
    #[error("{person} is not a member of {group:?}; add the person first")]
    NotAMember { person: String, group: String },
    #[error("{person} is already assigned to {app:?}; unassign first, or change the attributes with edit-assignment")]
    PersonAlreadyAssigned { person: String, app: String },
    #[error(
        "{person} is not assigned to {app:?} directly; if a group assigns the app, remove the person from the group"
    )]
    PersonNotAssigned { person: String, app: String },
    #[error("{person} is not assigned to {app:?}; assign the app to {person} or to one of {person}'s groups first")]
    NoAccount { person: String, app: String },
    #[error(transparent)]
    Mapping(#[from] MappingError),
    /// An expression for a mapping row that does not exist.
    #[error("{0}")]
    MappingTarget(MappingError),
    #[error(
        "the mapping of {app:?} pushes {attribute:?}, so an assignment cannot set a different value; change the profile \
         of the person, or make the row create-only"
    )]
    AttributeMapped { attribute: String, app: String },
    #[error("the priority of a group is a number from 0, the highest, to {lowest}, but it is {priority}")]
    Priority { priority: u32, lowest: u32 },
    #[error("the group {group:?} is already assigned to {app:?}; unassign it first, or use edit-group-assignment")]
    GroupAlreadyAssigned { group: String, app: String },
    #[error("the group {group:?} is not assigned to {app:?}; assign it first")]
    GroupNotAssigned { group: String, app: String },
    #[error("Okta decides who is in the group {group:?}, and it cannot be changed; use a group of your own")]
    BuiltInGroup { group: String },
    #[error("the name {rule:?} of a group rule must have 1 to {most} characters")]
    RuleName { rule: String, most: usize },
    #[error("the group rule {rule:?} is active; deactivate it first")]
    RuleActive { rule: String },
    #[error(transparent)]
    Expression(ExpressionError),
    #[error("{app:?} has no API integration; save the connection first")]
    NotProvisioned { app: String },
    #[error("{app:?} does not import groups; set import-groups = true for the app")]
    GroupsNotImported { app: String },
    #[error("the last import of {app:?} found no user with the userName {user_name:?}; import first")]
    NotImported { app: String, user_name: String },
    #[error("several imported users of {app:?} match {person}: {}; decide with match-import", users.join(", "))]
    ImportConflict { person: String, app: String, users: Vec<String> },
    #[error("the imported user {user:?} of {app:?} belongs to {person} already")]
    ImportTaken { user: String, app: String, person: String },
    #[error(
        "the imported user {user:?} of {app:?} has no {attribute}, which Okta requires of a new person; set it in the target, and \
         import again"
    )]
    ImportIncomplete { user: String, app: String, attribute: &'static str },
    #[error(
        "the Okta username {login:?} belongs to {person} already; link {person} to the imported user with match-import"
    )]
    LoginTaken { login: String, person: String },
    #[error("the group {group:?} is not pushed to {app:?}; push it first")]
    NotPushed { group: String, app: String },
    #[error("the group {group:?} is already pushed to {app:?}; unlink it first, or use push-now")]
    AlreadyPushed { group: String, app: String },
    #[error(
        "the rule {rule:?} matches {matches} groups, and Okta pushes at most {most} groups by one rule; make its condition \
         narrower, or use several rules"
    )]
    PushRuleMatches { rule: String, matches: usize, most: usize },
    #[error("the rule {rule:?} has no condition; add starts-with, ends-with or contains")]
    PushRuleWithoutCondition { rule: String },
    #[error("the group {group:?} is pushed to {app:?}; unlink it first")]
    StillPushed { group: String, app: String },
}

impl OrgError {
    pub(super) fn unknown<'a>(entity: Entity, name: &str, known: impl Iterator<Item = &'a str>) -> Self {
        let all: Vec<&str> = known.collect();
        let mut listed: Vec<String> = all.iter().take(LISTED).map(|name| (*name).to_owned()).collect();
        let nearest = nearest(name, all.iter().copied()).map(str::to_owned);
        listed.extend(nearest.filter(|nearest| !listed.contains(nearest)));
        if entity != Entity::App {
            listed.sort_unstable();
        }
        let more = all.len() - listed.len();
        Self::NotFound { entity, name: name.to_owned(), known: listed, more }
    }

    pub(super) fn exists(entity: Entity, name: &str) -> Self {
        Self::AlreadyExists { entity, name: name.to_owned() }
    }
}

/// Names the nearest of those that exist, and the others.
fn others(name: &str, known: &[String], more: usize) -> String {
    let nearest = nearest(name, known.iter().map(String::as_str));
    let others: Vec<&str> = known.iter().map(String::as_str).filter(|other| Some(*other) != nearest).collect();
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    match (nearest, others.as_slice()) {
        (None, []) => "there is none yet".to_owned(),
        (None, others) => format!("those that exist: {}{more}", others.join(", ")),
        (Some(nearest), []) => format!("did you mean {nearest:?}?"),
        (Some(nearest), others) => format!("did you mean {nearest:?}? Others: {}{more}", others.join(", ")),
    }
}

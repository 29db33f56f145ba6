//! The org: people with Okta's states, groups, memberships, apps, assignments, pushed groups. Pure.
//!
//! [`Org::act`] applies an action and returns the jobs that follow from it, as specs. [`Org::record`] stores the result
//! of a job. An action that Okta would refuse is an [`OrgError`] and changes nothing.

mod act;
mod api_error;
mod apps;
mod assignments;
mod attributes;
mod client;
mod error;
mod expressions;
mod extra_traffic;
mod group_assignments;
mod group_rule;
mod group_table;
mod import_index;
mod import_rules;
mod imports;
mod keys;
mod model;
mod new_people;
mod people;
mod people_table;
mod population;
mod profile;
mod push_rule;
mod push_rules;
mod results;
mod rules;
mod specs;
mod state;
mod transition;
mod username;
mod username_format;

pub use api_error::ApiError;
pub use assignments::AssignmentWays;
pub use client::{ClientKind, UnknownClient};
pub use error::{Entity, OrgError};
pub use group_table::EVERYONE;
pub use import_rules::{ImportMatch, ImportRules, ImportedDetails, ImportedUsers};
pub use keys::{GroupId, PersonId};
pub use model::{
    App, AppUser, Group, GroupPushMapping, LeftActive, LeftActiveCause, MappingState, Person, PersonState, Task,
};
pub use population::Population;
pub use profile::DEFAULT_PROFILE;
pub use results::JobResult;
pub use specs::{GroupPush, JobKind, JobSpec, MemberChange, Waves};
pub use state::Org;
pub use transition::Transition;
pub use username_format::UsernameFormat;

#[cfg(test)]
mod tests;

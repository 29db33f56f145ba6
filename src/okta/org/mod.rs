//! The org: people with Okta's states, groups, memberships, apps, assignments, pushed groups. Pure.
//!
//! [`Org::act`] applies an action and returns the jobs that follow from it, as specs. [`Org::record`] stores the result
//! of a job. An action that Okta would refuse is an [`OrgError`] and changes nothing.

mod act;
mod apps;
mod client;
mod error;
mod extra_traffic;
mod model;
mod people;
mod profile;
mod results;
mod specs;
mod state;

pub use client::{ClientKind, UnknownClient};
pub use error::{Entity, OrgError};
pub use model::{
    App, AppUser, Group, GroupPushMapping, LeftActive, LeftActiveCause, MappingState, Person, PersonState, Task,
};
pub use profile::DEFAULT_PROFILE;
pub use results::JobResult;
pub use specs::{GroupPush, JobKind, JobSpec, MemberChange, Waves};
pub use state::Org;

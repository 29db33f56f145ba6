//! The large population: 250 users that the harness creates before the scenarios, many at a time.
//!
//! Imports and large groups are judged by it, and preconditions take their people from it instead of creating their own. Its
//! users enter the simulated Okta by import and confirmation, which sends nothing (AZLAB-21, recorded for the AIW app; inferred
//! for the catalog app). [`Plan`] decides if it is made and which scenario gets whom; [`create()`] makes it.

mod create;
mod leases;
mod people;
mod plan;
mod shortfall;
mod size;

pub use self::create::create;
pub use self::leases::{Population, PopulationUser};
pub use self::people::{Person, people};
pub use self::plan::{Plan, users_of};
pub use self::shortfall::Shortfall;
pub use self::size::{MAX_USERS, OTHERS, SIZE, TAG};

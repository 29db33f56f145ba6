//! The steps that features are written in: one table, each row a pattern and a plain function.
//!
//! [`definition`] is the form of a row, [`table`] the complete table. The rows by subject: [`org`] actions in Okta,
//! [`given`] the initial state of the server, [`traffic`] requests and responses, [`state`] the resulting state of the
//! server, [`events`] directory sync events, [`acceptance`] Okta's published suite, [`authentication`]
//! requests with other credentials, [`import`] pages of all users, [`large_groups`] groups of the whole population.

mod acceptance;
mod authentication;
pub mod definition;
mod events;
mod given;
mod import;
mod large_groups;
mod org;
mod state;
pub mod table;
mod traffic;

pub use definition::{Args, StepDef, StepFn};
pub use table::{all, compiled, matching, nearest, people};

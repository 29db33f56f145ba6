//! The harness: executable specs and fuzzing against any SCIM base URL.
//!
//! Start reading at [`run()`], which performs a whole run: connection test, scenarios, clean-up. [`features`] holds the
//! feature text, [`engine`] turns it into cases and plays them, and [`steps`] defines the sentences a feature may use.
//! A [`world`] is the state of one scenario. [`requirement`] holds everything that is demanded of a target: [`assertions`]
//! judges single responses, `judgement` the responses to an action, and `stored` the state of the target. `results` turns a
//! finished world into results, and `findings` turns those into causes. [`fuzz`] plays generated requests.
//!
//! The harness knows a target by base URL and credentials only. It never imports `server`, `store` or `directory`.

mod abridge;
pub mod assertions;
pub mod canary;
pub mod case;
pub mod cast;
mod causes;
pub mod clean_up;
mod connection_test;
mod decisive;
pub mod effort;
pub mod engine;
pub mod event_log;
mod expectation;
pub mod features;
mod findings;
pub mod fuzz;
mod judged;
mod judgement;
mod known;
mod lease;
pub mod leaves;
mod names;
pub mod outcome;
mod page_walk;
mod populate;
pub mod population;
mod preconditions;
pub mod reading;
pub mod recovery;
pub mod requirement;
pub mod results;
mod run;
pub mod run_context;
pub mod run_record;
#[cfg(test)]
mod sample;
pub mod scenario_requirements;
pub mod seats;
mod sender;
mod sentence;
mod settle;
pub mod steps;
mod stored;
mod strangers;
pub mod user_effect;
pub mod world;

pub use case::Case;
pub use engine::{FeatureError, Observer, Selection, Suite, TagError};
pub use names::run_id;
pub use requirement::{Profile, Requirement, UnknownProfile};
pub use run::{CheckError, RunConfig, run, run_here};
pub use run_context::TestDouble;
pub use settle::Declared;

//! The harness: executable specs and fuzzing against any SCIM base URL.
//!
//! Start reading at [`run()`], which performs a whole run: connection test, scenarios, clean-up. [`features`] holds the
//! feature text, [`engine`] turns it into cases and plays them, and [`steps`] defines the sentences a feature may use.
//! A [`world`] is the state of one scenario, [`assertions`] checks responses against Okta's needs, and `results` turns
//! a finished world into results for the report. [`fuzz`] plays generated requests.
//!
//! The harness knows a target by base URL and credentials only. It never imports `server`, `store` or `directory`.

pub mod assertions;
pub mod canary;
pub mod case;
pub mod cast;
pub mod clean_up;
pub mod engine;
pub mod event_log;
pub mod features;
pub mod fuzz;
mod names;
pub mod outcome;
pub mod recovery;
mod results;
mod run;
pub mod run_context;
pub mod run_record;
pub mod steps;
pub mod world;

pub use case::Case;
pub use engine::{FeatureError, Observer, Selection, Suite, TagError};
pub use names::run_id;
pub use run::{CheckError, RunConfig, run, run_here};
pub use run_context::TestDouble;

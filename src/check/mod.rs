//! The harness: executable specs and fuzzing against any SCIM base URL.
//!
//! [`features`] is the text, [`engine`] turns it into cases and runs them, [`steps`] is what the text can say, [`world`]
//! what one scenario knows, [`judge`] what Okta needs of an answer, `verdict` how a world becomes results. A run as a
//! whole is [`run()`]: connection test, scenarios, clean-up. It knows a target by base URL and credentials alone.

pub mod context;
pub mod engine;
pub mod events;
pub mod features;
pub mod fuzz;
pub mod judge;
mod names;
mod org;
pub mod outcome;
pub mod people;
mod run;
pub mod steps;
mod verdict;
pub mod world;

pub use context::Double;
pub use engine::{Case, Mistake, Observer, Selection, Suite};
pub use names::run_id;
pub use run::{Job, run, run_here};

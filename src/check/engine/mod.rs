//! The engine: Gherkin text in, results out. The only place that names cucumber.
//!
//! [`suite`] parses the features and makes one case of each scenario and client; a mistake in a feature is told before
//! anything runs. [`play`](mod@play) runs cases. Steps themselves are plain functions in a table ([`crate::check::steps`]).

mod dispatch;
mod hook;
mod play;
mod suite;

pub use play::{Observer, play};
pub use suite::{Case, Mistake, Planned, Selection, Suite};

//! The engine: Gherkin text in, results out. No other module names cucumber.
//!
//! [`suite`] parses the features and makes one case of each scenario and client; an error in a feature is reported before
//! anything runs. [`selection`] decides which cases run, [`play`](mod@play) runs them. Steps themselves are plain
//! functions in a table ([`crate::check::steps`]); [`dispatch`] finds and calls them.

mod again;
mod dispatch;
mod guard;
mod hook;
mod play;
mod selection;
mod suite;

pub use play::{Observer, play};
pub use selection::{Selection, TagError};
pub use suite::{FeatureError, Suite};

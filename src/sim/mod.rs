//! Scenarios: an org and a timeline of actions in TOML, played against a server.
//!
//! Start reading at [`scenario`], which parses a file, then [`play`](mod@play). [`shipped`] lists the scenarios inside the binary.

mod evidence;
pub mod play;
pub mod scenario;
pub mod shipped;

pub use evidence::evidence;
pub use play::{PlayedEntry, Report, play};
pub use scenario::{Scenario, ScenarioError, ScenarioErrorKind, TimelineEntry};

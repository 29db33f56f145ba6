//! Scenarios: an org and a timeline in TOML, played against a server.
//!
//! Start reading at [`scenario`] (what a file says), then [`play`](mod@play). [`shipped`] are the scenarios inside the binary.

mod evidence;
pub mod play;
pub mod scenario;
pub mod shipped;

pub use evidence::evidence;
pub use play::{Played, Report, play};
pub use scenario::{Moment, Scenario, ScenarioError};

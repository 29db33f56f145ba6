//! Scenarios: an org and a timeline of actions in TOML, played against a server.
//!
//! Start reading at [`scenario`], which parses a file, then [`play`](mod@play). [`run_report`](mod@run_report) builds the report, and
//! [`shipped`] lists the scenarios inside the binary.

pub mod changes;
mod describe;
mod event_line;
mod evidence;
mod follow;
pub mod play;
pub mod run_journal;
pub mod run_report;
pub mod scenario;
pub mod shipped;
pub mod still_active;
pub mod traffic;

pub use changes::changes;
pub use describe::describe;
pub use event_line::event_line;
pub use evidence::evidence;
pub use play::{PlayObserver, PlayedEntry, play};
pub use run_report::{RunSettings, run_report};
pub use scenario::{EntryMistake, Scenario, ScenarioError, ScenarioErrorKind, ScenarioWarning, TimelineEntry};

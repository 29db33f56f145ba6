//! Scenarios: an org and a timeline of actions in TOML, played against a server.
//!
//! Start reading at [`scenario`], which parses a file, then [`play`](mod@play). [`audit()`] compares what the target stores with what it
//! accepted and with the org. [`run_report`](mod@run_report) builds the report, and [`shipped`] lists the scenarios inside the binary.

mod audit;
pub mod changes;
mod describe;
mod event_line;
mod evidence;
mod follow;
pub mod load;
pub mod play;
mod recorded;
pub mod run_journal;
pub mod run_report;
pub mod scenario;
pub mod shipped;
pub mod traffic;
mod unmet;

pub use audit::{Audited, audit};
pub use changes::changes;
pub use describe::describe;
pub use event_line::event_line;
pub use evidence::evidence;
pub use play::{PlayObserver, PlayedEntry, play};
pub use recorded::apply;
pub use run_report::{RunSettings, run_report};
pub use scenario::{EntryMistake, Scenario, ScenarioError, ScenarioErrorKind, ScenarioWarning, TimelineEntry};
pub use unmet::unmet_faults;

//! Reports: one plain model ([`run`]), and renderers that are pure functions of it.
//!
//! [`text`] renders for a terminal, [`junit`], [`markdown`] and [`annotations`] for CI systems, and [`run::Run::to_json`] returns the JSON report. Start
//! reading at [`run::Run`]. A [`finding`] is a cause, a [`result`] is a scenario that may show several, and a [`baseline`] accepts some. This module knows
//! nothing about how a run is performed, and does no I/O.

pub mod annotations;
mod audit;
pub mod baseline;
mod client;
mod conclusion;
pub mod exchange;
pub mod finding;
pub mod junit;
pub mod level;
mod load;
pub mod markdown;
pub mod result;
pub mod run;
pub mod text;
pub mod verdict;

pub use audit::{Audit, AuditFault, AuditKind, AuditMoment, AuditProblem, AuditRequest};
pub use baseline::{Baseline, BaselineError};
pub use client::Client;
pub use exchange::ExchangeReport;
pub use finding::{Finding, LikelyCause};
pub use level::Level;
pub use load::{LoadReport, OperationLoad};
pub use result::{Accepted, ScenarioReport, StepReport};
pub use run::{Cases, ClientReport, Command, Documentation, FailOn, ReadError, Run};
pub use verdict::Verdict;

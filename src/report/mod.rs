//! Reports: one plain model ([`run`]), and renderers that are pure functions of it.
//!
//! [`text`] renders for a terminal, [`junit`] for CI systems, and [`run::Run::to_json`] returns the JSON report. Start
//! reading at [`run::Run`]. This module knows nothing about how a run is performed, and does no I/O.

pub mod junit;
pub mod run;
pub mod text;

pub use run::{ExchangeReport, Run, ScenarioReport, StepReport, Verdict};

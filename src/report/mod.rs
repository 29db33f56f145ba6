//! Reports: one plain model ([`run`]), and renderers that are pure functions of it.
//!
//! [`text`] is what a terminal shows, [`junit`] what CI systems read; the JSON report is [`run::Run::to_json`].
//! Nothing here knows how a run came about, and nothing here writes anywhere.

pub mod junit;
pub mod run;
pub mod text;

pub use run::{ExchangeReport, Run, ScenarioReport, StepReport, Verdict};

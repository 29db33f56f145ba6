//! Generated requests against any SCIM server: it must not respond 5xx, hang, or lose what it acknowledged.
//!
//! A [`case::Case`] is a short sequence of requests about one resource. [`strategies`] generates it from the run's seed and
//! the case's number alone, [`play`](mod@play) sends it, and [`oracle`] checks the responses. The first case that shows a
//! fault is shrunk: simpler cases are played until none shows the same fault. Start reading at [`run`](mod@run).
//!
//! Every name contains the run ID, which is derived from the seed. Writes go only to resources that the run created and to
//! fictitious IDs ([`crate::wire::Ledger`]). Nothing here prints; [`report`] makes
//! the report.

pub mod case;
pub mod fault;
pub mod oracle;
pub mod play;
pub mod report;
pub mod run;
pub mod strategies;

pub use report::script;
pub use run::{Options, UnusableTarget, run};

pub use super::clean_up::{clean_up, kept};

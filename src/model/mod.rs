//! An ideal SCIM server for one target, pure: no I/O, no clock, no logging.
//!
//! [`Model::apply`] reads every exchange with the target in order. A write that the target accepted changes the expected
//! state as the RFCs require; a rejected write changes nothing; a write without a response leaves both states possible. The
//! model also records the values that the target's responses show. [`Model::compare_user`] and [`Model::compare_group`] then
//! compare what a GET shows with the expected state, so that a target is judged only by what it did.
//!
//! The model never sends anything, and never decides on a verdict: it classifies each difference ([`Class`]), and the
//! harness decides what the class means.
//!
//! Start reading at `ideal` (the model), then `state` (one resource), [`compare`](fn@compare) (two documents) and `evidence`
//! (what the target has shown).

mod compare;
mod difference;
mod document;
mod evidence;
mod exchange;
mod group;
mod ideal;
mod members;
mod resource;
mod state;
mod user;
mod values;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

pub use compare::{Divergence, Divergences, compare};
pub use difference::{Class, Comparison, Difference, DifferenceKind, Membership, Place};
pub use evidence::Evidence;
pub use exchange::{Method, RecordedExchange, RecordedResponse};
pub use ideal::{Model, Observed};

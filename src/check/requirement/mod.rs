//! Requirements: every demand that the harness makes of a target, with its sources.
//!
//! [`table`] has one row for each. A row yields a variant of [`Requirement`], and every assertion names a variant, so that a
//! demand without a source does not compile. [`Profile`] turns the levels of a row's sources into a verdict. The rows also
//! make docs/requirements.md, see [`page`].

mod class;
pub mod page;
mod profile;
mod row;
mod source;
mod table;

pub use profile::{Profile, UnknownProfile};
pub use row::{Capability, Row};
pub use source::{Family, Source};
pub use table::Requirement;

#[cfg(test)]
mod tests;

//! proptest strategies for generated cases.
//!
//! [`cases`] is the entry point. [`okta`] generates documents in the form that Okta sends, [`hostile`] invalid and extreme
//! ones, and [`query`] filters, paths and paging parameters, valid and invalid. [`values`] holds the shared parts.
//!
//! Strategies list simple alternatives first, because proptest shrinks towards the first alternative and the smallest
//! value.

pub mod cases;
pub mod hostile;
pub mod okta;
pub mod query;
pub mod values;

pub use cases::case;

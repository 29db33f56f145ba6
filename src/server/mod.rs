//! The reference over HTTP: SCIM endpoints, the Events API, and a server that breaks a rule on purpose.
//!
//! This module parses requests and renders responses on top of [`crate::http`]; [`crate::store`] does the work. It
//! never uses Okta, the harness or the client side of HTTP.
//!
//! Start reading at `service` (routes and errors), then `scim` (the order in which a request is validated) and
//! [`reference`](mod@reference) (a whole server in one value). [`defects`] makes a server break a rule on purpose.

mod app;
mod bounds;
mod buffered;
mod cursor;
pub mod defects;
mod directory_api;
mod error;
mod event_streams;
mod media_type;
mod metrics;
mod origin;
mod pages;
mod query;
pub mod reference;
mod rendering;
mod response;
mod scim;
mod service;
mod settings;
mod store_metrics;
#[cfg(test)]
mod tests;

pub use bounds::ScimBounds;
pub use reference::{InProcess, Reference};
pub use settings::Settings;

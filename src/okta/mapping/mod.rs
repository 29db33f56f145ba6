//! Attribute mapping: from an Okta profile to a SCIM document. Pure.
//!
//! [`Mapping`] holds the rows of one app. [`create_body`] and [`overlay`] build the documents that Okta sends.

mod document;
mod place;
mod profile;
mod rows;

#[cfg(test)]
mod properties;

pub use document::{create_body, overlay};
pub use profile::{AppProfile, AppValues, Profile, ProfileValue};
pub use rows::{ApplyOn, CustomRow, Document, Mapping, MappingError};

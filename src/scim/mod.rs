//! The SCIM protocol (RFC 7643, 7644), pure: no I/O, no clock, no logging.
//!
//! Documents are `serde_json` objects. They keep the order of their attributes, and attributes that are in no schema.
//! Start reading at [`attr`], then [`schema`], [`filter`] and [`patch`].

pub mod attr;
pub mod bulk;
pub mod date_time;
pub mod error;
pub mod filter;
pub mod message;
mod number;
pub mod patch;
pub mod projection;
pub mod resource;
pub mod rules;
pub mod schema;
pub mod sort;
pub mod work;

pub use attr::AttrPath;
pub use error::{ScimError, ScimType};
pub use filter::Filter;
pub use resource::Kind;
pub use rules::{Mode, RuleSet, Rules};
pub use schema::Schemas;
pub use sort::Sort;
pub use work::Work;

/// A JSON object with its attributes in the order in which they were sent.
pub type Object = serde_json::Map<String, serde_json::Value>;

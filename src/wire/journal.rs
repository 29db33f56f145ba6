//! A journal of the resources that a run creates, from which an interrupted run can be cleaned up.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "step")]
pub enum Entry {
    /// A POST is about to be sent. `name` is the `userName` or `displayName` in its body.
    Sending { number: u64, collection: String, name: String },
    /// The POST with this number created nothing.
    Refused { number: u64 },
    /// The POST with this number created a resource.
    Created { number: u64, collection: String, id: String },
    /// A DELETE was acknowledged.
    Deleted { collection: String, id: String },
}

/// A place where entries are written.
pub trait Journal: fmt::Debug + Send + Sync {
    /// Writes an entry. For [`Entry::Sending`], the entry is durable in the file system's cache when this returns.
    fn note(&self, entry: &Entry);
}

//! Errors of the backend.

use super::super::StoreError;

/// Copies a failure that several callers share.
pub(super) fn copy_of(error: &StoreError) -> StoreError {
    StoreError::Backend(match error {
        StoreError::Backend(text) => text.clone(),
        other => other.to_string(),
    })
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Backend(error.to_string())
    }
}

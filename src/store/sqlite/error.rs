//! Errors of the backend.

use super::super::StoreError;

/// Copies a failure that several callers share.
pub(super) fn copy_of(error: &StoreError) -> StoreError {
    match error {
        StoreError::Full(text) => StoreError::Full(text.clone()),
        StoreError::Unavailable(text) => StoreError::Unavailable(text.clone()),
        StoreError::Backend(text) => StoreError::Backend(text.clone()),
        other => StoreError::Backend(other.to_string()),
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode as E;
        let text = error.to_string();
        match error.sqlite_error_code() {
            Some(E::DiskFull) => Self::Full(text),
            Some(E::SystemIoFailure | E::DatabaseBusy | E::DatabaseLocked | E::ReadOnly) => Self::Unavailable(text),
            _ => Self::Backend(text),
        }
    }
}

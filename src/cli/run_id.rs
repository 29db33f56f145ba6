//! The value parser of every `--run-id`.

use super::ValueError;

/// Parses a run ID, which becomes part of user names and group names.
pub(super) fn run_id(text: &str) -> Result<String, ValueError> {
    let good = !text.is_empty() && text.len() <= 32 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if good { Ok(text.to_owned()) } else { Err(ValueError::RunId) }
}

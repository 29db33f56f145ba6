//! Copies a store while others write to it.

use std::path::Path;

use super::super::StoreError;
use super::{file, schema};

/// Copies the store as it is now to a file that does not exist yet. The copy is renamed to its final name when it is
/// complete, so that no incomplete copy is left under that name.
pub(super) fn into_file(store: &Path, file: &Path) -> Result<(), StoreError> {
    let failed = |what: &dyn std::fmt::Display| StoreError::File(format!("{}: {what}", file.display()));
    if file.exists() {
        return Err(StoreError::Refused(format!(
            "{} already exists, and a backup never overwrites a file; choose another name",
            file.display()
        )));
    }
    let mut partial = file.as_os_str().to_owned();
    partial.push(".partial");
    let partial = Path::new(&partial);
    let Some(name) = partial.to_str() else {
        return Err(StoreError::Refused(format!(
            "{} is not valid UTF-8, which SQLite requires of a file name; choose another name",
            file.display()
        )));
    };
    if partial.exists() {
        std::fs::remove_file(partial).map_err(|error| failed(&error))?;
    }
    // SQLite writes into an empty file, which has the right permissions from the start.
    file::create_private(partial).map_err(|error| failed(&error))?;
    let connection = schema::open_reader(store)?;
    connection.pragma_update(None, "query_only", "OFF")?;
    let copied = connection.execute("VACUUM INTO ?1", [name]);
    let done = copied
        .map_err(|error| failed(&error))
        .and_then(|_| std::fs::rename(partial, file).map_err(|error| failed(&error)));
    if done.is_err() {
        drop(std::fs::remove_file(partial));
    }
    done
}

//! A copy of a store while others write to it.

use std::path::Path;

use super::super::StoreError;
use super::schema;

/// Writes the store as it is now into a file that does not exist yet. The copy is whole or not there: it gets its name
/// when it is finished.
pub(super) fn into_file(store: &Path, file: &Path) -> Result<(), StoreError> {
    let failed = |what: &dyn std::fmt::Display| StoreError::Backend(format!("{}: {what}", file.display()));
    if file.exists() {
        return Err(StoreError::Refused(format!("{} exists; a backup overwrites nothing", file.display())));
    }
    let mut partial = file.as_os_str().to_owned();
    partial.push(".partial");
    let partial = Path::new(&partial);
    let Some(name) = partial.to_str() else {
        return Err(StoreError::Refused(format!("{} is no name that SQLite can take", file.display())));
    };
    if partial.exists() {
        std::fs::remove_file(partial).map_err(|error| failed(&error))?;
    }
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

//! The folder of an ephemeral store: readable by its owner only, and removed even when the process was killed.
//!
//! A process holds a lock on a file in its folder for as long as it lives. The next start of an ephemeral store removes
//! each folder whose lock file can be locked, because then the process is dead. Age and process ids say nothing about
//! that: a run may last weeks, and ids are reused.

use std::fs::{File, Metadata, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::super::StoreError;

/// Prefix of the folder names.
const PREFIX: &str = "scimulate-";
/// The lock file. It gets this name only after it was locked, so a file of this name that can be locked has no process.
const LOCK: &str = "lock";
/// Its name until then.
const UNLOCKED: &str = "lock.new";
/// The most folders removed by one start.
const REMOVED_AT_ONCE: usize = 100;

/// A folder for one store, removed when this value is dropped.
#[derive(Debug)]
pub(super) struct EphemeralFolder {
    folder: TempDir,
    /// Locked until the process ends or the value is dropped.
    _lock: File,
}

impl EphemeralFolder {
    /// Makes a folder in the system's temporary directory and removes what dead processes left there.
    pub(super) fn new() -> Result<Self, StoreError> {
        Self::within(&tempfile::env::temp_dir())
    }

    fn within(parent: &Path) -> Result<Self, StoreError> {
        let failed = |error: io::Error| {
            StoreError::File(format!("cannot make a folder for an ephemeral store in {}: {error}", parent.display()))
        };
        let mut builder = tempfile::Builder::new();
        builder.prefix(PREFIX);
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
        let folder = builder.tempdir_in(parent).map_err(failed)?;
        let lock = File::create(folder.path().join(UNLOCKED)).map_err(failed)?;
        lock.lock().map_err(failed)?;
        std::fs::rename(folder.path().join(UNLOCKED), folder.path().join(LOCK)).map_err(failed)?;
        let made = folder.path().symlink_metadata().map_err(failed)?;
        // Leftovers that cannot be read or removed do not keep a store from starting.
        drop(remove_leftovers(parent, folder.path(), &made));
        Ok(Self { folder, _lock: lock })
    }

    /// Returns the file in which the store is kept.
    pub(super) fn store(&self) -> PathBuf {
        self.folder.path().join("store.db")
    }
}

/// Removes the folders of dead processes of the same user.
fn remove_leftovers(parent: &Path, own: &Path, made: &Metadata) -> io::Result<()> {
    let mut removed = 0;
    for entry in std::fs::read_dir(parent)? {
        let path = entry?.path();
        let named = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(PREFIX));
        if named && path != own && is_dead(&path, made) && std::fs::remove_dir_all(&path).is_ok() {
            removed += 1;
        }
        if removed == REMOVED_AT_ONCE {
            break;
        }
    }
    Ok(())
}

/// Returns whether this is such a folder, belongs to the same user, and its lock can be taken.
fn is_dead(folder: &Path, made: &Metadata) -> bool {
    let is_own = folder.symlink_metadata().is_ok_and(|found| found.is_dir() && same_owner(&found, made));
    let lock = folder.join(LOCK);
    // A link could make this lock a file elsewhere.
    if !is_own || !lock.symlink_metadata().is_ok_and(|found| found.is_file()) {
        return false;
    }
    File::open(lock)
        .is_ok_and(|lock| !matches!(lock.try_lock(), Err(TryLockError::WouldBlock | TryLockError::Error(_))))
}

#[cfg(unix)]
fn same_owner(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    one.uid() == other.uid()
}

#[cfg(not(unix))]
fn same_owner(_: &Metadata, _: &Metadata) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder as a killed process leaves it: the lock file is there and nothing holds the lock.
    fn leftover(parent: &Path, name: &str) -> PathBuf {
        let folder = parent.join(name);
        std::fs::create_dir(&folder).unwrap();
        File::create(folder.join(LOCK)).unwrap();
        std::fs::write(folder.join("store.db"), "x").unwrap();
        folder
    }

    #[test]
    fn folders_of_dead_processes_are_removed_and_others_are_not() {
        let parent = tempfile::tempdir().unwrap();
        let live = EphemeralFolder::within(parent.path()).unwrap();
        let dead = leftover(parent.path(), "scimulate-dead");
        let foreign = leftover(parent.path(), "something-else");
        // Made by a process that has not locked anything yet.
        let starting = parent.path().join("scimulate-starting");
        std::fs::create_dir(&starting).unwrap();
        File::create(starting.join(UNLOCKED)).unwrap();
        let next = EphemeralFolder::within(parent.path()).unwrap();
        assert!(!dead.exists());
        assert!(foreign.exists() && starting.exists());
        assert!(live.folder.path().exists() && next.folder.path().exists());
        drop(live);
        assert_eq!(std::fs::read_dir(parent.path()).unwrap().count(), 3);
    }

    #[cfg(unix)]
    #[test]
    fn the_folder_is_its_owners_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let parent = tempfile::tempdir().unwrap();
        let made = EphemeralFolder::within(parent.path()).unwrap();
        assert_eq!(made.folder.path().metadata().unwrap().permissions().mode() & 0o777, 0o700);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_not_followed() {
        let (parent, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let target = leftover(elsewhere.path(), "scimulate-target");
        std::os::unix::fs::symlink(&target, parent.path().join("scimulate-link")).unwrap();
        EphemeralFolder::within(parent.path()).unwrap();
        assert!(target.join("store.db").exists());
    }
}

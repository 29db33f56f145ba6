//! Detects that the store can no longer keep what it acknowledges.
//!
//! Two causes are tracked. The store's file may be removed or replaced while the process has it open: everything that
//! is written then goes to a file without a name and is lost. And a commit may fail, for example on a full disk. The
//! file is checked in every commit before it is acknowledged, and once a second by [`Watch`].

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::super::StoreError;
use super::error::copy_of;

/// Time between two checks of the file when nothing is written.
const INTERVAL: Duration = Duration::from_secs(1);
/// Time after a failed commit during which the store is not ready. Afterwards a check of readiness tries a commit itself:
/// a load balancer that sends no requests to a server that is not ready would otherwise wait forever for one to succeed.
const NOT_READY: Duration = Duration::from_secs(10);

/// The state of one open store.
#[derive(Debug)]
pub(super) struct Health {
    path: PathBuf,
    identity: Option<Identity>,
    /// Set while the path does not lead to the file that was opened.
    lost: AtomicBool,
    /// Cause and time of the last commit's failure; `None` when it succeeded.
    failed_commit: Mutex<Option<(StoreError, Instant)>>,
}

/// The outcome of the last commit.
#[derive(Debug)]
pub(super) enum LastCommit {
    Succeeded,
    /// It failed, within the last ten seconds.
    JustFailed(StoreError),
    FailedEarlier,
}

/// Device and inode of a file. `None` on systems that have no such numbers and do not let an open file be removed.
type Identity = (u64, u64);

#[cfg(unix)]
fn identity(path: &Path) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata(path).ok().map(|found| (found.dev(), found.ino()))
}

#[cfg(not(unix))]
fn identity(_: &Path) -> Option<Identity> {
    None
}

impl Health {
    /// Remembers the file that was just opened at `path`.
    pub(super) fn of(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            identity: identity(path),
            lost: AtomicBool::new(false),
            failed_commit: Mutex::default(),
        }
    }

    /// Checks that the path still leads to the open file. The log reports each change of the result once.
    pub(super) fn check_file(&self) -> Result<(), StoreError> {
        let lost = identity(&self.path) != self.identity;
        let path = self.path.display();
        match (lost, self.lost.swap(lost, Ordering::Relaxed)) {
            (true, false) => tracing::error!(
                %path,
                "the store's file was removed or replaced while the server runs; requests get 503. Put the file back, or restart the server"
            ),
            (false, true) => tracing::info!(%path, "the store's file is back"),
            _ => {}
        }
        self.available()
    }

    /// Returns the result of the last check.
    pub(super) fn available(&self) -> Result<(), StoreError> {
        if self.lost.load(Ordering::Relaxed) {
            return Err(StoreError::Unavailable(format!("{} was removed or replaced", self.path.display())));
        }
        Ok(())
    }

    /// Records the outcome of a commit. The log reports a failure, and the first success after one.
    pub(super) fn record_commit(&self, outcome: &Result<(), StoreError>) {
        let mut failed = self.failed_commit.lock().unwrap_or_else(PoisonError::into_inner);
        match outcome {
            Ok(()) if failed.take().is_some() => tracing::info!("the store takes writes again"),
            Ok(()) => {}
            // The file is gone, which `check_file` has reported. That ends when the file is back.
            Err(_) if self.available().is_err() => {}
            Err(error) => {
                tracing::error!(%error, "a commit failed; its writes were refused");
                *failed = Some((copy_of(error), Instant::now()));
            }
        }
    }

    /// Returns the outcome of the last commit as of `now`.
    pub(super) fn last_commit(&self, now: Instant) -> LastCommit {
        match &*self.failed_commit.lock().unwrap_or_else(PoisonError::into_inner) {
            None => LastCommit::Succeeded,
            Some((error, at)) if now.duration_since(*at) < NOT_READY => LastCommit::JustFailed(copy_of(error)),
            Some(_) => LastCommit::FailedEarlier,
        }
    }
}

/// A thread that checks the file once a second, and looks for changes of other processes, until it is dropped.
#[derive(Debug)]
pub(super) struct Watch {
    stop: Option<mpsc::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Watch {
    pub(super) fn start(health: Arc<Health>, mut look: impl FnMut() + Send + 'static) -> Result<Self, StoreError> {
        let (stop, stopped) = mpsc::channel();
        let thread = std::thread::Builder::new()
            .name("store-watch".to_owned())
            .spawn(move || {
                while stopped.recv_timeout(INTERVAL) == Err(RecvTimeoutError::Timeout) {
                    // The outcome is kept in `health`, where requests look for it.
                    if health.check_file().is_ok() {
                        look();
                    }
                }
            })
            .map_err(|error| StoreError::Backend(format!("cannot start a thread: {error}")))?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_commit_is_remembered_until_one_succeeds() {
        let health = Health::of(Path::new("unused.db"));
        let now = Instant::now;
        assert!(matches!(health.last_commit(now()), LastCommit::Succeeded));
        health.record_commit(&Err(StoreError::Full("disk".to_owned())));
        assert!(matches!(health.last_commit(now()), LastCommit::JustFailed(StoreError::Full(_))));
        assert!(matches!(health.last_commit(now() + NOT_READY), LastCommit::FailedEarlier));
        health.record_commit(&Ok(()));
        assert!(matches!(health.last_commit(now()), LastCommit::Succeeded));
    }

    #[test]
    fn another_file_at_the_same_path_is_detected() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s.db");
        std::fs::write(&path, "one").unwrap();
        let health = Health::of(&path);
        health.check_file().unwrap();
        std::fs::rename(&path, folder.path().join("aside")).unwrap();
        assert!(matches!(health.check_file(), Err(StoreError::Unavailable(_))));
        std::fs::write(&path, "one").unwrap();
        assert!(matches!(health.check_file(), Err(StoreError::Unavailable(_))));
        std::fs::rename(folder.path().join("aside"), &path).unwrap();
        health.check_file().unwrap();
    }
}

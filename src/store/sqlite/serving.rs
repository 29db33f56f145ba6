//! Which servers have a store open, and at which addresses.
//!
//! Each server locks a file beside the store (`<store>.lock`, `<store>.lock-2` and so on) and writes its base URL into
//! it. The system releases the lock when the process ends, however it ends, so a file that can be locked belongs to no
//! server. Lock files stay behind, empty: removing one would let two servers lock two files of the same name.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use super::super::StoreError;

/// The most servers on one store.
const SERVERS: usize = 16;
/// The longest base URL that is read, in bytes.
const URL_BYTES: u64 = 4_096;

/// One server's claim on a store. Dropping it ends the claim.
#[derive(Debug)]
pub struct Serving {
    lock: File,
    is_first: bool,
}

impl Serving {
    /// Claims a store for the server at `base_url`. Unless `shared`, the store must not have another server.
    ///
    /// # Errors
    /// [`StoreError::Refused`] when another server has the store, or too many have; [`StoreError::File`] when the
    /// lock file cannot be written.
    pub fn claim(store: &Path, base_url: &str, shared: bool) -> Result<Self, StoreError> {
        let failed = |file: &Path, error: io::Error| {
            StoreError::File(format!("the lock file {} cannot be used: {error}", file.display()))
        };
        let mut claimed: Option<(File, PathBuf)> = None;
        for number in 1..=SERVERS {
            let path = lock_file(store, number);
            if claimed.is_some() && (shared || !path.exists()) {
                break;
            }
            let file = open(&path).map_err(|error| failed(&path, error))?;
            match file.try_lock() {
                // The first free file is this server's. Later ones are only tested.
                Ok(()) if claimed.is_none() => claimed = Some((file, path)),
                Ok(()) => {}
                Err(TryLockError::WouldBlock) if shared => {}
                Err(TryLockError::WouldBlock) => {
                    let at = address(&path).map(|url| format!(" at {url}")).unwrap_or_default();
                    let store = store.display();
                    return Err(StoreError::Refused(format!(
                        "another server{at} has {store} open; --shared serves it a second time"
                    )));
                }
                Err(TryLockError::Error(error)) => return Err(failed(&path, error)),
            }
        }
        let Some((mut lock, path)) = claimed else {
            let store = store.display();
            return Err(StoreError::Refused(format!("{SERVERS} servers have {store} open, which is the most")));
        };
        let written = lock.set_len(0).and_then(|()| lock.write_all(base_url.as_bytes()));
        written.map_err(|error| failed(&path, error))?;
        let is_first = live_addresses(store).len() <= 1;
        Ok(Self { lock, is_first })
    }

    /// Returns whether no other server was there before.
    #[must_use]
    pub fn is_first(&self) -> bool {
        self.is_first
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // The address is ignored anyway once the lock is released.
        drop(self.lock.set_len(0));
    }
}

/// Returns the base URLs of the servers that have a store open.
#[must_use]
pub fn live_addresses(store: &Path) -> Vec<String> {
    let files = (1..=SERVERS).map(|number| lock_file(store, number));
    files.filter(|file| is_locked(file)).filter_map(|file| address(&file)).collect()
}

fn is_locked(file: &Path) -> bool {
    // An empty file is not tested: a test holds the lock for a moment, in which a server could not start.
    let has_address = file.metadata().is_ok_and(|found| found.len() > 0);
    has_address && File::open(file).is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

fn address(file: &Path) -> Option<String> {
    let mut url = String::new();
    File::open(file).ok()?.take(URL_BYTES).read_to_string(&mut url).ok()?;
    Some(url).filter(|url| !url.is_empty())
}

fn lock_file(store: &Path, number: usize) -> PathBuf {
    let mut name = store.as_os_str().to_owned();
    name.push(".lock");
    if number > 1 {
        name.push(format!("-{number}"));
    }
    name.into()
}

fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    super::file::private(&mut options);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_server_is_refused_unless_it_shares() {
        let folder = tempfile::tempdir().unwrap();
        let store = folder.path().join("s.db");
        let first = Serving::claim(&store, "http://127.0.0.1:1", false).unwrap();
        assert!(first.is_first());
        let Err(StoreError::Refused(refused)) = Serving::claim(&store, "http://127.0.0.1:2", false) else { panic!() };
        assert!(refused.contains("http://127.0.0.1:1") && refused.contains("--shared"), "{refused}");
        let second = Serving::claim(&store, "http://127.0.0.1:2", true).unwrap();
        assert!(!second.is_first());
        assert_eq!(live_addresses(&store), ["http://127.0.0.1:1", "http://127.0.0.1:2"]);

        // The first one ends: the second still keeps others away.
        drop(first);
        assert_eq!(live_addresses(&store), ["http://127.0.0.1:2"]);
        assert!(matches!(Serving::claim(&store, "http://127.0.0.1:3", false), Err(StoreError::Refused(_))));
        drop(second);
        assert_eq!(live_addresses(&store), Vec::<String>::new());
        let third = Serving::claim(&store, "http://127.0.0.1:3", false).unwrap();
        assert!(third.is_first());
    }

    #[test]
    fn the_number_of_servers_is_bounded() {
        let folder = tempfile::tempdir().unwrap();
        let store = folder.path().join("s.db");
        let claim = |n: usize| Serving::claim(&store, &format!("http://127.0.0.1:{n}"), true);
        let servers: Vec<Serving> = (1..=SERVERS).map(|n| claim(n).unwrap()).collect();
        assert!(matches!(claim(SERVERS + 1), Err(StoreError::Refused(_))));
        assert_eq!(live_addresses(&store).len(), servers.len());
    }
}

//! Run records: one file for each run, written before each create, from which `scimulate cleanup` deletes what an
//! interrupted run left behind.
//!
//! A record is locked while its run lives, and removed when the run left nothing. It contains no secrets: the URL, and the
//! names and IDs of the resources.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::base::clock::rfc3339;
use crate::wire::journal::{Entry, Journal};

/// The first line of a run in a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Header {
    run_id: String,
    url: String,
    /// RFC 3339.
    started: String,
    version: String,
}

/// A line of a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
enum Line {
    Run(Header),
    Entry(Entry),
    /// The user asked to keep the resources.
    Kept {
        kept: bool,
    },
}

/// The record of a run in progress.
#[derive(Debug)]
pub struct RunRecord {
    path: PathBuf,
    file: Mutex<File>,
    /// True if the file contains an earlier run with the same ID.
    continued: bool,
}

/// The resources that a recorded run may have left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    pub path: PathBuf,
    pub run_id: String,
    pub started: Timestamp,
    /// The user asked to keep the resources.
    pub kept: bool,
    /// The run is still in progress.
    pub live: bool,
    /// Collections and IDs.
    pub made: Vec<(String, String)>,
    /// Collections and names of creates whose response was lost.
    pub lost: Vec<(String, String)>,
}

impl RunRecord {
    /// Creates the record in a folder, which is created too.
    ///
    /// # Errors
    /// The file cannot be written, or a run with this ID is in progress.
    pub fn create(folder: &Path, url: &str, run_id: &str, started: Timestamp) -> io::Result<Self> {
        create_folder(folder)?;
        let path = folder.join(format!("{run_id}.jsonl"));
        let file = private_file(&path)?;
        file.try_lock().map_err(|_| io::Error::other("a run with this ID is in progress"))?;
        let continued = file.metadata()?.len() > 0;
        let record = Self { path, file: Mutex::new(file), continued };
        let (started, version) = (rfc3339(started), env!("CARGO_PKG_VERSION").to_owned());
        record.write(&Line::Run(Header { run_id: run_id.to_owned(), url: url.to_owned(), started, version }))?;
        Ok(record)
    }

    /// Ends the record. A run that left nothing has none.
    ///
    /// # Errors
    /// The file cannot be written or removed.
    pub fn finish(&self, clean: bool, kept: bool) -> io::Result<()> {
        if kept {
            return self.write(&Line::Kept { kept });
        }
        if clean && !self.continued { std::fs::remove_file(&self.path) } else { Ok(()) }
    }

    fn write(&self, line: &Line) -> io::Result<()> {
        let mut text = serde_json::to_string(line).map_err(io::Error::other)?;
        text.push('\n');
        self.file.lock().unwrap_or_else(PoisonError::into_inner).write_all(text.as_bytes())
    }
}

impl Journal for RunRecord {
    fn note(&self, entry: &Entry) {
        // The run itself does not depend on its record; a full disk must not end it.
        let _ = self.write(&Line::Entry(entry.clone()));
    }
}

/// Reads the records of a URL, oldest first. Files that are not records are skipped.
///
/// # Errors
/// The folder cannot be read. A folder that does not exist contains no records.
pub fn records(folder: &Path, url: &str) -> io::Result<Vec<Recorded>> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "jsonl") {
            found.extend(read(&path, url));
        }
    }
    found.sort_by(|a: &Recorded, b| (a.started, &a.run_id).cmp(&(b.started, &b.run_id)));
    Ok(found)
}

fn read(path: &Path, url: &str) -> Option<Recorded> {
    let text = std::fs::read_to_string(path).ok()?;
    let live = File::open(path).ok()?.try_lock_shared().is_err();
    let mut recorded: Option<Recorded> = None;
    let mut here = false;
    let mut sending: Vec<(u64, (String, String))> = Vec::new();
    for line in text.lines().filter_map(|line| serde_json::from_str(line).ok()) {
        match line {
            Line::Run(header) => {
                here = header.url == url;
                if let Some(recorded) = &mut recorded {
                    recorded.lost.extend(sending.drain(..).map(|(_, name)| name));
                    recorded.kept = false;
                } else if here {
                    let (run_id, started) = (header.run_id, header.started.parse().ok()?);
                    let (made, lost) = (Vec::new(), Vec::new());
                    recorded = Some(Recorded { path: path.to_owned(), run_id, started, kept: false, live, made, lost });
                }
            }
            Line::Kept { kept } if here => {
                if let Some(recorded) = &mut recorded {
                    recorded.kept = kept;
                }
            }
            Line::Entry(entry) if here => apply(recorded.as_mut()?, &mut sending, entry),
            Line::Entry(_) | Line::Kept { .. } => {}
        }
    }
    let mut recorded = recorded?;
    recorded.lost.extend(sending.into_iter().map(|(_, name)| name).filter(|(_, name)| !name.is_empty()));
    Some(recorded)
}

fn apply(recorded: &mut Recorded, sending: &mut Vec<(u64, (String, String))>, entry: Entry) {
    match entry {
        Entry::Sending { number, collection, name } => sending.push((number, (collection, name))),
        Entry::Refused { number } => sending.retain(|(sent, _)| *sent != number),
        Entry::Created { number, collection, id } => {
            sending.retain(|(sent, _)| *sent != number);
            recorded.made.push((collection, id));
        }
        Entry::Deleted { collection, id } => recorded.made.retain(|made| *made != (collection.clone(), id.clone())),
    }
}

/// Creates a folder that only its owner may read.
fn create_folder(folder: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Opens a file that only its owner may read.
fn private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).append(true).read(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "https://h.example/scim";

    #[test]
    fn a_record_lists_what_was_made_and_what_was_lost() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("scimulate").join("runs");
        assert_eq!(records(&folder, URL).unwrap(), []);
        let record = RunRecord::create(&folder, URL, "k9", Timestamp::UNIX_EPOCH).unwrap();
        for entry in [
            Entry::Sending { number: 1, collection: "Users".into(), name: "a".into() },
            Entry::Created { number: 1, collection: "Users".into(), id: "7".into() },
            Entry::Sending { number: 2, collection: "Users".into(), name: "b".into() },
            Entry::Created { number: 2, collection: "Users".into(), id: "8".into() },
            Entry::Sending { number: 3, collection: "Users".into(), name: "c".into() },
            Entry::Refused { number: 3 },
            Entry::Sending { number: 4, collection: "Groups".into(), name: "d".into() },
            Entry::Deleted { collection: "Users".into(), id: "7".into() },
        ] {
            record.note(&entry);
        }
        let found = records(&folder, URL).unwrap();
        assert_eq!((found[0].live, found[0].kept, found[0].run_id.as_str()), (true, false, "k9"));
        assert_eq!(found[0].made, [("Users".to_owned(), "8".to_owned())]);
        assert_eq!(found[0].lost, [("Groups".to_owned(), "d".to_owned())]);
        assert_eq!(records(&folder, "https://other.example").unwrap(), []);
        assert!(RunRecord::create(&folder, URL, "k9", Timestamp::UNIX_EPOCH).is_err(), "the run is in progress");
        record.finish(true, false).unwrap();
        assert_eq!(records(&folder, URL).unwrap(), []);
    }

    #[test]
    fn a_second_run_with_the_same_id_adds_to_the_record() {
        let folder = tempfile::tempdir().unwrap();
        for number in 1..=2 {
            let record = RunRecord::create(folder.path(), URL, "k9", Timestamp::UNIX_EPOCH).unwrap();
            record.note(&Entry::Sending { number: 1, collection: "Users".into(), name: format!("n{number}") });
            record.finish(number == 2, false).unwrap();
        }
        let found = records(folder.path(), URL).unwrap();
        assert_eq!(found[0].lost, [("Users".to_owned(), "n1".to_owned()), ("Users".to_owned(), "n2".to_owned())]);
        assert!(!found[0].live);
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_can_read_a_record() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let record = RunRecord::create(folder.path(), URL, "k9", Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(std::fs::metadata(&record.path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

//! The folder of run records, `$XDG_STATE_HOME/scimulate/runs`, and the record of a run in progress.

use std::path::PathBuf;
use std::sync::Arc;

use crate::base::{Clock as _, SystemClock};
use crate::check::run_record::RunRecord;
use crate::wire::journal::Journal;

/// Returns the folder of run records, or `None` without a home directory.
pub(super) fn folder() -> Option<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = variable("XDG_STATE_HOME").or_else(|| Some(variable("HOME")?.join(".local").join("state")))?;
    Some(state.join("scimulate").join("runs"))
}

/// The record of a run, if there is one: a run against the built-in reference has none.
#[derive(Debug, Clone, Default)]
pub(super) struct Record(Option<Arc<RunRecord>>);

impl Record {
    /// Creates the record of a run. A record that cannot be written is reported, and the run goes on without one.
    pub(super) fn start(url: &str, run_id: &str) -> Self {
        let Some(folder) = folder() else { return Self(None) };
        match RunRecord::create(&folder, url, run_id, SystemClock.now()) {
            Ok(record) => Self(Some(Arc::new(record))),
            Err(error) => {
                let folder = folder.display();
                anstream::eprintln!(
                    "warning: no record of this run in {folder}: {error}; if it is killed, `scimulate cleanup --run-id {run_id}` finds what it created by name"
                );
                Self(None)
            }
        }
    }

    /// Returns the record as a journal.
    pub(super) fn journal(&self) -> Option<Arc<dyn Journal>> {
        self.0.clone().map(|record| record as Arc<dyn Journal>)
    }

    /// Ends the record: it is removed if the run left nothing.
    pub(super) fn finish(&self, clean: bool, kept: bool) {
        if let Some(record) = &self.0
            && let Err(error) = record.finish(clean, kept)
        {
            anstream::eprintln!("warning: the record of this run cannot be removed: {error}");
        }
    }
}

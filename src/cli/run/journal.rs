//! The journal of `--journal`.

use std::path::Path;
use std::sync::Arc;

use crate::cli::Usage;
use crate::cli::run::input::Input;
use crate::sim::RunSettings;
use crate::sim::run_journal::{JournalHeader, JournaledRun, RunJournal};
use crate::wire::Secrets;

/// Opens the journal of a run, and says how much of it an earlier run has recorded.
pub(super) fn open(
    file: &Path,
    input: &Input,
    set: &[(String, String)],
    settings: &RunSettings,
    secrets: &Secrets,
) -> Result<Arc<RunJournal>, Usage> {
    let run = JournaledRun {
        scenario: &input.scenario.name,
        text: &input.text,
        set,
        seed: settings.seed,
        run_id: settings.run_id.as_deref(),
        url: &settings.target,
        habits: &settings.habits,
    };
    let clients = input.scenario.org.apps().iter().map(|app| app.client.to_string()).collect();
    let journal = RunJournal::open(file, &JournalHeader::new(run, clients), secrets.clone());
    journal.map(Arc::new).map_err(|error| Usage(error.to_string()))
}

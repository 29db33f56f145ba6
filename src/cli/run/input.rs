//! Finds the scenario that the user named.

use std::path::Path;

use crate::base::did_you_mean;
use crate::cli::Usage;
use crate::sim::{Scenario, shipped};

/// A scenario with the text that it was read from.
#[derive(Debug)]
pub(super) struct Input {
    pub(super) scenario: Scenario,
    pub(super) text: String,
}

/// Returns name and text of a scenario: a file, or a shipped one by name.
pub(super) fn read(named: &str) -> Result<(String, String), Usage> {
    let path = Path::new(named);
    if path.exists() {
        let text = std::fs::read_to_string(path).map_err(|error| Usage(format!("cannot read {named}: {error}")))?;
        return Ok((named.to_owned(), text));
    }
    let name = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or(named);
    let bare = path.parent().is_none_or(|parent| parent.as_os_str().is_empty() || parent == Path::new("scenarios"));
    shipped::text(name).filter(|_| bare).ok_or_else(|| {
        let all = shipped::names();
        let list = format!("expected a file, or one of the shipped scenarios: {}", all.join(", "));
        Usage(format!("there is no scenario {named:?}; {}", did_you_mean(name, all.iter().map(String::as_str), &list)))
    })
}

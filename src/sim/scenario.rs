//! Scenario files: parsing and validation.

mod error;
mod faults;
mod file;
mod lines;
mod mistakes;
mod naming;
mod org;
mod parameters;
pub mod schema;
mod timeline;
mod toml_error;
pub mod verbs;
mod warnings;

use std::collections::BTreeSet;

use jiff::civil::DateTime;

use self::error::Misplaced;
pub use self::error::{ScenarioError, ScenarioErrorKind};
use self::faults::{FaultMistake, fault};
use self::file::File;
use self::lines::{KeyPath, Lines};
pub use self::mistakes::EntryMistake;
use self::naming::Naming;
use self::org::org;
pub use self::parameters::ParameterMistake;
pub use self::timeline::TimelineEntry;
use self::timeline::{AT, DO, TIMELINE, entry};
use self::toml_error::explain;
use self::verbs::verbs;
pub use self::warnings::{ScenarioWarning, ScenarioWarningKind};
use crate::okta::action::Action;
use crate::okta::org::OrgError;
use crate::okta::{ClientKind, Habits, Org, Pace};
use crate::wire::{PlannedFault, PlannedFaults};

/// The time at which the clock of a scenario without times begins.
const BEGIN: DateTime = DateTime::constant(2027, 1, 1, 0, 0, 0, 0);
/// An org and a timeline of actions.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// The name of the file, for messages.
    pub file: String,
    pub name: String,
    pub about: String,
    /// The treatment of waits, if the file sets it.
    pub pace: Option<Pace>,
    pub org: Org,
    pub timeline: Vec<TimelineEntry>,
    pub faults: Vec<PlannedFault>,
    /// The line of each fault.
    pub fault_lines: Vec<usize>,
    /// True if the run reads the target after the last action, and compares what it stores.
    pub audit: bool,
    /// Attributes that are probably mistakes.
    pub warnings: Vec<ScenarioWarning>,
}

impl Scenario {
    /// Parses a scenario. The complete timeline is applied to a copy of the org, so that errors are reported before
    /// anything is sent. `file` is the name of the file in errors.
    ///
    /// # Errors
    /// The first error in the file.
    pub fn parse(file: &str, text: &str) -> Result<Self, ScenarioError> {
        Self::parse_with(file, text, None, &[])
    }

    /// As [`Scenario::parse`], with other values of parameters, and with a run ID in all logins, e-mail addresses and group names,
    /// so that the scenario can be played again against the same target: `ada.ID@example.com`, `Engineers ID`.
    ///
    /// # Errors
    /// As [`Scenario::parse`].
    pub fn parse_with(
        file: &str,
        text: &str,
        run_id: Option<&str>,
        set: &[(String, String)],
    ) -> Result<Self, ScenarioError> {
        let error = |line, kind| ScenarioError { file: file.to_owned(), line, kind: Box::new(kind) };
        let text = &parameters::insert(text, set)
            .map_err(|(at, mistake)| error(at.map(|at| Lines::of(text).of_byte(at)), mistake.into()))?;
        let lines = Lines::of(text);
        let read: File = toml::from_str(text).map_err(|wrong| {
            let at = wrong.span().unwrap_or_default().start;
            let kind = ScenarioErrorKind::Syntax(explain(wrong.message(), at, &lines));
            error(Some(lines.of_byte(at)), kind)
        })?;
        let located = |Misplaced { path, kind }: Misplaced| {
            let words = kind.words(run_id);
            let line = lines.line_of_word(&path, words.iter().map(String::as_str));
            let verb = path.key(DO);
            error(Some(line.unwrap_or_else(|| lines.line(&verb))), kind)
        };
        let naming = Naming::new(run_id);
        let org = org(&read, naming).map_err(located)?;
        let (verbs, mut timeline, mut last) = (verbs(), Vec::new(), None);
        for (nth, table) in read.timeline.iter().enumerate() {
            let path = KeyPath::of(TIMELINE).nth(nth);
            let line = lines.line(&path.key(DO));
            let entry = entry(table, &path, line, &verbs, &org).map_err(located)?;
            if let Some((at, (earlier, line))) = entry.at.zip(last).filter(|(at, (earlier, _))| at < earlier) {
                return Err(located(Misplaced::new(path.key(AT), FaultMistake::Backwards { at, earlier, line })));
            }
            last = entry.at.map(|at| (at, lines.line(&path.key(AT)))).or(last);
            timeline.push(entry);
        }
        let (mut faults, mut fault_lines) = (Vec::new(), Vec::new());
        for (nth, entry) in read.fault.iter().enumerate() {
            let path = KeyPath::of("fault").nth(nth);
            let planned = fault(entry, last.is_some());
            faults.push(planned.map_err(|mistake| located(Misplaced::new(path.key(mistake.key()), mistake)))?);
            fault_lines.push(lines.line(&path));
        }
        let warnings = warnings::warnings(file, &read.people, &timeline, &org, &lines);
        let groups = own_groups(&read, &timeline);
        for entry in &mut timeline {
            naming.action(&mut entry.action, &groups);
        }
        let (name, about, pace, audit) = (read.name, read.about, read.pace, read.audit.is_some());
        let file = file.to_owned();
        let scenario = Self { file, name, about, pace, org, timeline, faults, fault_lines, audit, warnings };
        scenario
            .rehearse()
            .map_err(|(nth, refused)| located(Misplaced::new(KeyPath::of(TIMELINE).nth(nth), refused)))?;
        Ok(scenario)
    }

    /// Returns the faults with a new clock, which begins at the first time of the timeline.
    #[must_use]
    pub fn planned_faults(&self, pace: Pace) -> PlannedFaults {
        let begin = self.timeline.iter().find_map(|entry| entry.at).unwrap_or(BEGIN);
        PlannedFaults::new(&self.faults, begin, pace == Pace::Real)
    }

    /// Sets the client of every app.
    pub fn set_client(&mut self, client: ClientKind) {
        let labels: Vec<String> = self.org.apps().iter().map(|app| app.label.clone()).collect();
        for label in labels {
            if let Ok(app) = self.org.app_mut(&label) {
                app.client = client;
            }
        }
    }

    /// Applies the timeline to a copy of the org. An error has the position of its entry.
    fn rehearse(&self) -> Result<(), (usize, OrgError)> {
        let (mut org, habits) = (self.org.clone(), Habits::default());
        for (number, entry) in self.timeline.iter().enumerate() {
            // The imported users are unknown before the run, but the assignments that a confirmation makes are known. One that the
            // scenario expects to fail makes none.
            if entry.action.depends_on_an_import() && entry.expect_task.is_some() {
                continue;
            }
            for action in entry.action.without_import() {
                org.act(&action, &habits).map_err(|error| (number, error))?;
            }
        }
        Ok(())
    }
}

/// Returns the names of all groups that the scenario has or makes.
fn own_groups(read: &File, timeline: &[TimelineEntry]) -> BTreeSet<String> {
    let made = timeline.iter().filter_map(|entry| match &entry.action {
        Action::CreateGroup { group: name } | Action::RenameGroup { to: name, .. } => Some(name),
        _ => None,
    });
    read.groups.keys().chain(made).cloned().collect()
}

#[cfg(test)]
mod tests;

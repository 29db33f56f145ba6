//! Scenario files: parsing and validation.

mod faults;
mod file;
mod mistakes;
mod naming;
mod parameters;
pub mod schema;
pub mod verbs;
mod warnings;

use std::collections::BTreeSet;
use std::ops::Range;

use jiff::civil::DateTime;

use self::faults::{FaultMistake, fault, time};
use self::file::{File, PopulationEntry};
pub use self::mistakes::EntryMistake;
use self::mistakes::{check, first_key, line, locate, with_remedy};
use self::naming::Naming;
pub use self::parameters::ParameterMistake;
use self::verbs::verbs;
pub use self::warnings::ScenarioWarning;
use crate::base::Seed;
use crate::okta::action::Action;
use crate::okta::mapping::{Mapping, MappingError};
use crate::okta::org::{OrgError, Population, UsernameFormat};
use crate::okta::{App, ClientKind, Habits, Org, Pace};
use crate::wire::{PlannedFault, PlannedFaults};

/// An error in a scenario file. `Display` is `FILE:LINE: what is wrong`, with the fix where it is known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {kind}")]
pub struct ScenarioError {
    pub file: String,
    pub line: usize,
    pub kind: ScenarioErrorKind,
}

/// The error itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScenarioErrorKind {
    /// The text is not TOML, or its keys or values are not those of a scenario.
    #[error("{0}")]
    Syntax(String),
    #[error("two apps have the label {0:?}; give each app its own label")]
    DuplicateApp(String),
    #[error("missing field `app`: name one of {}", .0.join(", "))]
    MissingApp(Vec<String>),
    #[error("`expect-task` must be a string, a part of the error that Okta shows, but it is of type {0}")]
    ExpectTask(&'static str),
    #[error("a population has at most {MOST_PEOPLE} people and {MOST_GROUPS} groups")]
    Population,
    #[error(transparent)]
    Fault(#[from] FaultMistake),
    #[error(transparent)]
    Parameter(#[from] ParameterMistake),
    #[error(transparent)]
    Entry(Box<EntryMistake>),
    #[error(transparent)]
    Mapping(#[from] MappingError),
    /// Okta would refuse the org or an action of the timeline.
    #[error(transparent)]
    Org(#[from] OrgError),
}

/// The time at which the clock of a scenario without times begins.
const BEGIN: DateTime = DateTime::constant(2027, 1, 1, 0, 0, 0, 0);
/// The most generated people, of which an org takes about a gigabyte.
const MOST_PEOPLE: u32 = 1_000_000;
/// The most generated groups.
const MOST_GROUPS: u32 = 100_000;
/// The key of [`TimelineEntry::at`].
const AT: &str = "at";
/// The key of [`TimelineEntry::expect_task`].
const EXPECT_TASK: &str = "expect-task";

/// One entry of the timeline.
#[derive(Debug, Clone, PartialEq)]
pub struct TimelineEntry {
    pub action: Action,
    /// A part of the error that Okta must show the administrator after the action. Empty for any error.
    pub expect_task: Option<String>,
    /// The time on the scenario's clock.
    pub at: Option<DateTime>,
    /// The line in the file, from 1.
    pub line: usize,
}

/// An org and a timeline of actions.
#[derive(Debug, Clone)]
pub struct Scenario {
    pub name: String,
    pub about: String,
    /// The treatment of waits, if the file sets it.
    pub pace: Option<Pace>,
    pub org: Org,
    pub timeline: Vec<TimelineEntry>,
    pub faults: Vec<PlannedFault>,
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
        let error = |line, kind| ScenarioError { file: file.to_owned(), line, kind };
        let text = &parameters::insert(text, set)
            .map_err(|(at, mistake)| error(line(text, at.unwrap_or_default()), mistake.into()))?;
        let at = |span: Range<usize>, kind| error(line(text, span.start), kind);
        let read: File = toml::from_str(text).map_err(|error| {
            let span = error.span().unwrap_or_default();
            let message = with_remedy(error.message(), text, &span);
            at(span, ScenarioErrorKind::Syntax(message))
        })?;
        let naming = Naming::new(run_id);
        let org = org(&read, naming).map_err(|(span, kind)| at(span, kind))?;
        let (verbs, mut timeline, mut now) = (verbs(), Vec::new(), None);
        for entry in &read.timeline {
            let (begin, mut table) = (entry.span().start, entry.get_ref().clone());
            let at_word = |word: &str, kind| error(line(text, locate(text, begin, word)), kind);
            let expect_task = table.remove(EXPECT_TASK).map(|value| match value {
                toml::Value::String(text) => Ok(text),
                other => Err(at_word(EXPECT_TASK, ScenarioErrorKind::ExpectTask(other.type_str()))),
            });
            let expect_task = expect_task.transpose()?;
            let at = table.remove(AT).map(|value| time(AT, &value)).transpose();
            let at = at.map_err(|mistake| at_word(AT, mistake.into()))?;
            if at.is_some_and(|at| now.is_some_and(|now| at < now)) {
                return Err(at_word(AT, FaultMistake::Backwards.into()));
            }
            now = at.or(now);
            check(&table, &verbs)
                .map_err(|mistake| at_word(mistake.word(), ScenarioErrorKind::Entry(Box::new(mistake.clone()))))?;
            let action = action(&table, &org).map_err(|kind| at_word("", kind))?;
            check_lists(&action, &org).map_err(|kind| at_word("", kind.into()))?;
            timeline.push(TimelineEntry { action, expect_task, at, line: line(text, first_key(text, begin)) });
        }
        let mut faults = Vec::new();
        for entry in &read.fault {
            let planned = fault(entry.get_ref(), now.is_some());
            let begin = first_key(text, entry.span().start);
            faults.push(planned.map_err(|mistake| error(line(text, begin), mistake.into()))?);
        }
        let people = read.people.iter().map(|(key, profile)| (key.as_str(), profile.get_ref()));
        let warnings = warnings::warnings(people, timeline.iter().map(|entry| (&entry.action, entry.line)), &org);
        let groups = own_groups(&read, &timeline);
        for entry in &mut timeline {
            naming.action(&mut entry.action, &groups);
        }
        let (name, about, pace, audit) = (read.name, read.about, read.pace, read.audit.is_some());
        let scenario = Self { name, about, pace, org, timeline, faults, audit, warnings };
        scenario.rehearse().map_err(|(number, refused)| {
            let begin = read.timeline.get(number).map_or(0, |entry| entry.span().start);
            let word = if let OrgError::NotFound { name, .. } = &refused { name.as_str() } else { "" };
            error(line(text, locate(text, begin, word)), refused.into())
        })?;
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
            let action = match entry.action.clone() {
                Action::ConfirmImport { .. } | Action::MatchImport { .. } if entry.expect_task.is_some() => continue,
                Action::ConfirmImport { app, people } => Action::assign(app, people),
                Action::MatchImport { app, person, .. } => Action::assign(app, vec![person]),
                other => other,
            };
            org.act(&action, &habits).map_err(|error| (number, error))?;
        }
        Ok(())
    }
}

fn org(read: &File, naming: Naming<'_>) -> Result<Org, (Range<usize>, ScenarioErrorKind)> {
    let mut org = Org::default();
    for entry in &read.app {
        let (span, entry) = (entry.span(), entry.get_ref());
        if org.app(&entry.label).is_ok() {
            return Err((span, ScenarioErrorKind::DuplicateApp(entry.label.clone())));
        }
        let mapping = entry.custom.iter().cloned().try_fold(Mapping::default(), Mapping::with);
        let mapping = mapping.and_then(|m| m.without(&entry.without)).and_then(|m| m.create_only(&entry.create_only));
        let mut app = App::new(&entry.label, entry.client);
        app.provisioning = entry.provisioning;
        app.import_groups = entry.import_groups;
        app.import_rules = entry.import.clone();
        app.rename_groups = entry.rename_groups;
        app.to_app = entry.to_app.clone();
        if let Some(format) = &entry.username_format {
            let format =
                UsernameFormat::parse(format).map_err(|error| (span.clone(), OrgError::Expression(error).into()))?;
            app.username_format = format;
        }
        app.mapping = mapping.map_err(|error| (span.clone(), error.into()))?;
        for (row, expression) in &entry.mapping {
            let expression = naming.expression(expression, read.groups.keys());
            app.set_expression(row, &expression).map_err(|error| (span.clone(), error.into()))?;
        }
        org.add_app(app);
    }
    for (key, profile) in &read.people {
        let fits = org.apps().iter().try_for_each(|app| app.mapping.check(profile.get_ref()));
        fits.map_err(|error| (profile.span(), error.into()))?;
        let mut named = profile.get_ref().clone();
        naming.person(key, &mut named);
        org.add_person(key, named).map_err(|error| (profile.span(), error.into()))?;
    }
    if let Some(entry) = &read.population {
        populate(&mut org, entry.get_ref(), naming).map_err(|kind| (entry.span(), kind))?;
    }
    for (name, members) in &read.groups {
        org.add_group(&naming.group(name), members.get_ref()).map_err(|error| (members.span(), error.into()))?;
    }
    Ok(org)
}

fn populate(org: &mut Org, entry: &PopulationEntry, naming: Naming<'_>) -> Result<(), ScenarioErrorKind> {
    if entry.people > MOST_PEOPLE || entry.groups > MOST_GROUPS {
        return Err(ScenarioErrorKind::Population);
    }
    let population = Population {
        people: entry.people as usize,
        groups: entry.groups as usize,
        groups_per_person: entry.groups_per_person as usize,
    };
    let seed = Seed(entry.population_seed);
    org.populate_as(population, seed, |profile| naming.profile(profile), |name| naming.group(name)).map_err(Into::into)
}

/// Returns the names of all groups that the scenario has or makes.
fn own_groups(read: &File, timeline: &[TimelineEntry]) -> BTreeSet<String> {
    let made = timeline.iter().filter_map(|entry| match &entry.action {
        Action::CreateGroup { group: name } | Action::RenameGroup { to: name, .. } => Some(name),
        _ => None,
    });
    read.groups.keys().chain(made).cloned().collect()
}

/// Parses an entry of the timeline. `app` is optional if the org has one app.
fn action(entry: &toml::Table, org: &Org) -> Result<Action, ScenarioErrorKind> {
    let syntax = |error: toml::de::Error| ScenarioErrorKind::Syntax(error.message().to_owned());
    match entry.clone().try_into::<Action>() {
        Err(error) if error.message().contains("missing field `app`") => {
            let [app] = org.apps() else {
                return Err(ScenarioErrorKind::MissingApp(org.apps().iter().map(|app| app.label.clone()).collect()));
            };
            let mut entry = entry.clone();
            entry.insert("app".to_owned(), toml::Value::String(app.label.clone()));
            entry.try_into().map_err(syntax)
        }
        other => other.map_err(syntax),
    }
}

/// Checks that the lists of a profile fit the mapping of every app.
fn check_lists(action: &Action, org: &Org) -> Result<(), MappingError> {
    match action {
        Action::CreatePerson { profile, .. } | Action::UpdateProfile { set: profile, .. } => {
            org.apps().iter().try_for_each(|app| app.mapping.check(profile))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;

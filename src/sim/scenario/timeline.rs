//! The entries of a timeline. Pure.

use jiff::civil::DateTime;

use super::error::{Misplaced, ScenarioErrorKind};
use super::faults::time;
use super::lines::KeyPath;
use super::mistakes::{check, found};
use super::org::check_format;
use super::verbs::Verb;
use crate::okta::Org;
use crate::okta::action::Action;
use crate::okta::mapping::MappingError;

/// The key of the timeline.
pub(super) const TIMELINE: &str = "timeline";
/// The key of the verb of an action.
pub(super) const DO: &str = "do";
/// The key of [`TimelineEntry::at`].
pub(super) const AT: &str = "at";
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

/// Reads an entry of the timeline.
pub(super) fn entry(
    table: &toml::Table,
    path: &KeyPath,
    line: usize,
    verbs: &[Verb],
    org: &Org,
) -> Result<TimelineEntry, Misplaced> {
    let mut table = table.clone();
    let expect_task = match table.remove(EXPECT_TASK) {
        None => None,
        Some(toml::Value::String(text)) => Some(text),
        Some(other) => {
            return Err(Misplaced::new(path.key(EXPECT_TASK), ScenarioErrorKind::ExpectTask(found(&other))));
        }
    };
    let at = table.remove(AT).map(|value| time(AT, &value)).transpose();
    let at = at.map_err(|mistake| Misplaced::new(path.key(AT), mistake))?;
    check(&table, verbs).map_err(|mistake| {
        let path = mistake.keys().into_iter().fold(path.clone(), |path, key| path.key(key));
        Misplaced::new(path, ScenarioErrorKind::Entry(Box::new(mistake)))
    })?;
    let action = action(&table, org).map_err(|kind| Misplaced::new(path.clone(), kind))?;
    check_lists(&action, org).map_err(|kind| Misplaced::new(path.clone(), kind))?;
    if let Action::SetUsernameFormat { format, .. } = &action {
        check_format(format).map_err(|kind| Misplaced::new(path.clone(), kind))?;
    }
    Ok(TimelineEntry { action, expect_task, at, line })
}

/// Parses an entry of the timeline. `app` is optional if the org has one app.
fn action(entry: &toml::Table, org: &Org) -> Result<Action, ScenarioErrorKind> {
    let syntax = |error: toml::de::Error| ScenarioErrorKind::Syntax(error.message().to_owned());
    match entry.clone().try_into::<Action>() {
        Err(error) if error.message().contains("missing field `app`") => {
            let [app] = org.apps() else {
                let verb = entry.get(DO).and_then(toml::Value::as_str).unwrap_or_default().to_owned();
                let known = org.apps().iter().map(|app| app.label.clone()).collect();
                return Err(ScenarioErrorKind::MissingApp { verb, known });
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

//! Attributes in a scenario that Okta would not have, or would not send. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::lines::{KeyPath, Lines};
use super::timeline::TimelineEntry;
use crate::base::nearest;
use crate::okta::action::Action;
use crate::okta::expression::Expression;
use crate::okta::mapping::{Mapping, Profile};
use crate::okta::org::{DEFAULT_PROFILE, Org, UsernameFormat};

/// An attribute that is probably a mistake. The scenario can be played all the same. `Display` is `FILE:LINE: what is wrong`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {kind}")]
pub struct ScenarioWarning {
    pub file: String,
    pub line: usize,
    pub kind: ScenarioWarningKind,
}

/// The warning itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScenarioWarningKind {
    #[error("`{name}` is not an attribute of Okta's user profile{}", nearest.as_ref().map(|nearest| format!("; did you mean {nearest}?")).unwrap_or_default())]
    UnknownAttribute { name: String, nearest: Option<String> },
    #[error("the expression uses user.{name}, which is not an attribute of Okta's user profile{}", nearest.as_ref().map(|nearest| format!("; did you mean user.{nearest}?")).unwrap_or_default())]
    UnknownInExpression { name: String, nearest: Option<String> },
    #[error(
        "`{0}` is never sent, because no attribute mapping of an app uses it; delete it, or add a row with [[app.custom]]"
    )]
    NotMapped(String),
}

/// Returns the warnings about people and about the actions that set profiles. An action may change an attribute that is
/// not mapped, to show that Okta sends nothing.
pub(super) fn warnings(
    file: &str,
    people: &BTreeMap<String, Profile>,
    timeline: &[TimelineEntry],
    org: &Org,
    lines: &Lines<'_>,
) -> Vec<ScenarioWarning> {
    let template = Mapping::default();
    let expressions = expressions(org, timeline);
    let mapped = org.apps().iter().flat_map(|app| app.mapping.sources());
    let used = expressions.iter().flat_map(|(_, expression)| expression.attributes());
    let sent: BTreeSet<&str> = mapped.chain(["login"]).chain(used).collect();
    let known: BTreeSet<&str> = DEFAULT_PROFILE.into_iter().chain(template.sources()).chain(sent.clone()).collect();
    let given = people.values().flat_map(|profile| profile.keys().map(String::as_str));
    let given: BTreeSet<&str> = given.chain(DEFAULT_PROFILE).chain(template.sources()).collect();
    let mut warnings = Vec::new();
    let mut warn = |path: &KeyPath, kind| {
        warnings.push(ScenarioWarning { file: file.to_owned(), line: lines.line(path), kind });
    };
    for (path, expression) in &expressions {
        for name in expression.attributes().into_iter().filter(|name| !given.contains(name)) {
            let nearest = nearest(name, given.iter().copied()).map(str::to_owned);
            warn(path, ScenarioWarningKind::UnknownInExpression { name: name.to_owned(), nearest });
        }
    }
    let mut attributes = |path: &KeyPath, profile: &Profile, must_be_sent: bool| {
        for name in profile.keys() {
            if !known.contains(name.as_str()) {
                let nearest = nearest(name, known.iter().copied()).map(str::to_owned);
                warn(&path.key(name), ScenarioWarningKind::UnknownAttribute { name: name.clone(), nearest });
            } else if must_be_sent && !sent.contains(name.as_str()) {
                warn(&path.key(name), ScenarioWarningKind::NotMapped(name.clone()));
            }
        }
    };
    for (key, profile) in people {
        attributes(&KeyPath::of("people").key(key), profile, true);
    }
    for (nth, entry) in timeline.iter().enumerate() {
        let path = KeyPath::of("timeline").nth(nth);
        match &entry.action {
            Action::CreatePerson { profile, .. } => attributes(&path.key("profile"), profile, true),
            Action::UpdateProfile { set, .. } => attributes(&path.key("set"), set, false),
            _ => {}
        }
    }
    warnings
}

/// Returns the expressions of mapping rows, username formats and group rules, each with its place in the file.
fn expressions(org: &Org, timeline: &[TimelineEntry]) -> Vec<(KeyPath, Expression)> {
    let of_apps = org.apps().iter().enumerate().flat_map(|(nth, app)| {
        let path = KeyPath::of("app").nth(nth);
        let format = (path.key("username-format"), app.username_format.expression().clone());
        let row = move |(row, expression): (&str, &Expression)| (path.key("mapping").key(row), expression.clone());
        app.expressions().map(row).chain([format])
    });
    let of_timeline = timeline.iter().enumerate().filter_map(|(nth, entry)| {
        let (key, expression) = match &entry.action {
            Action::SetMapping { expression, .. } => ("expression", Expression::parse(expression).ok()?),
            Action::CreateGroupRule { when, .. } => ("when", Expression::parse(when).ok()?),
            Action::SetUsernameFormat { format, .. } => {
                ("format", UsernameFormat::parse(format).ok()?.expression().clone())
            }
            _ => return None,
        };
        Some((KeyPath::of("timeline").nth(nth).key(key), expression))
    });
    of_apps.chain(of_timeline).collect()
}

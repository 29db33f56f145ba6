//! Attributes in a scenario that Okta would not have, or would not send. Pure.

use std::collections::BTreeSet;

use crate::base::nearest;
use crate::okta::action::Action;
use crate::okta::expression::Expression;
use crate::okta::mapping::{Mapping, Profile};
use crate::okta::org::{DEFAULT_PROFILE, Org, UsernameFormat};

/// An attribute that is probably a mistake. The scenario can be played all the same.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScenarioWarning {
    #[error("{at}.{name} is not an attribute of Okta's user profile{}", nearest.as_ref().map(|nearest| format!("; did you mean {nearest}?")).unwrap_or_default())]
    UnknownAttribute { at: String, name: String, nearest: Option<String> },
    #[error("the expression of {at} uses user.{name}, which is not an attribute of Okta's user profile{}", nearest.as_ref().map(|nearest| format!("; did you mean user.{nearest}?")).unwrap_or_default())]
    UnknownInExpression { at: String, name: String, nearest: Option<String> },
    #[error("{at}.{name} is never sent: no attribute mapping of an app uses it")]
    NotMapped { at: String, name: String },
}

/// Returns the warnings about people and about the actions that set profiles. An action may change an attribute that is
/// not mapped, to show that Okta sends nothing.
pub(super) fn warnings<'a>(
    people: impl Iterator<Item = (&'a str, &'a Profile)>,
    timeline: impl Iterator<Item = (&'a Action, usize)>,
    org: &Org,
) -> Vec<ScenarioWarning> {
    let template = Mapping::default();
    let timeline: Vec<(&Action, usize)> = timeline.collect();
    let people: Vec<(&str, &Profile)> = people.collect();
    let expressions = expressions(org, &timeline);
    let mapped = org.apps().iter().flat_map(|app| app.mapping.sources());
    let used = expressions.iter().flat_map(|(_, expression)| expression.attributes());
    let sent: BTreeSet<&str> = mapped.chain(["login"]).chain(used).collect();
    let known: BTreeSet<&str> = DEFAULT_PROFILE.into_iter().chain(template.sources()).chain(sent.clone()).collect();
    let given = people.iter().flat_map(|(_, profile)| profile.keys().map(String::as_str));
    let given: BTreeSet<&str> = given.chain(DEFAULT_PROFILE).chain(template.sources()).collect();
    let mut warnings = Vec::new();
    for (at, expression) in &expressions {
        for name in expression.attributes().into_iter().filter(|name| !given.contains(name)) {
            let nearest = nearest(name, given.iter().copied()).map(str::to_owned);
            warnings.push(ScenarioWarning::UnknownInExpression { at: at.clone(), name: name.to_owned(), nearest });
        }
    }
    let mut attributes = |at: &str, profile: &Profile, must_be_sent: bool| {
        for name in profile.keys() {
            let (at, name) = (at.to_owned(), name.clone());
            if !known.contains(name.as_str()) {
                let nearest = nearest(&name, known.iter().copied()).map(str::to_owned);
                warnings.push(ScenarioWarning::UnknownAttribute { at, name, nearest });
            } else if must_be_sent && !sent.contains(name.as_str()) {
                warnings.push(ScenarioWarning::NotMapped { at, name });
            }
        }
    };
    for (key, profile) in people {
        attributes(&format!("people.{key}"), profile, true);
    }
    for (action, line) in timeline {
        match action {
            Action::CreatePerson { profile, .. } => attributes(&format!("line {line}: profile"), profile, true),
            Action::UpdateProfile { set, .. } => attributes(&format!("line {line}: set"), set, false),
            _ => {}
        }
    }
    warnings
}

/// Returns the expressions of mapping rows, username formats and group rules, each with its place in the file.
fn expressions(org: &Org, timeline: &[(&Action, usize)]) -> Vec<(String, Expression)> {
    let of_apps = org.apps().iter().flat_map(|app| {
        let rows = app.expressions().map(|(row, expression)| (format!("{}.mapping.{row}", app.label), expression));
        let format = (format!("{}.username-format", app.label), app.username_format.expression());
        rows.chain([format]).map(|(at, expression)| (at, expression.clone()))
    });
    let of_timeline = timeline.iter().filter_map(|(action, line)| {
        let expression = match action {
            Action::SetMapping { expression, .. } | Action::CreateGroupRule { when: expression, .. } => {
                Expression::parse(expression).ok()?
            }
            Action::SetUsernameFormat { format, .. } => UsernameFormat::parse(format).ok()?.expression().clone(),
            _ => return None,
        };
        Some((format!("line {line}"), expression))
    });
    of_apps.chain(of_timeline).collect()
}

//! What a scenario file says, and where it is wrong.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;

use crate::okta::action::{Action, ToApp};
use crate::okta::mapping::{CustomRow, Mapping, Profile};
use crate::okta::{App, ClientKind, Habits, Org};

/// A mistake in a scenario file; `Display` is `FILE:LINE: what, and the way out`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {text}")]
pub struct ScenarioError {
    pub file: String,
    pub line: usize,
    pub text: String,
}

/// One entry of the timeline.
#[derive(Debug, Clone, PartialEq)]
pub struct Moment {
    pub action: Action,
    /// Where it stands in the file, from 1.
    pub line: usize,
}

/// An org, and what happens in it.
#[derive(Debug, Clone)]
pub struct Scenario {
    pub name: String,
    pub about: String,
    pub org: Org,
    pub timeline: Vec<Moment>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    #[serde(default)]
    about: String,
    app: Vec<Spanned<AppEntry>>,
    #[serde(default)]
    people: BTreeMap<String, Spanned<Profile>>,
    #[serde(default)]
    groups: BTreeMap<String, Spanned<Vec<String>>>,
    timeline: Vec<Spanned<toml::Table>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct AppEntry {
    label: String,
    #[serde(default)]
    client: ClientKind,
    /// Off: people can be assigned before the connection is saved.
    #[serde(default = "yes")]
    provisioning: bool,
    #[serde(default)]
    import_groups: bool,
    #[serde(default = "yes")]
    rename_groups: bool,
    #[serde(default)]
    to_app: ToApp,
    /// Mapping rows that were deleted.
    #[serde(default)]
    without: Vec<String>,
    /// Mapping rows that apply on create only.
    #[serde(default)]
    create_only: Vec<String>,
    #[serde(default)]
    custom: Vec<CustomRow>,
}

const fn yes() -> bool {
    true
}

impl Scenario {
    /// Reads a scenario. The whole timeline is tried on the org first, so that a mistake is told before anything is sent.
    ///
    /// # Errors
    /// The first [`ScenarioError`]. `file` is how the file is called in it.
    pub fn parse(file: &str, text: &str) -> Result<Self, ScenarioError> {
        let at = |span: Range<usize>, told: String| ScenarioError {
            file: file.to_owned(),
            line: line(text, span.start),
            text: told,
        };
        let read: File =
            toml::from_str(text).map_err(|error| at(error.span().unwrap_or_default(), with_remedy(error.message())))?;
        let org = org(&read).map_err(|(span, told)| at(span, told))?;
        let mut timeline = Vec::new();
        for entry in &read.timeline {
            let span = entry.span();
            let action = action(entry.get_ref(), &org)
                .map_err(|told| at(blamed(text, span.clone(), &told), with_remedy(&told)))?;
            timeline.push(Moment { action, line: line(text, first_key(text, span.start)) });
        }
        let scenario = Self { name: read.name, about: read.about, org, timeline };
        scenario.rehearse().map_err(|(line, text)| ScenarioError { file: file.to_owned(), line, text })?;
        Ok(scenario)
    }

    /// Gives every app this client.
    pub fn set_client(&mut self, client: ClientKind) {
        let labels: Vec<String> = self.org.apps().iter().map(|app| app.label.clone()).collect();
        for label in labels {
            if let Ok(app) = self.org.app_mut(&label) {
                app.client = client;
            }
        }
    }

    fn rehearse(&self) -> Result<(), (usize, String)> {
        let (mut org, habits) = (self.org.clone(), Habits::default());
        for moment in &self.timeline {
            // Whom an import brings is known only when it ran; the assignment that a confirmation makes is not.
            let action = match moment.action.clone() {
                Action::ConfirmImport { app, people } => Action::Assign { app, people },
                other => other,
            };
            org.act(&action, &habits).map_err(|text| (moment.line, text))?;
        }
        Ok(())
    }
}

fn org(read: &File) -> Result<Org, (Range<usize>, String)> {
    let mut org = Org::default();
    for entry in &read.app {
        let (span, entry) = (entry.span(), entry.get_ref());
        if org.app(&entry.label).is_ok() {
            return Err((span, format!("there are two apps {:?}; give each its own label", entry.label)));
        }
        let mapping = entry.custom.iter().cloned().try_fold(Mapping::default(), Mapping::with);
        let mapping = mapping.and_then(|m| m.without(&entry.without)).and_then(|m| m.create_only(&entry.create_only));
        org.add_app(App {
            provisioning: entry.provisioning,
            import_groups: entry.import_groups,
            rename_groups: entry.rename_groups,
            to_app: entry.to_app.clone(),
            mapping: mapping.map_err(|told| (span, told))?,
            ..App::new(&entry.label, entry.client)
        });
    }
    for (key, profile) in &read.people {
        org.add_person(key, profile.get_ref().clone()).map_err(|told| (profile.span(), told))?;
    }
    for (name, members) in &read.groups {
        org.add_group(name, members.get_ref()).map_err(|told| (members.span(), told))?;
    }
    Ok(org)
}

/// An entry of the timeline; where there is one app, `app` may be left out.
fn action(entry: &toml::Table, org: &Org) -> Result<Action, String> {
    let told = |error: toml::de::Error| error.message().to_owned();
    match entry.clone().try_into::<Action>() {
        Err(error) if error.message().contains("missing field `app`") => {
            let [app] = org.apps() else {
                let labels: Vec<&str> = org.apps().iter().map(|app| app.label.as_str()).collect();
                return Err(format!("missing field `app`: name one of {}", labels.join(", ")));
            };
            let mut entry = entry.clone();
            entry.insert("app".to_owned(), toml::Value::String(app.label.clone()));
            entry.try_into().map_err(told)
        }
        other => other.map_err(told),
    }
}

fn with_remedy(told: &str) -> String {
    let told = told.trim().replace('\n', " ");
    match told.as_str() {
        told if told.starts_with("missing field") && !told.contains(": ") => format!("{told}: add it"),
        told if told.ends_with("expected a map") => format!("{told}: write a table, such as [people.ada] or [groups]"),
        _ => told,
    }
}

/// The line of a byte, from 1.
fn line(text: &str, byte: usize) -> usize {
    text.bytes().take(byte).filter(|b| *b == b'\n').count() + 1
}

/// An entry's span begins at its header; the reader looks for the first key.
fn first_key(text: &str, start: usize) -> usize {
    let rest = text.get(start..).unwrap_or_default();
    match rest.strip_prefix("[[").and_then(|rest| rest.find('\n')) {
        Some(end) => start + 2 + end + 1,
        None => start,
    }
}

/// The key or value in backquotes that a message blames, where it stands in the entry.
fn blamed(text: &str, span: Range<usize>, told: &str) -> Range<usize> {
    let start = first_key(text, span.start);
    let end = text.get(start..).and_then(|rest| rest.find("\n[")).map_or(text.len(), |at| start + at);
    let word = told.split('`').nth(1).unwrap_or_default();
    match text.get(start..end).and_then(|entry| entry.find(word)) {
        Some(at) if !word.is_empty() => start + at..end,
        _ => start..end,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::shipped;

    const HEAD: &str = "name = \"x\"\n[[app]]\nlabel = \"app\"\n[people.ada]\n[groups]\neng = [\"ada\"]\n";

    fn mistake(tail: &str) -> String {
        Scenario::parse("s.toml", &format!("{HEAD}{tail}")).unwrap_err().to_string()
    }

    #[test]
    fn every_shipped_scenario_is_sound() {
        let names = shipped::names();
        assert!(names.len() >= 6, "{names:?}");
        for name in names {
            let (file, text) = shipped::text(&name).unwrap();
            let scenario = Scenario::parse(&file, &text).unwrap();
            assert_eq!(scenario.name, name);
            assert!(!scenario.about.is_empty() && !scenario.timeline.is_empty());
        }
    }

    #[test]
    fn a_mistake_names_file_line_and_remedy() {
        for (tail, line, words) in [
            ("[[timeline]]\ndo = \"asign\"\n", 8, "unknown variant `asign`, expected one of"),
            ("[[timeline]]\ndo = \"assign\"\n", 8, "missing field `people`: add it"),
            ("[[timeline]]\ndo = \"push-group\"\ngruop = \"eng\"\n", 9, "unknown field `gruop`"),
            ("[[timeline]]\ndo = \"save-to-app\"\ncraete = true\n", 9, "unknown field `craete`"),
            ("[[timeline]]\ndo = \"assign\"\npeople = [\"bob\"]\n", 8, "there is no person \"bob\"; there are ada"),
            ("[[timeline]]\ndo = \"push-now\"\ngroup = \"eng\"\n", 8, "push it first"),
            ("team = []\n[[timeline]]\n", 9, "missing field `do`"),
            ("ops = [\"bob\"]\n[[timeline]]\ndo = \"import\"\n", 7, "there is no person"),
            ("[[people]]\n", 7, ""),
            ("[[timeline]\n", 7, ""),
            ("", 1, "missing field `timeline`: add it"),
        ] {
            let told = mistake(tail);
            assert!(told.starts_with(&format!("s.toml:{line}: ")), "{tail}: {told}");
            assert!(told.contains(words), "{tail}: {told}");
        }
    }

    #[test]
    fn two_apps_must_be_named() {
        let text =
            format!("{HEAD}[[timeline]]\ndo = \"import\"\n").replace("[people", "[[app]]\nlabel = \"b\"\n[people");
        let told = Scenario::parse("s.toml", &text).unwrap_err().to_string();
        assert!(told.contains("name one of app, b"), "{told}");
        let told = Scenario::parse("s.toml", &text.replace("\"b\"", "\"app\"")).unwrap_err().to_string();
        assert!(told.contains("two apps"), "{told}");
        let told = mistake("[[timeline]]\ndo = \"import\"\n[[app]]\nlabel = \"b\"\nwithout = [\"emial\"]\n");
        assert!(told.contains("givenName"), "{told}");
    }
}

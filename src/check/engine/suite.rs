//! From feature text to cases: parse, expand, one case for each client, and every mistake told with file and line.

use std::collections::BTreeSet;

use cucumber::feature::Ext as _;
use cucumber::gherkin::tagexpr::TagOperation;
use cucumber::gherkin::{Feature, GherkinEnv, Scenario, Step};
use cucumber::tag::Ext as _;
use regex::Regex;

use crate::check::features::Source;
use crate::check::steps::{self, About};
use crate::okta::ClientKind;

/// The tag that carries a case's id through the engine; it never shows in a report.
pub(super) const CASE: &str = "case:";

/// A mistake of a feature's author: where, what, and the way out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{at}: {what}; {remedy}")]
pub struct Mistake {
    /// `features/okta/create.feature:12`
    pub at: String,
    pub what: String,
    pub remedy: String,
}

/// A step as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// Keyword and text.
    pub text: String,
    pub at: String,
    pub about: About,
}

/// One scenario for one client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// `okta/deactivate/unassign@oin`; without client where the scenario is about none (`@once`).
    pub id: String,
    pub name: String,
    /// The feature's own description, without its sources: what Okta does and why it matters.
    pub why: String,
    /// With `@`, the feature's first.
    pub tags: Vec<String>,
    pub client: ClientKind,
    pub at: String,
    pub steps: Vec<Planned>,
}

impl Case {
    /// Whether the scenario says which events follow.
    #[must_use]
    pub fn speaks_of_events(&self) -> bool {
        self.steps.iter().any(|step| step.about == About::Events)
    }

    /// Whether it has a tag (with `@`).
    #[must_use]
    pub fn has(&self, tag: &str) -> bool {
        self.tags.iter().any(|have| have == tag)
    }

    /// The value of a tag `@name:value`.
    #[must_use]
    pub fn tag_value(&self, name: &str) -> Option<&str> {
        self.tags.iter().find_map(|tag| tag.strip_prefix('@')?.strip_prefix(name)?.strip_prefix(':'))
    }

    /// What names made by this case carry: `deactivate-unassign-oin`.
    #[must_use]
    pub fn slug(&self) -> String {
        let tail = self.id.split_once('/').map_or(self.id.as_str(), |(_, tail)| tail);
        tail.replace(['/', '@', '.'], "-")
    }
}

/// Which cases to run.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    tags: Vec<TagOperation>,
    name: Option<Regex>,
    clients: Option<ClientKind>,
}

impl Selection {
    /// Adds a tag expression: `@server and not @events`.
    ///
    /// # Errors
    /// Where in the expression the mistake is, and how one looks.
    pub fn with_tags(mut self, expression: &str) -> Result<Self, String> {
        let parsed = expression.parse().map_err(|error| {
            format!(
                "the tag expression {expression:?} can't be read ({error}); write for example \"@server and not @oin\""
            )
        })?;
        self.tags.push(parsed);
        Ok(self)
    }

    /// Keeps cases whose id or name matches.
    #[must_use]
    pub fn with_name(mut self, name: Regex) -> Self {
        self.name = Some(name);
        self
    }

    /// Keeps the cases of one client, and those that are about none.
    #[must_use]
    pub fn with_client(mut self, client: ClientKind) -> Self {
        self.clients = Some(client);
        self
    }

    /// Whether a case is selected.
    #[must_use]
    pub fn takes(&self, case: &Case) -> bool {
        let bare: Vec<&str> = case.tags.iter().map(|tag| tag.trim_start_matches('@')).collect();
        let client = self.clients.is_none_or(|client| case.client == client || case.has("@once"));
        client
            && self.tags.iter().all(|expression| expression.eval(&bare))
            && self.name.as_ref().is_none_or(|name| name.is_match(&case.id) || name.is_match(&case.name))
    }
}

/// Parsed features, and the cases in them.
#[derive(Debug, Clone)]
pub struct Suite {
    pub(super) features: Vec<Feature>,
    pub cases: Vec<Case>,
}

impl Suite {
    /// Reads features.
    ///
    /// # Errors
    /// The first mistake, with file, line and remedy: text that is no Gherkin, a scenario without `@id:` or with one that
    /// another has, a step that no function is there for.
    pub fn load(sources: &[Source]) -> Result<Self, Mistake> {
        let mut suite = Self { features: Vec::new(), cases: Vec::new() };
        let mut seen = BTreeSet::new();
        for source in sources {
            let mut feature = parse(source)?;
            let written = std::mem::take(&mut feature.scenarios);
            let background: Vec<Step> = feature.background.as_ref().map(|b| b.steps.clone()).unwrap_or_default();
            let mut rows = std::collections::BTreeMap::new();
            for scenario in written {
                for client in clients(&feature, &scenario) {
                    let case = case(source, &feature, &background, &scenario, client, &mut rows)?;
                    if !seen.insert(case.id.clone()) {
                        return Err(mistake(
                            source,
                            scenario.position.line,
                            format!("the id of {:?} is taken", scenario.name),
                            "give each scenario of a file its own @id:",
                        ));
                    }
                    let mut expanded = scenario.clone();
                    expanded.tags.push(format!("{CASE}{}", case.id));
                    feature.scenarios.push(expanded);
                    suite.cases.push(case);
                }
            }
            suite.features.push(feature);
        }
        Ok(suite)
    }
}

fn parse(source: &Source) -> Result<Feature, Mistake> {
    let mut feature =
        Feature::parse(&source.text, GherkinEnv::default()).map_err(|error| not_gherkin(source, &error))?;
    if let Some(rule) = feature.rules.first() {
        return Err(mistake(
            source,
            rule.position.line,
            "a Rule".to_owned(),
            "write its scenarios directly under the feature",
        ));
    }
    feature.path = Some(source.path.clone().into());
    feature.expand_examples().map_err(|error| {
        mistake(source, error.pos.line, format!("no example gives <{}>", error.name), "add a column of that name")
    })
}

/// The parser tells the place only in its text: `Error at 3:1: {"..."}`.
fn not_gherkin(source: &Source, error: &impl ToString) -> Mistake {
    let text = error.to_string();
    let line = text.trim_start_matches("Error at ").split(':').next().and_then(|line| line.parse().ok()).unwrap_or(1);
    mistake(
        source,
        line,
        "this is not Gherkin".to_owned(),
        "a feature opens with \"Feature:\", and each step with Given, When, Then, And or But",
    )
}

fn clients(feature: &Feature, scenario: &Scenario) -> Vec<ClientKind> {
    let has = |tag: &str| scenario.tags.iter().chain(&feature.tags).any(|have| have == tag);
    match (has("oin"), has("aiw"), has("once")) {
        (_, _, true) | (true, false, _) => vec![ClientKind::Oin],
        (false, true, _) => vec![ClientKind::Aiw],
        _ => vec![ClientKind::Oin, ClientKind::Aiw],
    }
}

fn case(
    source: &Source,
    feature: &Feature,
    background: &[Step],
    scenario: &Scenario,
    client: ClientKind,
    rows: &mut std::collections::BTreeMap<(String, &'static str), usize>,
) -> Result<Case, Mistake> {
    let Some(id) = scenario.tags.iter().find_map(|tag| tag.strip_prefix("id:")) else {
        return Err(mistake(
            source,
            scenario.position.line,
            format!("{:?} has no id", scenario.name),
            "write a tag above it, for example @id:unassign",
        ));
    };
    let area = source.path.trim_start_matches("features/").trim_end_matches(".feature");
    let word = client.as_str();
    // A row of an outline is named by its number, so that its id does not follow its line.
    let row = if scenario.examples.is_empty() {
        String::new()
    } else {
        let row = rows.entry((id.to_owned(), word)).or_default();
        *row += 1;
        format!(".{row}")
    };
    let once = scenario.tags.iter().chain(&feature.tags).any(|tag| tag == "once");
    let suffix = if once { String::new() } else { format!("@{word}") };
    let steps = background
        .iter()
        .chain(&scenario.steps)
        .map(|step| planned(source, step))
        .collect::<Result<Vec<_>, Mistake>>()?;
    let mut tags: Vec<String> = feature.tags.iter().chain(&scenario.tags).map(|tag| format!("@{tag}")).collect();
    if !once && !tags.iter().any(|tag| tag.strip_prefix('@') == Some(word)) {
        tags.push(format!("@{word}"));
    }
    Ok(Case {
        id: format!("{area}/{id}{row}{suffix}"),
        name: scenario.name.clone(),
        why: without_sources(feature.description.as_deref().unwrap_or_default()),
        tags,
        client,
        at: format!("{}:{}", source.path, scenario.position.line),
        steps,
    })
}

/// A feature's description up to the paragraph about its sources; the parser gives it without its empty lines.
fn without_sources(description: &str) -> String {
    let lines: Vec<&str> =
        description.trim().lines().map(str::trim).take_while(|line| !line.starts_with("Source")).collect();
    lines.join("\n")
}

fn planned(source: &Source, step: &Step) -> Result<Planned, Mistake> {
    let matching = steps::matching(&step.value);
    let about = match matching.as_slice() {
        [one] => one.about,
        [] => {
            return Err(mistake(
                source,
                step.position.line,
                format!("no step is written {:?}", step.value),
                &format!("the nearest is {:?}", steps::nearest(&step.value)),
            ));
        }
        more => {
            let patterns: Vec<&str> = more.iter().map(|step| step.pattern).collect();
            return Err(mistake(
                source,
                step.position.line,
                format!("{:?} may mean several steps", step.value),
                &format!("make one of these patterns narrower: {}", patterns.join("  ")),
            ));
        }
    };
    Ok(Planned {
        text: format!("{} {}", step.keyword.trim(), step.value),
        at: format!("{}:{}", source.path, step.position.line),
        about,
    })
}

fn mistake(source: &Source, line: usize, what: String, remedy: &str) -> Mistake {
    Mistake { at: format!("{}:{line}", source.path), what, remedy: remedy.to_owned() }
}

#[cfg(test)]
mod tests;

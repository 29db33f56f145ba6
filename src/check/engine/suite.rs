//! Parses features and expands them into cases, one for each scenario and client.

use std::collections::BTreeSet;

use cucumber::feature::Ext as _;
use cucumber::gherkin::{Feature, GherkinEnv, Scenario, Step};

use crate::check::case::{Case, PlannedStep};
use crate::check::features::FeatureFile;
use crate::check::outcome::Aspect;
use crate::check::steps;
use crate::okta::ClientKind;

/// The prefix of the tag that carries a case's id through cucumber. Reports never show it.
pub(super) const CASE_TAG: &str = "case:";

/// An error in a feature file: its location, the problem, and the fix.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{at}: {problem}; {remedy}")]
pub struct FeatureError {
    /// `features/okta/create.feature:12`
    pub at: String,
    pub problem: String,
    pub remedy: String,
}

/// Parsed features and their cases.
#[derive(Debug, Clone)]
pub struct Suite {
    pub(super) features: Vec<Feature>,
    pub cases: Vec<Case>,
}

impl Suite {
    /// Parses features.
    ///
    /// # Errors
    /// The first error, with file, line and fix: text that is not Gherkin, a scenario whose `@id:` is missing or used
    /// twice, a step that matches no pattern of the table or several.
    pub fn load(sources: &[FeatureFile]) -> Result<Self, FeatureError> {
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
                        return Err(feature_error(
                            source,
                            scenario.position.line,
                            format!("the id of {:?} is taken", scenario.name),
                            "give each scenario of a file its own @id:",
                        ));
                    }
                    let mut expanded = scenario.clone();
                    expanded.tags.push(format!("{CASE_TAG}{}", case.id));
                    feature.scenarios.push(expanded);
                    suite.cases.push(case);
                }
            }
            suite.features.push(feature);
        }
        Ok(suite)
    }
}

fn parse(source: &FeatureFile) -> Result<Feature, FeatureError> {
    let mut feature =
        Feature::parse(&source.text, GherkinEnv::default()).map_err(|error| not_gherkin(source, &error))?;
    if let Some(rule) = feature.rules.first() {
        return Err(feature_error(
            source,
            rule.position.line,
            "a Rule".to_owned(),
            "write its scenarios directly under the feature",
        ));
    }
    feature.path = Some(source.path.clone().into());
    feature.expand_examples().map_err(|error| {
        feature_error(source, error.pos.line, format!("no example gives <{}>", error.name), "add a column of that name")
    })
}

/// Extracts the line number from the parser's message, its only source: `Error at 3:1: {"..."}`.
fn not_gherkin(source: &FeatureFile, error: &impl ToString) -> FeatureError {
    let text = error.to_string();
    let line = text.trim_start_matches("Error at ").split(':').next().and_then(|line| line.parse().ok()).unwrap_or(1);
    feature_error(
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
    source: &FeatureFile,
    feature: &Feature,
    background: &[Step],
    scenario: &Scenario,
    client: ClientKind,
    rows: &mut std::collections::BTreeMap<(String, &'static str), usize>,
) -> Result<Case, FeatureError> {
    let Some(id) = scenario.tags.iter().find_map(|tag| tag.strip_prefix("id:")) else {
        return Err(feature_error(
            source,
            scenario.position.line,
            format!("{:?} has no id", scenario.name),
            "write a tag above it, for example @id:unassign",
        ));
    };
    let area = source.path.trim_start_matches("features/").trim_end_matches(".feature");
    let word = client.as_str();
    // A row of an outline is identified by its number, so that its id does not change when lines move.
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
        .collect::<Result<Vec<_>, FeatureError>>()?;
    let mut tags: Vec<String> = feature.tags.iter().chain(&scenario.tags).map(|tag| format!("@{tag}")).collect();
    if !once && !tags.iter().any(|tag| tag.strip_prefix('@') == Some(word)) {
        tags.push(format!("@{word}"));
    }
    if steps.iter().any(|step| step.aspect == Aspect::Events) {
        tags.push("@events".to_owned());
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

/// Returns a feature's description up to the paragraph about its sources. The parser has removed empty lines.
fn without_sources(description: &str) -> String {
    let lines: Vec<&str> =
        description.trim().lines().map(str::trim).take_while(|line| !line.starts_with("Source")).collect();
    lines.join("\n")
}

fn planned(source: &FeatureFile, step: &Step) -> Result<PlannedStep, FeatureError> {
    let matching = steps::matching(&step.value);
    let definition = match matching.as_slice() {
        [one] => *one,
        [] => {
            return Err(feature_error(
                source,
                step.position.line,
                format!("no step is written {:?}", step.value),
                &format!("the nearest is {:?}", steps::nearest(&step.value)),
            ));
        }
        more => {
            let patterns: Vec<&str> = more.iter().map(|step| step.pattern).collect();
            return Err(feature_error(
                source,
                step.position.line,
                format!("{:?} may mean several steps", step.value),
                &format!("make one of these patterns narrower: {}", patterns.join("  ")),
            ));
        }
    };
    let (people, others) = steps::people(&step.value);
    Ok(PlannedStep {
        text: format!("{} {}", step.keyword.trim(), step.value),
        at: format!("{}:{}", source.path, step.position.line),
        aspect: definition.aspect,
        effect: definition.effect,
        people,
        others,
    })
}

fn feature_error(source: &FeatureFile, line: usize, problem: String, remedy: &str) -> FeatureError {
    FeatureError { at: format!("{}:{line}", source.path), problem, remedy: remedy.to_owned() }
}

#[cfg(test)]
mod tests;

//! `scimulate explain`: what a requirement, finding, scenario, habit or defect is, why it matters, how to fix it, and where it
//! comes from.

mod sections;

use std::collections::BTreeSet;
use std::io::Write as _;

use self::sections::Sections;
use super::terminal::stdout_width;
use super::{Exit, Usage, habits, heard};
use crate::base::escape;
use crate::check::fuzz::fault::Fault;
use crate::check::outcome::Kind;
use crate::check::{self, Case, Profile, Requirement, Suite, scenario_requirements};
use crate::okta::habits::{SOURCES, all};
use crate::report::Level;
use crate::server::defects::{self, Defect};
use crate::sim::shipped;

/// The number of suggestions for an ID that does not exist.
const SUGGESTIONS: usize = 3;

/// The flags.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "Examples:
  scimulate explain okta/deactivated                 a requirement
  scimulate explain okta/deactivated:changed:user    a finding of a check
  scimulate explain okta/deactivate/unassign@oin     a scenario
  scimulate explain joiner-mover-leaver              a scenario of `scimulate run`
  scimulate explain group-rounds                     a habit of Okta
  scimulate explain pathless-patch-ignored           a defect of the reference server")]
pub struct Args {
    /// ID of a requirement, a finding or a scenario of `check`, or the name of a scenario of `run`, a habit or a defect
    id: String,
}

/// Runs the command.
///
/// # Errors
/// [`Usage`] if nothing has this ID; any other error is stdout, which cannot be written.
#[allow(clippy::needless_pass_by_value)] // every command takes its flags
pub fn run(args: Args) -> anyhow::Result<Exit> {
    let suite = Suite::load(&check::features::embedded()).map_err(|error| Usage(error.to_string()))?;
    let id = args.id.trim();
    let mut parts = Vec::new();
    parts.extend(requirement(id).map(|sections| sections.render(stdout_width())));
    parts.extend(rule(id).map(|sections| sections.render(stdout_width())));
    parts.extend(scenario(&suite, id).map(|sections| sections.render(stdout_width())));
    parts.extend(shipped(id).map(|sections| sections.render(stdout_width())));
    parts.extend(defects::by_name(id).map(|defect| defect_sections(defect).render(stdout_width())));
    if let Some(habit) = all().find(|habit| habit.name == id) {
        let mut text = Vec::new();
        habits::write_one(&mut text, habit)?;
        parts.push(format!("habit {}", String::from_utf8_lossy(&text)));
    }
    if parts.is_empty() {
        return Err(unknown(&suite, id).into());
    }
    heard(write!(anstream::stdout().lock(), "{}", parts.join("\n")))?;
    Ok(Exit::Good)
}

/// Explains a requirement, or the finding of one: `okta/deactivated:changed:user@oin`.
fn requirement(id: &str) -> Option<Sections> {
    let (name, rest) = id.split_once(':').map_or((id, None), |(name, rest)| (name, Some(rest)));
    let requirement = Requirement::by_id(name)?;
    let row = requirement.row();
    let mut sections = match rest {
        None => Sections::new("requirement", row.id),
        Some(rest) => {
            let kind = rest.split([':', '@']).next().unwrap_or_default();
            let (.., about) = Kind::ALL.iter().find(|(_, name, _)| *name == kind)?;
            Sections::new("finding", id).with("means", about)
        }
    };
    sections = sections.with("rule", row.sentence).with("why", row.why).with("fix", row.fix);
    let client = row.client.map_or("both of Okta's clients", |client| client.about());
    sections = sections.with("about", &format!("{client}; {}", row.capability.name()));
    sections = sections.with("verdict", &verdicts(requirement));
    let shown: Vec<&str> =
        defects::all().filter(|defect| defect.violates.contains(&row.id)).map(|defect| defect.name).collect();
    if !shown.is_empty() {
        sections = sections.with("defects", &format!("{} (scimulate serve --defect NAME)", shown.join(", ")));
    }
    let judging: Vec<&str> = scenario_requirements::results_of(requirement).collect();
    sections = match judging.as_slice() {
        [] => sections,
        [first] => sections.with("judged by", first),
        [first, rest @ ..] => sections.with("judged by", &format!("{first} and {} other results", rest.len())),
    };
    for source in row.sources {
        sections =
            sections.with("source", &format!("{} ({}): {}", source.place, source.level.as_str(), places(source.place)));
    }
    Some(sections)
}

/// Explains a rule of fuzzing, or the finding of one: `fuzz/lost:GET:Users`.
fn rule(id: &str) -> Option<Sections> {
    let name = id.split(':').next().unwrap_or(id);
    let rule = Fault::RULES.into_iter().find(|rule| rule.id == name)?;
    let sections = Sections::new("rule of fuzz", rule.id).with("rule", rule.sentence).with("why", rule.why);
    let source = format!("{} ({}): {}", rule.source, rule.level.as_str(), places(rule.source));
    Some(sections.with("fix", rule.fix).with("source", &source))
}

/// Returns the levels of a requirement's sources, each once.
fn levels(requirement: Requirement) -> String {
    let levels: BTreeSet<Level> = requirement.row().sources.iter().map(|source| source.level).collect();
    levels.into_iter().rev().map(Level::as_str).collect::<Vec<_>>().join(", ")
}

/// Returns the verdict on a violation, for each profile if they differ.
fn verdicts(requirement: Requirement) -> String {
    let all = Profile::ALL.map(|(profile, name)| (profile.verdict(requirement), name));
    match all {
        [(first, _), rest @ ..] if rest.iter().all(|(other, _)| *other == first) => {
            format!("{first} with every --profile")
        }
        all => all.map(|(verdict, name)| format!("{verdict} with --profile {name}")).join(", "),
    }
}

/// Explains a scenario. Without `@oin` or `@aiw` it is the first of its clients.
fn scenario(suite: &Suite, id: &str) -> Option<Sections> {
    let id = id.trim_end_matches("#events");
    let is = |case: &&Case| case.id == id || case.id.split('@').next() == Some(id);
    let case = suite.cases.iter().find(is)?;
    let mut sections = Sections::new("scenario", &case.id).with("name", &case.name).with("why", &case.why);
    for step in &case.steps {
        sections = sections.with("step", &step.text);
    }
    for requirement in scenario_requirements::of(&case.id) {
        let row = requirement.row();
        sections = sections.with("judges", &format!("{} ({}): {}", row.id, levels(requirement), row.sentence));
    }
    let repeat = format!("scimulate check URL --token T --name '^{}$'", case.id);
    Some(sections.with("tags", &case.tags.join(" ")).with("at", &case.at).with("run", &repeat))
}

/// Explains a scenario that `run` plays.
fn shipped(id: &str) -> Option<Sections> {
    let (name, about) = shipped::list().into_iter().find(|(name, _)| name == id)?;
    let (path, _) = shipped::text(&name)?;
    let run = format!("scimulate run {name} --url URL --token T");
    Some(Sections::new("scenario of run", &name).with("about", &about).with("at", &path).with("run", &run))
}

fn defect_sections(defect: &Defect) -> Sections {
    let mut sections = Sections::new("defect", defect.name).with("breaks", defect.breaks);
    for id in defect.violates {
        let sentence = Requirement::by_id(id).map(|requirement| requirement.row().sentence).unwrap_or_default();
        sections = sections.with("violates", &format!("{id}: {sentence}"));
    }
    if let Some(why) = defect.tolerated {
        sections = sections.with("tolerated", why);
    }
    let run = format!("scimulate serve --defect {}", defect.name);
    sections.with("source", defect.source).with("run", &run)
}

/// Returns the documents behind the keys of a source.
fn places(source: &str) -> String {
    if let Some((number, section)) = source.strip_prefix("RFC ").and_then(|rest| rest.split_once(" §")) {
        return format!("https://www.rfc-editor.org/rfc/rfc{number}#section-{section}");
    }
    let cited = SOURCES.iter().filter(|(key, _)| habits::cites(source, key)).map(|(_, place)| *place);
    let places: Vec<&str> = cited.collect();
    if places.is_empty() { "see docs/sources.md".to_owned() } else { places.join("; ") }
}

/// Builds the error for an ID that does not exist, with the nearest ones.
fn unknown(suite: &Suite, id: &str) -> Usage {
    let names = Requirement::ALL.iter().map(|requirement| requirement.id());
    let names = names.chain(Fault::RULES.iter().map(|rule| rule.id));
    let names = names.chain(suite.cases.iter().map(|case| case.id.as_str()));
    let names = names.chain(defects::all().map(|defect| defect.name)).chain(all().map(|habit| habit.name));
    let plays = shipped::names();
    let names = names.chain(plays.iter().map(String::as_str));
    let nearness = |name: &str| {
        // A part of an ID, such as `deactivated`, is near to the whole.
        let last = name.rsplit('/').next().unwrap_or(name);
        let part = if name.contains(id) { 1.0 } else { 0.0 };
        strsim::jaro_winkler(id, name).max(strsim::jaro_winkler(id, last)) + part
    };
    let mut near: Vec<(f64, &str)> = names.map(|name| (nearness(name), name)).collect();
    near.sort_by(|one, other| other.0.total_cmp(&one.0));
    let near: Vec<&str> = near.into_iter().take(SUGGESTIONS).map(|(_, name)| name).collect();
    Usage(format!(
        "nothing has the ID {:?}; the nearest are {}. `scimulate check --list` and `scimulate run --list` list scenarios, \
         `scimulate defects` defects, `scimulate habits` habits, and docs/requirements.md requirements",
        escape(id),
        near.join(", ")
    ))
}

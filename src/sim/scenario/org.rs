//! Builds the org of a scenario. Pure.

use super::error::{Misplaced, ScenarioErrorKind};
use super::file::{AppEntry, File, PopulationEntry};
use super::lines::KeyPath;
use super::naming::Naming;
use crate::base::Seed;
use crate::okta::mapping::Mapping;
use crate::okta::org::{OrgError, Population, UsernameFormat};
use crate::okta::{App, Org};

/// The most generated people, of which an org takes about a gigabyte.
const MOST_PEOPLE: (u32, &str) = (1_000_000, "1,000,000");
/// The most generated groups.
const MOST_GROUPS: (u32, &str) = (100_000, "100,000");
/// The largest import safeguard.
const MOST_PERCENT: u8 = 100;

/// Builds the org.
pub(super) fn org(read: &File, naming: Naming<'_>) -> Result<Org, Misplaced> {
    let mut org = Org::default();
    for (nth, entry) in read.app.iter().enumerate() {
        let path = KeyPath::of("app").nth(nth);
        if org.app(&entry.label).is_ok() {
            return Err(Misplaced::new(path.key("label"), ScenarioErrorKind::DuplicateApp(entry.label.clone())));
        }
        org.add_app(app(entry, &path, naming, read)?);
    }
    for (key, profile) in &read.people {
        let path = KeyPath::of("people").key(key);
        let fits = org.apps().iter().try_for_each(|app| app.mapping.check(profile));
        fits.map_err(|error| Misplaced::new(path.clone(), error))?;
        let mut named = profile.clone();
        naming.person(key, &mut named);
        org.add_person(key, named).map_err(|error| Misplaced::new(path, error))?;
    }
    if let Some(entry) = &read.population {
        populate(&mut org, entry, naming)?;
    }
    for (name, members) in &read.groups {
        let path = KeyPath::of("groups").key(name);
        org.add_group(&naming.group(name), members).map_err(|error| Misplaced::new(path, error))?;
    }
    Ok(org)
}

fn app(entry: &AppEntry, path: &KeyPath, naming: Naming<'_>, read: &File) -> Result<App, Misplaced> {
    let at = |key: &str, error: OrgError| Misplaced::new(path.key(key), error);
    let mut mapping = Mapping::default();
    for (nth, row) in entry.custom.iter().enumerate() {
        let custom = || path.key("custom").nth(nth).key("name");
        mapping = mapping.with(row.clone()).map_err(|error| Misplaced::new(custom(), error))?;
    }
    mapping = mapping.without(&entry.without).map_err(|error| at("without", error.into()))?;
    mapping = mapping.create_only(&entry.create_only).map_err(|error| at("create-only", error.into()))?;
    if entry.import.safeguard > MOST_PERCENT {
        let kind = ScenarioErrorKind::Safeguard(entry.import.safeguard);
        return Err(Misplaced::new(path.key("import").key("safeguard"), kind));
    }
    let mut app = App::new(&entry.label, entry.client);
    app.provisioning = entry.provisioning;
    app.import_groups = entry.import_groups;
    app.import_rules = entry.import.clone();
    app.rename_groups = entry.rename_groups;
    app.to_app = entry.to_app.clone();
    app.mapping = mapping;
    if let Some(format) = &entry.username_format {
        let key = path.key("username-format");
        check_format(format).map_err(|kind| Misplaced::new(key, kind))?;
        let format = naming.username_format(format, read.groups.keys());
        let format = UsernameFormat::parse(&format);
        app.username_format = format.map_err(|error| at("username-format", OrgError::Expression(error)))?;
    }
    for (row, expression) in &entry.mapping {
        let expression = naming.expression(expression, read.groups.keys());
        let key = || path.key("mapping").key(row);
        app.set_expression(row, &expression).map_err(|error| Misplaced::new(key(), error))?;
    }
    Ok(app)
}

/// Checks that a word is the name of a username format. What is more than a word is an expression.
pub(super) fn check_format(format: &str) -> Result<(), ScenarioErrorKind> {
    let is_word = !format.is_empty() && format.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
    if is_word && !UsernameFormat::names().contains(&format) {
        return Err(ScenarioErrorKind::UsernameFormat { name: format.to_owned() });
    }
    Ok(())
}

fn populate(org: &mut Org, entry: &PopulationEntry, naming: Naming<'_>) -> Result<(), Misplaced> {
    let path = KeyPath::of("population");
    let sizes = [("people", entry.people, MOST_PEOPLE), ("groups", entry.groups, MOST_GROUPS)];
    if let Some((key, _, (_, most))) = sizes.into_iter().find(|(_, size, (most, _))| size > most) {
        return Err(Misplaced::new(path.key(key), ScenarioErrorKind::Population { key, most }));
    }
    let population = Population {
        people: entry.people as usize,
        groups: entry.groups as usize,
        groups_per_person: entry.groups_per_person as usize,
    };
    let seed = Seed(entry.population_seed);
    let populated = org.populate_as(population, seed, |profile| naming.profile(profile), |name| naming.group(name));
    populated.map_err(|error| Misplaced::new(path, error))
}

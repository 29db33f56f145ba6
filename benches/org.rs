//! Measures actions in a large org: `cargo bench --bench org`.
//!
//! The first lines are of one org of a million people. It is generated once, so that the peak of resident memory is that of
//! one org. The other measurements are of smaller ones.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use std::time::{Duration, Instant};

use divan::Bencher;
use scimulate::base::Seed;
use scimulate::okta::action::Action;
use scimulate::okta::mapping::Profile;
use scimulate::okta::org::{ImportMatch, ImportRules, ImportedDetails, JobKind, JobResult, Population};
use scimulate::okta::{ClientKind, Habits, Org};

const MILLION: Population = Population { people: 1_000_000, groups: 10_000, groups_per_person: 3 };
/// Profile changes of which the mean is taken.
const CHANGES: usize = 20_000;

fn main() {
    million();
    divan::main();
}

/// Prints what an org of a million people takes.
fn million() {
    let mut org = Org::with_app("app", ClientKind::Oin);
    let generated = time(|| org.populate(MILLION, Seed(1)).unwrap());
    println!("1,000,000 people in 3 of 10,000 groups: generated in {generated:.1?}, peak {} MB", peak_mb());
    let assigned = time(|| assign_and_provision(&mut org, people(0, 16_000)));
    println!("assigning 16,000 people and recording their accounts: {assigned:.1?}");
    for (who, from) in [("with an account", 0), ("without", 500_000)] {
        let people = people(from, CHANGES.min(16_000));
        let changed = time(|| people.iter().for_each(|person| change_title(&mut org, person, "Manager of the change")));
        println!("one profile change of a person {who}: {:.1?}", changed / u32::try_from(people.len()).unwrap());
    }
    for count in [1_000, 4_000, 16_000, 64_000] {
        let group = format!("New {count}");
        act(&mut org, &Action::CreateGroup { group: group.clone() });
        act(&mut org, &Action::assign_group("app", group.clone()));
        act(&mut org, &Action::PushGroup { app: "app".into(), group: group.clone(), immediately: true });
        let people = people(100_000, count);
        let add = Action::AddToGroup { group: group.clone(), people: people.clone() };
        let added = time(|| act(&mut org, &add));
        let remove = Action::RemoveFromGroup { group, people };
        let removed = time(|| act(&mut org, &remove));
        println!("{count} people join a group that is assigned and pushed: {added:.1?}; they leave: {removed:.1?}");
    }
    println!("peak after all of it: {} MB", peak_mb());
}

fn time(work: impl FnOnce()) -> Duration {
    let begin = Instant::now();
    work();
    begin.elapsed()
}

/// Returns the peak of resident memory of this process in MB (10^6 bytes); 0 where the system does not report it.
fn peak_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib: u64 = line.and_then(|rest| rest.trim().trim_end_matches(" kB").parse().ok()).unwrap_or_default();
    kib * 1024 / 1_000_000
}

fn people(from: usize, count: usize) -> Vec<String> {
    (from..from + count).map(|number| format!("p{number}")).collect()
}

fn act(org: &mut Org, action: &Action) {
    divan::black_box(org.act(action, &Habits::default()).unwrap());
}

fn change_title(org: &mut Org, person: &str, title: &str) {
    let set: Profile = [("title".to_owned(), title.into())].into();
    act(org, &Action::UpdateProfile { person: person.to_owned(), set });
}

/// Assigns people, and records that each was created in the target.
fn assign_and_provision(org: &mut Org, people: Vec<String>) {
    let waves = org.act(&Action::assign("app", people), &Habits::default()).unwrap();
    for spec in waves.iter().flatten() {
        let JobKind::ProvisionUser { person } = &spec.kind else { continue };
        let result = JobResult { id: Some(format!("id-{person}")), active: true, ..JobResult::default() };
        org.record(spec, &result, None);
    }
}

fn populated(people: usize) -> Org {
    let mut org = Org::with_app("app", ClientKind::Oin);
    org.populate(Population { people, groups: people / 100, groups_per_person: 3 }, Seed(1)).unwrap();
    org
}

#[divan::bench(args = [1_000, 100_000])]
fn change_a_profile(bencher: Bencher<'_, '_>, size: usize) {
    let mut org = populated(size);
    assign_and_provision(&mut org, people(0, 1));
    let mut title = ["Engineer", "Manager"].into_iter().cycle();
    bencher.bench_local(move || change_title(&mut org, "p0", title.next().unwrap()));
}

/// An import that confirms matches by e-mail address. The time is proportional to the number of people.
#[divan::bench(args = [1_000, 4_000, 16_000])]
fn confirm_an_import(bencher: Bencher<'_, '_>, count: usize) {
    let mut org = populated(count);
    let rules = ImportRules { match_by: ImportMatch::Email, auto_confirm: true, ..ImportRules::default() };
    org.app_mut("app").unwrap().import_rules = rules;
    let waves = org.act(&Action::Import { app: "app".into() }, &Habits::default()).unwrap();
    let import = waves.into_iter().flatten().next().unwrap();
    let mut result = JobResult::default();
    for person in people(0, count) {
        let email = org.person(&person).unwrap().login().to_owned();
        result.users.insert(person.clone(), format!("id-{person}"));
        result.details.insert(person, ImportedDetails { email: Some(email), ..ImportedDetails::default() });
    }
    bencher.with_inputs(|| org.clone()).bench_local_values(|mut org| {
        org.record(&import, &result, None);
        assert_eq!(org.users(org.app("app").unwrap()).len(), count);
        org
    });
}

#[divan::bench(args = [1_000, 4_000, 16_000])]
fn add_people_to_a_group(bencher: Bencher<'_, '_>, count: usize) {
    let mut org = populated(100_000);
    act(&mut org, &Action::CreateGroup { group: "new".into() });
    act(&mut org, &Action::assign_group("app", "new"));
    let add = Action::AddToGroup { group: "new".into(), people: people(0, count) };
    bencher.with_inputs(|| org.clone()).bench_local_values(|mut org| {
        act(&mut org, &add);
        org
    });
}

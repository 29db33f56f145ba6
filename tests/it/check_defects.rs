//! Every check can fail, and every defect of the reference is noticed. The snapshot lists the findings of each defect and is
//! reviewed by hand: a defect yields one finding of level should or above, or [`OTHERWISE`] says why not.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use scimulate::check::Requirement;
use scimulate::report::{Level, Run, Verdict};
use scimulate::server::defects::ALL;
use scimulate::{Profile, ScenarioReport};

use crate::support::harness::{check_of, reference, report_of};

/// Defects that yield no finding of level should or above, or several, with the reason.
const OTHERWISE: &[(&str, &str)] = &[
    ("active-ignored", "deactivation, creation and the response without active are three needs"),
    ("create-drops-external-id", "Okta does not need externalId back: a note"),
    ("enterprise-dropped", "Okta does not need enterprise attributes back: a note"),
    ("external-id-not-returned", "Okta does not need externalId back: a note"),
    ("addresses-never-kept", "Okta does not need addresses back: a note"),
    ("emails-not-kept", "the events of a changed address are missing too"),
    ("html-error", "errors with and without a credential are two needs"),
    ("group-put-ignored", "members and name are two needs"),
    ("members-not-returned", "Okta's catalog client never reads members: not observed"),
    ("names-not-kept", "the events of a changed name are missing too"),
    ("non-ascii-user-name-refused", "most userNames are e-mail addresses in ASCII: a note"),
    ("phones-never-kept", "Okta does not need phone numbers back: a note"),
    ("put-merges", "RFC 7644 section 3.5.1 permits it: a note"),
    ("put-wipes-memberships", "the events of the lost memberships follow"),
    ("patch-ignored", "each kind of PATCH is a need of its own"),
    ("lookup-finds-nothing", "the lookup and the list of an import are two needs"),
    ("patch-not-implemented", "not supported: the server works as a wizard app, which sends no PATCH"),
    ("pathless-patch-ignored", "deactivation and rename are two needs"),
    ("pathless-patch-refused", "deactivation and rename are two needs"),
    ("put-ignored", "profile, userName and activation are needs of their own"),
    ("remove-member-empties-group", "with an add in the same request, either operation may be at fault"),
];

/// The share of defects that must yield exactly one finding of level should or above, in percent.
const SINGLE_PERCENT: usize = 70;

/// Results that no defect of the reference makes fail: none breaks a read by ID.
const UNBROKEN: [&str; 2] = ["oin/acceptance/get", "oin/acceptance/read-back"];

/// Runs a check against a reference with each defect, two at a time: each run needs one thread, and its reference two.
fn runs() -> BTreeMap<&'static str, Run> {
    let (runs, next) = (Mutex::new(BTreeMap::new()), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(defect) = ALL.get(next.fetch_add(1, Ordering::SeqCst)) {
                    if defect.name != "slow" {
                        let server = reference(&[defect.name]);
                        let run = report_of(check_of(&server).tags("@server").profile(Profile::All));
                        runs.lock().unwrap().insert(defect.name, run);
                    }
                }
            });
        }
    });
    runs.into_inner().unwrap()
}

/// The server knows no requirements, so its table names them by their IDs.
#[test]
fn every_row_names_requirements_of_the_level_that_it_deserves() {
    for defect in ALL {
        let level =
            |id: &&str| Requirement::by_id(id).unwrap_or_else(|| panic!("{}: no requirement {id}", defect.name));
        let levels: Vec<Level> = defect.violates.iter().map(|id| level(id).level()).collect();
        let serious = levels.iter().any(|level| *level >= Level::Should);
        assert_eq!(serious, defect.tolerated.is_none(), "{}: {levels:?}, {:?}", defect.name, defect.tolerated);
    }
}

#[test]
fn every_defect_is_noticed_and_every_result_fails_under_some_defect() {
    let runs = runs();
    let failed = |result: &&ScenarioReport| matches!(result.verdict, Verdict::Deviation | Verdict::Weak);
    let noticed: BTreeSet<&String> =
        runs.values().flat_map(|run| run.scenarios.iter().filter(failed)).map(|result| &result.id).collect();
    let all: BTreeSet<&String> = runs.values().flat_map(|run| &run.scenarios).map(|result| &result.id).collect();
    let mut never: Vec<_> = all.difference(&noticed).collect();
    never.retain(|id| !UNBROKEN.contains(&id.as_str()));
    let (mut table, mut wrong, mut single) = (Vec::new(), Vec::new(), 0);
    for (name, run) in &runs {
        let serious = run.findings().iter().filter(|finding| finding.level >= Level::Should).count();
        let reason = OTHERWISE.iter().find(|(of, _)| of == name).map(|(_, reason)| *reason);
        single += usize::from(serious == 1);
        if (serious == 1) == reason.is_some() {
            wrong.push(format!("{name}: {serious} findings, reason {reason:?}"));
        }
        table.push(format!("{name}{}", reason.map(|reason| format!(" ({reason})")).unwrap_or_default()));
        for finding in run.findings() {
            let results = finding.results.len();
            table.push(format!("    {} {} in {results}", finding.level.as_str(), finding.id));
        }
    }
    insta::with_settings!({snapshot_path => "../../snapshots/check", prepend_module_to_snapshot => false}, {
        insta::assert_snapshot!("defects", table.join("\n"));
    });
    println!("{single} of {} defects yield exactly one finding", runs.len());
    assert!(never.is_empty(), "no defect makes these fail: {never:#?}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(single * 100 >= runs.len() * SINGLE_PERCENT, "{single} of {}", runs.len());
}

//! Findings: the causes behind the faults of all results.
//!
//! Faults with the same requirement, kind of difference, kind of subject and client are one finding, however many results show
//! them.

use std::collections::{BTreeMap, BTreeSet};

use super::outcome::Deviation;
use super::requirement::{Profile, Requirement};
use super::results::{Fault, Judged, exact};
use crate::model::Evidence;
use crate::okta::ClientKind;
use crate::report::{Client, Finding, Level, ScenarioReport, Verdict};
use crate::scim::{AttrPath, Kind};

/// No core attribute has the name of an enterprise attribute, so the summary leaves the schema out.
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:";

/// The number of exchanges in a finding. The results have all.
const EXCHANGES: usize = 6;

/// Says which attributes of users and groups the target keeps, of those that Okta sent, and which it never showed.
pub(super) fn remarks(results: &[Judged]) -> Vec<String> {
    let mut seen = Evidence::default();
    for result in results {
        seen.merge(&result.kept);
    }
    let names = |attributes: Vec<(Kind, &AttrPath)>| -> BTreeSet<String> {
        let unseen = |name: &str| matches!(name, "schemas" | "password" | "members" | "id");
        let named = attributes.into_iter().map(|(_, path)| path.to_string()).filter(|name| !unseen(name));
        named.map(|name| name.strip_prefix(ENTERPRISE).map_or_else(|| name.clone(), str::to_owned)).collect()
    };
    let (kept, never) = (names(seen.kept()), names(seen.never_kept()));
    // A name that groups keep and users do not belongs to the second list.
    let kept: BTreeSet<String> = kept.difference(&never).cloned().collect();
    let list = |names: &BTreeSet<String>| names.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    match (kept.is_empty(), never.is_empty()) {
        (true, true) => Vec::new(),
        (false, true) => vec![format!("Keeps   {}", list(&kept))],
        (true, false) => vec![format!("Keeps   nothing of what Okta sent; does not keep {}", list(&never))],
        (false, false) => vec![format!("Keeps   {}; does not keep {}", list(&kept), list(&never))],
    }
}

/// Builds the findings, and enters their IDs in the results.
pub(super) fn collect(results: Vec<Judged>, profile: Profile) -> (Vec<Finding>, Vec<ScenarioReport>) {
    let mut findings: Vec<Finding> = Vec::new();
    let mut reports = Vec::new();
    // The requirements that the results in the command of each finding show violated.
    let mut shown: BTreeMap<String, BTreeSet<Option<Requirement>>> = BTreeMap::new();
    for Judged { mut report, mut faults, mut judged, .. } in results {
        // What a scenario is about explains more than what it needs.
        faults.sort_by_key(|fault| fault.prepares);
        for fault in &faults {
            let id = fault.deviation.finding();
            judged.insert(fault.deviation.requirement);
            if !report.findings.contains(&id) {
                report.findings.push(id.clone());
            }
            let is_another = shown.entry(id.clone()).or_default().insert(fault.deviation.alone);
            let Some(known) = findings.iter_mut().find(|finding| finding.id == id) else {
                findings.push(finding(profile, fault, &report));
                continue;
            };
            if is_another {
                // Only all of these results together show the cause.
                known.repeat = with_result(&known.repeat, &report.id);
            }
            if !known.results.contains(&report.id) {
                known.results.push(report.id.clone());
            }
        }
        report.requirements = judged.iter().map(|requirement| requirement.id().to_owned()).collect();
        reports.push(report);
    }
    findings.sort_by_key(Finding::rank);
    for report in &mut reports {
        let rank = |id: &String| findings.iter().position(|finding| finding.id == *id);
        report.findings.sort_by_key(rank);
    }
    (findings, reports)
}

/// Adds a result to the command that repeats one: `--name '^a$'` becomes `--name '^(a|b)$'`.
fn with_result(command: &str, id: &str) -> String {
    let Some((head, (names, tail))) =
        command.split_once("--name '^").and_then(|(head, rest)| Some((head, rest.split_once("$'")?)))
    else {
        return command.to_owned();
    };
    let names = names.trim_start_matches('(').trim_end_matches(')');
    format!("{head}--name '^({names}|{})$'{tail}", exact(id.trim_end_matches("#events")))
}

fn finding(profile: Profile, fault: &Fault, report: &ScenarioReport) -> Finding {
    let Deviation { requirement, expected, actual, .. } = &fault.deviation;
    let (row, source) = (requirement.row(), profile.deciding(*requirement));
    let shown = indices(fault);
    let exchanges = shown.iter().filter_map(|at| report.exchanges.get(*at));
    Finding {
        id: fault.deviation.finding(),
        requirement: row.id.to_owned(),
        client: row.client.map(client),
        level: source.map_or(Level::Note, |source| source.level),
        source: source.map(|source| source.place.to_owned()).unwrap_or_default(),
        verdict: if fault.required { Verdict::Deviation } else { profile.verdict(*requirement) },
        title: row.sentence.to_owned(),
        part: fault.deviation.part.clone(),
        observation: fault.deviation.sentence(),
        expected: expected.clone(),
        actual: actual.clone(),
        why: row.why.to_owned(),
        fix: row.fix.to_owned(),
        cause: None,
        accepted: false,
        results: vec![report.id.clone()],
        exchanges: exchanges.cloned().collect(),
        decisive: fault.deviation.exchanges.iter().filter_map(|at| shown.iter().position(|one| one == at)).collect(),
        // What the run leaves on the server lets the curl commands work.
        repeat: format!("{} --keep", report.repeat),
        case: None,
        attempts: None,
    }
}

/// Returns a client as reports name it. An app of the OIN Wizard sends what a catalog app sends.
pub(super) const fn client(kind: ClientKind) -> Client {
    match kind {
        ClientKind::Oin | ClientKind::Oiw => Client::Oin,
        ClientKind::Aiw => Client::Aiw,
    }
}

/// Returns the indices of a finding's exchanges: the decisive ones, and the others around them up to a number.
fn indices(fault: &Fault) -> Vec<usize> {
    let decisive = &fault.deviation.exchanges;
    let others = fault.exchanges.iter().filter(|at| !decisive.contains(at));
    let mut indices: Vec<usize> = decisive.iter().chain(others).copied().take(EXCHANGES).collect();
    indices.sort_unstable();
    indices.dedup();
    indices
}

/// Returns a finding about a panic of a target that runs in this process.
pub(super) fn of_panic(results: Vec<String>, text: &str) -> Finding {
    Finding {
        id: "target/panic".to_owned(),
        requirement: "target/panic".to_owned(),
        client: None,
        level: Level::Okta,
        source: "the target's own process".to_owned(),
        verdict: Verdict::Deviation,
        title: "The target handles every request without panicking.".to_owned(),
        part: "response".to_owned(),
        observation: format!("the target panicked: {text}"),
        expected: "no panic".to_owned(),
        actual: text.to_owned(),
        why: "The request got no response, or the state behind it is lost.".to_owned(),
        fix: "Report it as a bug of scimulate.".to_owned(),
        cause: None,
        accepted: false,
        results,
        exchanges: Vec::new(),
        decisive: Vec::new(),
        repeat: "scimulate check".to_owned(),
        case: None,
        attempts: None,
    }
}

//! Settles what the server does not have: a capability that every request for it was refused is absent, not broken.
//!
//! With one client, the absence of what it needs is a deviation. With both, the client that needs it is not possible, and its
//! results are not supported, unless no client is left.

use std::collections::BTreeMap;

use super::findings;
use super::outcome::{Deviation, Kind, Subject};
use super::requirement::{Capability, Requirement};
use super::results::{Fault, Judged};
use crate::okta::ClientKind;
use crate::report::{ClientReport, Verdict};

/// The capabilities of the server as the user declares them.
#[derive(Debug, Clone, Default)]
pub struct Declared {
    /// Capabilities and attributes that the server lacks, by name.
    pub without: Vec<String>,
    /// Capabilities and attributes that the server must have, by name.
    pub required: Vec<String>,
}

impl Declared {
    fn lacks(&self, capability: Capability) -> bool {
        self.without.iter().any(|name| name == capability.name())
    }

    fn requires(&self, capability: Capability) -> bool {
        self.required.iter().any(|name| name == capability.name())
    }
}

/// The observations of a run about one capability.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Presence {
    Unknown,
    Present,
    /// Every request for it was refused: `PUT /Users returned 405`.
    Absent(String),
}

/// The parts of a capability's requests: method, collection, and true for requests of one resource.
const REQUESTS: [(Capability, &str, &str, bool); 6] = [
    (Capability::Put, "PUT", "Users", true),
    (Capability::Patch, "PATCH", "Users", true),
    (Capability::Groups, "POST", "Groups", false),
    (Capability::Groups, "GET", "Groups", false),
    (Capability::GroupPut, "PUT", "Groups", true),
    (Capability::GroupPatch, "PATCH", "Groups", true),
];

/// Turns faults about what the server does not have into results that are not supported, and returns the clients, each with
/// what it lacks.
pub(super) fn settle(results: &mut [Judged], clients: &[ClientKind], declared: &Declared) -> Vec<ClientReport> {
    for result in results.iter_mut() {
        require(result, declared);
    }
    let mut absent: BTreeMap<Capability, String> = BTreeMap::new();
    for (capability, _) in Capability::ALL {
        if declared.lacks(capability) {
            absent.insert(capability, format!("--without {}", capability.name()));
        } else if let (Presence::Absent(seen), false) =
            (presence_of(results, capability), declared.requires(capability))
        {
            absent.insert(capability, seen);
        }
    }
    let lacking = |client: ClientKind| {
        let mut needed = needs(client).into_iter().filter(|need| !declared.lacks(*need));
        needed.find_map(|need| absent.get(&need)).cloned()
    };
    let lacks: Vec<Option<String>> = clients.iter().map(|client| lacking(*client)).collect();
    // With one client, or none left, the absence is a deviation.
    let excused = clients.len() > 1 && lacks.iter().any(Option::is_none);
    for result in results.iter_mut() {
        let is_excused = |capability: Capability| {
            absent.contains_key(&capability)
                && (excused || capability == Capability::Groups || declared.lacks(capability))
        };
        excuse(result, &absent, is_excused);
    }
    excuse_events(results);
    let report = |(client, lacks): (&ClientKind, Option<String>)| ClientReport {
        client: findings::client(*client),
        not_possible: lacks.filter(|_| excused),
    };
    clients.iter().zip(lacks).map(report).collect()
}

/// Returns what a client needs besides lookup, create and read.
fn needs(client: ClientKind) -> Vec<Capability> {
    match client {
        ClientKind::Aiw => vec![Capability::Put, Capability::GroupPut],
        ClientKind::Oin | ClientKind::Oiw => vec![Capability::Put, Capability::Patch, Capability::GroupPatch],
    }
}

/// Returns what all requests for a capability show. One that worked is enough.
fn presence_of(results: &[Judged], capability: Capability) -> Presence {
    let rows = REQUESTS.iter().filter(|(of, ..)| *of == capability);
    let seen: Vec<Presence> =
        rows.map(|(_, method, collection, single)| presence(results, method, collection, *single)).collect();
    if seen.contains(&Presence::Present) {
        return Presence::Present;
    }
    seen.into_iter().find(|presence| matches!(presence, Presence::Absent(_))).unwrap_or(Presence::Unknown)
}

fn presence(results: &[Judged], method: &str, collection: &str, single: bool) -> Presence {
    let mut presence = Presence::Unknown;
    for exchange in results.iter().flat_map(|result| &result.report.exchanges) {
        let path = exchange.url.split('?').next().unwrap_or_default();
        let mut segments = path.rsplit('/');
        let of = if single { segments.nth(1) } else { segments.next() };
        if exchange.method != method || of != Some(collection) {
            continue;
        }
        match exchange.status {
            Some(200..=299) => return Presence::Present,
            Some(status @ (404 | 405 | 501)) => {
                presence = Presence::Absent(format!("{method} /{collection} returned {status}"));
            }
            _ => {}
        }
    }
    presence
}

/// Returns the capability whose absence a fault may show.
fn capability_of(fault: &Fault) -> Option<Capability> {
    let Deviation { requirement, status, subject, .. } = &fault.deviation;
    if *requirement == Requirement::PasswordAccepted {
        return Some(Capability::Password);
    }
    if !matches!(status, Some(404 | 405 | 501)) {
        return None;
    }
    match requirement {
        Requirement::ListStatus if *subject == Some(Subject::Group) => Some(Capability::Groups),
        Requirement::ListStatus => None,
        requirement => Some(requirement.row().capability),
    }
}

fn excuse(result: &mut Judged, absent: &BTreeMap<Capability, String>, excused: impl Fn(Capability) -> bool) {
    let lacking = result.faults.iter().filter_map(capability_of).find(|capability| excused(*capability));
    let Some(seen) = lacking.and_then(|capability| absent.get(&capability)) else { return };
    result.faults.retain(|fault| !capability_of(fault).is_some_and(&excused));
    if result.faults.iter().any(|fault| fault.deviation.requirement.stops_okta()) {
        return;
    }
    result.report.verdict = Verdict::NotSupported;
    result.report.sentence = format!("the server does not have what this needs: {seen}");
}

/// The events of a scenario that is not supported are not supported either.
fn excuse_events(results: &mut [Judged]) {
    let excused: Vec<(String, String)> = results
        .iter()
        .filter(|result| result.report.verdict == Verdict::NotSupported)
        .map(|result| (format!("{}#events", result.report.id), result.report.sentence.clone()))
        .collect();
    for result in results.iter_mut().filter(|result| result.report.verdict == Verdict::Blocked) {
        if let Some((_, sentence)) = excused.iter().find(|(id, _)| *id == result.report.id) {
            result.report.verdict = Verdict::NotSupported;
            result.report.sentence.clone_from(sentence);
            result.faults.clear();
        }
    }
}

/// Applies what the user says about attributes and members.
fn require(result: &mut Judged, declared: &Declared) {
    let is_about = |fault: &Fault, names: &[String]| {
        let part = fault.deviation.part.as_str();
        fault.deviation.requirement == Requirement::AttributesKept
            && names.iter().any(|name| part == name || part.split(['.', ':']).any(|word| word == name))
    };
    let before = result.faults.len();
    result.faults.retain(|fault| !is_about(fault, &declared.without));
    if result.faults.is_empty() && before > 0 && result.report.verdict == Verdict::Note {
        result.report.verdict = Verdict::Passed;
        "all steps held".clone_into(&mut result.report.sentence);
    }
    let unseen = result.report.verdict == Verdict::NotObserved && result.report.sentence.starts_with("memberships");
    if unseen && declared.requires(Capability::Members) {
        let deviation = Deviation::new(Requirement::MembersShown, Kind::Missing, "members", "members", "nothing");
        let exchanges = (0..result.report.exchanges.len()).collect();
        let deviation = deviation.at("every group").about(Subject::Group);
        result.faults.push(Fault { deviation, prepares: false, exchanges, required: true });
    }
    let mut required = None;
    for fault in &mut result.faults {
        fault.required |= is_about(fault, &declared.required);
        if fault.required {
            required = Some(fault.deviation.sentence());
        }
    }
    if let Some(sentence) = required {
        result.report.verdict = Verdict::Deviation;
        result.report.sentence = sentence;
    }
}

#[cfg(test)]
mod tests;

//! The access audit: compares what the target stores, what Okta believes, and what the company wants.
//!
//! After the last action the run reads the users and groups that Okta knows or has written, by GET requests only (`read`). An ideal
//! server that received the same requests decides who is at fault (`blame`): if the target does not store what the requests that it
//! accepted lead to, the target is. If it does, and the company wants something else, Okta left a hole (`holes`), and a recorded
//! habit usually says why (`causes`). If a lookup returned a resource of another name (`lookups`), the target is at fault, also for
//! the holes that follow. What could not be read is unknown. `problems` puts all this into sentences.
//!
//! The audit never writes to the target, and never judges or prints the resources of others.

mod attributes;
mod blame;
mod causes;
mod holes;
mod links;
mod lookups;
mod mistakes;
mod problems;
mod read;
mod record;
mod result;

use std::collections::BTreeSet;
use std::time::Duration;

use self::blame::{Blame, doubted};
use self::holes::{Basis, Hole, attribute_holes, beginnings, holes, lost_track};
use self::links::Links;
use self::lookups::WrongLookups;
use self::problems::Problems;
use self::read::{Reading, read};
use self::record::{Key, Record};
pub(super) use self::result::audit_result;
use super::recorded::apply;
use super::{PlayedEntry, Scenario};
use crate::model::Model;
use crate::okta::{Agent, Org};
use crate::report::Audit;
use crate::scim::Kind;
use crate::wire::{Exchange, Method};

/// The wait before what seems wrong is read again. A target may show a write late.
const SECOND_LOOK: Duration = Duration::from_secs(1);

/// The audit, and the requests that read the target.
#[derive(Debug, Clone, Default)]
pub struct Audited {
    pub audit: Audit,
    pub exchanges: Vec<Exchange>,
    /// True if some user or group could not be read.
    pub is_incomplete: bool,
}

/// Audits the target after a played scenario. Without `[audit]` in the scenario nothing is read, and the audit lists only the
/// accounts that Okta lost track of.
pub async fn audit(scenario: &Scenario, agent: &Agent, played: &[PlayedEntry]) -> Audited {
    let (record, links) = (Record::of(scenario, played), Links::of(agent.org()));
    let mut model = record.model();
    let too_many =
        || (!Record::is_complete(played)).then(|| "an action has more requests than an audit can compare".to_owned());
    let stopped = agent.client().stop().reason().or_else(too_many).filter(|_| scenario.audit);
    let reads = scenario.audit && stopped.is_none();
    let mut reading = Reading::default();
    if reads {
        let (keys, names) = (keys(&record, &links), names(agent.org(), &record, &links, &model));
        reading = read(agent.client(), &keys, &names).await;
        model = after_reads(&record, &reading.exchanges);
        let doubted = doubted(&model, &reading.shown);
        if !doubted.is_empty() {
            tokio::time::sleep(SECOND_LOOK).await;
            let again = read(agent.client(), &doubted, &BTreeSet::new()).await;
            reading.shown.extend(again.shown);
            reading.exchanges.extend(again.exchanges);
            model = after_reads(&record, &reading.exchanges);
        }
    }
    let undeleted = undeleted(&record);
    let basis = Basis { links: &links, undeleted: &undeleted, names: &std::collections::BTreeMap::new() };
    // Without an audit, the requests of a large scenario are not all there.
    let mut open = if scenario.audit { holes(agent.org(), &model, &basis) } else { lost_track(agent.org(), &links) };
    if reads {
        open.extend(attribute_holes(agent.org(), &model, &links, agent.habits(), links.accounts.keys()));
    }
    let begun = beginnings(scenario, played, &record, (&links, &undeleted, agent.habits()), &open);
    let mut problems = Problems::new(scenario, agent, &record, &links, &reading);
    if reads {
        let blame = Blame::new(&record, &model, &reading.shown);
        problems.of_target(blame.faults(), &model);
        problems.of_target_during_the_run(blame.faults_in_between());
        problems.duplicates(&model);
        problems.repeated_members();
    }
    let wrong = if reads { WrongLookups::of(&record) } else { WrongLookups::default() };
    let (misled, open): (BTreeSet<Hole>, BTreeSet<Hole>) =
        open.into_iter().partition(|hole| problems.misled_by(hole, &wrong).is_some());
    problems.wrong_lookups(&wrong, &misled, &begun);
    problems.of_okta(&open, &begun, reads);
    problems.old_attributes(&open, &begun, &model);
    problems.lost_creates();
    let (problems, mut unknown) = problems.finish(&model);
    unknown.extend(stopped.map(|reason| format!("the target was not read, because {reason}")));
    let count = |kind: Kind| reading.shown.keys().filter(|key| key.0 == kind).count();
    let audit = Audit {
        read: reads,
        users: count(Kind::User),
        groups: count(Kind::Group),
        requests: reading.exchanges.len(),
        problems,
        unknown,
    };
    Audited { audit, exchanges: reading.exchanges, is_incomplete: reading.is_incomplete }
}

/// Returns the ideal server after all requests and after the reads of the audit, which show what the target keeps.
fn after_reads(record: &Record<'_>, reads: &[Exchange]) -> Model {
    let mut model = record.model();
    let by_id = reads.iter().filter(|read| read.request.subject().1.is_some());
    by_id.for_each(|read| apply(&mut model, read));
    model
}

/// Returns the users and groups to read: those that requests wrote, and those that Okta is linked to.
fn keys(record: &Record<'_>, links: &Links) -> BTreeSet<Key> {
    let mut keys = record.written();
    keys.extend(links.accounts.keys().map(|id| (Kind::User, id.clone())));
    keys.extend(links.groups.iter().filter_map(|group| Some((Kind::Group, group.id.clone()?))));
    keys
}

/// Returns the names to look up: of the people who have or had an account, and of the groups that should be there.
fn names(org: &Org, record: &Record<'_>, links: &Links, model: &Model) -> BTreeSet<(Kind, String)> {
    let user_name = |app: &str, person: &str| {
        let name = org.user_name(org.app(app).ok()?, org.person_id(person).ok()?);
        Some((Kind::User, name)).filter(|(_, name)| !name.is_empty())
    };
    let accounts = links.accounts.values().flatten().map(|account| (&account.app, &account.person));
    let without = links.without.iter().map(|(app, person)| (app, person));
    let mut names: BTreeSet<_> = accounts.chain(without).filter_map(|(app, person)| user_name(app, person)).collect();
    let there = record.created().into_iter().filter(|key| model.expected(key.0, &key.1).is_some());
    names.extend(there.filter_map(|key| Some((key.0, record.name_of(&key)?))));
    names.extend(record.lost_creates().into_iter().map(|(_, name)| (Kind::User, name)));
    names
}

/// Returns the groups whose last write is a deletion that failed.
fn undeleted(record: &Record<'_>) -> BTreeSet<String> {
    let groups = record.written().into_iter().filter(|key| key.0 == Kind::Group);
    let failed =
        groups.filter(|key| record.failure(key).is_some_and(|sent| sent.exchange.request.method == Method::Delete));
    failed.map(|(_, id)| id).collect()
}

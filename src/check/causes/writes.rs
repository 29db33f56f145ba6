//! Writes that are accepted and change nothing, or that are refused for one reason: a path-less PATCH, any PATCH, PUT.
//!
//! A single scenario shows only that a user is still active or a group not renamed. All scenarios together show whether other
//! writes of the same form took effect, which tells the cause from a fault of one attribute.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::traffic::{Resource, is_success, is_write, resource, shown};
use crate::check::outcome::{Kind, Subject};
use crate::check::reading::member_ids;
use crate::check::requirement::Requirement;
use crate::check::results::{Fault, Judged};
use crate::report::ExchangeReport;

/// The form of a write, as far as it may be the cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Form {
    PathlessPatch,
    PatchWithPath,
    Put,
}

/// The outcomes of the writes of one form.
#[derive(Debug, Clone, Default)]
struct Tally {
    /// A read showed the change.
    took: usize,
    /// The next read showed the state of before.
    missed: usize,
    /// The attributes that it missed.
    names: BTreeSet<String>,
    /// 400 to 499, but those that say that there is no such method.
    refused: usize,
}

type Tallies = BTreeMap<(Form, Subject), Tally>;

/// A cause with the faults that it explains.
struct Cause {
    requirement: Requirement,
    kind: Kind,
    subject: Option<Subject>,
    /// The writes that show it.
    forms: &'static [Form],
    of: &'static [Subject],
    explains: &'static [Requirement],
}

const BOTH: &[Subject] = &[Subject::User, Subject::Group];

/// Replaces faults by the cause that explains them.
pub(super) fn merge(results: &mut [Judged]) {
    let each: Vec<Tallies> = results.iter().map(|result| tally(&result.report.exchanges)).collect();
    let mut all = Tallies::new();
    for (key, one) in each.iter().flatten() {
        let sum = all.entry(*key).or_default();
        (sum.took, sum.missed, sum.refused) = (sum.took + one.took, sum.missed + one.missed, sum.refused + one.refused);
        sum.names.extend(one.names.iter().cloned());
    }
    for cause in causes(&all) {
        for (result, tallies) in results.iter_mut().zip(&each) {
            let shows = tallies.iter().any(|((form, subject), tally)| {
                let ineffective = if cause.kind == Kind::WrongStatus { tally.refused } else { tally.missed };
                ineffective > 0 && cause.forms.contains(form) && cause.of.contains(subject)
            });
            for fault in result.faults.iter_mut().filter(|_| shows) {
                explain(fault, &cause);
            }
        }
    }
}

fn explain(fault: &mut Fault, cause: &Cause) {
    let deviation = &mut fault.deviation;
    if cause.explains.contains(&deviation.requirement) {
        deviation.blame(cause.requirement, cause.kind);
        deviation.subject = cause.subject;
    }
}

fn causes(all: &Tallies) -> Vec<Cause> {
    use Requirement::{
        AddMembers, Deactivated, GroupRenameAccepted, GroupRenamed, PatchAccepted, PatchStored, PathlessMembers,
        PathlessPatch, PutMembers, PutStored, Reactivated, RemoveMember, ReplaceMembers, UserNameStored,
    };
    let of = |form, subject| all.get(&(form, subject)).cloned().unwrap_or_default();
    let sum = |form, part: fn(&Tally) -> usize| BOTH.iter().map(|subject| part(&of(form, *subject))).sum::<usize>();
    let in_both = |part: fn(&Tally) -> usize| BOTH.iter().all(|subject| part(&of(Form::PathlessPatch, *subject)) > 0);
    let (took, missed) = (|tally: &Tally| tally.took, |tally: &Tally| tally.missed);
    let mut causes = Vec::new();
    let pathless_took = sum(Form::PathlessPatch, took);
    if pathless_took == 0 && in_both(|tally| tally.refused) && !in_both(missed) {
        causes.push(Cause {
            requirement: PathlessPatch,
            kind: Kind::WrongStatus,
            subject: None,
            forms: &[Form::PathlessPatch],
            of: BOTH,
            explains: &[PatchAccepted, GroupRenameAccepted, PathlessMembers],
        });
    }
    if pathless_took == 0 && in_both(missed) && sum(Form::PatchWithPath, took) > 0 {
        causes.push(Cause {
            requirement: PathlessPatch,
            kind: Kind::Changed,
            subject: None,
            forms: &[Form::PathlessPatch],
            of: BOTH,
            explains: &[Deactivated, Reactivated, GroupRenamed, PathlessMembers],
        });
    }
    let patch_missed = sum(Form::PatchWithPath, missed) > 0 && sum(Form::PathlessPatch, missed) > 0;
    if pathless_took == 0 && sum(Form::PatchWithPath, took) == 0 && patch_missed {
        causes.push(Cause {
            requirement: PatchStored,
            kind: Kind::Changed,
            subject: None,
            forms: &[Form::PathlessPatch, Form::PatchWithPath],
            of: BOTH,
            explains: &[
                Deactivated,
                Reactivated,
                GroupRenamed,
                AddMembers,
                RemoveMember,
                ReplaceMembers,
                PathlessMembers,
            ],
        });
    }
    // A server may ignore one attribute: two of them are needed.
    let ignored = |tally: &Tally| tally.took == 0 && tally.names.len() > 1;
    if ignored(&of(Form::Put, Subject::User)) {
        causes.push(Cause {
            requirement: PutStored,
            kind: Kind::Changed,
            subject: Some(Subject::User),
            forms: &[Form::Put],
            of: &[Subject::User],
            explains: &[Deactivated, Reactivated, PutStored, UserNameStored],
        });
    }
    if ignored(&of(Form::Put, Subject::Group)) {
        causes.push(Cause {
            requirement: PutMembers,
            kind: Kind::Changed,
            subject: Some(Subject::Group),
            forms: &[Form::Put],
            of: &[Subject::Group],
            explains: &[PutMembers, GroupRenamed],
        });
    }
    causes
}

/// Counts the outcomes of the writes of one scenario.
fn tally(exchanges: &[ExchangeReport]) -> Tallies {
    let mut tallies = Tallies::new();
    let mut states: BTreeMap<Resource, &Value> = BTreeMap::new();
    for (at, exchange) in exchanges.iter().enumerate() {
        if let (true, Some(about)) = (is_write(exchange), resource(&exchange.url)) {
            let subject = Subject::of_collection(&about.0);
            let later = exchanges.iter().skip(at + 1);
            let mut later = later.filter(|other| resource(&other.url).as_ref() == Some(&about));
            let after = later.next().filter(|other| other.method == "GET").and_then(shown);
            for (form, change) in changes(exchange) {
                let tally = tallies.entry((form, subject)).or_default();
                match (exchange.status, states.get(&about), after) {
                    (Some(404 | 405), ..) => {}
                    (Some(400..=499), ..) => tally.refused += 1,
                    (_, Some(before), Some(after)) if is_success(exchange) => {
                        let (wanted, holds) = (!change.holds(before), change.holds(after));
                        tally.took += usize::from(wanted && holds);
                        tally.missed += usize::from(wanted && !holds);
                        tally.names.extend((wanted && !holds).then(|| change.name().to_owned()));
                    }
                    _ => {}
                }
            }
        }
        // The response to a write may be wrong about it.
        let is_read = matches!(exchange.method.as_str(), "GET" | "POST");
        if let Some(body) = shown(exchange).filter(|_| is_read)
            && let Some(id) = body.get("id").and_then(crate::wire::id_text)
        {
            let collection = if body.get("userName").is_some() { "Users" } else { "Groups" };
            states.insert((collection.to_owned(), id), body);
        }
    }
    tallies
}

/// One change that a write asks for.
#[derive(Debug, PartialEq, Eq)]
enum Change<'a> {
    Value(&'a str, &'a Value),
    Members(BTreeSet<String>),
    Joins(Vec<String>),
    Leaves(&'a str),
}

impl Change<'_> {
    fn name(&self) -> &str {
        match self {
            Self::Value(name, _) => name,
            Self::Members(_) | Self::Joins(_) | Self::Leaves(_) => "members",
        }
    }

    fn holds(&self, state: &Value) -> bool {
        let members = || members(state.get("members"));
        match self {
            Self::Value(name, value) => state.get(*name) == Some(*value),
            Self::Members(all) => members() == *all,
            Self::Joins(ids) => ids.iter().all(|id| members().contains(id)),
            Self::Leaves(id) => !members().contains(*id),
        }
    }
}

fn members(list: Option<&Value>) -> BTreeSet<String> {
    member_ids(list.and_then(Value::as_array).map_or(&[], Vec::as_slice)).into_iter().collect()
}

fn changes(exchange: &ExchangeReport) -> Vec<(Form, Change<'_>)> {
    let Some(body) = &exchange.request_body else { return Vec::new() };
    if exchange.method == "PUT" {
        return values(body).map(|change| (Form::Put, change)).collect();
    }
    let operations = body.get("Operations").and_then(Value::as_array).into_iter().flatten();
    operations
        .flat_map(|operation| {
            let value = operation.get("value");
            let op = operation.get("op").and_then(Value::as_str).unwrap_or_default();
            let with_path = |change| vec![(Form::PatchWithPath, change)];
            match (operation.get("path").and_then(Value::as_str), op) {
                (None, _) => value.into_iter().flat_map(values).map(|change| (Form::PathlessPatch, change)).collect(),
                (Some("members"), "add") => with_path(Change::Joins(members(value).into_iter().collect())),
                (Some("members"), "replace") => with_path(Change::Members(members(value))),
                (Some(path), "remove") => {
                    path.split('"').nth(1).map(|id| with_path(Change::Leaves(id))).unwrap_or_default()
                }
                _ => Vec::new(),
            }
        })
        .collect()
}

/// Returns the scalar attributes of an object, and its members.
fn values(object: &Value) -> impl Iterator<Item = Change<'_>> {
    let entries = object.as_object().into_iter().flatten();
    entries.filter_map(|(name, value)| match value {
        Value::Array(_) if name == "members" => Some(Change::Members(members(Some(value)))),
        Value::String(_) | Value::Bool(_) if !matches!(name.as_str(), "id" | "password" | "externalId") => {
            Some(Change::Value(name, value))
        }
        _ => None,
    })
}

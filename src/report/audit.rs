//! The access audit of a played scenario: the users and groups of the target, compared with Okta and with the company.

use serde::{Deserialize, Serialize};

/// The result of the access audit (`run` only).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Audit {
    /// True if the run read the target. If false, `problems` has only the accounts that Okta lost track of.
    pub read: bool,
    /// The number of users that were read and compared.
    pub users: usize,
    /// The number of groups that were read and compared.
    pub groups: usize,
    /// The number of requests that read the target.
    pub requests: usize,
    /// Problems for which the target is at fault come first, then the holes that Okta itself leaves.
    pub problems: Vec<AuditProblem>,
    /// A sentence about each part of the target that could not be read, and so was not judged.
    pub unknown: Vec<String>,
}

/// The side that is at fault for a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AuditFault {
    /// The target accepted a request and does not store what it says, or it returned another resource than Okta looked up.
    Target,
    /// The target stores what it accepted, and Okta did not send what the company wants.
    Okta,
}

/// The kind of a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AuditKind {
    /// A user is active and should not be.
    StillActive,
    /// A user is inactive and should be active.
    Inactive,
    /// A user or group is not on the target and should be.
    Missing,
    /// A deleted group is still on the target.
    NotDeleted,
    /// A group has other members than it should have.
    Members,
    /// Two resources that the run created have the same name.
    Duplicate,
    /// An attribute has another value than the accepted requests lead to.
    Attribute,
    /// A lookup by name returned a resource of another name.
    Lookup,
}

/// One problem.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditProblem {
    pub fault: AuditFault,
    pub kind: AuditKind,
    /// `user` or `group`.
    pub of: String,
    /// The key of the person, or the name of the group.
    pub name: String,
    /// The target's `id`, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The attribute that differs: `active`, `members`, `title`. Empty if it is the resource as a whole.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub part: String,
    /// The problem in one sentence.
    pub sentence: String,
    pub expected: String,
    pub actual: String,
    /// The action since which it is so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<AuditMoment>,
    /// The action in which a response showed it, if it was seen during the run. None if the last read shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<AuditMoment>,
    /// The first request that did not arrive, was rejected or was not honored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<AuditRequest>,
    /// What the target shows instead, as the decisive part of the response to a GET: `{"active":true, …}`, or `404`. Only if the
    /// target is at fault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shows: Option<String>,
    /// The reason, in one or two sentences: Okta's behavior, or the mistake that explains what the target stores.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
    /// The habit of Okta that leaves the hole, as `scimulate habits` lists it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub habit: Option<String>,
    /// The sources of this habit: keys of docs/sources.md.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<String>,
}

/// A point of the scenario.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AuditMoment {
    /// The number of the action, from 1.
    pub action: usize,
    /// The time of the action on the scenario's clock, `2027-03-01 09:00`, if the scenario has times.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
}

/// A request of the simulated Okta.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditRequest {
    #[serde(flatten)]
    pub moment: AuditMoment,
    pub method: String,
    /// The part after the base URL.
    pub path: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The decisive part of the body, if the target is at fault: `{"op":"replace","value":{"active":false}}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// The reason why there was no response.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
}

impl Audit {
    /// Iterates over the problems for which one side is at fault.
    pub fn of(&self, fault: AuditFault) -> impl Iterator<Item = &AuditProblem> {
        self.problems.iter().filter(move |problem| problem.fault == fault)
    }

    /// Says in one sentence what was compared.
    #[must_use]
    pub fn compared(&self) -> String {
        use crate::base::counted;
        if !self.read {
            let reason = self.unknown.first().map_or("the scenario has no [audit]", String::as_str);
            return format!("Nothing stored was compared: {reason}.");
        }
        let (users, groups) = (counted(self.users, "user"), counted(self.groups, "group"));
        let target = match self.of(AuditFault::Target).count() {
            0 => "the target stores what it accepted".to_owned(),
            count => format!("the target is at fault for {}", counted(count, "problem")),
        };
        let okta = match self.of(AuditFault::Okta).count() {
            0 => "Okta leaves no problem of its own".to_owned(),
            count => format!("Okta itself leaves {}", counted(count, "hole")),
        };
        let unknown = match self.unknown.len() {
            0 => String::new(),
            count => format!(
                "; {} unknown",
                if count == 1 { "1 point is".to_owned() } else { format!("{count} points are") }
            ),
        };
        format!("The audit compared {users} and {groups} on the target: {target}, and {okta}{unknown}.")
    }
}

impl AuditProblem {
    /// Returns true if the target is at fault because a lookup returned a resource of another name.
    #[must_use]
    pub fn is_of_lookup(&self) -> bool {
        self.fault == AuditFault::Target && self.request.as_ref().is_some_and(|request| request.method == "GET")
    }
}

impl AuditMoment {
    /// Describes the moment: `action 7 (2027-03-01 09:00)`.
    #[must_use]
    pub fn words(&self) -> String {
        let at = self.at.as_ref().map(|at| format!(" ({at})")).unwrap_or_default();
        format!("action {}{at}", self.action)
    }
}

impl AuditRequest {
    /// Describes the request and its outcome: `PATCH /Users/42, response 204, action 7 (2027-03-01 09:00)`.
    #[must_use]
    pub fn words(&self) -> String {
        let outcome = match (self.status, &self.failure) {
            (Some(status), _) => format!("response {status}"),
            (None, Some(failure)) => failure.clone(),
            (None, None) => "no response".to_owned(),
        };
        format!("{} {}, {outcome}, {}", self.method, self.path, self.moment.words())
    }
}

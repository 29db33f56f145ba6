//! Attributes that are old on the target, because Okta did not send a change, or sent it in vain. Pure.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::super::attributes::{Lag, lags, leaves};
use super::super::causes::Cause;
use super::super::holes::Hole;
use super::super::read::Shown;
use super::super::record::{Key, Sent};
use super::Problems;
use crate::model::Model;
use crate::report::{AuditFault, AuditKind, AuditProblem};
use crate::scim::Kind;

impl<'a> Problems<'a> {
    /// Adds a problem for each user and action since which attributes are old. Without a known cause there is none.
    pub(in crate::sim::audit) fn old_attributes(
        &mut self,
        holes: &BTreeSet<Hole>,
        begun: &BTreeMap<Hole, usize>,
        model: &Model,
    ) {
        let mut by_user: BTreeMap<(&String, Option<usize>), BTreeSet<&String>> = BTreeMap::new();
        for hole in holes {
            if let Hole::Attribute { id, path } = hole {
                by_user.entry((id, begun.get(hole).copied())).or_default().insert(path);
            }
        }
        for ((id, since), paths) in by_user {
            let (key, (cause, request)) = ((Kind::User, id.clone()), self.cause_of_attribute(id));
            let accounts = self.links.accounts.get(id).map_or(&[][..], Vec::as_slice);
            let all = lags(self.agent.org(), model, (id, accounts), self.agent.habits());
            let is_open = |(path, lag): &(String, Lag)| paths.contains(path) && self.is_open(&key, path, lag, model);
            let open: Vec<(String, Lag)> = all.into_iter().filter(is_open).collect();
            if open.is_empty() || cause == Cause::Unrecorded {
                continue;
            }
            let list = |value: fn(&Lag) -> &Option<Value>| {
                let words = open.iter().map(|(path, lag)| match value(lag) {
                    Some(value) => format!("{path} {value}"),
                    None => format!("no {path}"),
                });
                words.collect::<Vec<_>>().join(", ")
            };
            let (expected, actual) = (list(|lag| &lag.okta), list(|lag| &lag.ideal));
            let since = since.or(request.map(|sent| sent.action));
            let problem = AuditProblem {
                fault: AuditFault::Okta,
                kind: AuditKind::Attribute,
                part: open.iter().map(|(path, _)| path.as_str()).collect::<Vec<_>>().join(", "),
                sentence: format!("{} is out of date on the target: {}.", self.named(&key), both(&open)),
                since: since.map(|action| self.record.moment(action)),
                request: request.map(|sent| self.record.request(sent)),
                why: cause.why().to_owned(),
                habit: cause.name(),
                sources: cause.sources(),
                expected,
                actual,
                ..self.bare(&key)
            };
            self.found.push(problem);
        }
    }

    /// Returns true if the target does not show Okta's value, keeps such an attribute, and has a value that Okta sent.
    fn is_open(&self, key: &Key, path: &str, lag: &Lag, model: &Model) -> bool {
        let Some(Shown::Document(shown)) = self.reading.shown.get(key) else { return false };
        let name = path.split(['.', '[']).next().unwrap_or_default();
        let is_kept = model.evidence().never_kept().iter().all(|(kind, kept)| *kind != key.0 || kept.name != name);
        let was_sent = lag.okta.is_some() || self.record.has_sent(key, path);
        was_sent && is_kept && leaves(&Value::Object(shown.clone())).get(path) != lag.okta.as_ref()
    }

    /// Returns the reason for old attributes, and the request that failed.
    pub(super) fn cause_of_attribute(&self, id: &str) -> (Cause, Option<&Sent<'a>>) {
        let accounts = self.links.accounts.get(id).into_iter().flatten();
        let apps = accounts.filter_map(|account| self.agent.org().app(&account.app).ok());
        let off = apps.into_iter().find_map(|app| match app {
            app if !app.provisioning => Some(Cause::ProvisioningOff),
            app if !app.to_app.update => Some(Cause::ToAppOff),
            _ => None,
        });
        match self.record.failure(&(Kind::User, id.to_owned())) {
            Some(sent) => (Cause::FailedRequest, Some(sent)),
            None => (off.unwrap_or(Cause::Unrecorded), None),
        }
    }
}

/// Lists the values of the target, each with Okta's: `title is missing (Okta: "Engineer")`.
fn both(open: &[(String, Lag)]) -> String {
    let words = open.iter().map(|(path, lag)| {
        let actual = lag.ideal.as_ref().map_or_else(|| "missing".to_owned(), Value::to_string);
        let expected = lag.okta.as_ref().map_or_else(|| "no value".to_owned(), Value::to_string);
        format!("{path} is {actual} (Okta: {expected})")
    });
    words.collect::<Vec<_>>().join(", ")
}

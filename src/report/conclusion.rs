//! The conclusion of a run: one sentence about Okta, for each of its clients.

use super::finding::Finding;
use super::level::Level;
use super::run::Run;
use super::verdict::Verdict;

impl Run {
    /// Returns the conclusion in one sentence.
    #[must_use]
    pub fn conclusion(&self) -> String {
        let fails = self.findings.iter().any(|finding| finding.verdict == Verdict::Deviation && !finding.accepted);
        if let (false, Some(why)) = (fails, &self.stopped) {
            return format!("Inconclusive: {why}.");
        }
        let judged = self.scenarios.iter().filter(|result| result.verdict.is_judged()).count();
        let blocked = self.count(Verdict::Blocked);
        let open = self.count(Verdict::Inconclusive);
        if judged + blocked == 0 {
            return "Inconclusive: nothing was judged.".to_owned();
        }
        if self.is_selection {
            let passed = judged - self.count(Verdict::Deviation);
            let rest = self.scenarios.len() - judged;
            let others = if rest > 0 { format!("; {rest} more not judged") } else { String::new() };
            return format!("{passed} of {judged} selected results passed{others}.");
        }
        if !fails && open > 0 {
            return format!("Inconclusive: {open} of {} results could not be decided.", self.scenarios.len());
        }
        let mut parts = vec![self.clients_sentence()];
        let secure = self.count_findings(|finding| finding.level == Level::Security);
        if secure > 0 {
            parts.push(format!("{secure} security {}", if secure == 1 { "problem" } else { "problems" }));
        }
        let events = self.count_findings(is_about_events);
        if events > 0 {
            parts.push("other events follow than expected".to_owned());
        }
        let review = self.count_findings(|finding| finding.level <= Level::Review && !is_about_events(finding));
        if review > 0 {
            let findings = if review == 1 { "finding" } else { "findings" };
            parts.push(format!("{review} {findings} against Okta's review or the RFCs"));
        }
        format!("{}.", parts.join("; "))
    }

    fn count_findings(&self, of: impl Fn(&Finding) -> bool) -> usize {
        let failing = |finding: &&Finding| finding.verdict == Verdict::Deviation && !finding.accepted;
        self.findings.iter().filter(failing).filter(|finding| of(finding)).count()
    }

    fn clients_sentence(&self) -> String {
        let (good, bad): (Vec<&str>, Vec<&str>) =
            self.clients.iter().map(|client| client.client.as_str()).partition(|client| self.works_for(client));
        let named = |clients: &[&str], word: &str| {
            clients.iter().map(|client| describe(client)).collect::<Vec<_>>().join(&format!(" {word} "))
        };
        match (good.as_slice(), bad.as_slice()) {
            (good, []) => format!("Works with Okta {}", named(good, "and")),
            ([], bad) => format!("Would not work with Okta {}", named(bad, "or")),
            (good, bad) => {
                format!("Works with Okta {}; would not work {}", named(good, "and"), named(bad, "or"))
            }
        }
    }

    /// Returns true if nothing that Okta needs of the server is missing for this client.
    #[must_use]
    pub fn works_for(&self, client: &str) -> bool {
        let possible = self.clients.iter().any(|one| one.client == client && one.not_possible.is_none());
        let affects = |finding: &Finding| {
            // A scenario that is played once stands for both clients, but its finding may be about one of them.
            if finding.id.rsplit_once('@').is_some_and(|(_, affected)| affected != client) {
                return false;
            }
            let results = self.scenarios.iter().filter(|result| finding.results.contains(&result.id));
            finding.level == Level::Okta
                && finding.verdict == Verdict::Deviation
                && !is_about_events(finding)
                && results.into_iter().any(|result| result.is_of(client))
        };
        possible && !self.findings.iter().any(affects)
    }
}

/// Returns true if a finding is about events, which Okta does not depend on.
fn is_about_events(finding: &Finding) -> bool {
    finding.requirement.starts_with("events/")
}

fn describe(client: &str) -> &'static str {
    match client {
        "oin" => "as a catalog app (OIN)",
        _ => "as an app made with the App Integration Wizard (AIW)",
    }
}

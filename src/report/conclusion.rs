//! The conclusion of a run: of `check` one sentence about Okta, for each of its clients; of `run` what Okta would have shown;
//! of `fuzz` what was found.

use std::fmt::Write as _;

use super::client::Client;
use super::finding::Finding;
use super::level::Level;
use super::run::{Command, Run};
use super::verdict::Verdict;
use crate::base::counted;

/// Requirements whose violation stops Okta for a few people or groups only.
const LOST_NAMES: [(&str, &str); 4] = [
    ("okta/lookup-apostrophe", "names with an apostrophe"),
    ("okta/lookup-plus", "names with a plus sign"),
    ("okta/lookup-quotes", "names with double quotes"),
    ("okta/lookup-non-ascii", "names with letters beyond ASCII"),
];

impl Run {
    /// Returns the conclusion in one sentence.
    #[must_use]
    pub fn conclusion(&self) -> String {
        match self.command {
            Command::Check => self.of_check(),
            Command::Run => self.of_play(),
            Command::Fuzz => self.of_fuzz(),
        }
    }

    fn of_check(&self) -> String {
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

    /// Says what Okta would have shown the administrator.
    fn of_play(&self) -> String {
        // The audit is a result without an action.
        let actions = || self.scenarios.iter().filter(|result| result.action.is_some());
        let all = counted(actions().count(), "action");
        let read = self.audit.as_ref().map_or(0, |audit| audit.requests);
        let requests = counted(self.requests.saturating_sub(read), "request");
        let of = |verdict: Verdict| actions().filter(move |action| action.verdict == verdict);
        let mut exchanges = actions().flat_map(|action| &action.exchanges).peekable();
        let is_silent = exchanges.peek().is_some()
            && exchanges.all(|exchange| exchange.status.is_none() && exchange.simulated.is_none());
        let is_blamed_by_the_audit = of(Verdict::Deviation).next().is_none() && self.exit().0 == 1;
        let mut sentences = match self.exit().0 {
            code if code == 0 || is_blamed_by_the_audit => {
                let expects = actions().any(|action| action.expect_task.is_some());
                let other = if expects { "other " } else { "" };
                format!("{all}, {requests}: Okta would have reported no {other}errors.")
            }
            1 => {
                let missing = of(Verdict::Deviation).filter(|action| action.tasks.is_empty()).count();
                let unexpected = of(Verdict::Deviation).count() - missing;
                let shown = (unexpected > 0)
                    .then(|| format!("Okta would have shown unexpected errors in {unexpected} of {all}"));
                let missing = (missing > 0).then(|| format!("an expected error is missing in {missing} of {all}"));
                let words: Vec<String> = shown.into_iter().chain(missing).collect();
                format!("{} ({requests}).", words.join("; "))
            }
            _ if is_silent => format!("The target never responded ({requests})."),
            _ if actions().all(|action| action.verdict == Verdict::Passed) => {
                format!("{all}, {requests}: Okta would have reported no error that the scenario does not expect.")
            }
            _ => format!("The run is not complete: {} of {all} passed ({requests}).", of(Verdict::Passed).count()),
        };
        if let Some(first) = of(Verdict::Skipped).next() {
            let skipped = of(Verdict::Skipped).count();
            let were = if skipped == 1 { "was" } else { "were" };
            let _ = write!(sentences, " {} {were} skipped: {}.", counted(skipped, "action"), first.sentence);
        }
        if let Some(audit) = self.audit.as_ref().filter(|audit| audit.read || self.exit().0 <= 1) {
            let _ = write!(sentences, " {}", audit.compared());
        }
        sentences
    }

    /// Says what the generated requests found.
    fn of_fuzz(&self) -> String {
        let cases = self.cases.unwrap_or_default();
        let found = match self.findings.len() {
            0 => "Nothing found".to_owned(),
            count => counted(count, "finding"),
        };
        let played = counted(cases.played, "case");
        let mut sentences =
            format!("{found} in {played}; in {} of them the target created the resource.", cases.created);
        if cases.out_of_time {
            sentences.push_str(" The time limit came before the last case.");
        }
        if let Some(why) = &self.stopped {
            let _ = write!(sentences, " Ended early: {why}.");
        }
        sentences
    }

    fn count_findings(&self, of: impl Fn(&Finding) -> bool) -> usize {
        let failing = |finding: &&Finding| finding.verdict == Verdict::Deviation && !finding.accepted;
        self.findings.iter().filter(failing).filter(|finding| of(finding)).count()
    }

    fn clients_sentence(&self) -> String {
        let (works, bad): (Vec<Client>, Vec<Client>) =
            self.clients.iter().map(|client| client.client).partition(|client| self.works_for(*client));
        let (open, good): (Vec<Client>, Vec<Client>) = works.into_iter().partition(|client| self.is_undecided(*client));
        let named = |clients: &[Client], word: &str| {
            clients.iter().map(|client| client.described()).collect::<Vec<_>>().join(&format!(" {word} "))
        };
        let except = self.lost_names();
        let except =
            if except.is_empty() { String::new() } else { format!(", except for {}", except.join(" and for ")) };
        let sentence = match (good.as_slice(), bad.as_slice()) {
            ([], []) => String::new(),
            (good, []) => format!("Works with Okta {}{except}", named(good, "and")),
            ([], bad) => format!("Would not work with Okta {}", named(bad, "or")),
            (good, bad) => {
                format!("Works with Okta {}{except}; would not work {}", named(good, "and"), named(bad, "or"))
            }
        };
        let undecided = (!open.is_empty()).then(|| format!("Not decided {}", named(&open, "and")));
        let sentences = [Some(sentence).filter(|sentence| !sentence.is_empty()), undecided];
        sentences.into_iter().flatten().collect::<Vec<_>>().join(". ")
    }

    /// Returns true if results that concern a client could not be decided.
    fn is_undecided(&self, client: Client) -> bool {
        let mut open = self.scenarios.iter().filter(|result| result.verdict == Verdict::Inconclusive);
        open.any(|result| result.is_of(client))
    }

    /// Returns the names with which Okta fails, although others work.
    fn lost_names(&self) -> Vec<&'static str> {
        let is_found = |id: &str| self.count_findings(|finding| finding.requirement == id) > 0;
        LOST_NAMES.iter().filter(|(id, _)| is_found(id)).map(|(_, names)| *names).collect()
    }

    /// Returns true if nothing that Okta needs of the server is missing for this client, unusual names apart.
    #[must_use]
    pub fn works_for(&self, client: Client) -> bool {
        let possible = self.clients.iter().any(|one| one.client == client && one.not_possible.is_none());
        let affects = |finding: &Finding| {
            // A scenario that is played once stands for both clients, but its finding may be about one of them.
            if finding.client.is_some_and(|affected| affected != client) {
                return false;
            }
            let results = self.scenarios.iter().filter(|result| finding.results.contains(&result.id));
            finding.level == Level::Okta
                && !LOST_NAMES.iter().any(|(id, _)| *id == finding.requirement)
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

//! What was sent and what came of it, counted by all.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use scimulate::check::fuzz::play::CaseRun;
use scimulate::wire::Exchange;

/// How many faults are told; more would only repeat them.
const TOLD: usize = 20;

#[derive(Default)]
pub(super) struct Tally(Mutex<Counts>);

#[derive(Default)]
struct Counts {
    /// Answers by status, of the strategies and of the bytes below them.
    statuses: BTreeMap<u16, u64>,
    /// What became of connections that sent bytes, by story.
    ends: BTreeMap<(&'static str, &'static str), u64>,
    longest: Duration,
    slowest: String,
    faults: Vec<String>,
}

impl Tally {
    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap()
    }

    pub(super) fn played(&self, played: &CaseRun) {
        if let Some(violation) = &played.violation {
            let told: Vec<String> = played.exchanges.iter().map(Exchange::curl_as_sent).collect();
            let told: Vec<String> = told.iter().map(|curl| curl.chars().take(600).collect()).collect();
            self.fault(format!("{}: {}\n{}", violation.fault.name(), violation.sentence, told.join("\n")));
        }
        if let Some(stopped) = &played.stopped {
            self.fault(format!("a story could not be told: {stopped}"));
        }
        for exchange in &played.exchanges {
            self.exchange(exchange);
        }
    }

    pub(super) fn exchange(&self, exchange: &Exchange) {
        if let Some(status) = exchange.status() {
            let what = format!("{} {}", exchange.request.method.as_str(), exchange.request.path);
            self.answered(&what.chars().take(200).collect::<String>(), status, exchange.duration);
        }
    }

    /// An answer. The server's own fault is one here too.
    pub(super) fn answered(&self, what: &str, status: u16, took: Duration) {
        *self.counts().statuses.entry(status).or_default() += 1;
        if status >= 500 && status != 501 {
            self.fault(format!("{what} was answered {status}"));
        }
        let mut counts = self.counts();
        if took > counts.longest {
            (counts.longest, counts.slowest) = (took, what.to_owned());
        }
    }

    pub(super) fn ended(&self, story: &'static str, how: &'static str) {
        *self.counts().ends.entry((story, how)).or_default() += 1;
    }

    pub(super) fn fault(&self, text: String) {
        let mut counts = self.counts();
        if counts.faults.len() < TOLD {
            counts.faults.push(text);
        }
    }

    pub(super) fn faults(&self) -> Vec<String> {
        self.counts().faults.clone()
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = self.counts();
        let sum = |from, to| counts.statuses.range(from..to).map(|(_, count)| count).sum::<u64>();
        writeln!(
            f,
            "{} answers: {} of 2xx, {} of 3xx, {} of 4xx, {} of 5xx",
            sum(0, 600),
            sum(200, 300),
            sum(300, 400),
            sum(400, 500),
            sum(500, 600)
        )?;
        writeln!(f, "by status: {:?}", counts.statuses)?;
        writeln!(f, "the longest took {} ms: {}", counts.longest.as_millis(), counts.slowest)?;
        for ((story, how), count) in &counts.ends {
            writeln!(f, "{count:>8} {story}: {how}")?;
        }
        Ok(())
    }
}

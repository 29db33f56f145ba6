//! Counts of responses, connections and faults, shared by all clients.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use scimulate::check::fuzz::play::CaseRun;
use scimulate::wire::Exchange;

/// The number of faults that are reported; more would only repeat them.
const REPORTED: usize = 20;

#[derive(Default)]
pub(super) struct Tally(Mutex<Counts>);

#[derive(Default)]
struct Counts {
    /// Responses by status.
    statuses: BTreeMap<u16, u64>,
    /// Ends of connections, by input.
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
            let shown: Vec<String> = played.exchanges.iter().map(Exchange::curl_as_sent).collect();
            let shown: Vec<String> = shown.iter().map(|curl| curl.chars().take(600).collect()).collect();
            self.fault(format!("{}: {}\n{}", violation.fault.rule().id, violation.sentence, shown.join("\n")));
        }
        if let Some(stopped) = &played.stopped {
            self.fault(format!("a case could not be run: {stopped}"));
        }
        for exchange in &played.exchanges {
            self.exchange(exchange);
        }
    }

    pub(super) fn exchange(&self, exchange: &Exchange) {
        if let Some(status) = exchange.status() {
            let what = format!("{} {}", exchange.request.method.as_str(), exchange.request.path);
            self.responded(&what.chars().take(200).collect::<String>(), status, exchange.duration);
        }
    }

    /// Counts a response. A server error is a fault.
    pub(super) fn responded(&self, what: &str, status: u16, took: Duration) {
        *self.counts().statuses.entry(status).or_default() += 1;
        if status >= 500 && status != 501 {
            self.fault(format!("{what}: the response is {status}"));
        }
        let mut counts = self.counts();
        if took > counts.longest {
            (counts.longest, counts.slowest) = (took, what.to_owned());
        }
    }

    pub(super) fn ended(&self, input: &'static str, how: &'static str) {
        *self.counts().ends.entry((input, how)).or_default() += 1;
    }

    pub(super) fn fault(&self, text: String) {
        let mut counts = self.counts();
        if counts.faults.len() < REPORTED {
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
            "{} responses: {} of 2xx, {} of 3xx, {} of 4xx, {} of 5xx",
            sum(0, 600),
            sum(200, 300),
            sum(300, 400),
            sum(400, 500),
            sum(500, 600)
        )?;
        writeln!(f, "by status: {:?}", counts.statuses)?;
        writeln!(f, "the longest took {} ms: {}", counts.longest.as_millis(), counts.slowest)?;
        for ((input, how), count) in &counts.ends {
            writeln!(f, "{count:>8} {input}: {how}")?;
        }
        Ok(())
    }
}

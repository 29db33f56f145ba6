//! The requests of one action. Of a long action only some exchanges are kept, so that the number of people does not matter.

use std::time::Duration;

use crate::okta::org::JobSpec;
use crate::wire::{Exchange, Failure, Method};

/// The number of first exchanges of an action that are kept.
pub const FIRST: usize = 1_000;
/// The number of last exchanges that are kept besides the first ones.
pub const LAST: usize = 6;

/// The number of exchanges of an action beyond which a scenario is not audited.
const AUDITED: usize = 100_000;

/// The requests of one action.
#[derive(Debug, Clone, Default)]
pub struct Traffic {
    /// The first [`FIRST`] and the last [`LAST`] exchanges, in the order in which they ended.
    pub exchanges: Vec<Exchange>,
    /// The number of all requests.
    pub requests: usize,
    /// True if this run sent a request that could change the target.
    pub wrote: bool,
    /// True if the target responded.
    pub responded: bool,
    /// All exchanges, if the scenario is audited and they are not too many.
    pub all: Option<Vec<Exchange>>,
    /// The writes that a killed run may have sent without recording their responses, each with the number of exchanges
    /// before it.
    pub lost: Vec<(usize, Exchange)>,
    /// The jobs that started again, each with the number of exchanges before that.
    started_again: Vec<(usize, JobSpec)>,
}

impl Traffic {
    /// Returns the traffic of an action that begins. An audit needs all exchanges.
    pub(super) fn new(is_audited: bool) -> Self {
        Self { all: is_audited.then(Vec::new), ..Self::default() }
    }

    /// Adds an exchange, unless the run had ended and nothing was sent.
    pub(super) fn add(&mut self, job: &JobSpec, exchange: &Exchange) {
        if !matches!(exchange.outcome, Err(Failure::GivenUp(_))) {
            let writes = exchange.request.method != Method::Get;
            self.wrote |= writes;
            let again = self.started_again.iter().find(|(_, other)| writes && other == job);
            if let Some((before, _)) = again.filter(|_| self.all.is_some()) {
                let outcome = Err(Failure::Timeout(Duration::ZERO));
                self.lost.push((*before, Exchange { outcome, ..exchange.clone() }));
            }
            self.add_replayed(exchange);
        }
    }

    /// Records that a job starts again. Its next writes may have arrived before: the earlier run did not record how its last
    /// request ended.
    pub(super) fn start_again(&mut self, job: &JobSpec) {
        self.started_again.push((self.requests, job.clone()));
    }

    /// Adds an exchange of an earlier run, whose events are not new.
    pub(super) fn add_replayed(&mut self, exchange: &Exchange) {
        self.requests += 1;
        self.responded |= exchange.outcome.is_ok() || exchange.simulated.is_some();
        if self.all.as_ref().is_some_and(|all| all.len() == AUDITED) {
            self.all = None;
        }
        if let Some(all) = &mut self.all {
            all.push(exchange.clone());
        }
        if self.exchanges.len() == FIRST + LAST {
            self.exchanges.remove(FIRST);
        }
        self.exchanges.push(exchange.clone());
    }

    /// Returns the number of requests whose exchanges are not kept.
    #[must_use]
    pub fn left_out(&self) -> usize {
        self.requests.saturating_sub(self.exchanges.len())
    }
}

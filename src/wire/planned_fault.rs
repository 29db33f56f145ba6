//! Planned faults: responses that the client returns in the place of the target, at the times that a scenario names.
//!
//! The times are those of the scenario's clock, which only actions and waits advance, so that each run has the same faults.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::civil::DateTime;

use super::exchange::{Exchange, Response};
use super::failure::{Cause, Failure};
use super::target::Auth;
use crate::base::Secret;

/// The credential of a request with a wrong token.
const WRONG: &str = "wrong-token";

/// A fault, from one time until before another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedFault {
    /// `None` for the beginning of the run.
    pub from: Option<DateTime>,
    /// `None` for the end of the run.
    pub to: Option<DateTime>,
    pub effect: FaultEffect,
    /// The additional time until the response arrives.
    pub delay: Duration,
}

impl PlannedFault {
    /// Returns true if the fault is in effect at a time of the scenario's clock.
    fn is_current(&self, now: DateTime) -> bool {
        self.from.is_none_or(|from| from <= now) && self.to.is_none_or(|to| now < to)
    }
}

/// The effect of a fault on a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultEffect {
    /// The connection is not established. Nothing is sent.
    Unreachable,
    /// The response has this status and no body. Nothing is sent.
    Status { status: u16, retry_after: Option<u64> },
    /// The request is sent with a wrong token.
    WrongToken,
    /// The request is sent, and the response is late.
    Late,
}

impl FaultEffect {
    /// Describes the effect, for a display beside the response.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Unreachable => "simulated: unreachable",
            Self::Status { .. } => "simulated: response",
            Self::WrongToken => "simulated: wrong token",
            Self::Late => "simulated: delay",
        }
    }

    /// Returns true if these words describe an effect that keeps the request from the target.
    fn withholds(words: &str) -> bool {
        let (unreachable, response) = (Self::Unreachable, Self::Status { status: 0, retry_after: None });
        [unreachable.words(), response.words()].contains(&words)
    }

    /// Returns the outcome of a request that is not sent.
    pub(super) fn outcome(self) -> Option<Result<Response, Failure>> {
        match self {
            Self::Unreachable => {
                Some(Err(Failure::Connect(Cause::other("the target (an outage that the scenario simulates)"))))
            }
            Self::Status { status, retry_after } => {
                let header = |seconds: u64| ("retry-after".to_owned(), seconds.to_string());
                Some(Ok(Response { status, headers: retry_after.map(header).into_iter().collect(), body: Vec::new() }))
            }
            Self::WrongToken | Self::Late => None,
        }
    }
}

impl Exchange {
    /// Returns true if the target may have received the request. A planned fault keeps requests from it.
    #[must_use]
    pub fn may_have_arrived(&self) -> bool {
        let is_withheld = self.simulated.is_some_and(FaultEffect::withholds);
        let is_unsent = matches!(
            self.outcome,
            Err(Failure::Connect(_)
                | Failure::NotOurs(_)
                | Failure::GivenUp(_)
                | Failure::Unsendable(_)
                | Failure::NotRepeated { .. })
        );
        !is_withheld && !is_unsent
    }
}

/// A fault that met no request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnmetFault {
    /// The position of the fault, from 0.
    pub nth: usize,
    /// True if a request was sent while the fault was in effect, and an earlier fault met it.
    pub is_covered: bool,
    /// The times of the first and the last request, if there was one.
    pub sent: Option<(DateTime, DateTime)>,
}

/// The clock, and what the faults met so far.
#[derive(Debug)]
struct State {
    now: DateTime,
    /// The times of the first and the last request.
    sent: Option<(DateTime, DateTime)>,
    /// For each fault, if it met a request.
    met: Vec<bool>,
    /// For each fault, if an earlier one met a request in its place.
    covered: Vec<bool>,
}

/// The faults of a scenario and its clock. Clones share the clock.
#[derive(Debug, Clone)]
pub struct PlannedFaults {
    faults: Arc<[PlannedFault]>,
    state: Arc<Mutex<State>>,
    /// True if delays pass in real time.
    waits: bool,
}

impl PlannedFaults {
    /// Creates the faults of a scenario that begins at a time. With `waits`, a delay passes in real time.
    #[must_use]
    pub fn new(faults: &[PlannedFault], begin: DateTime, waits: bool) -> Self {
        let none = vec![false; faults.len()];
        let state = State { now: begin, sent: None, met: none.clone(), covered: none };
        Self { faults: faults.into(), state: Arc::new(Mutex::new(state)), waits }
    }

    /// Sets the clock to a time, unless it is later already.
    pub fn advance_to(&self, time: DateTime) {
        let mut state = self.state();
        state.now = time.max(state.now);
    }

    /// Advances the clock.
    pub fn advance(&self, by: Duration) {
        let mut state = self.state();
        state.now = state.now.checked_add(by).unwrap_or(state.now);
    }

    /// Returns the time until the response to a request arrives that is sent now, because of the fault that is in effect.
    #[must_use]
    pub fn delay(&self) -> Duration {
        let now = self.state().now;
        self.faults.iter().find(|fault| fault.is_current(now)).map_or(Duration::ZERO, |fault| fault.delay)
    }

    /// Records a request, and returns the fault that it meets: the first one that is in effect.
    pub(super) fn meet(&self) -> Option<&PlannedFault> {
        let mut state = self.state();
        let now = state.now;
        state.sent = Some((state.sent.map_or(now, |(first, _)| first), now));
        let mut current = self.faults.iter().enumerate().filter(|(_, fault)| fault.is_current(now));
        let (nth, met) = current.next()?;
        state.met.get_mut(nth).into_iter().for_each(|is_met| *is_met = true);
        for (nth, _) in current {
            state.covered.get_mut(nth).into_iter().for_each(|is_covered| *is_covered = true);
        }
        Some(met)
    }

    /// Records a request that an earlier run sent at the current time.
    pub fn replay(&self) {
        let _ = self.meet();
    }

    /// Returns the faults that met no request so far.
    #[must_use]
    pub fn unmet(&self) -> Vec<UnmetFault> {
        let state = self.state();
        let faults = state.met.iter().zip(&state.covered).enumerate().filter(|(_, (is_met, _))| !**is_met);
        faults.map(|(nth, (_, is_covered))| UnmetFault { nth, is_covered: *is_covered, sent: state.sent }).collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) const fn waits(&self) -> bool {
        self.waits
    }
}

/// Returns the words of an effect that equal this text, as [`Exchange::simulated`](super::Exchange) has them.
pub(super) fn known_words(text: &str) -> Option<&'static str> {
    let effects = [
        FaultEffect::Unreachable,
        FaultEffect::Status { status: 0, retry_after: None },
        FaultEffect::WrongToken,
        FaultEffect::Late,
    ];
    effects.into_iter().map(FaultEffect::words).find(|words| *words == text)
}

/// Returns credentials of the same form with another token or password.
pub(super) fn wrong(auth: &Auth) -> Auth {
    let secret = || Secret::new(WRONG.to_owned());
    match auth {
        Auth::None | Auth::Bearer(_) => Auth::Bearer(secret()),
        Auth::Basic { user, .. } => Auth::Basic { user: user.clone(), password: secret() },
        Auth::Raw(_) => Auth::Raw(secret()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_fault_ends_when_the_clock_reaches_its_end() {
        let at = |hour: i8| date(2027, 1, 4).at(hour, 0, 0, 0);
        let fault = PlannedFault {
            from: Some(at(9)),
            to: Some(at(10)),
            effect: FaultEffect::Unreachable,
            delay: Duration::ZERO,
        };
        let faults = PlannedFaults::new(&[fault], at(8), false);
        assert!(faults.meet().is_none());
        faults.advance_to(at(9));
        assert!(faults.meet().is_some());
        faults.advance(Duration::from_mins(59));
        faults.advance_to(at(9));
        assert!(faults.meet().is_some(), "the clock never goes back");
        faults.advance(Duration::from_mins(1));
        assert!(faults.meet().is_none());
        assert_eq!(faults.unmet(), []);
    }

    #[test]
    fn a_fault_that_met_no_request_is_known() {
        let at = |hour: i8| date(2027, 1, 4).at(hour, 0, 0, 0);
        let fault = |from: i8| PlannedFault {
            from: Some(at(from)),
            to: None,
            effect: FaultEffect::Unreachable,
            delay: Duration::ZERO,
        };
        let faults = PlannedFaults::new(&[fault(8), fault(9), fault(11)], at(8), false);
        assert!(faults.unmet().iter().all(|unmet| unmet.sent.is_none()) && faults.unmet().len() == 3);
        faults.replay();
        faults.advance_to(at(10));
        assert!(faults.meet().is_some());
        let unmet = |nth: usize, is_covered: bool| UnmetFault { nth, is_covered, sent: Some((at(8), at(10))) };
        assert_eq!(faults.unmet(), [unmet(1, true), unmet(2, false)]);
    }
}

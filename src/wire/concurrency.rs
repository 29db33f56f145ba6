//! The rule for the number of requests at once: response times in, a limit out. It does no I/O and reads no clock.
//!
//! The limit begins at [`START`] and doubles with each round of responses that are as fast as before. It falls when the
//! responses become slower, when the target is busy (429, 503) and when it does not respond in time. Afterwards it grows
//! by a quarter each round, and slowly towards a limit at which it fell before.
//!
//! The response time of a route is compared with that of the same route while the limit was at most [`START`], because a create
//! may take a hundred times as long as a lookup.

use std::collections::HashMap;
use std::time::Duration;

use super::route::Route;

/// The limit of the first requests. Any server handles four at once, and the canaries before them were sent one by one.
pub(super) const START: usize = 4;
/// The time that a response may take beyond the usual one before it counts as slow. Fast servers vary by so much without
/// being under load.
const SLACK: Duration = Duration::from_millis(100);
/// The share of the usual time that is added to [`SLACK`], as a divisor. A server that handles requests one at a time exceeds
/// it at six requests, if four were usual.
const TOLERATED: u32 = 2;
/// The number of rounds at a limit before one is tried again at which the limit fell. Each try may cost a wait.
const CAUTION: usize = 8;

/// The conditions under which a request is sent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sent {
    /// The number of requests under way, including this one.
    load: usize,
    /// True if the target is under little load, so that it shows its usual response time.
    is_calm: bool,
    round: u64,
}

/// The end of a request, as far as it says something about the load of the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// A response, and the time that it took.
    Response(Duration),
    /// 429, 503, or no response in time.
    Busy,
}

/// The limit, and what it follows from.
#[derive(Debug)]
pub(super) struct Concurrency {
    most: usize,
    limit: usize,
    has_fallen: bool,
    /// The limit at which it fell last, unless a whole round at that limit went well since.
    trouble: Option<usize>,
    usual: HashMap<Route, Usual>,
    round: Round,
}

/// The response times of a route under little load.
#[derive(Debug, Default)]
struct Usual {
    total: Duration,
    count: u32,
}

/// The responses since the limit changed.
#[derive(Debug, Default)]
struct Round {
    number: u64,
    responses: usize,
    slow: usize,
    /// The highest number of requests under way.
    load: usize,
}

impl Concurrency {
    /// Returns the rule for at most this many requests at once, but at least one.
    pub(super) fn new(most: usize) -> Self {
        let most = most.max(1);
        Self {
            most,
            limit: START.min(most),
            has_fallen: false,
            trouble: None,
            usual: HashMap::new(),
            round: Round::default(),
        }
    }

    pub(super) const fn limit(&self) -> usize {
        self.limit
    }

    /// Returns true if the limit may still double soon.
    pub(super) fn is_growing(&self) -> bool {
        !self.has_fallen && self.limit < self.most
    }

    /// Records that a request is sent; `load` is the number of requests under way, including this one.
    pub(super) const fn sent(&self, load: usize) -> Sent {
        Sent { load, is_calm: self.limit <= START, round: self.round.number }
    }

    /// Records the end of a request.
    pub(super) fn ended(&mut self, route: &Route, sent: Sent, end: End) {
        let is_slow = match end {
            End::Busy => {
                // Requests that were sent together may all find the target busy, which is one reason to send fewer.
                if sent.round == self.round.number {
                    self.fall(self.limit / 2);
                }
                return;
            }
            End::Response(time) => {
                let usual = self.usual.entry(route.clone()).or_default();
                // Without any response under little load, the first response is the usual one.
                if sent.is_calm || usual.count == 0 {
                    usual.learn(time);
                }
                usual.is_exceeded_by(time)
            }
        };
        if sent.round != self.round.number {
            return;
        }
        self.round.responses += 1;
        self.round.slow += usize::from(is_slow);
        self.round.load = self.round.load.max(sent.load);
        self.adapt();
    }

    /// Changes the limit at the end of a round.
    fn adapt(&mut self) {
        let next = if self.has_fallen { self.limit + (self.limit / 4).max(1) } else { self.limit * 2 };
        let next = next.min(self.most);
        let before_trouble = self.trouble.is_none_or(|trouble| next < trouble);
        let enough = if before_trouble { self.limit } else { self.limit * CAUTION };
        if self.round.responses < enough {
            return;
        }
        let Round { responses, slow, load, .. } = self.round;
        if slow * 2 > responses {
            self.fall(self.limit * 3 / 4);
        } else if slow * 4 > responses || load * 2 < self.limit {
            // Neither slower nor as fast as before, or the limit was not tried.
            self.begin_round(self.limit);
        } else {
            self.trouble = self.trouble.filter(|trouble| *trouble > self.limit);
            self.begin_round(next);
        }
    }

    fn fall(&mut self, limit: usize) {
        self.has_fallen = true;
        self.trouble = Some(self.limit);
        self.begin_round(limit.max(1));
    }

    fn begin_round(&mut self, limit: usize) {
        self.limit = limit;
        self.round = Round { number: self.round.number + 1, ..Round::default() };
    }
}

impl Usual {
    fn learn(&mut self, time: Duration) {
        self.total = self.total.saturating_add(time);
        self.count += 1;
    }

    fn is_exceeded_by(&self, time: Duration) -> bool {
        let usual = self.total / self.count.max(1);
        time > usual.saturating_add(usual / TOLERATED).saturating_add(SLACK)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::wire::{Method, Request};

    fn route(number: usize) -> Route {
        Route::of(&Request::scim(Method::Get, format!("/Kind{number}"), None))
    }

    fn end() -> impl Strategy<Value = (usize, usize, End)> {
        let response = (0..200_000_u64).prop_map(|ms| End::Response(Duration::from_millis(ms)));
        (0..3_usize, 1..70_usize, prop_oneof![4 => response, 1 => Just(End::Busy)])
    }

    proptest! {
        #[test]
        fn the_limit_stays_between_one_and_the_most_and_recovers(
            most in 0..65_usize,
            ends in proptest::collection::vec(end(), 0..300),
        ) {
            let mut rule = Concurrency::new(most);
            for (kind, load, end) in ends {
                let sent = rule.sent(load);
                rule.ended(&route(kind), sent, end);
                prop_assert!((1..=most.max(1)).contains(&rule.limit()), "{rule:?}");
            }
            for _ in 0..3_000 {
                let sent = rule.sent(rule.limit());
                rule.ended(&route(0), sent, End::Response(Duration::ZERO));
            }
            prop_assert_eq!(rule.limit(), most.max(1));
        }
    }

    /// Plays rounds of as many requests as the limit allows. Returns the limits after each.
    fn rounds(rule: &mut Concurrency, count: usize, end: impl Fn(usize) -> End) -> Vec<usize> {
        let round = |_| {
            let load = rule.limit();
            let sent: Vec<Sent> = (1..=load).map(|number| rule.sent(number)).collect();
            for sent in sent {
                rule.ended(&route(0), sent, end(load));
            }
            rule.limit()
        };
        (0..count).map(round).collect()
    }

    #[test]
    fn it_doubles_while_responses_take_as_long_as_before() {
        let mut rule = Concurrency::new(32);
        assert_eq!(rounds(&mut rule, 4, |_| End::Response(Duration::from_secs(1))), [8, 16, 32, 32]);
        assert!(!rule.is_growing());
    }

    #[test]
    fn it_stays_low_if_requests_are_handled_one_at_a_time() {
        let mut rule = Concurrency::new(32);
        let limits = rounds(&mut rule, 200, |load| End::Response(Duration::from_secs(load as u64)));
        assert!(limits.iter().skip(3).all(|limit| (2..=8).contains(limit)), "{limits:?}");
        let tries = limits.windows(2).filter(|pair| pair[1] < pair[0]).count();
        assert!(tries < 25, "{tries}");
    }

    #[test]
    fn requests_sent_one_by_one_are_no_reason_to_send_more() {
        let mut rule = Concurrency::new(32);
        for _ in 0..100 {
            let sent = rule.sent(1);
            rule.ended(&route(0), sent, End::Response(Duration::from_millis(1)));
        }
        assert_eq!(rule.limit(), START);
    }

    #[test]
    fn a_busy_target_is_one_reason_for_a_whole_round_to_fall_and_is_tried_carefully() {
        let mut rule = Concurrency::new(32);
        let limits =
            rounds(&mut rule, 100, |load| if load > 5 { End::Busy } else { End::Response(Duration::from_millis(50)) });
        assert_eq!(limits.get(..2), Some(&[8, 4][..]));
        assert!(limits.iter().skip(1).all(|limit| (2..=8).contains(limit)), "{limits:?}");
        let busy = limits.windows(2).filter(|pair| pair[1] < pair[0]).count();
        assert!(busy < 15, "{busy} of {limits:?}");
    }

    #[test]
    fn a_slow_route_is_not_compared_with_a_fast_one() {
        let mut rule = Concurrency::new(32);
        for _ in 0..60 {
            for (kind, ms) in [(0, 5), (1, 3_000)] {
                let sent = rule.sent(rule.limit());
                rule.ended(&route(kind), sent, End::Response(Duration::from_millis(ms)));
            }
        }
        assert_eq!(rule.limit(), 32);
        // Of a route that was not seen under little load nothing is known.
        for _ in 0..60 {
            let sent = rule.sent(32);
            rule.ended(&route(2), sent, End::Response(Duration::from_mins(1)));
        }
        assert_eq!(rule.limit(), 32);
    }
}

//! The time that a check will still take.

use std::fmt;
use std::time::Duration;

use crate::check::effort::LONGEST_SCENARIO;
use crate::wire::limiter::Counts;

/// The number of responses from which the time left is known well enough.
const RESPONSES: usize = 20;
/// Shorter runs need no line about it.
const WORTH_A_LINE: Duration = Duration::from_secs(30);

/// An estimate, as it was made after some responses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TimeLeft {
    time: Duration,
    requests: usize,
    /// The time that `--time-limit` leaves.
    limit: Duration,
}

impl TimeLeft {
    /// Returns the estimate for a run of this many requests. `most` is the most requests at once, `gap` the time between two
    /// requests under `--rate`.
    pub(super) fn estimate(
        counts: &Counts,
        expected: usize,
        most: usize,
        gap: Duration,
        limit: Duration,
    ) -> Option<Self> {
        if counts.ended < RESPONSES {
            return None;
        }
        let requests = expected.saturating_sub(counts.ended);
        let times = |time: Duration, count: usize| time.saturating_mul(u32::try_from(count).unwrap_or(u32::MAX));
        let usual = counts.time / u32::try_from(counts.ended).unwrap_or(u32::MAX);
        let time = if counts.is_growing {
            // More will be sent at once than until now, and the longest scenario may begin last.
            times(usual, requests / most.max(1) + LONGEST_SCENARIO.min(requests))
        } else {
            times(counts.interval, requests)
        };
        Some(Self { time: time.max(times(gap, requests)), requests, limit })
    }

    /// Returns true if the line is worth printing where it stays.
    pub(super) fn is_long(&self) -> bool {
        self.time > WORTH_A_LINE
    }

    /// Returns true if the run will not end in time.
    pub(super) fn exceeds_limit(&self) -> bool {
        self.time > self.limit
    }

    /// Returns the estimate without the time limit.
    pub(super) fn short(&self) -> String {
        let requests = if self.requests == 1 { "request" } else { "requests" };
        format!("about {} left for {} {requests}", rounded(self.time), self.requests)
    }
}

impl fmt::Display for TimeLeft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.short())?;
        if self.exceeds_limit() {
            let limit = rounded(self.limit);
            write!(
                f,
                ", but the time limit is reached in {limit}: raise --time-limit, or select less with --client or --tags"
            )?;
        }
        Ok(())
    }
}

/// Returns a time in seconds, or in minutes from two minutes on.
fn rounded(time: Duration) -> String {
    match time.as_secs() {
        seconds if seconds < 120 => format!("{seconds} s"),
        seconds => format!("{} min", seconds.div_ceil(60)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const LIMIT: Duration = Duration::from_mins(10);

    fn counts(ended: usize, is_growing: bool, interval: Duration) -> Counts {
        let time = SECOND * u32::try_from(ended).unwrap();
        Counts { requests: ended, ended, time, limit: 4, is_growing, interval }
    }

    fn estimate(counts: &Counts, expected: usize) -> Option<TimeLeft> {
        TimeLeft::estimate(counts, expected, 32, Duration::ZERO, LIMIT)
    }

    #[test]
    fn it_is_known_after_20_responses_and_assumes_that_more_will_be_sent_at_once() {
        assert_eq!(estimate(&counts(19, true, SECOND / 4), 1_000), None);
        let first = estimate(&counts(20, true, SECOND / 4), 980).unwrap();
        assert_eq!(first.to_string(), "about 70 s left for 960 requests");
        assert!(first.is_long() && !first.exceeds_limit());
    }

    #[test]
    fn it_follows_the_latest_responses_once_the_requests_at_once_do_not_grow() {
        let later = estimate(&counts(500, false, SECOND / 20), 1_000).unwrap();
        assert_eq!(later.to_string(), "about 25 s left for 500 requests");
        assert!(!later.is_long());
        let over = estimate(&counts(1_200, false, SECOND / 20), 1_000).unwrap();
        assert_eq!(over.to_string(), "about 0 s left for 0 requests");
    }

    #[test]
    fn beyond_the_time_limit_it_names_the_flags_that_help() {
        let slow = estimate(&counts(20, false, SECOND * 5), 1_000).unwrap();
        let sentence = slow.to_string();
        assert!(slow.exceeds_limit());
        assert!(
            sentence.starts_with("about 82 min left for 980 requests, but the time limit is reached in 10 min: "),
            "{sentence}"
        );
        assert!(["--time-limit", "--client", "--tags"].iter().all(|flag| sentence.contains(flag)), "{sentence}");
    }

    #[test]
    fn a_rate_makes_it_longer() {
        let left = TimeLeft::estimate(&counts(20, true, SECOND), 320, 32, SECOND, LIMIT).unwrap();
        assert_eq!(left.time, SECOND * 300);
    }
}

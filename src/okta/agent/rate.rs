//! The schedule of requests under `--rate`: one request at each multiple of the interval.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// A schedule that does not move when requests are late. A late request is sent at once, and its latency counts from the time at
/// which it should have been sent, so that a slow target cannot hide by delaying the requests after a slow one.
#[derive(Debug)]
pub(super) struct Rate {
    interval: Duration,
    /// The time of the next request; `None` before the first one.
    next: Mutex<Option<Instant>>,
}

impl Rate {
    /// Returns a schedule of this number of requests per second, at least 1.
    pub(super) fn per_second(requests: u32) -> Self {
        Self { interval: Duration::from_secs(1) / requests.max(1), next: Mutex::new(None) }
    }

    /// Begins the schedule anew at the next request, because there was nothing to send.
    pub(super) fn restart(&self) {
        *self.next.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Waits for the time of the next request, and returns it.
    pub(super) async fn turn(&self) -> Instant {
        let turn = {
            let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
            let turn = next.unwrap_or_else(Instant::now);
            *next = Some(turn + self.interval);
            turn
        };
        sleep_until(turn).await;
        turn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_late_request_does_not_move_the_schedule() {
        let (rate, began) = (Rate::per_second(10), Instant::now());
        let ms = |turn: Instant| (turn - began).as_millis();
        assert_eq!([ms(rate.turn().await), ms(rate.turn().await)], [0, 100]);
        tokio::time::advance(Duration::from_millis(350)).await;
        assert_eq!([ms(rate.turn().await), ms(rate.turn().await)], [200, 300]);
        assert_eq!(began.elapsed().as_millis(), 450, "late requests are sent at once");
        tokio::time::advance(Duration::from_millis(400)).await;
        rate.restart();
        assert_eq!(ms(rate.turn().await), 850);
    }
}

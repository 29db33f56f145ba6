//! The number of requests at once follows the server, and the verdict does not depend on it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures::future::join_all;
use scimulate::wire::{Auth, Client, Failure, Limiter, Politeness, ResponseBody, Service, Target};
use tokio::sync::Semaphore;

use super::sound::{Load, Sound, measured};
use super::{GOOD, assert_sound};
use crate::support::harness::{reference, verdicts};

const SECOND: Duration = Duration::from_secs(1);
/// The time of a whole check of a server that takes a second for each response. docs/performance.md has the figure.
const WHOLE: Duration = Duration::from_mins(2);

struct Ended(Arc<Load>);

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Sends 600 requests to a server with one kind of response, which handles this number of requests at
/// once; the others wait, or get 429. Returns the responses, and the most requests at once after the first 200.
async fn load_of(at_once: usize, is_busy: bool, timeout: Duration) -> (Vec<Result<u16, Failure>>, usize) {
    let (load, places) = (Arc::<Load>::default(), Arc::new(Semaphore::new(at_once)));
    let (seen, later) = (Arc::clone(&load), Arc::new(AtomicUsize::new(0)));
    let most_later = Arc::clone(&later);
    let service = Service::new(tower::service_fn(move |_: http::Request<Bytes>| {
        let (load, places, later) = (Arc::clone(&seen), Arc::clone(&places), Arc::clone(&later));
        async move {
            let under_way = load.under_way.fetch_add(1, Ordering::SeqCst) + 1;
            // A client that does not wait any longer ends the request too.
            let _ended = Ended(Arc::clone(&load));
            // The first requests find the limit, and the others are to stay below it.
            if load.requests.fetch_add(1, Ordering::SeqCst) > 200 {
                later.fetch_max(under_way, Ordering::SeqCst);
            }
            let status = if is_busy && places.available_permits() == 0 {
                429
            } else {
                let _place = places.acquire().await.unwrap();
                tokio::time::sleep(SECOND).await;
                200
            };
            let response = http::Response::builder().status(status).header("Retry-After", "1");
            Ok(response.body(ResponseBody::from("{}")).unwrap())
        }
    }));
    let target = Target { timeout, ..Target::in_process("http://slow/scim", Auth::None, service) };
    let client = Client::new(target).unwrap().with_politeness(Politeness::default()).with_limiter(Limiter::new(32));
    let responses = join_all((0..600).map(|_| client.get("/Users"))).await;
    let statuses = responses.into_iter().map(|exchange| exchange.outcome.map(|response| response.status)).collect();
    (statuses, most_later.load(Ordering::SeqCst))
}

#[tokio::test(start_paused = true)]
async fn the_requests_at_once_follow_the_response_time_and_429() {
    for (at_once, is_busy, most) in [(1_000, false, 32..=32), (1, false, 3..=8), (5, true, 3..=8), (12, false, 12..=20)]
    {
        let (responses, later) = load_of(at_once, is_busy, 60 * SECOND).await;
        assert!(responses.iter().all(|response| *response == Ok(200)), "{at_once}: {responses:?}");
        assert!(most.contains(&later), "{at_once}, {is_busy}: {later} at once");
    }
}

#[tokio::test(start_paused = true)]
async fn requests_without_a_response_reduce_the_requests_at_once() {
    // One at a time, so that the third of those that are sent together waits too long.
    let (_, later) = load_of(1, false, Duration::from_millis(2_500)).await;
    assert!(later <= 3, "{later} at once");
}

#[test]
fn the_verdict_does_not_depend_on_the_requests_at_once() {
    const SOME: &str = "^okta/(create|update|deactivate|push-groups)/";
    let server = reference(&[]);
    let slow = |is_serial, most, name: &str| {
        let sound = Sound { latency: SECOND, is_serial, ..Sound::default() };
        let (run, load, time) = measured(&server, sound, true, |check| check.concurrency(most).name(name));
        (run, load.most_under_way.load(Ordering::SeqCst), time)
    };
    let (one, most, alone) = slow(false, 1, SOME);
    assert_sound("one at a time", &one, &GOOD, 30);
    assert_eq!(most, 1);
    let (serial, most, _) = slow(true, 32, SOME);
    assert_eq!(verdicts(&one), verdicts(&serial));
    assert!(most <= 8, "{most}");
    let (many, most, together) = slow(false, 32, SOME);
    assert_eq!(verdicts(&one), verdicts(&many));
    assert!(most > 16, "{most}");
    assert!(together * 4 < alone, "{together:?} {alone:?}");
    // The whole of it, as with the default profile.
    let (all, most, time) = slow(false, 32, "^(okta|security)/");
    assert_sound("all", &all, &GOOD, 60);
    assert_eq!(most, 32);
    assert!(time < WHOLE, "{time:?}");
}

#[test]
fn a_server_that_is_too_slow_for_several_requests_at_once_is_judged_all_the_same() {
    // Four at once, and the fourth waits 12 s, which is longer than the harness does.
    const SOME: &str = "^okta/(create|update|push-groups)/";
    let server = reference(&[]);
    let sound = Sound { latency: 3 * SECOND, is_serial: true, ..Sound::default() };
    let (run, ..) = measured(&server, sound, true, |check| check.concurrency(32).name(SOME));
    // The clean-up deletes many resources at once, too.
    assert_sound("serial", &run, &GOOD, 30);
}

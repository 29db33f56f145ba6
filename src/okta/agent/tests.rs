use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::*;
use crate::okta::ClientKind;
use crate::wire::{Auth, ResponseBody, Service, Stop, Target};

/// Returns a target that returns this status for every request, and the largest number of requests that it handled
/// at the same time.
fn target(status: u16, retry_after: Option<&'static str>) -> (Target, Arc<AtomicUsize>) {
    let (open, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let seen = Arc::clone(&most);
    let service = tower::service_fn(move |_| {
        let (open, most) = (Arc::clone(&open), Arc::clone(&most));
        async move {
            most.fetch_max(open.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            // All requests that are sent in parallel arrive before the first response.
            tokio::time::sleep(Duration::from_millis(1)).await;
            open.fetch_sub(1, Ordering::SeqCst);
            let response = http::Response::builder().status(status);
            let response = retry_after.into_iter().fold(response, |r, value| r.header("Retry-After", value));
            Ok(response.body(ResponseBody::default()).unwrap())
        }
    });
    (Target::in_process("http://target/scim", Auth::None, Service::new(service)), seen)
}

fn assign() -> (Org, Action) {
    let mut org = Org::with_app("app", ClientKind::Oin);
    let people: Vec<String> = (0..8).map(|n| format!("p{n}")).collect();
    for person in &people {
        org.add_person(person, [("title", "x")]).unwrap();
    }
    (org, Action::assign("app", people))
}

#[tokio::test(start_paused = true)]
async fn the_habit_parallel_jobs_limits_the_requests_in_flight() {
    for jobs in [1, 8] {
        let (target, seen) = target(403, None);
        let habits = Habits { parallel_jobs: jobs, ..Habits::default() };
        let (org, action) = assign();
        let mut agent = Agent::new(org, Client::new(target).unwrap(), habits, Seed(1));
        let outcome = agent.perform(&action).await.unwrap();
        assert_eq!((outcome.exchanges.len(), outcome.tasks.len()), (8, 8));
        assert_eq!(seen.load(Ordering::SeqCst), jobs as usize);
    }
}

#[tokio::test(start_paused = true)]
async fn virtual_pace_skips_waits_and_a_time_limit_ends_a_real_wait() {
    let (target, _) = target(429, Some("7"));
    let (org, action) = assign();
    let client = Client::new(target).unwrap();
    let mut agent = Agent::new(org.clone(), client.clone(), Habits::default(), Seed(1)).with_pace(Pace::Virtual);
    assert_eq!(agent.perform(&action).await.unwrap().waits.len(), 8 * 9);
    let client = client.with_stop(Stop::after(Duration::from_secs(5)));
    let outcome = Agent::new(org, client, Habits::default(), Seed(1)).perform(&action).await.unwrap();
    assert!(outcome.tasks[0].contains("7 s"), "{:?}", outcome.tasks);
}

#[tokio::test(start_paused = true)]
async fn real_pace_waits_as_long_as_the_target_requests() {
    let (target, _) = target(429, Some("7"));
    let (org, action) = assign();
    let started = tokio::time::Instant::now();
    let mut agent = Agent::new(org, Client::new(target).unwrap(), Habits::default(), Seed(1));
    let outcome = agent.perform(&action).await.unwrap();
    let waited: Duration = outcome.waits.iter().sum();
    assert_eq!(waited, Duration::from_secs(8 * 7 * 511));
    assert!(started.elapsed() >= waited);
}

/// Adds up the time that passes on the scenario's clock.
#[derive(Default)]
struct Passed(std::sync::Mutex<Duration>);

impl AgentObserver for Passed {
    fn clock_advanced(&self, by: Duration) {
        *self.0.lock().unwrap() += by;
    }
}

#[tokio::test(start_paused = true)]
async fn waits_at_the_same_time_pass_together() {
    for (pace, jobs, rounds) in
        [(Pace::Virtual, 1, 8), (Pace::Virtual, 4, 2), (Pace::Virtual, 8, 1), (Pace::Real, 4, 2)]
    {
        let (target, seen) = target(429, Some("7"));
        let (org, action) = assign();
        let agent = Agent::new(org, Client::new(target).unwrap(), Habits::default(), Seed(1));
        let (mut agent, passed) = (agent.with_pace(pace).with_concurrency(jobs), Passed::default());
        let outcome = agent.perform_observed(&action, &passed).await.unwrap();
        assert_eq!((outcome.waits.len(), outcome.tasks.len()), (8 * 9, 8));
        assert_eq!(*passed.0.lock().unwrap(), Duration::from_secs(rounds * 7 * 511), "{jobs} jobs at once");
        assert_eq!(seen.load(Ordering::SeqCst), jobs);
    }
}

#[tokio::test(start_paused = true)]
async fn tasks_keep_the_order_of_the_plan() {
    let tasks = async |jobs: usize| {
        let (target, _) = target(403, None);
        let (org, action) = assign();
        let mut agent =
            Agent::new(org, Client::new(target).unwrap(), Habits::default(), Seed(1)).with_concurrency(jobs);
        agent.perform(&action).await.unwrap().tasks
    };
    assert_eq!(tasks(1).await, tasks(5).await);
}

//! Measures the latencies of a run, by operation.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use hdrhistogram::Histogram;
use tokio::time::Instant;

use crate::okta::org::{JobKind, JobSpec};
use crate::report::{LoadReport, OperationLoad};
use crate::wire::{Exchange, Method};

/// The longest latency that a histogram records, in microseconds: an hour. A longer one counts as an hour.
const LONGEST_US: u64 = 3_600_000_000;
/// The number of decimal digits to which latencies are kept.
const DIGITS: u8 = 3;

/// An operation of Okta.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Operation {
    Lookup,
    Create,
    Read,
    Update,
    Deactivate,
    GroupPush,
    Connection,
}

impl Operation {
    fn of(job: &JobSpec, exchange: &Exchange) -> Self {
        match (&job.kind, exchange.request.method) {
            (JobKind::PushGroup { .. } | JobKind::DeleteGroup { .. }, _) => Self::GroupPush,
            (JobKind::TestConnection { .. } | JobKind::RefreshGroups | JobKind::Import { .. }, _) => Self::Connection,
            (_, Method::Post) => Self::Create,
            (_, Method::Get) if exchange.request.path.contains("?filter=") => Self::Lookup,
            (_, Method::Get) => Self::Read,
            (JobKind::SetActive { active: false, .. }, _) => Self::Deactivate,
            _ => Self::Update,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Lookup => "lookup",
            Self::Create => "create",
            Self::Read => "read",
            Self::Update => "update",
            Self::Deactivate => "deactivate",
            Self::GroupPush => "group push",
            Self::Connection => "connection",
        }
    }
}

/// Collects latencies. Its size does not depend on their number.
#[derive(Debug, Default)]
pub struct LoadMeter(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    latencies: BTreeMap<Operation, Histogram<u64>>,
    /// The intended start of the first request, and the end of the last one.
    span: Option<(Instant, Instant)>,
}

impl LoadMeter {
    /// Adds a request that ended now. The latency counts from its intended start.
    pub fn add(&self, job: &JobSpec, exchange: &Exchange, latency: Duration) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let first = state.span.map_or_else(|| now.checked_sub(latency).unwrap_or(now), |(first, _)| first);
        state.span = Some((first, now));
        let operation = Operation::of(job, exchange);
        let histogram = state
            .latencies
            .entry(operation)
            .or_insert_with(|| Histogram::new_with_max(LONGEST_US, DIGITS).expect("invariant: the bounds are valid"));
        histogram.saturating_record(u64::try_from(latency.as_micros()).unwrap_or(u64::MAX));
    }

    /// Returns the load so far.
    #[must_use]
    pub fn report(&self, rate: Option<u32>, concurrency: usize) -> LoadReport {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let duration = state.span.map(|(first, last)| last - first).unwrap_or_default();
        let row = |(operation, latencies): (&Operation, &Histogram<u64>)| OperationLoad {
            operation: operation.name().to_owned(),
            requests: latencies.len(),
            p50_us: latencies.value_at_quantile(0.5),
            p90_us: latencies.value_at_quantile(0.9),
            p99_us: latencies.value_at_quantile(0.99),
            max_us: latencies.max(),
        };
        let operations: Vec<OperationLoad> = state.latencies.iter().map(row).collect();
        let requests = operations.iter().map(|row| row.requests).sum();
        #[allow(clippy::cast_precision_loss, reason = "a number of requests is far below 2^52")]
        let per_second = requests as f64 / duration.as_secs_f64().max(0.001);
        LoadReport {
            rate,
            concurrency,
            duration_ms: u64::try_from(duration.as_millis()).unwrap_or(u64::MAX),
            requests,
            requests_per_second: (per_second * 10.0).round() / 10.0,
            operations,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Request, Response};

    #[tokio::test(start_paused = true)]
    async fn latencies_are_reported_by_operation() {
        let meter = LoadMeter::default();
        let exchange = |method: Method, path: &str| Exchange {
            request: Request::scim(method, path, None),
            url: String::new(),
            sent_headers: Vec::new(),
            outcome: Ok(Response { status: 200, headers: Vec::new(), body: Vec::new() }),
            at: jiff::Timestamp::UNIX_EPOCH,
            duration: Duration::ZERO,
            simulated: None,
        };
        let job = |kind: JobKind| JobSpec { app: "app".into(), kind };
        let provision = job(JobKind::ProvisionUser { person: "p0".into() });
        for ms in 1..=100 {
            tokio::time::advance(Duration::from_millis(10)).await;
            meter.add(&provision, &exchange(Method::Get, "/Users?filter=x"), Duration::from_millis(ms));
        }
        let off = job(JobKind::SetActive { person: "p0".into(), id: "1".into(), active: false });
        meter.add(&off, &exchange(Method::Patch, "/Users/1"), Duration::from_millis(7));
        let report = meter.report(Some(100), 4);
        let names: Vec<&str> = report.operations.iter().map(|row| row.operation.as_str()).collect();
        assert_eq!((names, report.requests), (vec!["lookup", "deactivate"], 101));
        let lookup = &report.operations[0];
        let ms = [lookup.p50_us, lookup.p90_us, lookup.p99_us, lookup.max_us].map(|us| us / 1_000);
        assert_eq!(ms, [50, 90, 99, 100], "with three digits");
        assert_eq!(report.duration_ms, 991, "from the intended start of the first request");
    }
}

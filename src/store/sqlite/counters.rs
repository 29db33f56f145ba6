//! Counters that the writer updates and [`Store::figures`](super::super::Store::figures) reads.

use std::array::from_fn;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::super::figures::{Figures, OCCUPANCY_BUCKETS_US, Occupancy, OccupancyHistogram, WriterWork};
use super::changes::Changes;

/// The counters of one store.
#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) commits: AtomicU64,
    pub(super) commands: AtomicU64,
    pub(super) events: AtomicU64,
    /// Changes that were queued for event streams.
    pub(super) queued: AtomicU64,
    pub(super) prepared: AtomicU64,
    pub(super) log_ahead_ms: AtomicU64,
    /// Wakes those who wait for a commit.
    pub(super) changes: Changes,
    occupancy: [Histogram; WriterWork::ALL.len()],
}

#[derive(Debug, Default)]
struct Histogram {
    sum_us: AtomicU64,
    buckets: [AtomicU64; OCCUPANCY_BUCKETS_US.len() + 1],
}

impl Counters {
    /// Records that a kind of work occupied the writer for some time.
    pub(super) fn observe(&self, work: WriterWork, took: Duration) {
        let took = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let at = WriterWork::ALL.iter().position(|other| *other == work);
        let Some(histogram) = at.and_then(|at| self.occupancy.get(at)) else { return };
        histogram.sum_us.fetch_add(took, Ordering::Relaxed);
        let bucket = OCCUPANCY_BUCKETS_US.partition_point(|bound| *bound < took);
        if let Some(count) = histogram.buckets.get(bucket) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Returns the present values, with the length of the queue.
    pub(super) fn figures(&self, queued: u64) -> Figures {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let histogram = |histogram: &Histogram| OccupancyHistogram {
            sum_us: read(&histogram.sum_us),
            buckets: from_fn(|at| histogram.buckets.get(at).map_or(0, read)),
        };
        Figures {
            queued,
            commits: read(&self.commits),
            commands: read(&self.commands),
            events: read(&self.events),
            prepared: read(&self.prepared),
            log_ahead_ms: read(&self.log_ahead_ms),
            occupancy: Occupancy::new(from_fn(|at| self.occupancy.get(at).map(histogram).unwrap_or_default())),
        }
    }
}

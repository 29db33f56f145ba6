//! Counts of what a store has done since it was opened.

/// The numbers of objects in a store.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StoreCounts {
    /// The users and the groups of each directory in question; zero for an unknown one.
    pub resources: Vec<(u64, u64)>,
    /// Events in the log.
    pub events: u64,
}

/// Counts of commits, by which a receiver notices new ones. Each wraps around.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StoreChanges {
    /// Commits of events or of administrative commands.
    pub commits: u64,
    /// Commits of administrative commands, which may change directories or webhook endpoints.
    pub administrative: u64,
}

/// The figures of a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Figures {
    /// Writes that wait for the writer.
    pub queued: u64,
    /// Transactions committed.
    pub commits: u64,
    /// Commands in them, including administration and rejected ones.
    pub commands: u64,
    /// Events written.
    pub events: u64,
    /// PATCH requests that were applied to a snapshot before they reached the writer.
    pub prepared: u64,
    /// The lead of the newest event over the clock at the last commit, in milliseconds; 0 unless the clock was set back.
    pub log_ahead_ms: u64,
    /// The time that each kind of work occupied the writer.
    pub occupancy: Occupancy,
}

/// A kind of work that occupies the writer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriterWork {
    Create,
    Replace,
    Patch,
    Delete,
    Administration,
    /// The commit of a transaction, with the wait for the disk.
    Commit,
}

impl WriterWork {
    /// Every kind of work, in the order of [`Occupancy::histograms`].
    pub const ALL: [Self; 6] =
        [Self::Create, Self::Replace, Self::Patch, Self::Delete, Self::Administration, Self::Commit];

    /// Returns the label of the metric.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Replace => "replace",
            Self::Patch => "patch",
            Self::Delete => "delete",
            Self::Administration => "administration",
            Self::Commit => "commit",
        }
    }
}

/// Upper bounds of the buckets of an [`OccupancyHistogram`], in microseconds. 50 ms is the most that a request may take.
pub const OCCUPANCY_BUCKETS_US: [u64; 12] =
    [50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 250_000, 1_000_000];

/// A histogram of the time that the writer spent on one kind of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OccupancyHistogram {
    /// The sum of all times, in microseconds.
    pub sum_us: u64,
    /// Observations in each bucket of [`OCCUPANCY_BUCKETS_US`], and last those beyond the buckets; not cumulative.
    pub buckets: [u64; OCCUPANCY_BUCKETS_US.len() + 1],
}

impl OccupancyHistogram {
    /// Returns the number of observations.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.buckets.iter().sum()
    }
}

/// One histogram for each kind of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Occupancy {
    histograms: [OccupancyHistogram; WriterWork::ALL.len()],
}

impl Occupancy {
    /// Takes the histograms in the order of [`WriterWork::ALL`].
    #[must_use]
    pub const fn new(histograms: [OccupancyHistogram; WriterWork::ALL.len()]) -> Self {
        Self { histograms }
    }

    /// Returns each kind of work with its histogram.
    pub fn histograms(&self) -> impl Iterator<Item = (WriterWork, &OccupancyHistogram)> {
        WriterWork::ALL.into_iter().zip(&self.histograms)
    }
}

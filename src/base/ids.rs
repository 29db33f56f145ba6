//! Identifiers: `<prefix>_<ULID>` in the form of WorkOS, and bare ULIDs for SCIM resources.

use jiff::Timestamp;
use ulid::Ulid;

/// Generates ULIDs in ascending order, even when the clock is set back.
///
/// The next ID is `max(last + 1, now)`, so IDs sort in the order of the log that they number.
#[derive(Debug, Default)]
pub struct Minter {
    last: Ulid,
}

impl Minter {
    /// Creates a generator that continues after `last`, the greatest ID in use (`Ulid::nil()` for none).
    #[must_use]
    pub fn after(last: Ulid) -> Self {
        Self { last }
    }

    /// Continues after `id` if it is greater than the last ID: another process generated it.
    pub fn observe(&mut self, id: Ulid) {
        self.last = self.last.max(id);
    }

    /// Generates the next ID. `entropy` fills the random part if the clock has advanced.
    pub fn next(&mut self, now: Timestamp, entropy: u128) -> Ulid {
        let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
        let fresh = Ulid::from_parts(millis, entropy);
        self.last = if fresh > self.last { fresh } else { self.last.increment().unwrap_or(fresh) };
        self.last
    }
}

/// Formats an ID as `prefix_ULID`, for example `directory_user_01KA9QC0T1V3W5X7Y9Z0A2B4C6`.
#[must_use]
pub fn prefixed(prefix: &str, id: Ulid) -> String {
    format!("{prefix}_{id}")
}

//! Identifiers: `<prefix>_<ULID>` as WorkOS prints them, bare ULIDs for SCIM resources.

use jiff::Timestamp;
use ulid::Ulid;

/// Makes ULIDs whose order is the order of making, even when the clock steps back.
///
/// The next id is `max(last + 1, now)`, so that ids sort like the log that they number.
#[derive(Debug, Default)]
pub struct Minter {
    last: Ulid,
}

impl Minter {
    /// Starts after `last`, the greatest id already given (`Ulid::nil()` for none).
    #[must_use]
    pub fn after(last: Ulid) -> Self {
        Self { last }
    }

    /// Goes on after `id` if that is greater than the last one given: somebody else gave it.
    pub fn observe(&mut self, id: Ulid) {
        self.last = self.last.max(id);
    }

    /// The next id. `entropy` fills the random part when the clock has moved on.
    pub fn next(&mut self, now: Timestamp, entropy: u128) -> Ulid {
        let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
        let fresh = Ulid::from_parts(millis, entropy);
        self.last = if fresh > self.last { fresh } else { self.last.increment().unwrap_or(fresh) };
        self.last
    }
}

/// `prefix_ULID`, for example `directory_user_01KA9QC0T1V3W5X7Y9Z0A2B4C6`.
#[must_use]
pub fn prefixed(prefix: &str, id: Ulid) -> String {
    format!("{prefix}_{id}")
}

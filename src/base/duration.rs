//! Durations as people write them. Pure.

use std::time::Duration;

use jiff::SignedDuration;
use jiff::fmt::friendly::{Designator, Spacing, SpanPrinter};

/// Returns a duration in words: `5 minutes`, `1 hour 20 minutes`, `250 milliseconds`.
///
/// ```
/// use std::time::Duration;
///
/// assert_eq!(scimulate::base::in_words(Duration::from_secs(300)), "5 minutes");
/// ```
#[must_use]
pub fn in_words(duration: Duration) -> String {
    let printer = SpanPrinter::new().designator(Designator::Verbose).spacing(Spacing::BetweenUnitsAndDesignators);
    match SignedDuration::try_from(duration) {
        Ok(duration) => printer.duration_to_string(&duration),
        Err(_) => format!("{} seconds", duration.as_secs()),
    }
}

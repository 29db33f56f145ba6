//! The work that one request may cause, counted in steps.
//!
//! A request of a few kilobytes can ask for the product of two large numbers: 2,000 operations, each over 1,000 values.
//! Code that repeats work for each value or each operation spends steps, and a request that runs out of them is refused
//! with 400 `tooMany`. A count does not depend on the machine, so tests can assert it.

use std::io;

use serde_json::Value;

use super::{Object, ScimError, ScimType};

/// Compared or copied bytes that make one step.
pub(crate) const BYTES_PER_STEP: usize = 64;
/// Folded bytes that make one step; folding a non-ASCII text takes about 20 ns a byte.
const FOLDED_BYTES_PER_STEP: usize = 4;

/// The steps that reading, comparing or copying a text takes.
#[must_use]
const fn text_steps(bytes: usize) -> usize {
    1 + bytes / BYTES_PER_STEP
}

/// The steps that folding a non-ASCII text takes.
#[must_use]
pub(crate) const fn fold_steps(bytes: usize) -> usize {
    bytes / FOLDED_BYTES_PER_STEP
}

/// The steps that copying a value takes.
#[must_use]
pub(crate) fn value_steps(value: &Value) -> usize {
    match value {
        Value::String(text) => text_steps(text.len()),
        Value::Array(elements) => 1 + elements.iter().map(value_steps).sum::<usize>(),
        Value::Object(object) => {
            1 + object.iter().map(|(key, value)| text_steps(key.len()) + value_steps(value)).sum::<usize>()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => 1,
    }
}

/// The length of an object as JSON text.
#[must_use]
pub(crate) fn json_bytes(object: &Object) -> usize {
    let mut counter = Counter(0);
    // A counter accepts every byte, and a JSON object has string keys, so nothing can fail.
    match serde_json::to_writer(&mut counter, object) {
        Ok(()) | Err(_) => counter.0,
    }
}

/// Counts the bytes written to it.
struct Counter(usize);

impl io::Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Counts the steps of one request against a limit. One step takes at most about 100 ns.
#[derive(Debug)]
pub struct Work {
    spent: usize,
    limit: usize,
}

impl Work {
    /// Starts counting at zero.
    #[must_use]
    pub const fn up_to(limit: usize) -> Self {
        Self { spent: 0, limit }
    }

    /// The steps spent so far.
    #[must_use]
    pub const fn spent(&self) -> usize {
        self.spent
    }

    /// Adds steps, before the work itself where it is known in advance.
    ///
    /// # Errors
    /// 400 `tooMany` when the request has spent more than its limit.
    pub fn spend(&mut self, steps: usize) -> Result<(), ScimError> {
        self.spent = self.spent.saturating_add(steps);
        if self.spent <= self.limit {
            return Ok(());
        }
        Err(ScimError::bad(
            ScimType::TooMany,
            format!(
                "the request takes more than {} comparisons, the limit for one request; send fewer operations at once, \
                 or name the values directly, as in members[value eq \"id\"]",
                self.limit
            ),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spending_beyond_the_limit_is_too_many() {
        let mut work = Work::up_to(10);
        assert!(work.spend(10).is_ok());
        let error = work.spend(1).unwrap_err();
        assert_eq!((error.status, error.scim_type), (400, Some(ScimType::TooMany)));
        assert!(error.detail.contains("more than 10 comparisons"), "{}", error.detail);
        assert_eq!(work.spent(), 11);
        assert!(work.spend(usize::MAX).is_err());
    }
}

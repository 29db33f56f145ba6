//! The faults and the clock of a scenario. Pure.

use std::time::Duration;

use jiff::civil::DateTime;
use toml::Value;

use super::file::FaultEntry;
use crate::wire::planned_fault::{FaultEffect, PlannedFault};

/// A mistake in the times or faults of a scenario.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FaultMistake {
    #[error(
        "`{key}` must be a date and a time without a time zone, such as {key} = \"2027-03-01 09:00\", but it is {found}"
    )]
    Time { key: &'static str, found: String },
    #[error("`at` is before the `at` of an earlier action; the actions are played in the order of the file")]
    Backwards,
    #[error("`from` must be before `to`")]
    Empty,
    #[error("no action has a time; add `at` to the actions, or omit `from` and `to`")]
    NoClock,
    #[error(
        "a fault has exactly one of `unreachable = true`, `status = 502` and `wrong-token = true`, or only `delay`"
    )]
    Effect,
    #[error("`status` must be from 200 to 599")]
    Status,
    #[error("`retry-after` needs a `status`, such as status = 429")]
    RetryAfter,
}

/// Reads a time.
pub(super) fn time(key: &'static str, value: &Value) -> Result<DateTime, FaultMistake> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Datetime(time) => time.to_string(),
        other => return Err(FaultMistake::Time { key, found: format!("of type {}", other.type_str()) }),
    };
    text.parse().map_err(|_| FaultMistake::Time { key, found: format!("{text:?}") })
}

/// Reads a fault.
pub(super) fn fault(entry: &FaultEntry, has_clock: bool) -> Result<PlannedFault, FaultMistake> {
    let from = entry.from.as_ref().map(|value| time("from", value)).transpose()?;
    let to = entry.to.as_ref().map(|value| time("to", value)).transpose()?;
    if !has_clock && (from.is_some() || to.is_some()) {
        return Err(FaultMistake::NoClock);
    }
    if from.zip(to).is_some_and(|(from, to)| from >= to) {
        return Err(FaultMistake::Empty);
    }
    if entry.retry_after.is_some() && entry.status.is_none() {
        return Err(FaultMistake::RetryAfter);
    }
    let effect = match (entry.unreachable, entry.status, entry.wrong_token) {
        (true, None, false) => FaultEffect::Unreachable,
        (false, Some(status), false) if (200..=599).contains(&status) => {
            FaultEffect::Status { status, retry_after: entry.retry_after }
        }
        (false, Some(_), false) => return Err(FaultMistake::Status),
        (false, None, true) => FaultEffect::WrongToken,
        (false, None, false) if entry.delay > 0 => FaultEffect::Late,
        _ => return Err(FaultMistake::Effect),
    };
    Ok(PlannedFault { from, to, effect, delay: Duration::from_secs(entry.delay) })
}

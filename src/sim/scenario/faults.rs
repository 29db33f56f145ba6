//! The faults and the clock of a scenario. Pure.

use std::time::Duration;

use jiff::civil::{Date, DateTime};
use toml::Value;

use super::file::FaultEntry;
use super::mistakes::found;
use crate::wire::planned_fault::{FaultEffect, PlannedFault};

/// The form of times in messages.
const TIME: &str = "%F %R";

/// A mistake in the times or faults of a scenario.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FaultMistake {
    #[error(
        "`{key}` must be a date, or a date and a time, without a time zone, such as {key} = \"2027-03-01 09:00\", but it is {found}"
    )]
    Time { key: &'static str, found: String },
    #[error("`{key}` is {found:?}, but {why}")]
    NoSuchTime { key: &'static str, found: String, why: String },
    #[error(
        "`at` is {}, which is before {} in line {line}; the actions are played in the order of the file, so correct one of the \
         times, or move the action",
        at.strftime(TIME), earlier.strftime(TIME)
    )]
    Backwards { at: DateTime, earlier: DateTime, line: usize },
    #[error("`to` is {}, but it must be later than `from`, which is {}", to.strftime(TIME), from.strftime(TIME))]
    Empty { from: DateTime, to: DateTime },
    #[error("no action has a time; add `at` to the actions, or omit `from` and `to`")]
    NoClock,
    #[error(
        "the fault has no effect; add one of `unreachable = true`, `status = 502` and `wrong-token = true`, or a `delay` in seconds"
    )]
    NoEffect,
    #[error("a fault has only one of `unreachable`, `status` and `wrong-token`, but this one has {}; write one [[fault]] for each", .0.join(" and "))]
    SeveralEffects(Vec<&'static str>),
    #[error("`status` is {0}, but it must be from 200 to 599")]
    Status(u16),
    #[error("`retry-after` needs a `status`, such as status = 429")]
    RetryAfter,
}

impl FaultMistake {
    /// Returns the key of the fault that is wrong.
    pub(super) fn key(&self) -> &'static str {
        match self {
            Self::Time { key, .. } | Self::NoSuchTime { key, .. } => key,
            Self::Backwards { .. } => "at",
            Self::Empty { .. } => "to",
            Self::NoClock => "from",
            Self::NoEffect => "",
            Self::SeveralEffects(keys) => keys.last().copied().unwrap_or_default().trim_matches('`'),
            Self::Status(_) => "status",
            Self::RetryAfter => "retry-after",
        }
    }
}

/// Reads a time.
pub(super) fn time(key: &'static str, value: &Value) -> Result<DateTime, FaultMistake> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Datetime(time) => time.to_string(),
        other => return Err(FaultMistake::Time { key, found: found(other) }),
    };
    if !has_form(&text) {
        return Err(FaultMistake::Time { key, found: format!("{text:?}") });
    }
    text.parse().map_err(|_| FaultMistake::NoSuchTime { key, why: reason(&text), found: text })
}

/// Returns true for the digits and signs of a date, or of a date and a time.
fn has_form(text: &str) -> bool {
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let whole = text.split_once('.').filter(|(_, fraction)| is_digits(fraction)).map_or(text, |(whole, _)| whole);
    let fits = |(byte, form): (u8, u8)| match form {
        b'0' => byte.is_ascii_digit(),
        b' ' => matches!(byte, b' ' | b'T' | b't'),
        form => byte == form,
    };
    ["0000-00-00", "0000-00-00 00:00", "0000-00-00 00:00:00"]
        .iter()
        .any(|form| whole.len() == form.len() && whole.bytes().zip(form.bytes()).all(fits))
}

/// Says why a time of the right form does not exist.
fn reason(text: &str) -> String {
    let number = |from: usize, to: usize| text.get(from..to).and_then(|digits| digits.parse::<i16>().ok());
    let (year, month, day) = (number(0, 4), number(5, 7), number(8, 10));
    let month = month.and_then(|month| i8::try_from(month).ok()).unwrap_or_default();
    match (Date::new(year.unwrap_or_default(), month, 1), day) {
        (Err(_), _) => "a month is from 01 to 12".to_owned(),
        (Ok(first), day) if day.is_none_or(|day| day < 1 || day > i16::from(first.days_in_month())) => {
            format!("{} has {} days", first.strftime("%B %Y"), first.days_in_month())
        }
        _ => "a time is from 00:00 to 23:59".to_owned(),
    }
}

/// Reads a fault.
pub(super) fn fault(entry: &FaultEntry, has_clock: bool) -> Result<PlannedFault, FaultMistake> {
    let from = entry.from.as_ref().map(|value| time("from", value)).transpose()?;
    let to = entry.to.as_ref().map(|value| time("to", value)).transpose()?;
    if !has_clock && (from.is_some() || to.is_some()) {
        return Err(FaultMistake::NoClock);
    }
    if let Some((from, to)) = from.zip(to).filter(|(from, to)| from >= to) {
        return Err(FaultMistake::Empty { from, to });
    }
    if entry.retry_after.is_some() && entry.status.is_none() {
        return Err(FaultMistake::RetryAfter);
    }
    let given = [
        (entry.unreachable, "`unreachable`"),
        (entry.status.is_some(), "`status`"),
        (entry.wrong_token, "`wrong-token`"),
    ];
    let given: Vec<&str> = given.into_iter().filter_map(|(is_given, key)| is_given.then_some(key)).collect();
    if given.len() > 1 {
        return Err(FaultMistake::SeveralEffects(given));
    }
    let effect = match entry.status {
        Some(status) if (200..=599).contains(&status) => FaultEffect::Status { status, retry_after: entry.retry_after },
        Some(status) => return Err(FaultMistake::Status(status)),
        None if entry.unreachable => FaultEffect::Unreachable,
        None if entry.wrong_token => FaultEffect::WrongToken,
        None if entry.delay > 0 => FaultEffect::Late,
        None => return Err(FaultMistake::NoEffect),
    };
    Ok(PlannedFault { from, to, effect, delay: Duration::from_secs(entry.delay) })
}

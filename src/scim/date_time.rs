//! `xsd:dateTime` (RFC 7643 section 2.3.5): a date and a time of day to the second, with an optional fraction and an
//! optional offset. The other forms of ISO 8601 are not valid dateTimes.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;

/// Parses an `xsd:dateTime`. Without an offset it is in UTC. Nine digits of a fraction count. Years after 9999 are not
/// supported.
#[must_use]
pub fn instant(text: &str) -> Option<Timestamp> {
    let (before_christ, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (date, time) = text.split_once('T')?;
    let (time, zone) = time.find(['Z', '+', '-']).map_or((time, ""), |at| time.split_at(at));
    let [year, month, day] = fields(date, '-', [4, 2, 2])?;
    let year = if before_christ { -year } else { year };
    let date = Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    offset(zone)?.to_timestamp(at(date, time)?).ok()
}

/// Parses `hh:mm:ss` with an optional fraction; `24:00:00` is the start of the next day.
fn at(date: Date, time: &str) -> Option<DateTime> {
    let (time, fraction) = time.split_once('.').map_or((time, None), |(time, fraction)| (time, Some(fraction)));
    let [hour, minute, second] = fields(time, ':', [2, 2, 2])?;
    let nanosecond = fraction.map_or(Some(0), nanoseconds)?;
    if (hour, minute, second, nanosecond) == (24, 0, 0, 0) {
        return Some(date.tomorrow().ok()?.at(0, 0, 0, 0));
    }
    let [hour, minute, second] = [hour, minute, second].map(|field| i8::try_from(field).ok());
    jiff::civil::Time::new(hour?, minute?, second?, nanosecond).ok().map(|time| date.to_datetime(time))
}

fn nanoseconds(fraction: &str) -> Option<i32> {
    let digits = !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit());
    let nine: String = fraction.chars().chain(std::iter::repeat('0')).take(9).collect();
    digits.then(|| nine.parse().ok()).flatten()
}

/// Parses `Z`, `+hh:mm` or `-hh:mm` up to fourteen hours, or an empty offset.
fn offset(zone: &str) -> Option<Offset> {
    let (sign, ahead) = match zone.as_bytes().first() {
        None => return Some(Offset::UTC),
        Some(b'Z') => return (zone == "Z").then_some(Offset::UTC),
        Some(b'+') => (1, zone.strip_prefix('+')?),
        Some(_) => (-1, zone.strip_prefix('-')?),
    };
    let [hours, minutes] = fields(ahead, ':', [2, 2])?;
    let minutes = (minutes < 60).then_some(i32::from(hours) * 60 + i32::from(minutes))?;
    (minutes <= 14 * 60).then(|| Offset::from_seconds(sign * minutes * 60).ok()).flatten()
}

/// Parses fields that have exactly these numbers of digits.
fn fields<const N: usize>(text: &str, separator: char, widths: [usize; N]) -> Option<[i16; N]> {
    let mut parts = text.split(separator);
    let mut all = [0; N];
    for (field, width) in all.iter_mut().zip(widths) {
        let part = parts.next().filter(|part| part.len() == width && part.bytes().all(|byte| byte.is_ascii_digit()))?;
        *field = part.parse().ok()?;
    }
    parts.next().is_none().then_some(all)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_valid_form_is_parsed() {
        for (text, moment) in [
            ("2008-01-23T04:56:22Z", "2008-01-23T04:56:22Z"),
            ("2008-01-23T04:56:22", "2008-01-23T04:56:22Z"),
            ("2008-01-23T04:56:22+14:00", "2008-01-22T14:56:22Z"),
            ("2008-01-23T04:56:22-00:00", "2008-01-23T04:56:22Z"),
            ("2008-01-23T04:56:22.5-01:30", "2008-01-23T06:26:22.5Z"),
            ("2008-01-23T04:56:22.1234567890123Z", "2008-01-23T04:56:22.123456789Z"),
            ("2007-12-31T24:00:00Z", "2008-01-01T00:00:00Z"),
            ("2008-02-29T00:00:00.000Z", "2008-02-29T00:00:00Z"),
            ("-0044-03-15T12:00:00Z", "-000044-03-15T12:00:00Z"),
        ] {
            assert_eq!(instant(text), Some(moment.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn other_forms_are_rejected() {
        for text in [
            "",
            "T",
            "2008-01-23",
            "04:56:22Z",
            "2008-01-23 04:56:22Z",
            "2008-01-23t04:56:22z",
            "2008-01-23T04:56Z",
            "2008-01-23T04Z",
            "20080123T045622Z",
            "2008-01-23T04:56:22z",
            "2008-01-23T04:56:22ZZ",
            "2008-01-23T04:56:22Z[UTC]",
            "2008-01-23T04:56:22[Europe/Berlin]",
            "2008-01-23T04:56:22+01",
            "2008-01-23T04:56:22+0100",
            "2008-01-23T04:56:22+14:01",
            "2008-01-23T04:56:22+01:60",
            "2008-01-23T04:56:22,5Z",
            "2008-01-23T04:56:22.Z",
            "2008-01-23T04:56:60Z",
            "2008-01-23T04:60:00Z",
            "2008-01-23T24:00:01Z",
            "2008-13-01T00:00:00Z",
            "2007-02-29T00:00:00Z",
            "8-01-23T04:56:22Z",
            "+002008-01-23T04:56:22Z",
            "12008-01-23T04:56:22Z",
            " 2008-01-23T04:56:22Z",
            "2008-01-23T04:56:22Z ",
            "２008-01-23T04:56:22Z",
        ] {
            assert_eq!(instant(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn printed_times_are_parsed_again(milliseconds in -60_000_000_000_000_i64..250_000_000_000_000) {
            let moment = Timestamp::from_millisecond(milliseconds).unwrap();
            prop_assert_eq!(instant(&crate::base::clock::rfc3339(moment)), Some(moment));
        }

        #[test]
        fn any_text_is_parsed_without_panic(text in "[0-9TZ:.+\\-é]{0,30}") {
            let _ = instant(&text);
        }
    }
}

//! Numbers as decimals. JSON has digits without end (RFC 8259 section 6); what is kept of a number is 64 bits, whole or
//! floating. Where those are another number than the one that was sent, it is refused and not rounded.

use std::cmp::Ordering;

use serde_json::Number;

/// A decimal number: digits, and where the point stands among them.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Decimal {
    negative: bool,
    /// Without zeros at either end; none of them is zero.
    digits: String,
    /// How many of the digits stand before the point: less than none, or more than there are, for the zeros between.
    before_point: i64,
}

impl Decimal {
    /// From a number as JSON writes it; none where the exponent is beyond all measure.
    fn read(text: &str) -> Option<Self> {
        let unsigned = text.strip_prefix('-');
        let (mantissa, exponent) =
            unsigned.unwrap_or(text).split_once(['e', 'E']).unwrap_or((unsigned.unwrap_or(text), "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all = format!("{whole}{fraction}");
        let from_first = all.trim_start_matches('0');
        let digits = from_first.trim_end_matches('0').to_owned();
        if digits.is_empty() {
            return Some(Self { negative: false, digits, before_point: 0 });
        }
        let zeros = all.len() - from_first.len();
        let shift = i64::try_from(whole.len()).ok()?.checked_sub(i64::try_from(zeros).ok()?)?;
        let before_point = exponent.parse::<i64>().ok()?.checked_add(shift)?;
        Some(Self { negative: unsigned.is_some(), digits, before_point })
    }

    fn magnitude(&self, other: &Self) -> Ordering {
        match (self.digits.is_empty(), other.digits.is_empty()) {
            (false, false) => self.before_point.cmp(&other.before_point).then_with(|| self.digits.cmp(&other.digits)),
            (nothing, also) => also.cmp(&nothing),
        }
    }
}

/// Whether a number that was sent is the one that is kept of it. What is no number is for the parser to tell.
pub(super) fn is_kept(sent: &str) -> bool {
    match serde_json::from_str::<Number>(sent) {
        Ok(kept) => kept_of(&kept).is_some_and(|kept| Decimal::read(sent) == Some(kept)),
        Err(_) => true,
    }
}

fn kept_of(number: &Number) -> Option<Decimal> {
    Decimal::read(&number.to_string())
}

/// How two numbers compare, to the last digit.
pub(super) fn order(one: &Number, other: &Number) -> Option<Ordering> {
    if let (Some(one), Some(other)) = (one.as_i64(), other.as_i64()) {
        return Some(one.cmp(&other));
    }
    let (one, other) = (kept_of(one)?, kept_of(other)?);
    Some(match (one.negative, other.negative) {
        (false, false) => one.magnitude(&other),
        (true, true) => other.magnitude(&one),
        (negative, _) => {
            if negative {
                Ordering::Less
            } else {
                Ordering::Greater
            }
        }
    })
}

/// Why a number is refused.
pub(super) fn refusal(sent: &str) -> String {
    let shown: String = sent.chars().take(40).collect();
    let cut = if shown.len() < sent.len() { "…" } else { "" };
    format!(
        "the number {shown}{cut} has more digits than 64 bits hold, and would be kept as another; send it as a string"
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;
    use crate::base::limits;
    use crate::scim::message::parse_object;

    /// A number written out, without an exponent: another way to tell whether two are the same.
    fn written_out(text: &str) -> String {
        let (sign, unsigned) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
        let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let exponent: i32 = exponent.parse().unwrap();
        let (mut whole, mut fraction) = (whole.to_owned(), fraction.to_owned());
        for _ in 0..exponent {
            whole.push(if fraction.is_empty() { '0' } else { fraction.remove(0) });
        }
        for _ in exponent..0 {
            fraction.insert(0, whole.pop().unwrap_or('0'));
        }
        let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
        if whole.is_empty() && fraction.is_empty() { "0".to_owned() } else { format!("{sign}{whole}.{fraction}") }
    }

    proptest! {
        #[test]
        fn whatever_is_accepted_comes_back_the_same(sent in "-?(0|[1-9][0-9]{0,24})([.][0-9]{1,24})?([eE][+-]?[0-9]{1,3})?") {
            let body = format!("{{\"a\": [{sent},{{\"b\":{sent}}}]}}");
            if let Ok(object) = parse_object(body.as_bytes(), limits::JSON_DEPTH) {
                let back = object["a"][0].to_string();
                prop_assert_eq!(written_out(&sent), written_out(&back));
                prop_assert_eq!(object["a"][1]["b"].to_string(), back);
            }
        }

        #[test]
        fn numbers_of_sixteen_digits_are_accepted(whole in any::<i64>(), fraction in any::<u64>(), digits in 0..9_999_999_999_999_999_u64, scale in -280..280_i32) {
            for sent in [whole.to_string(), fraction.to_string()] {
                prop_assert!(is_kept(&sent), "{}", sent);
            }
            // A double keeps fifteen decimal digits, whatever they are.
            let digits = digits / 10;
            prop_assert!(is_kept(&format!("{digits}e{scale}")) && is_kept(&format!("-0.{digits:015}")), "{}e{}", digits, scale);
        }

        #[test]
        fn order_is_that_of_floats_where_those_tell_numbers_apart(one in any::<f64>(), other in any::<f64>()) {
            if let (Some(a), Some(b)) = (Number::from_f64(one), Number::from_f64(other)) {
                prop_assert_eq!(order(&a, &b), one.partial_cmp(&other));
            }
        }
    }

    #[test]
    fn what_is_another_number_in_64_bits_is_refused() {
        for kept in [
            "0",
            "-0",
            "-0.0",
            "0e999",
            "1.50",
            "1e2",
            "1E+2",
            "0.1",
            "5e-324",
            "9007199254740993",
            "18446744073709551615",
            "-9223372036854775808",
            "1e22",
            "10000000000000000000000",
            "1.7976931348623157e308",
            "true",
            "1e400",
        ] {
            assert!(is_kept(kept), "{kept}");
        }
        for lost in [
            "18446744073709551616",
            "-9223372036854775809",
            "0.1234567890123456789",
            "1.0000000000000000001",
            "123456789012345678901234567890",
            "1e-400",
            "1e-99999999999999999999",
            "9007199254740993.0",
        ] {
            assert!(!is_kept(lost), "{lost}");
            let body = format!("{{\"a\":{{\"b\":[1,{lost}]}}}}");
            let error = parse_object(body.as_bytes(), limits::JSON_DEPTH).unwrap_err();
            assert_eq!((error.status, error.scim_type), (400, Some(crate::scim::ScimType::InvalidValue)));
            assert!(error.detail.contains(lost), "{}", error.detail);
            let filter = format!("x eq {lost}").parse::<crate::scim::Filter>().unwrap_err();
            assert!(filter.detail.contains(lost), "{}", filter.detail);
        }
        assert!(parse_object(br#"{"a":"18446744073709551616, 1e-400"}"#, limits::JSON_DEPTH).is_ok());
    }

    #[test]
    fn numbers_compare_to_the_last_digit() {
        let number = |text: &str| match serde_json::from_str(text).unwrap() {
            Value::Number(number) => number,
            other => panic!("{other}"),
        };
        let ascending = [
            "-1e22",
            "-9223372036854775808",
            "-10",
            "-1.5",
            "-1e-300",
            "0",
            "5e-324",
            "0.5",
            "1",
            "1.5",
            "9",
            "10",
            "9007199254740992",
            "9007199254740993",
            "9223372036854775808",
            "18446744073709551615",
            "1e22",
        ];
        for (at, one) in ascending.iter().enumerate() {
            for (other_at, other) in ascending.iter().enumerate() {
                assert_eq!(order(&number(one), &number(other)), Some(at.cmp(&other_at)), "{one} {other}");
            }
        }
        for (one, other) in [
            ("1", "1.0"),
            ("0", "-0.0"),
            ("100", "1e2"),
            ("0.5", "5e-1"),
            ("18446744073709551615", "18446744073709551615"),
        ] {
            assert_eq!(order(&number(one), &number(other)), Some(Ordering::Equal), "{one} {other}");
        }
    }
}

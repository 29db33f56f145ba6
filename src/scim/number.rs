//! Exact comparison of JSON numbers.
//!
//! JSON puts no limit on the digits of a number (RFC 8259 section 6), but a parsed number has 64 bits: an integer or a
//! floating-point value. A number that 64 bits can't represent is rejected instead of rounded.

use std::cmp::Ordering;
use std::str::FromStr as _;

use bigdecimal::{BigDecimal, Zero as _};
use serde_json::Number;

/// The longest number that is compared exactly, in characters. A longer one has more digits than 64 bits can represent, or
/// hundreds of zeros that it does not need.
const LONGEST: usize = 400;
/// A plain number of so many characters has at most 15 digits, and 64 bits represent those.
const SHORT: usize = 15;
/// The largest power of ten, up or down, that is compared exactly; floating-point numbers end at 308 and -324.
const LARGEST_EXPONENT: i64 = 1_000;

/// Checks that parsing a number leaves its value unchanged. Text that is not a number passes, since the JSON parser
/// reports it.
pub(super) fn is_exact(sent: &str) -> bool {
    if sent.len() <= SHORT && sent.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'.')) {
        return true;
    }
    match serde_json::from_str::<Number>(sent) {
        Ok(parsed) => decimal(sent).is_some_and(|sent| decimal(&parsed.to_string()) == Some(sent)),
        Err(_) => true,
    }
}

/// Parses a JSON number; `None` for one beyond the bounds of exact comparison.
fn decimal(text: &str) -> Option<BigDecimal> {
    let number = (text.len() <= LONGEST).then(|| BigDecimal::from_str(text).ok())??;
    let exponent = number.as_bigint_and_exponent().1;
    (number.is_zero() || (-LARGEST_EXPONENT..=LARGEST_EXPONENT).contains(&exponent)).then_some(number)
}

/// Compares two numbers exactly, also an integer with a floating-point number.
pub(super) fn order(one: &Number, other: &Number) -> Option<Ordering> {
    if let (Some(one), Some(other)) = (one.as_i128(), other.as_i128()) {
        return Some(one.cmp(&other));
    }
    if one.is_f64() && other.is_f64() {
        return one.as_f64()?.partial_cmp(&other.as_f64()?);
    }
    Some(decimal(&one.to_string())?.cmp(&decimal(&other.to_string())?))
}

/// Explains why a number was rejected.
pub(super) fn refusal(sent: &str) -> String {
    let shown: String = sent.chars().take(40).collect();
    let cut = if shown.len() < sent.len() { "…" } else { "" };
    format!(
        "the number {shown}{cut} has more digits than 64 bits can represent and would be rounded; send it as a string"
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;
    use crate::base::limits;
    use crate::scim::message::parse_object;

    /// Writes a number without an exponent, as an independent way to compare two numbers.
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
        fn accepted_numbers_are_returned_unchanged(sent in "-?(0|[1-9][0-9]{0,24})([.][0-9]{1,24})?([eE][+-]?[0-9]{1,3})?") {
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
                prop_assert!(is_exact(&sent), "{}", sent);
            }
            // A double represents any fifteen decimal digits.
            let digits = digits / 10;
            prop_assert!(is_exact(&format!("{digits}e{scale}")) && is_exact(&format!("-0.{digits:015}")), "{}e{}", digits, scale);
        }

        #[test]
        fn order_agrees_with_that_of_floats(one in any::<f64>(), other in any::<f64>()) {
            if let (Some(a), Some(b)) = (Number::from_f64(one), Number::from_f64(other)) {
                prop_assert_eq!(order(&a, &b), one.partial_cmp(&other));
            }
        }
    }

    #[test]
    fn numbers_that_64_bits_would_round_are_rejected() {
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
            assert!(is_exact(kept), "{kept}");
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
            assert!(!is_exact(lost), "{lost}");
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
    fn numbers_are_compared_exactly() {
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

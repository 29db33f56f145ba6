//! The signature of webhooks (research note workos-dsync section 4): `WorkOS-Signature: t=<Unix time in ms>, v1=<hex>`,
//! where `v1` is the HMAC-SHA256 of `<t>.<body>` with the secret of the endpoint. A receiver verifies it with [`verify`].

use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use sha2::Sha256;

use crate::base::Secret;

/// The header that carries the signature.
pub const HEADER: &str = "WorkOS-Signature";
/// The age up to which the SDKs of WorkOS accept a signature, in both directions of time.
pub const TOLERANCE: SignedDuration = SignedDuration::from_secs(180);

/// The reasons for which a signature is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// The header has another form.
    #[error("the signature has not the form `t=<Unix time in ms>, v1=<64 hexadecimal digits>`")]
    Malformed,
    /// The secret or the body is another one.
    #[error("the signature does not match the body: the secret is wrong, or the body was changed")]
    Mismatch,
    /// The signature is authentic, but older, or further in the future, than the tolerance.
    #[error("the signature is {} s {}", age.as_secs().abs(), if age.is_negative() { "in the future" } else { "old" })]
    Stale {
        /// The time since it was made; negative if it is in the future.
        age: SignedDuration,
    },
}

/// Returns the value of [`HEADER`] for a body that is sent now.
#[must_use]
pub fn sign(secret: &Secret, now: Timestamp, body: &[u8]) -> String {
    let time = now.as_millisecond().to_string();
    let tag = mac(secret, &time, body).finalize().into_bytes();
    // A comma and a space: the SDK for Python rejects a bare comma.
    let mut header = format!("t={time}, v1=");
    for byte in tag {
        for digit in [byte >> 4, byte & 15] {
            header.extend(char::from_digit(u32::from(digit), 16));
        }
    }
    header
}

/// Verifies the value of [`HEADER`], and returns the time at which it was made.
///
/// # Errors
/// A [`SignatureError`]. A signature that does not match is never reported as stale.
pub fn verify(
    secret: &Secret,
    header: &str,
    body: &[u8],
    now: Timestamp,
    tolerance: SignedDuration,
) -> Result<Timestamp, SignatureError> {
    let (time, tag) = parse(header).ok_or(SignatureError::Malformed)?;
    mac(secret, time, body).verify_slice(&tag).map_err(|_| SignatureError::Mismatch)?;
    let at = time.parse().ok().and_then(|millis| Timestamp::from_millisecond(millis).ok());
    let at = at.ok_or(SignatureError::Malformed)?;
    let age = now.duration_since(at);
    if age.abs() > tolerance { Err(SignatureError::Stale { age }) } else { Ok(at) }
}

fn mac(secret: &Secret, time: &str, body: &[u8]) -> Hmac<Sha256> {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes()).expect("invariant: HMAC takes a key of any length");
    mac.update(time.as_bytes());
    mac.update(b".");
    mac.update(body);
    mac
}

/// Splits the header into its time and the bytes of its tag. The space after the comma may be missing.
fn parse(header: &str) -> Option<(&str, [u8; 32])> {
    let (time, tag) = header.trim().split_once(',')?;
    let (time, tag) = (time.trim_end().strip_prefix("t=")?, tag.trim_start().strip_prefix("v1=")?);
    if time.is_empty() || !time.bytes().all(|byte| byte.is_ascii_digit()) || tag.len() != 64 {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(tag.as_bytes().chunks(2)) {
        let pair = std::str::from_utf8(pair).ok().filter(|pair| pair.bytes().all(|digit| digit.is_ascii_hexdigit()))?;
        *byte = u8::from_str_radix(pair, 16).ok()?;
    }
    Some((time, bytes))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BODY: &[u8] = br#"{"id":"event_01KA9QC1E5Z7V9S3W6P8Q4D2YX"}"#;
    /// Computed with Python's `hmac`, as the SDK of WorkOS for Python 10.8.0 does.
    const SIGNED: &str = "t=1795169700000, v1=3c6e96dd7f23af0f53d2f473d169a8b482475882a05d0b0f3c430fed656feffb";

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millisecond(millis).unwrap()
    }

    #[test]
    fn the_signature_is_that_of_the_sdk() {
        let (secret, now) = (Secret::new("whsec_local"), at(1_795_169_700_000));
        assert_eq!(sign(&secret, now, BODY), SIGNED);
        for header in [SIGNED.to_owned(), SIGNED.replace(", ", ","), SIGNED.replace("3c6e96dd", "3C6E96DD")] {
            assert_eq!(verify(&secret, &header, BODY, now, TOLERANCE), Ok(now), "{header}");
        }
    }

    #[test]
    fn only_fresh_signatures_of_this_body_and_secret_are_accepted() {
        let (secret, made) = (Secret::new("whsec_local"), 1_795_169_700_000);
        let check = |secret: &Secret, body: &[u8], now| verify(secret, SIGNED, body, at(now), TOLERANCE);
        for offset in [-180_000, 0, 180_000] {
            assert_eq!(check(&secret, BODY, made + offset), Ok(at(made)), "{offset}");
        }
        let stale = |ms| Err(SignatureError::Stale { age: SignedDuration::from_millis(ms) });
        assert_eq!(check(&secret, BODY, made + 180_001), stale(180_001));
        assert_eq!(check(&secret, BODY, made - 180_001), stale(-180_001));
        assert_eq!(stale(-180_001).unwrap_err().to_string(), "the signature is 180 s in the future");
        assert_eq!(check(&Secret::new("whsec_other"), BODY, made + 900_000), Err(SignatureError::Mismatch));
        assert_eq!(check(&secret, b"{}", made), Err(SignatureError::Mismatch));
    }

    #[test]
    fn other_forms_of_the_header_are_refused() {
        let tag = &SIGNED[SIGNED.len() - 64..];
        for header in [
            "",
            "t=1795169700000",
            &format!("v1={tag}, t=1795169700000"),
            &format!("t=, v1={tag}"),
            &format!("t=-1795169700000, v1={tag}"),
            &format!("t=1795169700000, v2={tag}"),
            &format!("{SIGNED}, v2={tag}"),
            &SIGNED.replace("ffb", "ff"),
            &SIGNED.replace("ffb", "f+b"),
            &format!("{}\u{e9}", &SIGNED[..SIGNED.len() - 2]),
        ] {
            let result = verify(&Secret::new("whsec_local"), header, BODY, at(1_795_169_700_000), TOLERANCE);
            assert_eq!(result, Err(SignatureError::Malformed), "{header}");
        }
    }

    proptest! {
        #[test]
        fn what_is_signed_is_verified(secret in ".{0,80}", body: Vec<u8>, millis in 0..4_000_000_000_000_i64) {
            let secret = Secret::new(secret);
            let header = sign(&secret, at(millis), &body);
            prop_assert_eq!(verify(&secret, &header, &body, at(millis), TOLERANCE), Ok(at(millis)));
        }

        #[test]
        fn one_changed_byte_is_noticed(mut body in prop::collection::vec(any::<u8>(), 1..80), at_byte: prop::sample::Index) {
            let (secret, now) = (Secret::new("whsec_local"), at(1_795_169_700_000));
            let header = sign(&secret, now, &body);
            let index = at_byte.index(body.len());
            body[index] ^= 1;
            prop_assert_eq!(verify(&secret, &header, &body, now, TOLERANCE), Err(SignatureError::Mismatch));
        }

        #[test]
        fn an_arbitrary_header_is_refused(header in ".{0,120}") {
            let result = verify(&Secret::new("whsec_local"), &header, BODY, at(0), TOLERANCE);
            prop_assert!(result.is_err());
        }
    }
}

//! The syntax of binary and reference values.

use base64::Engine as _;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Returns true for base64 with or without padding (RFC 7643 section 2.3.6); with `loosely`, also for the URL-safe alphabet
/// and line breaks.
pub(super) fn is_base64(text: &str, loosely: bool) -> bool {
    let config = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let decodes = |alphabet, text: &str| GeneralPurpose::new(alphabet, config).decode(text).is_ok();
    if !loosely {
        return decodes(&base64::alphabet::STANDARD, text);
    }
    let plain: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    decodes(&base64::alphabet::STANDARD, &plain) || decodes(&base64::alphabet::URL_SAFE, &plain)
}

/// Returns true for a URI or relative reference (RFC 3986 section 4.1): only allowed characters, and no colon before the
/// first slash except after a scheme.
pub(super) fn is_uri_reference(text: &str) -> bool {
    let bytes = text.as_bytes();
    let legal = |(at, byte): (usize, &u8)| match byte {
        b'%' => bytes.get(at + 1..at + 3).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)),
        byte => byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=".contains(byte),
    };
    let scheme = text.split(['/', '?', '#']).next().and_then(|first| first.split_once(':'));
    bytes.iter().enumerate().all(legal) && scheme.is_none_or(|(scheme, _)| is_scheme(scheme))
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
}

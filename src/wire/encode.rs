//! Percent-encoding of URL parts, as Okta's client does it, and its reverse.

use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// Unreserved characters (RFC 3986 section 2.3) are sent as they are.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// Okta does not encode the colon in a path segment (SCIMGW112).
const SEGMENT: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'/')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// Encodes one value of a query, or one path segment: everything but letters, digits and `-._~`.
///
/// ```
/// use scimulate::wire::encode;
///
/// assert_eq!(encode::component(r#"userName eq "a+b""#), "userName%20eq%20%22a%2Bb%22");
/// ```
#[must_use]
pub fn component(value: &str) -> String {
    utf8_percent_encode(value, UNRESERVED).to_string()
}

/// Encodes one path segment as Okta does.
///
/// ```
/// use scimulate::wire::encode;
///
/// assert_eq!(encode::segment("org:a/b c"), "org:a%2Fb%20c");
/// ```
#[must_use]
pub fn segment(text: &str) -> String {
    utf8_percent_encode(text, SEGMENT).to_string()
}

/// Decodes a path. Bytes that are not UTF-8 become U+FFFD.
#[must_use]
pub fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// Decodes a value of a query, in which `+` also means a space.
#[must_use]
pub fn decode_query(value: &str) -> String {
    decode(&value.replace('+', " "))
}

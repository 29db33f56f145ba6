//! Conditional requests (RFC 7644 section 3.14, RFC 9110 section 13): `If-Match` and `If-None-Match` over versions.

use http::HeaderMap;
use http::header::{HeaderName, IF_MATCH, IF_NONE_MATCH};

use super::super::error::RequestError;
use super::super::response::etag;
use crate::scim::ScimError;
use crate::store::Expected;

/// Returns true if a write must read the resource first.
pub(super) fn has_precondition(headers: &HeaderMap) -> bool {
    headers.contains_key(IF_MATCH) || headers.contains_key(IF_NONE_MATCH)
}

/// Evaluates the precondition of a write on a resource of this version. The store checks the returned condition again,
/// because another write may come first.
///
/// # Errors
/// 412 if a precondition fails.
pub(super) fn of_write(headers: &HeaderMap, version: u64) -> Result<Expected, ScimError> {
    let expected = if_match(headers, version)?;
    if let Some(tags) = tags(headers, IF_NONE_MATCH)
        && names(&tags, version)
    {
        return Err(ScimError::precondition(format!("If-None-Match is {tags}, but the resource exists")));
    }
    Ok(expected)
}

/// Returns the precondition of a write if the store can check it without reading the resource first: none at all, or one
/// entity tag in the form of this server. Returns `None` for any other.
pub(super) fn of_itself(headers: &HeaderMap) -> Option<Expected> {
    if headers.contains_key(IF_NONE_MATCH) {
        return None;
    }
    let Some(tags) = tags(headers, IF_MATCH) else { return Some(Expected::Any) };
    let tag = tags.strip_prefix("W/").unwrap_or(&tags).strip_prefix('"')?.strip_suffix('"')?;
    let version: u64 = tag.parse().ok()?;
    (version.to_string() == tag).then_some(Expected::Version(version))
}

/// Evaluates `If-Match`, which applies to every method (RFC 9110 section 13.1.1).
fn if_match(headers: &HeaderMap, version: u64) -> Result<Expected, ScimError> {
    let Some(tags) = tags(headers, IF_MATCH) else { return Ok(Expected::Any) };
    if names(&tags, version) {
        return Ok(if tags.trim() == "*" { Expected::Any } else { Expected::Version(version) });
    }
    let current = etag(version);
    Err(ScimError::precondition(format!("If-Match is {tags}, but the resource is at version {current}; read it again")))
}

/// Evaluates the preconditions of a read.
///
/// # Errors
/// 412 if the client requires another version, [`RequestError::NotModified`] if it has this one.
pub(super) fn of_read(headers: &HeaderMap, version: u64) -> Result<(), RequestError> {
    if_match(headers, version)?;
    match tags(headers, IF_NONE_MATCH) {
        Some(tags) if names(&tags, version) => Err(RequestError::NotModified(version)),
        _ => Ok(()),
    }
}

fn tags(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    let values: Vec<_> = headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
    (!values.is_empty()).then(|| values.join(", "))
}

/// Returns true if a list of tags contains this version. The comparison is weak: all representations of a version have
/// the same state.
fn names(tags: &str, version: u64) -> bool {
    let strong = format!("\"{version}\"");
    tags.split(',').map(str::trim).any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == strong)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn entity_tags_in_any_form_are_compared_by_version() {
        for (tags, matches) in [
            ("W/\"3\"", true),
            ("\"3\"", true),
            ("*", true),
            ("W/\"1\", W/\"3\"", true),
            ("W/\"4\"", false),
            ("3", false),
        ] {
            let headers = HeaderMap::from_iter([(IF_MATCH, HeaderValue::from_static(tags))]);
            assert_eq!(of_write(&headers, 3).is_ok(), matches, "{tags}");
        }
    }

    #[test]
    fn the_store_checks_a_matching_version_again() {
        let headers = HeaderMap::from_iter([(IF_MATCH, HeaderValue::from_static("W/\"3\""))]);
        assert_eq!(of_write(&headers, 3).unwrap(), Expected::Version(3));
        assert_eq!(of_write(&HeaderMap::new(), 3).unwrap(), Expected::Any);
    }

    #[test]
    fn the_store_alone_checks_a_single_tag() {
        for (tags, expected) in [
            ("W/\"3\"", Some(Expected::Version(3))),
            ("\"3\"", Some(Expected::Version(3))),
            ("*", None),
            ("\"03\"", None),
            ("\"+3\"", None),
            ("3", None),
            ("\"3\", \"4\"", None),
        ] {
            let headers = HeaderMap::from_iter([(IF_MATCH, HeaderValue::from_static(tags))]);
            assert_eq!(of_itself(&headers), expected, "{tags}");
        }
        assert_eq!(of_itself(&HeaderMap::new()), Some(Expected::Any));
    }

    #[test]
    fn a_read_of_the_version_that_the_client_has_is_not_modified() {
        let headers = HeaderMap::from_iter([(IF_NONE_MATCH, HeaderValue::from_static("W/\"3\""))]);
        assert_eq!(of_read(&headers, 3).unwrap_err(), RequestError::NotModified(3));
        assert!(of_read(&headers, 4).is_ok());
        let headers = HeaderMap::from_iter([(IF_MATCH, HeaderValue::from_static("W/\"3\""))]);
        assert!(of_read(&headers, 3).is_ok());
        assert!(matches!(of_read(&headers, 4), Err(RequestError::Scim(ScimError { status: 412, .. }))));
    }
}

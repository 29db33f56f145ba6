//! The host that a request is for (RFC 9112 section 3.2, RFC 9110 section 7.2).

use http::Version;
use http::header::{HOST, HeaderMap, HeaderValue};
use http::uri::{Authority, Uri};

/// An invalid `Host` header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HostError {
    /// HTTP/1.1 without `Host`.
    #[error("the request has no Host header; HTTP/1.1 requires one (RFC 9112 section 3.2)")]
    Missing,
    /// More than one `Host` header line.
    #[error("the request has more than one Host header; send one (RFC 9112 section 3.2)")]
    Repeated,
    /// `Host` is not `host` or `host:port`.
    #[error("the Host header is not a valid host with an optional port (RFC 9112 section 3.2)")]
    Invalid,
}

/// Validates the `Host` header. HTTP/2 needs none, because `:authority` takes its place, and HTTP/1.0 had none.
///
/// # Errors
/// The violation. The response must be 400.
pub fn check(version: Version, headers: &HeaderMap) -> Result<(), HostError> {
    let mut values = headers.get_all(HOST).iter();
    match (values.next(), values.next()) {
        (None, _) if version == Version::HTTP_11 => Err(HostError::Missing),
        (None, _) => Ok(()),
        (Some(_), Some(_)) => Err(HostError::Repeated),
        (Some(host), None) if is_valid(host) => Ok(()),
        (Some(_), None) => Err(HostError::Invalid),
    }
}

fn is_valid(host: &HeaderValue) -> bool {
    let Some(authority) = host.to_str().ok().and_then(|host| host.parse::<Authority>().ok()) else { return false };
    let after_host = authority.as_str().strip_prefix(authority.host());
    // User information before the host leaves no match here.
    match after_host.map(|rest| rest.strip_prefix(':').unwrap_or(rest)) {
        Some(port) => !authority.host().is_empty() && (port.is_empty() || authority.port_u16().is_some()),
        None => false,
    }
}

/// Returns the authority that the client used to reach the server: the one of an absolute-form target or of
/// `:authority`, otherwise `Host`. A server ignores `Host` beside an absolute-form target (RFC 9112 section 3.2.2).
#[must_use]
pub fn authority<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> Option<&'a str> {
    let target = uri.authority().map(Authority::as_str);
    target.or_else(|| headers.get(HOST).and_then(|host| host.to_str().ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(hosts: &[&str]) -> HeaderMap {
        hosts.iter().map(|host| (HOST, host.parse().unwrap())).fold(HeaderMap::new(), |mut all, (name, value)| {
            all.append(name, value);
            all
        })
    }

    fn check_1_1(hosts: &[&str]) -> Result<(), HostError> {
        check(Version::HTTP_11, &headers(hosts))
    }

    #[test]
    fn http_1_1_requires_exactly_one_valid_host() {
        for host in ["example.com", "example.com:8080", "example.com:", "127.0.0.1:80", "[::1]", "[::1]:8080", "a_b"] {
            assert_eq!(check_1_1(&[host]), Ok(()), "{host}");
        }
        assert_eq!(check_1_1(&[]), Err(HostError::Missing));
        assert_eq!(check_1_1(&["a", "a"]), Err(HostError::Repeated));
        for host in ["", ":80", "a b", "user@a", "a:b", "a:99999", "a/b", "http://a", "a,b c", "[::1", "a?b", "a:80:80"]
        {
            assert_eq!(check_1_1(&[host]), Err(HostError::Invalid), "{host}");
        }
    }

    #[test]
    fn other_versions_do_not_require_a_host_but_validate_it() {
        for version in [Version::HTTP_10, Version::HTTP_2] {
            assert_eq!(check(version, &headers(&[])), Ok(()), "{version:?}");
            assert_eq!(check(version, &headers(&["a", "b"])), Err(HostError::Repeated), "{version:?}");
            assert_eq!(check(version, &headers(&["a b"])), Err(HostError::Invalid), "{version:?}");
        }
    }

    #[test]
    fn the_authority_of_the_target_takes_precedence() {
        let of = |target: &str, hosts| authority(&target.parse().unwrap(), &headers(hosts)).map(str::to_owned);
        assert_eq!(of("http://target:1/x", &["header:2"]).as_deref(), Some("target:1"));
        assert_eq!(of("/x", &["header:2"]).as_deref(), Some("header:2"));
        assert_eq!(of("/x", &[]), None);
    }
}

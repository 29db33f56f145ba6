//! Access to the overview: an API key, or a browser on the machine of the server.

use std::net::IpAddr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::AUTHORIZATION;
use http::request::Parts;
use http::uri::Authority;

use super::super::app::App;
use crate::base::Secret;
use crate::http::{Peer, host};
use crate::store::StoreError;

/// Headers that a proxy adds. Its own address says nothing about the client.
const OF_PROXIES: [&str; 5] = ["forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip"];

/// Reports whether a request may see the overview.
pub(super) async fn permits(app: &App, parts: &Parts) -> Result<bool, StoreError> {
    if is_local(parts) {
        return Ok(true);
    }
    match api_key(parts) {
        Some(key) => app.store().knows_api_key(&key).await,
        None => Ok(false),
    }
}

/// Reports whether a request comes from the machine of the server and names it as such. A name that an attacker lets resolve
/// to a loopback address (DNS rebinding) is none of these names.
fn is_local(parts: &Parts) -> bool {
    let is_loopback = |ip: IpAddr| ip.to_canonical().is_loopback();
    let is_near = parts.extensions.get::<Peer>().is_some_and(|peer| is_loopback(peer.0.ip()));
    let is_named_so = host::authority(&parts.uri, &parts.headers).is_some_and(|authority| {
        let Ok(authority) = authority.parse::<Authority>() else { return false };
        let name = authority.host();
        let address = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
        name.eq_ignore_ascii_case("localhost") || address.parse().is_ok_and(is_loopback)
    });
    is_near && is_named_so && !OF_PROXIES.iter().any(|name| parts.headers.contains_key(*name))
}

/// Returns the key of `Authorization: Bearer KEY`, or the password of `Authorization: Basic`, which is how a browser sends
/// what its user enters.
fn api_key(parts: &Parts) -> Option<Secret> {
    let (scheme, value) = parts.headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let value = value.trim();
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(Secret::new(value));
    }
    let decoded = STANDARD.decode(value).ok().filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
    let (_, password) = std::str::from_utf8(&decoded).ok()?.split_once(':')?;
    Some(Secret::new(password))
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn local(peer: Option<&str>, host: &str, header: Option<&str>) -> bool {
        let mut request = Request::get("/").header("host", host);
        if let Some(name) = header {
            request = request.header(name, "x");
        }
        let mut request = request.body(()).unwrap();
        if let Some(peer) = peer {
            request.extensions_mut().insert(Peer(peer.parse().unwrap()));
        }
        is_local(&request.into_parts().0)
    }

    #[test]
    fn only_a_loopback_peer_that_names_a_loopback_host_is_local() {
        for host in ["localhost", "LOCALHOST:8080", "127.0.0.1:8080", "127.9.9.9", "[::1]:8080"] {
            assert!(local(Some("127.0.0.1:5000"), host, None), "{host}");
            assert!(local(Some("[::ffff:127.0.0.1]:5000"), host, None), "{host}");
            assert!(!local(Some("192.0.2.1:5000"), host, None), "{host}");
            assert!(!local(None, host, None), "{host}");
            for header in OF_PROXIES {
                assert!(!local(Some("127.0.0.1:5000"), host, Some(header)), "{host} {header}");
            }
        }
        for host in
            ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "0.0.0.0", "192.0.2.1", "[::2]"]
        {
            assert!(!local(Some("[::1]:5000"), host, None), "{host}");
        }
    }
}

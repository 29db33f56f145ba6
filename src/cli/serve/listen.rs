//! The address that the server listens on, and the URL that it has for clients.

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use anyhow::Result;
use tokio::net::TcpListener;

use super::super::{Usage, ValueError};

/// Parses `HOST:PORT`, `:PORT` or `PORT`; without a host it is the loopback.
pub(in crate::cli) fn address(text: &str) -> Result<String, ValueError> {
    let port = text.strip_prefix(':').unwrap_or(text);
    if port.parse::<u16>().is_ok() {
        return Ok(format!("{}:{port}", Ipv4Addr::LOCALHOST));
    }
    if text.rsplit_once(':').is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok()) {
        return Ok(text.to_owned());
    }
    Err(ValueError::Address)
}

/// Parses the base URL under which clients reach the server.
pub(super) fn public_url(text: &str) -> Result<String, ValueError> {
    let uri: http::Uri = text.parse().map_err(|_| ValueError::PublicUrl)?;
    match (uri.scheme_str(), uri.host(), uri.query()) {
        (Some("http" | "https"), Some(_), None) => Ok(text.trim_end_matches('/').to_owned()),
        _ => Err(ValueError::PublicUrl),
    }
}

pub(in crate::cli) async fn bind(address: &str) -> Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        ErrorKind::InvalidInput => {
            Usage(format!("--listen {address}: {error}; expected an address such as 127.0.0.1:8080")).into()
        }
        ErrorKind::AddrInUse => {
            anyhow::anyhow!("cannot listen on {address}: the port is in use; --listen 0 takes a free one")
        }
        _ => anyhow::anyhow!("cannot listen on {address}: {error}"),
    })
}

/// Returns the URL of an address. A host that means every interface is not an address that clients can use.
pub(in crate::cli) fn url(scheme: &str, address: Option<SocketAddr>) -> String {
    let address = address.map(|address| match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => SocketAddr::new(Ipv4Addr::LOCALHOST.into(), address.port()),
        IpAddr::V6(ip) if ip.is_unspecified() => SocketAddr::new(Ipv4Addr::LOCALHOST.into(), address.port()),
        _ => address,
    });
    address.map_or_else(|| format!("{scheme}://localhost"), |address| format!("{scheme}://{address}"))
}

/// Returns the names and addresses by which clients may reach the server, for a self-signed certificate.
pub(super) fn hosts(listen: &str, public_url: Option<&str>, listener: &TcpListener) -> Vec<String> {
    let bare = |host: &str| host.trim_matches(['[', ']']).to_owned();
    let public = public_url.and_then(|url| url.parse::<http::Uri>().ok()).and_then(|uri| Some(bare(uri.host()?)));
    let listening = listen.rsplit_once(':').map(|(host, _)| bare(host));
    let address = listener.local_addr().ok().map(|address| address.ip().to_string());
    let local = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
    let mut hosts: Vec<String> = local.into_iter().chain(public).chain(listening).chain(address).collect();
    hosts.sort();
    hosts.dedup();
    hosts.retain(|host| !host.is_empty());
    hosts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_alone_means_the_loopback() {
        for (text, expected) in [
            ("9522", "127.0.0.1:9522"),
            (":9522", "127.0.0.1:9522"),
            ("0", "127.0.0.1:0"),
            ("0.0.0.0:80", "0.0.0.0:80"),
            ("[::1]:80", "[::1]:80"),
            ("localhost:80", "localhost:80"),
        ] {
            assert_eq!(address(text).unwrap(), expected);
        }
        for wrong in ["", ":", "localhost", "99999", ":99999", "localhost:x"] {
            assert!(address(wrong).is_err(), "{wrong}");
        }
    }
}

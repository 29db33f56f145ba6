//! Targets of webhooks: which URLs are accepted, and which addresses are public.
//!
//! A server that posts to any URL can be used to reach services of its own network. Unless private targets are allowed, a
//! host that resolves to an address which is not public is refused: when the endpoint is created, before each attempt, and again
//! by the resolver of each new connection, which leads only to an address that was checked.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::base::limits;

/// The reasons for which a target is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    #[error(
        "{0:?} is not a URL that the server can send to: it needs https:// or http:// and a host, no user information, and at most {most} bytes",
        most = limits::WEBHOOK_URL_BYTES
    )]
    Url(String),
    #[error("{}; --allow-private-webhooks permits such targets", not_public(host, *address))]
    Private {
        /// The host of the URL.
        host: String,
        /// The first address that is not public.
        address: IpAddr,
    },
    #[error("{host} cannot be resolved: {reason}")]
    Unresolved {
        /// The host of the URL.
        host: String,
        reason: String,
    },
}

fn not_public(host: &str, address: IpAddr) -> String {
    if literal(host) == Some(address) {
        format!("{host} is not a public address")
    } else {
        format!("{host} has the address {address}, which is not public")
    }
}

/// Parses the URL of an endpoint, and normalizes it.
///
/// # Errors
/// [`TargetError::Url`].
pub fn parse(text: &str) -> Result<Url, TargetError> {
    let refused = || TargetError::Url(text.chars().take(100).collect());
    let url = Url::parse(text).map_err(|_| refused())?;
    let is_accepted = matches!(url.scheme(), "http" | "https")
        && url.has_host()
        && url.username().is_empty()
        && url.password().is_none()
        && text.len() <= limits::WEBHOOK_URL_BYTES;
    if is_accepted { Ok(url) } else { Err(refused()) }
}

/// Checks that a host has only public addresses, unless private ones are allowed.
///
/// # Errors
/// [`TargetError::Private`] or [`TargetError::Unresolved`].
pub async fn check(url: &Url, allow_private: bool) -> Result<(), TargetError> {
    let host = url.host_str().unwrap_or_default();
    if allow_private {
        return Ok(());
    }
    match literal(host) {
        Some(address) => only_public(host, [address]),
        None => resolve(host, allow_private).await.map(drop),
    }
}

/// The parser of URLs has already turned forms such as `0x7f.1` into plain addresses.
fn literal(host: &str) -> Option<IpAddr> {
    host.trim_matches(['[', ']']).parse().ok()
}

fn only_public(host: &str, addresses: impl IntoIterator<Item = IpAddr>) -> Result<(), TargetError> {
    match addresses.into_iter().find(|address| !is_public(*address)) {
        Some(address) => Err(TargetError::Private { host: host.to_owned(), address }),
        None => Ok(()),
    }
}

async fn resolve(host: &str, allow_private: bool) -> Result<Vec<SocketAddr>, TargetError> {
    let unresolved = |reason: String| TargetError::Unresolved { host: host.to_owned(), reason };
    let found = tokio::net::lookup_host((host, 0)).await.map_err(|error| unresolved(error.to_string()))?;
    let found: Vec<SocketAddr> = found.collect();
    if found.is_empty() {
        return Err(unresolved("it has no address".to_owned()));
    }
    if !allow_private {
        only_public(host, found.iter().map(SocketAddr::ip))?;
    }
    Ok(found)
}

/// A resolver that refuses hosts with an address that is not public.
#[derive(Debug, Clone, Copy)]
pub(super) struct GuardedResolver {
    pub(super) allow_private: bool,
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let allow_private = self.allow_private;
        Box::pin(async move {
            let found = resolve(name.as_str(), allow_private).await?;
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// Returns whether an address can be one of the public Internet (IANA special-purpose address registries). Documentation
/// ranges count as public: nothing is there.
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    // Carriers use 100.64.0.0/10; three ranges contain a metadata service.
    let has_metadata = (a == 100 && (64..=127).contains(&b)) || (a, b) == (169, 254) || (a, b, c) == (192, 0, 0);
    let is_private_use = address.is_private() || (a == 198 && (b == 18 || b == 19));
    // This network, loopback, multicast, reserved and broadcast.
    let is_other = matches!(a, 0 | 127 | 224..);
    !(has_metadata || is_private_use || is_other)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let embedded = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match address.segments() {
        // IPv4-mapped addresses; NAT64 with the well-known prefix, any other use of which is local; 6to4.
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => {
            is_public_v4(embedded(high, low))
        }
        // Global unicast, without Teredo, which embeds an address as well.
        [first, second, ..] => (0x2000..=0x3fff).contains(&first) && (first, second) != (0x2001, 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_local_networks_are_not_public() {
        for address in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "100.100.100.200",
            "127.0.0.1",
            "127.9.9.9",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.192",
            "192.168.1.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "2001:0:1::1",
            "2002:a00:1::",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!is_public(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn other_addresses_are_public() {
        for address in [
            "9.9.9.9",
            "100.63.0.1",
            "100.128.0.1",
            "172.32.0.1",
            "192.0.1.1",
            "198.20.0.1",
            "203.0.113.7",
            "::ffff:9.9.9.9",
            "64:ff9b::909:909",
            "2002:909:909::",
            "2606:4700::1111",
        ] {
            assert!(is_public(address.parse().unwrap()), "{address}");
        }
    }

    #[tokio::test]
    async fn every_spelling_of_a_private_address_is_refused() {
        for text in [
            "http://127.0.0.1/hook",
            "http://2130706433/hook",
            "http://0x7f.1/hook",
            "http://0177.0.0.1/",
            "https://[::1]:8443/",
            "http://[::ffff:169.254.169.254]/",
            "http://localhost:9000/",
        ] {
            let url = parse(text).unwrap();
            assert!(matches!(check(&url, false).await, Err(TargetError::Private { .. })), "{text}");
            assert_eq!(check(&url, true).await, Ok(()), "{text}");
        }
        assert_eq!(check(&parse("https://203.0.113.7/hook").unwrap(), false).await, Ok(()));
        let refused = check(&parse("http://[::1]/").unwrap(), false).await.unwrap_err().to_string();
        assert_eq!(refused, "[::1] is not a public address; --allow-private-webhooks permits such targets");
    }

    #[test]
    fn only_urls_with_a_host_are_targets() {
        let long = format!("https://hooks.example/{}", "x".repeat(limits::WEBHOOK_URL_BYTES));
        for text in
            ["", "hooks.example", "/hook", "ftp://hooks.example", "https://u:p@hooks.example/", "http://", &long]
        {
            assert!(matches!(parse(text), Err(TargetError::Url(_))), "{text}");
        }
    }
}

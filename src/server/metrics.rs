//! Metrics of the reference: routes as labels, and the figures of the store.

use std::fmt;
use std::sync::Arc;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;

use super::{query, store_metrics};
use crate::http::Metrics;
use crate::store::Store;

/// Creates the metrics of a server over this store.
pub(super) fn of(store: &Arc<dyn Store>) -> Metrics {
    Metrics::new("scimulate", route).with_collector(Box::new(StoreFigures(Arc::clone(store))))
}

/// Maps a path to its route, so that ids and keys do not become labels.
fn route(path: &str) -> &'static str {
    let Some((_, tail)) = query::directory(path) else {
        return other_route(path);
    };
    let tail = tail.strip_suffix('/').unwrap_or(tail);
    let (first, rest) = tail.split_once('/').map_or((tail, None), |(first, rest)| (first, Some(rest)));
    match (first, rest) {
        ("", None) => "/",
        ("Users", None) => "/Users",
        ("Users", Some(".search")) => "/Users/.search",
        ("Users", Some(_)) => "/Users/{id}",
        ("Groups", None) => "/Groups",
        ("Groups", Some(".search")) => "/Groups/.search",
        ("Groups", Some(_)) => "/Groups/{id}",
        ("Me", None) => "/Me",
        ("Bulk", None) => "/Bulk",
        (".search", None) => "/.search",
        ("ServiceProviderConfig", None) => "/ServiceProviderConfig",
        ("ResourceTypes", _) => "/ResourceTypes",
        ("Schemas", _) => "/Schemas",
        _ => "other",
    }
}

/// Maps a path outside of SCIM to its route.
fn other_route(path: &str) -> &'static str {
    const FIXED: [&str; 10] = [
        "/events",
        "/openapi.json",
        "/healthz",
        "/readyz",
        "/metrics",
        "/directories",
        "/directory_users",
        "/directory_groups",
        "/organizations",
        "/scimulate/directories",
    ];
    if let Some(fixed) = FIXED.into_iter().find(|known| *known == path) {
        return fixed;
    }
    match path.rsplit_once('/') {
        Some(("/directories", _)) => "/directories/{id}",
        Some(("/directory_users", _)) => "/directory_users/{id}",
        Some(("/organizations" | "/organizations/external_id", _)) => "/organizations/{id}",
        Some(("/directory_groups", _)) => "/directory_groups/{id}",
        _ => "other",
    }
}

/// Collects the figures of the store for each scrape.
struct StoreFigures(Arc<dyn Store>);

impl fmt::Debug for StoreFigures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("StoreFigures").finish_non_exhaustive()
    }
}

impl Collector for StoreFigures {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        store_metrics::encode(&self.0.figures(), &mut encoder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_keys_do_not_become_labels() {
        for (path, label) in [
            ("/scim/v2/KEY/Users", "/Users"),
            ("/scim/v2/KEY/Users/", "/Users"),
            ("/scim/v2/KEY/Users/01ARZ3", "/Users/{id}"),
            ("/scim/v2/KEY/Groups/.search", "/Groups/.search"),
            ("/scim/v2/KEY/Schemas/urn:x", "/Schemas"),
            ("/scim/v2/KEY/secret", "other"),
            ("/scim/v2", "other"),
            ("/events", "/events"),
            ("/directory_users", "/directory_users"),
            ("/directory_users/directory_user_1", "/directory_users/{id}"),
            ("/secret", "other"),
        ] {
            assert_eq!(route(path), label, "{path}");
        }
    }
}

//! `/metrics`: what the server did, in the text format of OpenMetrics. It names routes, never a directory, a person or a
//! secret, and is open to whoever reaches the port.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

use super::store_metrics;
use crate::store::Store;

/// The media type of the text format.
pub(super) const OPEN_METRICS: http::HeaderValue =
    http::HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    method: &'static str,
    route: &'static str,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Asked {
    method: &'static str,
    route: &'static str,
}

/// The counts of one server.
#[derive(Debug)]
pub(super) struct Metrics {
    registry: Registry,
    requests: Family<Answered, Counter>,
    durations: Family<Asked, Histogram, fn() -> Histogram>,
}

impl Metrics {
    pub(super) fn new(store: Arc<dyn Store>) -> Self {
        let mut registry = Registry::with_prefix("scimulate");
        let requests = Family::<Answered, Counter>::default();
        registry.register("requests", "Requests by method, route and status", requests.clone());
        let durations: Family<_, _, fn() -> Histogram> = Family::new_with_constructor(buckets);
        let about = "From the end of a request's header to the beginning of its answer, in seconds";
        registry.register("request_duration_seconds", about, durations.clone());
        registry.register_collector(Box::new(OfStore(store)));
        Self { registry, requests, durations }
    }

    /// Counts a request.
    pub(super) fn count(&self, method: &http::Method, path: &str, status: u16, took: Duration) {
        let (method, route) = (method_name(method), route(path));
        self.requests.get_or_create(&Answered { method, route, status }).inc();
        self.durations.get_or_create(&Asked { method, route }).observe(took.as_secs_f64());
    }

    pub(super) fn text(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

/// From a tenth of a millisecond to 13 seconds.
fn buckets() -> Histogram {
    Histogram::new(exponential_buckets(0.0001, 2.0, 18))
}

/// A method; what a client made up is one label, so that labels are bounded.
fn method_name(method: &http::Method) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    KNOWN.into_iter().find(|known| *known == method.as_str()).unwrap_or("other")
}

/// A path as its route, so that ids and keys are no labels.
fn route(path: &str) -> &'static str {
    let Some((_, tail)) = super::scim::directory(path) else {
        let whole = ["/events", "/healthz", "/readyz", "/metrics"];
        return whole.into_iter().find(|known| *known == path).unwrap_or("other");
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

/// The figures of the store, asked for when somebody reads.
struct OfStore(Arc<dyn Store>);

impl fmt::Debug for OfStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OfStore").finish_non_exhaustive()
    }
}

impl Collector for OfStore {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        store_metrics::encode(&self.0.figures(), &mut encoder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_keys_and_made_up_methods_are_no_labels() {
        for (path, label) in [
            ("/scim/v2/KEY/Users", "/Users"),
            ("/scim/v2/KEY/Users/", "/Users"),
            ("/scim/v2/KEY/Users/01ARZ3", "/Users/{id}"),
            ("/scim/v2/KEY/Groups/.search", "/Groups/.search"),
            ("/scim/v2/KEY/Schemas/urn:x", "/Schemas"),
            ("/scim/v2/KEY/secret", "other"),
            ("/scim/v2", "other"),
            ("/events", "/events"),
            ("/secret", "other"),
        ] {
            assert_eq!(route(path), label, "{path}");
        }
        assert_eq!(method_name(&http::Method::from_bytes(b"BREW").unwrap()), "other");
    }
}

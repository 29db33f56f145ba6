//! Metrics of a service, in the text format of OpenMetrics. Labels name methods, routes and statuses, never a path that
//! a client chose.

use std::fmt;
use std::time::Duration;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

/// The media type of the text format.
pub const OPEN_METRICS: http::HeaderValue =
    http::HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ResponseLabels {
    method: &'static str,
    route: &'static str,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    method: &'static str,
    route: &'static str,
}

/// Maps a path to the route that labels it, so that metrics have a bounded number of labels.
pub type RouteOf = fn(&str) -> &'static str;

/// Counts requests and measures their duration.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    route_of: RouteOf,
    requests: Family<ResponseLabels, Counter>,
    durations: Family<RequestLabels, Histogram, fn() -> Histogram>,
}

impl Metrics {
    /// Creates metrics whose names begin with `prefix`.
    #[must_use]
    pub fn new(prefix: &str, route_of: RouteOf) -> Self {
        let mut registry = Registry::with_prefix(prefix);
        let requests = Family::<ResponseLabels, Counter>::default();
        registry.register("requests", "Requests by method, route and status", requests.clone());
        let durations: Family<_, _, fn() -> Histogram> = Family::new_with_constructor(duration_histogram);
        let help = "Time from the end of the request header to the start of the response, in seconds";
        registry.register("request_duration_seconds", help, durations.clone());
        Self { registry, route_of, requests, durations }
    }

    /// Adds metrics of the application, which are collected for each scrape.
    #[must_use]
    pub fn with_collector(mut self, collector: Box<dyn Collector>) -> Self {
        self.registry.register_collector(collector);
        self
    }

    /// Counts one request.
    pub(super) fn count(&self, method: &http::Method, path: &str, status: u16, took: Duration) {
        let (method, route) = (method_label(method), (self.route_of)(path));
        self.requests.get_or_create(&ResponseLabels { method, route, status }).inc();
        self.durations.get_or_create(&RequestLabels { method, route }).observe(took.as_secs_f64());
    }

    /// Renders all metrics.
    ///
    /// # Errors
    /// Only if a collector fails.
    pub fn text(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

/// Creates a histogram for durations from 0.1 ms to 13 s, in seconds.
fn duration_histogram() -> Histogram {
    Histogram::new(exponential_buckets(0.0001, 2.0, 18))
}

/// Returns the label of a method. Methods that clients invent share one label.
fn method_label(method: &http::Method) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    KNOWN.into_iter().find(|known| *known == method.as_str()).unwrap_or("other")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invented_methods_share_one_label() {
        assert_eq!(method_label(&http::Method::PATCH), "PATCH");
        assert_eq!(method_label(&http::Method::from_bytes(b"BREW").unwrap()), "other");
    }
}

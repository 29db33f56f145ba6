//! The settings of a server.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::bounds::ScimBounds;
use super::defects::Defect;
use crate::base::{Clock, SystemClock};
use crate::delivery::WebhookSettings;
use crate::http::{Tls, TransportBounds};
use crate::store::Store;

/// Everything that a server is built from.
#[derive(Clone)]
pub struct Settings {
    /// The store that it serves.
    pub store: Arc<dyn Store>,
    /// Its clock.
    pub clock: Arc<dyn Clock>,
    /// The URL under which clients reach it. Without one, addresses in responses use the host of each request.
    pub public_url: Option<String>,
    /// The rules that it breaks on purpose; empty for a sound server.
    pub defects: Vec<&'static Defect>,
    /// Limits on the contents of requests.
    pub bounds: ScimBounds,
    /// Limits on connections and bodies.
    pub transport: TransportBounds,
    /// The certificate for TLS; `None` for plain HTTP.
    pub tls: Option<Tls>,
    /// Deliveries to webhook endpoints.
    pub webhooks: WebhookSettings,
    /// The time for which events are kept; `None` to keep all.
    pub retain_events: Option<Duration>,
}

impl Settings {
    /// Returns the settings of a sound server over a store, with default limits.
    #[must_use]
    pub fn over(store: Arc<dyn Store>) -> Self {
        Self {
            store,
            clock: Arc::new(SystemClock),
            public_url: None,
            defects: Vec::new(),
            bounds: ScimBounds::default(),
            transport: TransportBounds::default(),
            tls: None,
            webhooks: WebhookSettings::default(),
            retain_events: None,
        }
    }

    /// Returns `http` or `https`.
    #[must_use]
    pub fn scheme(&self) -> &'static str {
        if self.tls.is_some() { "https" } else { "http" }
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let defects: Vec<_> = self.defects.iter().map(|defect| defect.name).collect();
        f.debug_struct("Settings")
            .field("public_url", &self.public_url)
            .field("defects", &defects)
            .field("bounds", &self.bounds)
            .field("transport", &self.transport)
            .field("tls", &self.tls)
            .field("webhooks", &self.webhooks)
            .field("retain_events", &self.retain_events)
            .finish_non_exhaustive()
    }
}

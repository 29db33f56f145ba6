//! The state that all requests share.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::OnceCell;
use tokio_util::sync::CancellationToken;

use super::bounds::{Rates, ScimBounds};
use super::cursor::CursorSigner;
use super::metrics;
use super::pages::RecentRequests;
use super::rendering::RenderPool;
use super::settings::Settings;
use crate::base::Clock;
use crate::delivery::Webhooks;
use crate::http::{Metrics, ResponseBudget, TransportBounds};
use crate::store::{Store, StoreError};

/// The reference without its HTTP. Clones share their state.
#[derive(Clone)]
pub(super) struct App(Arc<Inner>);

struct Inner {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    public_url: Option<String>,
    scheme: &'static str,
    bounds: ScimBounds,
    transport: TransportBounds,
    metrics: Arc<Metrics>,
    budget: ResponseBudget,
    rates: Option<Rates>,
    cursors: OnceCell<CursorSigner>,
    render_pool: RenderPool,
    webhooks: Webhooks,
    recent: RecentRequests,
    stopping: CancellationToken,
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App").field("public_url", &self.0.public_url).finish_non_exhaustive()
    }
}

impl App {
    pub(super) fn new(settings: &Settings) -> Self {
        Self(Arc::new(Inner {
            store: Arc::clone(&settings.store),
            clock: Arc::clone(&settings.clock),
            public_url: settings.public_url.as_deref().map(|url| url.trim_end_matches('/').to_owned()),
            scheme: settings.scheme(),
            bounds: settings.bounds.clone(),
            transport: settings.transport.clone(),
            metrics: Arc::new(metrics::of(&settings.store)),
            budget: ResponseBudget::new(settings.transport.response_bytes),
            rates: settings.bounds.requests_per_second.map(Rates::new),
            cursors: OnceCell::new(),
            render_pool: RenderPool::new(),
            webhooks: Webhooks::new(Arc::clone(&settings.clock), settings.webhooks.clone()),
            recent: RecentRequests::default(),
            stopping: CancellationToken::new(),
        }))
    }

    pub(super) fn bounds(&self) -> &ScimBounds {
        &self.0.bounds
    }

    pub(super) fn transport(&self) -> &TransportBounds {
        &self.0.transport
    }

    pub(super) fn rates(&self) -> Option<&Rates> {
        self.0.rates.as_ref()
    }

    /// Returns the budget for large responses.
    pub(super) fn budget(&self) -> &ResponseBudget {
        &self.0.budget
    }

    pub(super) fn metrics(&self) -> &Arc<Metrics> {
        &self.0.metrics
    }

    /// Returns `http` or `https`.
    pub(super) fn scheme(&self) -> &'static str {
        self.0.scheme
    }

    pub(super) fn store(&self) -> &dyn Store {
        self.0.store.as_ref()
    }

    pub(super) fn clock(&self) -> &Arc<dyn Clock> {
        &self.0.clock
    }

    /// Returns the signer of cursors. Reads its key from the store once.
    pub(super) async fn cursors(&self) -> Result<&CursorSigner, StoreError> {
        self.0.cursors.get_or_try_init(async || self.store().cursor_key().await.map(CursorSigner::new)).await
    }

    /// Returns the pool that renders large responses.
    pub(super) fn render_pool(&self) -> &RenderPool {
        &self.0.render_pool
    }

    /// Returns the deliveries to webhook endpoints.
    pub(super) fn webhooks(&self) -> &Webhooks {
        &self.0.webhooks
    }

    /// Begins to deliver events to webhook endpoints.
    pub(super) fn start_webhooks(&self) {
        self.0.webhooks.start(Arc::clone(&self.0.store));
    }

    /// Returns the last requests.
    pub(super) fn recent(&self) -> &RecentRequests {
        &self.0.recent
    }

    /// Returns the token that is canceled when the server begins to stop, so that no request waits any longer.
    pub(super) fn stopping(&self) -> &CancellationToken {
        &self.0.stopping
    }

    pub(super) fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    pub(super) fn public_url(&self) -> Option<&str> {
        self.0.public_url.as_deref()
    }
}

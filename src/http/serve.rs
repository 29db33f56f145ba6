//! Accepting connections, and the shutdown.
//!
//! The order of a shutdown is written here and nowhere else: stop accepting, let every connection finish the request
//! that it is in, and after [`limits::SHUTDOWN_GRACE`] close the rest.

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;

use super::activity::Activity;
use super::admission::Admission;
use super::bounds::TransportBounds;
use super::budget::ResponseBudget;
use super::connection::{self, Shared};
use super::descriptors;
use super::handler::Handler;
use super::tls::Tls;
use crate::base::limits;

/// A server that is ready to run.
#[derive(Debug)]
pub struct Server {
    handler: Handler,
    bounds: TransportBounds,
    tls: Option<Tls>,
    budget: Option<ResponseBudget>,
}

impl Server {
    /// Creates a server that speaks plain HTTP/1.1 with the default bounds.
    #[must_use]
    pub fn new(handler: Handler) -> Self {
        Self { handler, bounds: TransportBounds::default(), tls: None, budget: None }
    }

    /// Sets the transport bounds.
    #[must_use]
    pub fn bounds(self, bounds: TransportBounds) -> Self {
        Self { bounds, ..self }
    }

    /// Speaks TLS on every connection, and HTTP/2 where the client supports it.
    #[must_use]
    pub fn tls(self, tls: Option<Tls>) -> Self {
        Self { tls, ..self }
    }

    /// Shortens the write time-out while this budget is nearly spent. The handler reserves from the same budget.
    #[must_use]
    pub fn budget(self, budget: ResponseBudget) -> Self {
        Self { budget: Some(budget), ..self }
    }

    /// Serves until `stop` resolves, then shuts down in the order of this module.
    pub async fn run(self, listener: TcpListener, stop: impl Future<Output = ()>) {
        let Self { handler, bounds, tls, budget } = self;
        let graceful = GracefulShutdown::new();
        let admission = Admission::new(descriptors::affordable(bounds.connections));
        let shared = Arc::new(Shared { handler, bounds, tls, admission: Arc::clone(&admission), budget });
        tokio::pin!(stop);
        loop {
            let accepted = tokio::select! {
                () = &mut stop => break,
                accepted = listener.accept() => accepted,
            };
            let stream = match accepted {
                Ok((stream, _)) => stream,
                Err(error) => {
                    pause_after(&error).await;
                    continue;
                }
            };
            let activity = Arc::new(Activity::default());
            // The slot comes second, so that a waiting connection can take the slot of a silent one. Beyond this
            // connection, others wait in the listener's queue.
            let slot = tokio::select! {
                () = &mut stop => break,
                slot = admission.admit(&activity) => slot,
            };
            let (shared, watcher) = (Arc::clone(&shared), graceful.watcher());
            activity.restart();
            tokio::spawn(async move {
                let _slot = slot;
                connection::run(&shared, stream, &activity, watcher).await;
            });
        }
        drop(listener);
        if tokio::time::timeout(limits::SHUTDOWN_GRACE, graceful.shutdown()).await.is_err() {
            tracing::warn!("some connections did not end in time and were closed");
        }
    }
}

/// Waits after an error that will not pass at once. A connection that ended before it was accepted is not an error.
/// Running out of file descriptors passes when other connections end, provided that this loop does not spin.
async fn pause_after(error: &io::Error) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    if !matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) {
        tracing::error!(%error, "could not accept a connection");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

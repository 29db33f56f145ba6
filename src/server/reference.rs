//! A whole reference server in one value: on a listener of the current runtime ([`Reference`]), or on a thread with its
//! own runtime ([`InProcess`]), so that its clients share nothing with it but HTTP.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread;

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::app::App;
use super::buffered::{BufferedUpstream, buffer};
use super::defects::{Defect, Defective, Upstream};
use super::service::ReferenceService;
use super::settings::Settings;
use crate::base::{Secret, SystemClock};
use crate::delivery::{Retention, WebhookSettings};
use crate::http::{Handler, Server, TransportBounds};
use crate::store::sqlite::SqliteStore;
use crate::store::{Bootstrap, StoreError};

/// A running server. Dropping it without [`Reference::stop`] leaves it running until the runtime ends.
#[derive(Debug)]
pub struct Reference {
    address: SocketAddr,
    public_url: Option<String>,
    scheme: &'static str,
    app: App,
    service: ReferenceService,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<()>,
    retention: Option<Retention>,
}

impl Reference {
    /// Starts to serve on a listener.
    ///
    /// # Errors
    /// If the listener has no address.
    pub fn start(listener: TcpListener, settings: Settings) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let public_url = settings.public_url.as_deref().map(|url| url.trim_end_matches('/').to_owned());
        let app = App::new(&settings);
        app.start_webhooks();
        let retention = settings
            .retain_events
            .map(|keep| Retention::start(Arc::clone(&settings.store), Arc::clone(&settings.clock), keep));
        let service = ReferenceService::new(&app);
        let handler = handler(&service, &settings.defects, &settings.transport);
        let (scheme, Settings { transport, tls, .. }) = (settings.scheme(), settings);
        let server = Server::new(handler).bounds(transport).tls(tls).budget(app.budget().clone());
        let (stop, stopped) = oneshot::channel();
        let ended = tokio::spawn(server.run(listener, async move {
            // A dropped sender does not stop the server.
            if stopped.await.is_err() {
                std::future::pending::<()>().await;
            }
        }));
        Ok(Self { address, public_url, scheme, app, service, stop, ended, retention })
    }

    /// Returns the address that it listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the URL of the server, without a trailing slash.
    #[must_use]
    pub fn base_url(&self) -> String {
        self.public_url.clone().unwrap_or_else(|| format!("{}://{}", self.scheme, self.address))
    }

    /// Returns the texts of the panics that requests caused. A sound server has none.
    #[must_use]
    pub fn panics(&self) -> Vec<String> {
        self.service.panics()
    }

    /// Finishes the requests in progress and stops deliveries, then closes the store.
    ///
    /// # Errors
    /// If the store could not be closed cleanly.
    pub async fn stop(self) -> Result<(), StoreError> {
        self.app.stopping().cancel();
        let _ = self.stop.send(());
        let _ = self.ended.await;
        self.app.webhooks().stop().await;
        if let Some(retention) = self.retention {
            retention.stop().await;
        }
        self.app.store().close().await
    }
}

fn handler(service: &ReferenceService, defects: &[&'static Defect], bounds: &TransportBounds) -> Handler {
    if defects.is_empty() {
        return service.handler();
    }
    let bounds = Arc::new(bounds.clone());
    let broken: Arc<dyn Upstream> = Defective::over(Arc::new(BufferedUpstream(service.clone())), defects);
    Handler::new(move |request| {
        let (broken, bounds) = (Arc::clone(&broken), Arc::clone(&bounds));
        async move {
            match buffer(request, &bounds).await {
                Ok(request) => broken.call(request).await.map(axum::body::Body::from),
                Err(response) => response,
            }
        }
    })
}

/// An error that keeps an [`InProcess`] server from starting.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The system refused the server's thread.
    #[error("could not start a thread for the reference: {0}")]
    Thread(#[source] io::Error),
    /// The system refused the server's runtime.
    #[error("could not start a runtime for the reference: {0}")]
    Runtime(#[source] io::Error),
    /// No port of the loopback interface is free.
    #[error("could not listen on 127.0.0.1: {0}")]
    Listener(#[source] io::Error),
    /// The temporary store could not be created.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The thread ended before the server was ready.
    #[error("the reference ended while it was starting")]
    Ended,
}

/// A server on a thread with its own runtime, over a temporary store. Dropping it stops the server and waits for its
/// end.
#[derive(Debug)]
pub struct InProcess {
    /// `http://127.0.0.1:PORT/scim/v2/KEY`
    pub scim_url: String,
    /// The bearer token of the directory.
    pub token: Secret,
    /// `http://127.0.0.1:PORT/events`
    pub events_url: String,
    /// The key of the Events API.
    pub api_key: Secret,
    service: ReferenceService,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl InProcess {
    /// Starts a server on a free port of the loopback interface.
    ///
    /// # Errors
    /// [`StartError`] names the part that did not start: the thread, the runtime, the listener or the store.
    pub fn start(defects: Vec<&'static Defect>) -> Result<Self, StartError> {
        Self::start_with(defects, None)
    }

    /// Starts a server whose directory has this token in place of a random one.
    ///
    /// # Errors
    /// As [`InProcess::start`].
    pub fn start_with(defects: Vec<&'static Defect>, token: Option<Secret>) -> Result<Self, StartError> {
        let (stop, stopped) = oneshot::channel();
        let (started, starting) = mpsc::channel();
        let thread = thread::Builder::new()
            .name("reference".to_owned())
            .spawn(move || {
                let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
                    Ok(runtime) => runtime,
                    Err(error) => return drop(started.send(Err(StartError::Runtime(error)))),
                };
                runtime.block_on(run(defects, token, started, stopped));
            })
            .map_err(StartError::Thread)?;
        let started = starting.recv().map_err(|_| StartError::Ended)??;
        let Started { first, base_url, service } = started;
        Ok(Self {
            scim_url: format!("{base_url}/scim/v2/{}", first.directory.external_key),
            token: first.token.unwrap_or_default(),
            events_url: format!("{base_url}/events"),
            api_key: first.api_key.unwrap_or_default(),
            service,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// Returns the texts of the panics that requests caused. Each is a bug of the server.
    #[must_use]
    pub fn panics(&self) -> Vec<String> {
        self.service.panics()
    }
}

impl Drop for InProcess {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Started {
    first: Bootstrap,
    base_url: String,
    service: ReferenceService,
}

async fn run(
    defects: Vec<&'static Defect>,
    token: Option<Secret>,
    started: mpsc::Sender<Result<Started, StartError>>,
    stopped: oneshot::Receiver<()>,
) {
    let starting = async {
        let store = SqliteStore::ephemeral(Arc::new(SystemClock), None)?;
        let first = store.bootstrap_with(token).await?;
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(StartError::Listener)?;
        // Nothing but this process can reach the server, so its webhooks may go to a receiver in the same process.
        let webhooks = WebhookSettings { allow_private: true, ..WebhookSettings::default() };
        let settings = Settings { defects, webhooks, ..Settings::over(Arc::new(store)) };
        let server = Reference::start(listener, settings).map_err(StartError::Listener)?;
        Ok::<_, StartError>((first, server))
    };
    match starting.await {
        Err(error) => drop(started.send(Err(error))),
        Ok((first, server)) => {
            let (base_url, service) = (server.base_url(), server.service.clone());
            drop(started.send(Ok(Started { first, base_url, service })));
            // A dropped sender stops this server too.
            let _ = stopped.await;
            if let Err(error) = server.stop().await {
                tracing::error!(%error, "the reference could not close its store cleanly");
            }
        }
    }
}

//! A whole reference server in one value: on a listener in the present runtime ([`Reference`]), or in a runtime and on a
//! thread of its own ([`InProcess`]), so that whoever drives it shares nothing with it but HTTP.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread;

use axum::extract::Request;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::app::{self, App, BufferedUpstream};
use super::bounds::Bounds;
use super::defects::{Defect, Defective};
use super::listen::{self, Handler};
use super::tls::Tls;
use crate::base::{Clock, Secret, SystemClock};
use crate::store::sqlite::SqliteStore;
use crate::store::{Bootstrap, Store, StoreError};

/// What a server is made of.
#[derive(Clone)]
pub struct Settings {
    /// What it keeps.
    pub store: Arc<dyn Store>,
    /// Its clock.
    pub clock: Arc<dyn Clock>,
    /// What clients call it by; without one, the Host header of each request.
    pub public_url: Option<String>,
    /// The rules it breaks on purpose; none for a sound server.
    pub defects: Vec<&'static Defect>,
    /// What a request, a connection and a directory may cost.
    pub bounds: Bounds,
    /// The certificate under which it speaks TLS; none for plain HTTP.
    pub tls: Option<Tls>,
}

impl Settings {
    /// A sound server over a store.
    #[must_use]
    pub fn over(store: Arc<dyn Store>) -> Self {
        Self {
            store,
            clock: Arc::new(SystemClock),
            public_url: None,
            defects: Vec::new(),
            bounds: Bounds::default(),
            tls: None,
        }
    }

    /// `http` or `https`.
    #[must_use]
    pub fn scheme(&self) -> &'static str {
        if self.tls.is_some() { "https" } else { "http" }
    }
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let defects: Vec<_> = self.defects.iter().map(|defect| defect.name).collect();
        f.debug_struct("Settings")
            .field("public_url", &self.public_url)
            .field("defects", &defects)
            .field("bounds", &self.bounds)
            .field("tls", &self.tls)
            .finish_non_exhaustive()
    }
}

/// A server that runs. Dropping it without [`Reference::stop`] lets it run on until the runtime ends.
#[derive(Debug)]
pub struct Reference {
    address: SocketAddr,
    public_url: Option<String>,
    scheme: &'static str,
    app: App,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<()>,
}

impl Reference {
    /// Starts to serve on a listener.
    ///
    /// # Errors
    /// When the listener has no address.
    pub fn start(listener: TcpListener, settings: Settings) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let public_url = settings.public_url.as_deref().map(|url| url.trim_end_matches('/').to_owned());
        let app = App::new(&settings);
        let (stop, stopped) = oneshot::channel();
        let answer = answer(app.clone(), &settings.defects);
        let (scheme, Settings { bounds, tls, .. }) = (settings.scheme(), settings);
        let ended = tokio::spawn(listen::serve(listener, answer, bounds, tls, async move {
            // A sender that is dropped asks for nothing: the server runs on.
            if stopped.await.is_err() {
                std::future::pending::<()>().await;
            }
        }));
        Ok(Self { address, public_url, scheme, app, stop, ended })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// By which URL it is reached, without a slash at its end.
    #[must_use]
    pub fn base_url(&self) -> String {
        self.public_url.clone().unwrap_or_else(|| format!("{}://{}", self.scheme, self.address))
    }

    /// The texts of the panics that requests caused; none in a sound server.
    #[must_use]
    pub fn panics(&self) -> Vec<String> {
        self.app.panics()
    }

    /// Finishes what was accepted, then closes the store.
    ///
    /// # Errors
    /// When the store could not be closed in order.
    pub async fn stop(self) -> Result<(), StoreError> {
        let _ = self.stop.send(());
        let _ = self.ended.await;
        self.app.store().close().await
    }
}

fn answer(app: App, defects: &[&'static Defect]) -> Handler {
    if defects.is_empty() {
        let router = app.router();
        return Arc::new(move |request: Request| {
            let (app, router) = (app.clone(), router.clone());
            Box::pin(async move { app.answer(&router, request).await })
        });
    }
    let bounds = Arc::new(app.bounds().clone());
    let broken: Arc<dyn super::defects::Upstream> = Defective::over(Arc::new(BufferedUpstream::new(app)), defects);
    Arc::new(move |request: Request| {
        let (broken, bounds) = (Arc::clone(&broken), Arc::clone(&bounds));
        Box::pin(async move {
            match app::buffer(request, &bounds).await {
                Ok(request) => broken.call(request).await.map(axum::body::Body::from),
                Err(response) => response,
            }
        })
    })
}

/// A server in a runtime and on a thread of its own, over a store that goes away with it. Dropping it stops the server
/// and waits for it.
#[derive(Debug)]
pub struct InProcess {
    /// `http://127.0.0.1:PORT/scim/v2/KEY`
    pub scim_url: String,
    pub token: Secret,
    /// `http://127.0.0.1:PORT/events`
    pub events_url: String,
    pub api_key: Secret,
    app: App,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl InProcess {
    /// Starts a server on a free port of the loopback.
    ///
    /// # Errors
    /// A sentence that says what could not be had: a thread, a port, the store.
    pub fn start(defects: Vec<&'static Defect>) -> Result<Self, String> {
        let (stop, stopped) = oneshot::channel();
        let (started, starting) = mpsc::channel();
        let thread = thread::Builder::new()
            .name("reference".to_owned())
            .spawn(move || {
                let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
                    Ok(runtime) => runtime,
                    Err(error) => return drop(started.send(Err(format!("no runtime for the reference: {error}")))),
                };
                runtime.block_on(run(defects, started, stopped));
            })
            .map_err(|error| format!("no thread for the reference: {error}"))?;
        let begun = starting.recv().map_err(|_| "the reference ended before it began".to_owned())??;
        let Begun { first, base_url, app } = begun;
        Ok(Self {
            scim_url: format!("{base_url}/scim/v2/{}", first.directory.external_key),
            token: first.token.unwrap_or_default(),
            events_url: format!("{base_url}/events"),
            api_key: first.api_key.unwrap_or_default(),
            app,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// The texts of the panics that requests caused: each is a fault of the server.
    #[must_use]
    pub fn panics(&self) -> Vec<String> {
        self.app.panics()
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

struct Begun {
    first: Bootstrap,
    base_url: String,
    app: App,
}

async fn run(
    defects: Vec<&'static Defect>,
    started: mpsc::Sender<Result<Begun, String>>,
    stopped: oneshot::Receiver<()>,
) {
    let beginning = async {
        let store = SqliteStore::ephemeral(Arc::new(SystemClock), None).map_err(|error| error.to_string())?;
        let first = store.bootstrap().await.map_err(|error| error.to_string())?;
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(|error| format!("no free port: {error}"))?;
        let settings = Settings { defects, ..Settings::over(Arc::new(store)) };
        let server = Reference::start(listener, settings).map_err(|error| error.to_string())?;
        Ok::<_, String>((first, server))
    };
    match beginning.await {
        Err(error) => drop(started.send(Err(error))),
        Ok((first, server)) => {
            let base_url = server.base_url();
            drop(started.send(Ok(Begun { first, base_url, app: server.app.clone() })));
            // Whether told or dropped, the end is the end.
            let _ = stopped.await;
            if let Err(error) = server.stop().await {
                tracing::error!(%error, "the reference did not close its store in order");
            }
        }
    }
}

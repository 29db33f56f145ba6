//! One request, from its head to its answer: the routes at the top, the request's id, the log, and panics caught.

use std::any::Any;
use std::convert::Infallible;
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::{any, get};
use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use http::header::{ACCEPT_ENCODING, CONTENT_LENGTH, HeaderName, TRANSFER_ENCODING};
use http::{HeaderValue, Method, StatusCode};
use http_body_util::BodyExt;
use jiff::Timestamp;
use rand::TryRng;
use rand::rngs::SysRng;
use tokio::sync::OnceCell;
use tower::ServiceExt;
use ulid::Ulid;

use super::bounds::{Bounds, Rates};
use super::cursor::CursorSigner;
use super::defects::Upstream;
use super::metrics::{self, Metrics};
use super::rendering::RenderPool;
use super::{Settings, accept, body, compression, directory_api, request_id, response, scim};
use crate::base::limits;
use crate::base::{Clock, ids::Minter};
use crate::scim::ScimError;
use crate::store::{Store, StoreError};

/// The reference behind its HTTP: cheap to clone, the same for every connection.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    public_url: Option<String>,
    scheme: &'static str,
    bounds: Bounds,
    metrics: Metrics,
    rates: Option<Rates>,
    request_ids: Mutex<Minter>,
    panics: Mutex<Vec<String>>,
    cursors: OnceCell<CursorSigner>,
    render_pool: RenderPool,
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App").field("public_url", &self.0.public_url).finish_non_exhaustive()
    }
}

impl App {
    /// The reference over a store. Without a public URL, addresses in answers are made from the Host header.
    #[must_use]
    pub fn new(settings: &Settings) -> Self {
        Self(Arc::new(Inner {
            store: Arc::clone(&settings.store),
            clock: Arc::clone(&settings.clock),
            public_url: settings.public_url.as_deref().map(|url| url.trim_end_matches('/').to_owned()),
            scheme: settings.scheme(),
            bounds: settings.bounds.clone(),
            metrics: Metrics::new(Arc::clone(&settings.store)),
            rates: settings.bounds.requests_per_second.map(Rates::new),
            request_ids: Mutex::new(Minter::default()),
            panics: Mutex::new(Vec::new()),
            cursors: OnceCell::new(),
            render_pool: RenderPool::new(),
        }))
    }

    pub(super) fn bounds(&self) -> &Bounds {
        &self.0.bounds
    }

    pub(super) fn rates(&self) -> Option<&Rates> {
        self.0.rates.as_ref()
    }

    /// `http` or `https`.
    pub(super) fn scheme(&self) -> &'static str {
        self.0.scheme
    }

    pub(super) fn store(&self) -> &dyn Store {
        self.0.store.as_ref()
    }

    /// Returns the signer of cursors. Reads its key from the store once.
    pub(super) async fn cursors(&self) -> Result<&CursorSigner, StoreError> {
        self.0.cursors.get_or_try_init(async || self.store().cursor_key().await.map(CursorSigner::new)).await
    }

    /// Returns the pool that renders large responses.
    pub(super) fn render_pool(&self) -> &RenderPool {
        &self.0.render_pool
    }

    pub(super) fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    pub(super) fn public_url(&self) -> Option<&str> {
        self.0.public_url.as_deref()
    }

    /// The texts of the panics that were caught while requests were answered; none in a sound server.
    #[must_use]
    pub fn panics(&self) -> Vec<String> {
        self.0.panics.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The routes as a service.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/healthz", get(healthy))
            .route("/readyz", get(ready))
            .route("/metrics", get(metrics))
            .route("/events", any(directory_api::events))
            .fallback(scim::answer)
            .with_state(self.clone())
    }

    /// Answers one request; never fails, and never panics.
    pub async fn answer(&self, router: &Router, request: Request) -> Response {
        let started = Instant::now();
        let id = self.request_id();
        let (method, uri) = (request.method().clone(), request.uri().clone());
        let as_json = accept::prefers_json(request.headers());
        let answering = async {
            let answered = AssertUnwindSafe(self.within_bounds(router, request)).catch_unwind().await;
            answered.unwrap_or_else(|panic| self.caught(&*panic))
        };
        let mut response = request_id::scope(id, answering).await;
        if as_json {
            accept::as_json(response.headers_mut());
        }
        let took = started.elapsed();
        self.0.metrics.count(&method, uri.path(), response.status().as_u16(), took);
        tracing::debug!(
            request = %id, %method, path = uri.path(), status = response.status().as_u16(),
            micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX), "answered"
        );
        if let Ok(value) = HeaderValue::from_str(&id.to_string()) {
            response.headers_mut().insert(X_REQUEST_ID, value);
        }
        response
    }

    async fn within_bounds(&self, router: &Router, request: Request) -> Response {
        let length = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
        if length > limits::REQUEST_TARGET_BYTES {
            let most = limits::REQUEST_TARGET_BYTES;
            return response::error(&ScimError::new(
                414,
                format!("the URL is {length} bytes long; the most is {most}"),
            ));
        }
        let router = router.clone();
        if compression::concerns(request.headers()) {
            return compression::through(router, request).await;
        }
        let answered: Result<Response, Infallible> = router.oneshot(request).await;
        match answered {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }

    fn request_id(&self) -> Ulid {
        // Two servers behind one name must not give the same id, so its random part is the operating system's.
        let random = || SysRng.try_next_u64().map_or(0, u128::from);
        let entropy = (random() << 64) | random();
        let mut minter = self.0.request_ids.lock().unwrap_or_else(PoisonError::into_inner);
        minter.next(self.0.clock.now(), entropy)
    }

    fn caught(&self, panic: &(dyn Any + Send)) -> Response {
        let text = panic
            .downcast_ref::<&str>()
            .map(ToString::to_string)
            .or_else(|| panic.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "a panic without text".to_owned());
        tracing::error!(request = request_id::current(), text, "a request made the server panic");
        self.0.panics.lock().unwrap_or_else(PoisonError::into_inner).push(text);
        response::error(&ScimError::new(500, "the server failed at this request; its log says more"))
    }
}

/// The response header by which a request is found in the log.
const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The process runs.
async fn healthy() -> Response {
    response::json(StatusCode::OK, response::JSON, &serde_json::json!({"status": "ok"}))
}

/// The store answers.
async fn ready(State(app): State<App>) -> Response {
    match app.store().served_at().await {
        Ok(_) => healthy().await,
        Err(error) => {
            tracing::error!(%error, "not ready");
            let body = serde_json::json!({"status": "the store does not answer"});
            response::json(StatusCode::SERVICE_UNAVAILABLE, response::JSON, &body)
        }
    }
}

/// What the server did.
async fn metrics(State(app): State<App>) -> Response {
    match app.0.metrics.text() {
        Ok(text) => response::bytes(StatusCode::OK, metrics::OPEN_METRICS, text),
        Err(error) => {
            tracing::error!(%error, "the metrics could not be written");
            response::bytes(StatusCode::INTERNAL_SERVER_ERROR, metrics::OPEN_METRICS, Bytes::new())
        }
    }
}

/// The reference as an upstream of its defects: the same requests and answers, whole in memory.
#[derive(Debug)]
pub struct BufferedUpstream {
    app: App,
    router: Router,
}

impl BufferedUpstream {
    /// Over an app.
    #[must_use]
    pub fn new(app: App) -> Self {
        Self { router: app.router(), app }
    }
}

impl Upstream for BufferedUpstream {
    fn call(&self, request: http::Request<Bytes>) -> BoxFuture<'_, http::Response<Bytes>> {
        Box::pin(async move {
            let (mut parts, body) = request.into_parts();
            parts.headers.remove(TRANSFER_ENCODING);
            // A defect reads the answer, which must not be packed.
            parts.headers.remove(ACCEPT_ENCODING);
            if parts.headers.contains_key(CONTENT_LENGTH) || parts.method != Method::GET {
                parts.headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
            }
            let response = self.app.answer(&self.router, Request::from_parts(parts, Body::from(body))).await;
            let (parts, body) = response.into_parts();
            let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
            http::Response::from_parts(parts, body)
        })
    }
}

/// Reads a request whole, for the defects; what is too large or broken is answered at once.
pub(super) async fn buffer(request: Request, bounds: &Bounds) -> Result<http::Request<Bytes>, Response> {
    let (parts, mut body) = request.into_parts();
    match body::read(&parts.headers, &mut body, bounds).await {
        Ok(bytes) => Ok(http::Request::from_parts(parts, bytes)),
        Err(error) => {
            body::drain(&parts.headers, &mut body).await;
            Err(response::error(&error))
        }
    }
}

//! Routes at the top, refusals as SCIM errors, and the media type of SCIM responses.

use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::get;
use bytes::Bytes;
use http::StatusCode;

use super::app::App;
use super::error::RequestError;
use super::{directory_api, event_streams, media_type, pages, scim};
use crate::http::response::{self, JSON};
use crate::http::{Application, Handler, OPEN_METRICS, Refusal, Service};

/// Paths for operators, whose requests the overview does not list.
const OF_OPERATORS: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

/// The reference as a service. Clones share their state.
#[derive(Debug, Clone)]
pub(super) struct ReferenceService {
    scim: Service,
    /// Refuses requests in the shape of WorkOS.
    api: Service,
    /// Refuses requests in the shape of RFC 8935.
    streams: Service,
    pages: Service,
    app: App,
}

impl ReferenceService {
    pub(super) fn new(app: &App) -> Self {
        let service = |router: Router, application: Arc<dyn Application>| {
            let (metrics, clock) = (Arc::clone(app.metrics()), Arc::clone(app.clock()));
            Service::new(router, application, metrics, clock, app.budget().clone())
        };
        let api = Router::new().fallback(directory_api::handle).with_state(app.clone());
        let streams = Router::new().fallback(event_streams::handle).with_state(app.clone());
        Self {
            scim: service(router(app.clone()), Arc::new(ScimErrors)),
            api: service(api, Arc::new(ApiErrors)),
            streams: service(streams, Arc::new(StreamErrors)),
            pages: service(pages::router(app.clone()), Arc::new(PageErrors)),
            app: app.clone(),
        }
    }

    /// Handles one request.
    pub(super) async fn call(&self, request: Request) -> Response {
        if pages::serves(request.method(), request.uri().path(), request.headers()) {
            return self.pages.call(request).await;
        }
        if OF_OPERATORS.contains(&request.uri().path()) {
            return self.scim(request).await;
        }
        let (started, at) = (Instant::now(), self.app.now());
        let (method, uri) = (request.method().clone(), request.uri().clone());
        let response = if directory_api::serves(uri.path()) {
            self.api.call(request).await
        } else if event_streams::serves(uri.path()) {
            self.streams.call(request).await
        } else {
            self.scim(request).await
        };
        self.app.recent().add(at, &method, &uri, response.status().as_u16(), started.elapsed());
        response
    }

    async fn scim(&self, request: Request) -> Response {
        let prefers_json = media_type::prefers_json(request.headers());
        let mut response = self.scim.call(request).await;
        if prefers_json {
            media_type::change_to_json(response.headers_mut());
        }
        response
    }

    /// Returns the service as a function for [`crate::http::Server`].
    pub(super) fn handler(&self) -> Handler {
        let service = self.clone();
        Handler::new(move |request| {
            let service = service.clone();
            async move { service.call(request).await }
        })
    }

    /// Returns the texts of the panics that requests caused.
    pub(super) fn panics(&self) -> Vec<String> {
        [self.scim.panics(), self.api.panics(), self.streams.panics(), self.pages.panics()].concat()
    }
}

/// Renders the refusals of the HTTP kit as SCIM errors.
struct ScimErrors;

impl Application for ScimErrors {
    fn refuse(&self, refusal: &Refusal) -> Response {
        RequestError::from(refusal.clone()).into_response()
    }
}

/// Renders the refusals of the HTTP kit as errors of the directory API.
struct ApiErrors;

impl Application for ApiErrors {
    fn refuse(&self, refusal: &Refusal) -> Response {
        directory_api::ApiError::from(refusal.clone()).into_response()
    }
}

/// Renders the refusals of the HTTP kit as errors of event streams.
struct StreamErrors;

impl Application for StreamErrors {
    fn refuse(&self, refusal: &Refusal) -> Response {
        event_streams::StreamError::from(refusal.clone()).into_response()
    }
}

/// Renders the refusals of the HTTP kit as plain text.
struct PageErrors;

impl Application for PageErrors {
    fn refuse(&self, refusal: &Refusal) -> Response {
        refusal.plain_response()
    }
}

fn router(app: App) -> Router {
    Router::new()
        .route("/healthz", get(healthy))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .fallback(scim::handle)
        .with_state(app)
}

/// Reports that the process runs.
async fn healthy() -> Response {
    response::json(StatusCode::OK, JSON, &serde_json::json!({"status": "ok"}))
}

/// Reports whether the store takes reads and writes.
async fn ready(State(app): State<App>) -> Response {
    match app.store().ready().await {
        Ok(()) => healthy().await,
        Err(error) => {
            tracing::error!(%error, "not ready: the store failed");
            let body = serde_json::json!({"status": "the store is not available"});
            response::json(StatusCode::SERVICE_UNAVAILABLE, JSON, &body)
        }
    }
}

/// Renders the metrics. They name no directory and no user, so they need no token.
async fn metrics(State(app): State<App>) -> Response {
    response::no_store(match app.metrics().text() {
        Ok(text) => response::bytes(StatusCode::OK, OPEN_METRICS, text),
        Err(error) => {
            tracing::error!(%error, "the metrics could not be rendered");
            response::bytes(StatusCode::INTERNAL_SERVER_ERROR, OPEN_METRICS, Bytes::new())
        }
    })
}

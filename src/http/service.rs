//! The handling of one request: its id, `Host`, codings, panics, metrics and the log line.

use std::any::Any;
use std::convert::Infallible;
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use futures::FutureExt;
use http::{HeaderValue, Version};
use tower::ServiceExt;

use super::budget::ResponseBudget;
use super::connection::PIECE_BYTES;
use super::handler::Handler;
use super::metrics::Metrics;
use super::refusal::Refusal;
use super::request_id::{self, RequestIds, X_REQUEST_ID};
use super::{compression, host};
use crate::base::{Clock, limits};

/// The part of a service that depends on the application.
pub trait Application: Send + Sync + 'static {
    /// Renders a refusal in the application's error format.
    fn refuse(&self, refusal: &Refusal) -> Response;
}

/// A router behind the handling that every request needs. Clones share their state.
#[derive(Clone)]
pub struct Service(Arc<Inner>);

struct Inner {
    router: Router,
    application: Arc<dyn Application>,
    metrics: Arc<Metrics>,
    clock: Arc<dyn Clock>,
    budget: ResponseBudget,
    request_ids: RequestIds,
    panics: Mutex<Vec<String>>,
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service").finish_non_exhaustive()
    }
}

impl Service {
    /// Creates a service. Handlers that build large responses reserve from `budget` first.
    #[must_use]
    pub fn new(
        router: Router,
        application: Arc<dyn Application>,
        metrics: Arc<Metrics>,
        clock: Arc<dyn Clock>,
        budget: ResponseBudget,
    ) -> Self {
        let (request_ids, panics) = (RequestIds::default(), Mutex::default());
        Self(Arc::new(Inner { router, application, metrics, clock, budget, request_ids, panics }))
    }

    /// Returns the service as a function for [`super::Server`].
    #[must_use]
    pub fn handler(&self) -> Handler {
        let service = self.clone();
        Handler::new(move |request| {
            let service = service.clone();
            async move { service.call(request).await }
        })
    }

    /// Returns the budget for large responses.
    #[must_use]
    pub fn budget(&self) -> &ResponseBudget {
        &self.0.budget
    }

    /// Returns the texts of the panics that requests caused. A sound application has none.
    #[must_use]
    pub fn panics(&self) -> Vec<String> {
        self.0.panics.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Handles one request. A panic becomes a response with status 500.
    pub async fn call(&self, request: Request) -> Response {
        let started = Instant::now();
        let id = self.0.request_ids.next(self.0.clock.now());
        let (method, uri) = (request.method().clone(), request.uri().clone());
        let handling = async {
            let handled = AssertUnwindSafe(self.handle(request)).catch_unwind().await;
            let handled = handled.unwrap_or_else(|panic| Err(self.caught(&*panic)));
            handled.unwrap_or_else(|refusal| self.0.application.refuse(&refusal))
        };
        let mut response = request_id::scope(id, handling).await;
        let took = started.elapsed();
        self.0.metrics.count(&method, uri.path(), response.status().as_u16(), took);
        tracing::debug!(
            request = %id, %method, path = uri.path(), status = response.status().as_u16(),
            micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX), "responded"
        );
        if let Ok(value) = HeaderValue::from_str(&id.to_string()) {
            response.headers_mut().insert(X_REQUEST_ID, value);
        }
        response
    }

    async fn handle(&self, request: Request) -> Result<Response, Refusal> {
        let (bytes, limit) = (target_bytes(&request), limits::REQUEST_TARGET_BYTES);
        if bytes > limit {
            return Err(Refusal::TargetTooLong { bytes, limit });
        }
        host::check(request.version(), request.headers())?;
        // HTTP/1 takes a small response at once. An HTTP/2 client may leave even that in memory.
        let at_once = if request.version() == Version::HTTP_2 { 0 } else { PIECE_BYTES as u64 };
        let router = self.0.router.clone();
        let response = if compression::applies(request.headers()) {
            compression::route(router, request).await
        } else {
            let result: Result<Response, Infallible> = router.oneshot(request).await;
            match result {
                Ok(response) => response,
                Err(never) => match never {},
            }
        };
        Ok(self.0.budget.settle(response, at_once).await)
    }

    fn caught(&self, panic: &(dyn Any + Send)) -> Refusal {
        let text = panic
            .downcast_ref::<&str>()
            .map(ToString::to_string)
            .or_else(|| panic.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "a panic without text".to_owned());
        tracing::error!(request = request_id::current(), text, "a request made the server panic");
        self.0.panics.lock().unwrap_or_else(PoisonError::into_inner).push(text);
        Refusal::Panicked
    }
}

fn target_bytes(request: &Request) -> usize {
    request.uri().path_and_query().map_or(0, |target| target.as_str().len())
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::routing::get;
    use http::StatusCode;
    use http_body_util::BodyExt as _;

    use super::*;
    use crate::base::SystemClock;

    struct Plain;

    impl Application for Plain {
        fn refuse(&self, refusal: &Refusal) -> Response {
            refusal.plain_response()
        }
    }

    fn service() -> Service {
        let router = Router::new().route("/", get(async || "hello")).route("/panic", get(panicking));
        let metrics = Arc::new(Metrics::new("test", |_| "any"));
        Service::new(router, Arc::new(Plain), metrics, Arc::new(SystemClock), ResponseBudget::new(1_000_000))
    }

    async fn panicking() -> &'static str {
        panic!("a bug")
    }

    async fn get_path(service: &Service, path: &str) -> (StatusCode, bool, String) {
        let request = Request::get(path).header("host", "localhost").body(Body::empty()).unwrap();
        let response = service.call(request).await;
        let (status, has_id) = (response.status(), response.headers().contains_key(X_REQUEST_ID));
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, has_id, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn responses_and_refusals_carry_an_id_and_are_counted() {
        let service = service();
        assert_eq!(get_path(&service, "/").await, (StatusCode::OK, true, "hello".to_owned()));
        let long = format!("/{}", "x".repeat(limits::REQUEST_TARGET_BYTES));
        let (status, has_id, text) = get_path(&service, &long).await;
        assert_eq!((status, has_id), (StatusCode::URI_TOO_LONG, true));
        assert!(text.contains(&limits::REQUEST_TARGET_BYTES.to_string()), "{text}");
        let metrics = service.0.metrics.text().unwrap();
        assert!(metrics.contains("test_requests_total{method=\"GET\",route=\"any\",status=\"414\"} 1"), "{metrics}");
    }

    #[tokio::test]
    async fn a_panic_becomes_a_500_without_its_text() {
        let service = service();
        let (status, has_id, text) = get_path(&service, "/panic").await;
        assert_eq!((status, has_id), (StatusCode::INTERNAL_SERVER_ERROR, true));
        assert!(!text.contains("a bug"), "{text}");
        assert_eq!(service.panics(), ["a bug"]);
        assert_eq!(get_path(&service, "/").await.0, StatusCode::OK);
    }

    #[tokio::test]
    async fn a_request_without_a_host_is_refused() {
        let request = Request::get("/").body(Body::empty()).unwrap();
        assert_eq!(service().call(request).await.status(), StatusCode::BAD_REQUEST);
    }
}

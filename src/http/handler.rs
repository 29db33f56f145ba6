//! The function that a server calls for each request.

use std::fmt;
use std::sync::Arc;

use axum::extract::Request;
use axum::response::Response;
use futures::future::BoxFuture;

type HandlerFn = dyn Fn(Request) -> BoxFuture<'static, Response> + Send + Sync;

/// Turns a request into a response. Clones share one function.
#[derive(Clone)]
pub struct Handler(Arc<HandlerFn>);

impl Handler {
    /// Wraps an async function.
    pub fn new<F, R>(handle: F) -> Self
    where
        F: Fn(Request) -> R + Send + Sync + 'static,
        R: Future<Output = Response> + Send + 'static,
    {
        Self(Arc::new(move |request| Box::pin(handle(request))))
    }

    /// Handles one request.
    pub fn call(&self, request: Request) -> BoxFuture<'static, Response> {
        (self.0)(request)
    }
}

impl fmt::Debug for Handler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handler").finish_non_exhaustive()
    }
}

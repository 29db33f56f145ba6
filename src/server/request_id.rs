//! The id of the request that the present task answers, for whatever is logged on the way. It costs nothing where nothing
//! is logged.

use std::future::Future;

use ulid::Ulid;

tokio::task_local! {
    static REQUEST: Ulid;
}

/// Runs what answers a request.
pub(super) async fn scope<F: Future>(id: Ulid, answering: F) -> F::Output {
    REQUEST.scope(id, answering).await
}

/// The id, as `X-Request-Id` has it; empty outside of a request.
pub(super) fn current() -> String {
    REQUEST.try_with(ToString::to_string).unwrap_or_default()
}

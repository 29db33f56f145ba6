//! Ids of requests: one for each request, in its response and in every log line that it causes.

use std::future::Future;
use std::sync::{Mutex, PoisonError};

use http::HeaderName;
use jiff::Timestamp;
use rand::TryRng;
use rand::rngs::SysRng;
use ulid::Ulid;

use crate::base::ids::Minter;

/// The response header with the request id.
pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

tokio::task_local! {
    static REQUEST_ID: Ulid;
}

/// Runs a future with `id` as the current request id.
pub async fn scope<F: Future>(id: Ulid, future: F) -> F::Output {
    REQUEST_ID.scope(id, future).await
}

/// Returns the id of the request that the current task handles, as in `X-Request-Id`; empty outside of a request.
/// The id is formatted on demand, so that a request that logs nothing pays nothing.
pub fn current() -> String {
    REQUEST_ID.try_with(ToString::to_string).unwrap_or_default()
}

/// Generates request ids that sort by time.
#[derive(Debug, Default)]
pub(super) struct RequestIds(Mutex<Minter>);

impl RequestIds {
    pub(super) fn next(&self, now: Timestamp) -> Ulid {
        // The random part comes from the operating system: two servers behind one name must not generate the same id.
        let random = || SysRng.try_next_u64().map_or(0, u128::from);
        let entropy = (random() << 64) | random();
        self.0.lock().unwrap_or_else(PoisonError::into_inner).next(now, entropy)
    }
}

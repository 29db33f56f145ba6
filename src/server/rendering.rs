//! Renders small responses on the thread of the request, and large ones on blocking threads, a few at a time, so that they
//! delay no other request and use little memory together.

use std::panic::resume_unwind;
use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use crate::base::limits;

/// Runs the rendering of large responses.
#[derive(Debug)]
pub(super) struct RenderPool(Arc<Semaphore>);

impl RenderPool {
    pub(super) fn new() -> Self {
        Self(Arc::new(Semaphore::new(limits::LARGE_RENDERINGS)))
    }

    /// Runs `work`, which renders about this many bytes.
    pub(super) async fn render<T: Send + 'static>(&self, bytes: usize, work: impl FnOnce() -> T + Send + 'static) -> T {
        if bytes <= limits::INLINE_RENDERING_BYTES {
            return work();
        }
        let permit = Arc::clone(&self.0).acquire_owned().await;
        let rendered = spawn_blocking(move || {
            // Released when the work is done, even if the client has gone away.
            let _permit = permit;
            work()
        });
        match rendered.await {
            Ok(rendered) => rendered,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => resume_unwind(panic),
                // The runtime is shutting down and drops this request, too.
                Err(_) => std::future::pending().await,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::thread::{ThreadId, current};

    use futures::FutureExt;

    use super::*;

    async fn thread(pool: &RenderPool, bytes: usize) -> ThreadId {
        pool.render(bytes, || current().id()).await
    }

    #[tokio::test]
    async fn only_large_responses_leave_the_thread() {
        let pool = RenderPool::new();
        assert_eq!(thread(&pool, limits::INLINE_RENDERING_BYTES).await, current().id());
        assert_ne!(thread(&pool, limits::INLINE_RENDERING_BYTES + 1).await, current().id());
    }

    #[tokio::test]
    async fn few_large_responses_are_rendered_at_a_time() {
        let pool = RenderPool::new();
        let permits = Arc::clone(&pool.0).acquire_many_owned(u32::try_from(limits::LARGE_RENDERINGS).unwrap()).await;
        let mut waiting = Box::pin(thread(&pool, usize::MAX));
        assert!(waiting.as_mut().now_or_never().is_none());
        assert_eq!(thread(&pool, 1).await, current().id());
        drop(permits);
        assert_ne!(waiting.await, current().id());
    }

    #[tokio::test]
    async fn a_panic_reaches_the_request() {
        let pool = RenderPool::new();
        let rendered = std::panic::AssertUnwindSafe(pool.render(usize::MAX, || assert_eq!(1, 2))).catch_unwind().await;
        assert!(rendered.is_err());
        assert_ne!(thread(&pool, usize::MAX).await, current().id());
    }
}

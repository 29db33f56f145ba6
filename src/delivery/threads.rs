//! The threads that deliver webhooks: apart from those that respond to requests, and with a lower priority, so that deliveries to many
//! endpoints delay no response.

use std::io;
use std::thread::available_parallelism;

use tokio::runtime::{Builder, Handle, Runtime};

/// The niceness of the threads: next to a busy thread of the server, they get about a tenth of a processor.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 10;

/// The threads of the queues. They start with the first queue.
#[derive(Debug, Default)]
pub(super) struct Threads(Option<Runtime>);

impl Threads {
    /// Returns the runtime of the queues.
    pub(super) fn handle(&mut self) -> Handle {
        if self.0.is_none() {
            match start() {
                Ok(runtime) => self.0 = Some(runtime),
                Err(error) => tracing::warn!(%error, "webhooks have no threads of their own and may delay responses"),
            }
        }
        self.0.as_ref().map_or_else(Handle::current, |runtime| runtime.handle().clone())
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        // The drop of a runtime waits for its threads, which asynchronous code must not do.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

fn start() -> io::Result<Runtime> {
    let processors = available_parallelism().map_or(1, std::num::NonZero::get);
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads((processors / 2).max(1)).thread_name("webhooks").enable_all();
    #[cfg(target_os = "linux")]
    builder.on_thread_start(|| {
        // On Linux this is the priority of the calling thread. Without it, deliveries only take more of a busy processor.
        let _ = rustix::process::setpriority_process(None, NICENESS);
    });
    builder.build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn queues_have_threads_of_their_own_with_a_lower_priority() {
        let mut threads = Threads::default();
        let queue = threads.handle().spawn(async {
            #[cfg(target_os = "linux")]
            assert_eq!(rustix::process::getpriority_process(None), Ok(NICENESS));
            std::thread::current().name().map(str::to_owned)
        });
        assert_eq!(queue.await.unwrap().as_deref(), Some("webhooks"));
    }
}

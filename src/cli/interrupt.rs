//! Ctrl-C: a request to clean up and end, for commands that leave something behind otherwise.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;

use anyhow::Context as _;

/// Whether Ctrl-C was pressed.
#[derive(Debug, Clone, Default)]
pub struct Interrupted(Arc<AtomicBool>);

impl Interrupted {
    /// Whether it was.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// Calls `then` on the first Ctrl-C. From the moment that this returns, the signal does not end the process by itself.
///
/// # Errors
/// No thread, or no way to hear signals.
pub fn on_interrupt(then: impl FnOnce() + Send + 'static) -> anyhow::Result<Interrupted> {
    let interrupted = Interrupted::default();
    let flag = interrupted.clone();
    let (listens, listening) = mpsc::channel();
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().context("no runtime for signals")?;
    std::thread::Builder::new().name("interrupt".to_owned()).spawn(move || {
        runtime.block_on(async {
            let mut pressed = std::pin::pin!(tokio::signal::ctrl_c());
            // The first poll is what registers the handler.
            let first = futures::poll!(&mut pressed);
            let _ = listens.send(());
            let heard = match first {
                std::task::Poll::Ready(heard) => heard,
                std::task::Poll::Pending => pressed.await,
            };
            if heard.is_ok() {
                flag.0.store(true, Ordering::SeqCst);
                then();
            }
        });
    })?;
    listening.recv().context("no thread listens for signals")?;
    Ok(interrupted)
}

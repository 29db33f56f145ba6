//! Ctrl-C, or SIGTERM as a CI job gets it: a request to clean up and end, for commands that leave something behind
//! otherwise. A second one ends at once.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::task::Poll;

use anyhow::Context as _;

use super::Exit;

/// Whether the process was told to end.
#[derive(Debug, Clone, Default)]
pub struct Interrupted(Arc<AtomicBool>);

impl Interrupted {
    /// Whether it was.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// Calls `then` on the first Ctrl-C or SIGTERM. From the moment that this returns, the signal does not end the process by itself; the
/// second one does, with a sentence that says what stays `behind`.
///
/// # Errors
/// No thread, or no way to hear signals.
pub fn on_interrupt(behind: String, then: impl FnOnce() + Send + 'static) -> anyhow::Result<Interrupted> {
    let interrupted = Interrupted::default();
    let flag = interrupted.clone();
    let (listens, listening) = mpsc::channel();
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().context("no runtime for signals")?;
    std::thread::Builder::new().name("interrupt".to_owned()).spawn(move || {
        runtime.block_on(async {
            let ready = || {
                let _ = listens.send(());
            };
            if hears(ready).await {
                flag.0.store(true, Ordering::SeqCst);
                then();
                let tell = || anstream::eprintln!("interrupted: cleaning up; Ctrl-C again ends at once");
                if hears(tell).await {
                    anstream::eprintln!("ended at once: {behind}");
                    end_at_once();
                }
            }
        });
    })?;
    listening.recv().context("no thread listens for signals")?;
    Ok(interrupted)
}

/// Waits until the process is told to end, and calls `listening` once no signal can be missed any more. Whether one came.
async fn hears(listening: impl FnOnce()) -> bool {
    let Ok(told) = told_to_end() else { return false };
    let mut told = std::pin::pin!(told);
    // Where the handler is registered by the first poll, this is it.
    let first = futures::poll!(&mut told);
    listening();
    if first == Poll::Pending {
        told.await;
    }
    true
}

/// SIGTERM and SIGINT from now on.
///
/// # Errors
/// No way to hear signals.
#[cfg(unix)]
pub fn told_to_end() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Ctrl-C.
///
/// # Errors
/// None.
#[cfg(not(unix))]
pub fn told_to_end() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}

/// Ends the process, whatever still runs: nobody who asks twice wants to wait.
pub fn end_at_once() -> ! {
    std::process::exit(i32::from(Exit::Interrupted as u8))
}

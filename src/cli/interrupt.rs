//! Ctrl-C and SIGTERM. The first signal makes a command clean up and end; the second one ends it at once.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::task::Poll;
use std::time::{Duration, Instant};

use anyhow::Context as _;

use super::Exit;

/// Records whether a signal has asked the process to end.
#[derive(Debug, Clone, Default)]
pub struct Interrupted(Arc<AtomicBool>);

impl Interrupted {
    /// Returns whether it has.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// Calls `then` on the first Ctrl-C or SIGTERM. When this function returns, the handler is installed. The second signal
/// ends the process after printing `behind`, which says what is left on the server.
///
/// # Errors
/// The thread or the signal handler cannot be created.
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
            if wait_for_signal(ready).await {
                flag.0.store(true, Ordering::SeqCst);
                then();
                let first = Instant::now();
                let mut announced = false;
                let mut announce = || {
                    if !std::mem::replace(&mut announced, true) {
                        anstream::eprintln!("interrupted: cleaning up; press Ctrl-C again to end at once");
                    }
                };
                while wait_for_signal(&mut announce).await {
                    if is_another(first.elapsed()) {
                        anstream::eprintln!("ended without cleaning up: {behind}");
                        end_at_once();
                    }
                }
            }
        });
    })?;
    listening.recv().context("the signal thread ended early")?;
    Ok(interrupted)
}

/// Returns true if a signal that long after the first one is another one. A terminal and a process supervisor may both
/// send one for the same key press.
fn is_another(after: Duration) -> bool {
    after >= Duration::from_secs(1)
}

/// Waits for a signal, and calls `listening` as soon as no signal can be missed. Returns false when signals cannot be
/// received.
async fn wait_for_signal(listening: impl FnOnce()) -> bool {
    let Ok(signal) = termination_signal() else { return false };
    let mut signal = std::pin::pin!(signal);
    // Some systems install the handler on the first poll.
    let first = futures::poll!(&mut signal);
    listening();
    if first == Poll::Pending {
        signal.await;
    }
    true
}

/// Returns a future that completes on SIGTERM or SIGINT, from now on.
///
/// # Errors
/// The handlers cannot be installed.
#[cfg(unix)]
pub fn termination_signal() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Returns a future that completes on Ctrl-C.
///
/// # Errors
/// None.
#[cfg(not(unix))]
pub fn termination_signal() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}

/// Ends the process immediately.
pub fn end_at_once() -> ! {
    std::process::exit(i32::from(Exit::Interrupted as u8))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_within_a_second_of_the_first_is_the_same_one() {
        assert!(!is_another(Duration::from_millis(999)));
        assert!(is_another(Duration::from_secs(1)));
    }
}

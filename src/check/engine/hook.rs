//! The panic hook around a run.
//!
//! While it runs, cucumber replaces the process's panic hook by a silent one and puts back what it found. Two runs at
//! the same time would put back each other's silent hook, so the first run in keeps the real one and the last one out
//! restores it. The panic hook is itself one per process, so this state has to be too.

use std::panic;
use std::sync::{Mutex, PoisonError};

type Hook = Box<dyn Fn(&panic::PanicHookInfo<'_>) + Sync + Send + 'static>;

static SAVED: Mutex<(usize, Option<Hook>)> = Mutex::new((0, None));

/// Keeps the process's panic hook until the last guard is dropped.
#[derive(Debug)]
pub(super) struct HookGuard(());

impl HookGuard {
    pub(super) fn keep() -> Self {
        let mut saved = SAVED.lock().unwrap_or_else(PoisonError::into_inner);
        if saved.0 == 0 {
            saved.1 = Some(panic::take_hook());
        }
        saved.0 += 1;
        Self(())
    }
}

impl Drop for HookGuard {
    fn drop(&mut self) {
        let mut saved = SAVED.lock().unwrap_or_else(PoisonError::into_inner);
        saved.0 = saved.0.saturating_sub(1);
        if saved.0 == 0
            && !std::thread::panicking()
            && let Some(hook) = saved.1.take()
        {
            panic::set_hook(hook);
        }
    }
}

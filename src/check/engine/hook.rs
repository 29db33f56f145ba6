//! The panic hook around a run.
//!
//! cucumber replaces the process's panic hook with a silent one for the duration of a run and restores the previous one
//! afterwards. Two concurrent runs would restore each other's silent hook. Therefore the first run saves the real hook
//! and the last run restores it. A process has one panic hook, so this state is global too.

use std::panic;
use std::sync::{Mutex, PoisonError};

type Hook = Box<dyn Fn(&panic::PanicHookInfo<'_>) + Sync + Send + 'static>;

static SAVED: Mutex<(usize, Option<Hook>)> = Mutex::new((0, None));

/// Restores the process's panic hook when the last guard is dropped.
#[derive(Debug)]
pub(super) struct HookGuard(());

impl HookGuard {
    pub(super) fn acquire() -> Self {
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

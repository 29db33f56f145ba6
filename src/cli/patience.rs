//! The flags about a busy server, of `check` and `fuzz`.

use std::sync::Arc;
use std::time::Duration;

use super::target::duration;
use crate::wire::Politeness;

/// Rate and patience.
#[derive(Debug, Clone, Copy, clap::Args)]
#[command(next_help_heading = "Target")]
pub struct PatienceArgs {
    /// Send at most N requests per second
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub rate: Option<u32>,
    /// Repeat refused connections and 502, 503 and 504 for this long, for a server that is starting
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub wait: Option<Duration>,
}

impl PatienceArgs {
    /// Returns the policy; it prints each wait to stderr.
    pub(super) fn politeness(self) -> Politeness {
        let print = Arc::new(|sentence: &str| anstream::eprintln!("{sentence}"));
        Politeness::new(self.rate, self.wait.unwrap_or_default(), Some(print))
    }
}

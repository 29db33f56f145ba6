//! The log on stderr.

use std::io::{IsTerminal as _, stderr};

use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _, fmt};

use super::terminal::RequestLines;

/// Format of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum LogFormat {
    /// Readable lines
    Text,
    /// One JSON object a line
    Json,
}

/// Level of the log; each one includes those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum LogLevel {
    /// Failures
    Error,
    /// Suspicious conditions
    Warn,
    /// Attributes dropped from requests; start and end of the server
    Info,
    /// Each request
    Debug,
    /// Everything
    Trace,
}

impl LogLevel {
    fn filter(self) -> EnvFilter {
        EnvFilter::new(match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        })
    }
}

/// Starts the log; with `lines` requests are also printed for a person at the terminal.
pub(super) fn start(format: LogFormat, level: LogLevel, lines: bool) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| level.filter());
    let log = fmt::layer().with_writer(stderr).with_target(false);
    let log = match format {
        LogFormat::Text => log.with_ansi(stderr().is_terminal()).with_filter(filter).boxed(),
        LogFormat::Json => log.json().flatten_event(true).with_filter(filter).boxed(),
    };
    // A second subscriber in the same process keeps the first.
    let _ = tracing_subscriber::registry().with(log).with(lines.then_some(RequestLines)).try_init();
}

//! Shared test support: a running reference with a client, a proxy that plants defects, raw connections, TLS.

use std::time::Duration;

pub(crate) mod harness;
pub(crate) mod matrix;
pub(crate) mod process;
pub(crate) mod proxy;
pub(crate) mod raw;
pub(crate) mod reference;
pub(crate) mod relay;
pub(crate) mod schema;
pub(crate) mod tls;
pub(crate) mod toy;

/// A time limit that only a hanging program reaches, even on a slow machine.
pub(crate) const LONG: Duration = Duration::from_mins(1);

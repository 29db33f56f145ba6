//! What the tests share: a running reference with a client for it, a proxy that plants defects, raw connections, TLS.

use std::time::Duration;

pub(crate) mod harness;
pub(crate) mod process;
pub(crate) mod proxy;
pub(crate) mod raw;
pub(crate) mod reference;
pub(crate) mod tls;
pub(crate) mod toy;

/// Long enough for any machine to do what it has to; only what hangs takes longer.
pub(crate) const LONG: Duration = Duration::from_mins(1);

//! What the tests share: a running reference with a client for it, a proxy that plants defects, raw connections, TLS.

pub(crate) mod harness;
pub(crate) mod process;
pub(crate) mod proxy;
pub(crate) mod raw;
pub(crate) mod reference;
pub(crate) mod tls;

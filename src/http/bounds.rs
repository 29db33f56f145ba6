//! Limits on what one connection and all connections together may cost.

use std::time::Duration;

use crate::base::limits;

/// Transport limits of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransportBounds {
    /// The largest request body, after decompression, in bytes.
    pub body_bytes: usize,
    /// Time for a request header to arrive, from its first byte. It bounds a TLS handshake too.
    pub header_timeout: Duration,
    /// Time for a request body to arrive, from the end of the header to the last byte.
    pub body_timeout: Duration,
    /// Time for a client to take 64 KiB of a response.
    pub write_timeout: Duration,
    /// Time that a connection without a request stays open.
    pub idle_timeout: Duration,
    /// Connections that are served at once. Further connections wait to be accepted.
    pub connections: usize,
    /// Bytes of large responses that wait for their clients, over all connections.
    pub response_bytes: usize,
}

impl Default for TransportBounds {
    fn default() -> Self {
        Self {
            body_bytes: limits::REQUEST_BODY_BYTES,
            header_timeout: limits::HEADER_TIMEOUT,
            body_timeout: limits::BODY_TIMEOUT,
            write_timeout: limits::WRITE_TIMEOUT,
            idle_timeout: limits::IDLE_TIMEOUT,
            connections: limits::CONNECTIONS,
            response_bytes: limits::RESPONSE_BYTES,
        }
    }
}

//! The TLS provider of the HTTP client.

/// Makes a TLS provider known to rustls, unless the program has chosen one already.
pub(super) fn install_provider() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

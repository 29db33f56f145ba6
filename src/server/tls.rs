//! The server's certificate: from files, or made at the start.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use sha2::{Digest, Sha256};
use tokio_rustls::TlsAcceptor;

/// The protocol that a client and the server agree on within TLS (RFC 7301): HTTP/2 where the client has it.
pub(super) const HTTP_2: &[u8] = b"h2";

/// TLS as the server speaks it.
#[derive(Clone)]
pub struct Tls {
    acceptor: TlsAcceptor,
    leaf: CertificateDer<'static>,
    /// The certificate that was made, in PEM; none where files were given.
    pub made: Option<String>,
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tls").field("fingerprint", &self.fingerprint()).finish_non_exhaustive()
    }
}

impl Tls {
    /// From a chain of certificates and a private key, both in PEM.
    ///
    /// # Errors
    /// A sentence that names the file and what is wrong with it.
    pub fn from_files(certificate: &Path, key: &Path) -> Result<Self, String> {
        let wrong = |file: &Path, what: &dyn std::fmt::Display| format!("{}: {what}", file.display());
        let chain = CertificateDer::pem_file_iter(certificate)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|error| wrong(certificate, &error))?;
        if chain.is_empty() {
            return Err(wrong(certificate, &"there is no certificate in PEM in it"));
        }
        let private = PrivateKeyDer::from_pem_file(key).map_err(|error| wrong(key, &error))?;
        Self::new(chain, private, None).map_err(|error| wrong(certificate, &error))
    }

    /// A fresh certificate for these host names and addresses, signed by itself.
    ///
    /// # Errors
    /// A sentence that says what could not be made.
    pub fn self_signed(hosts: Vec<String>) -> Result<Self, String> {
        let made = rcgen::generate_simple_self_signed(hosts).map_err(|error| format!("no certificate: {error}"))?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
        Self::new(vec![made.cert.der().clone()], key, Some(made.cert.pem()))
    }

    fn new(
        chain: Vec<CertificateDer<'static>>,
        key: PrivateKeyDer<'static>,
        made: Option<String>,
    ) -> Result<Self, String> {
        let leaf = chain.first().cloned().ok_or("there is no certificate")?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(|config| config.with_no_client_auth().with_single_cert(chain, key))
            .map_err(|error| error.to_string())?;
        config.alpn_protocols = vec![HTTP_2.to_vec(), b"http/1.1".to_vec()];
        Ok(Self { acceptor: TlsAcceptor::from(Arc::new(config)), leaf, made })
    }

    pub(super) fn acceptor(&self) -> &TlsAcceptor {
        &self.acceptor
    }

    /// SHA-256 over the certificate, as browsers and `openssl x509 -fingerprint -sha256` show it.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let digest = Sha256::digest(&self.leaf);
        digest.iter().enumerate().fold(String::new(), |mut text, (at, byte)| {
            let _ = write!(text, "{}{byte:02X}", if at == 0 { "" } else { ":" });
            text
        })
    }
}

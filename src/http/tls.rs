//! The certificate of a server: from files, or self-signed.

use std::fmt::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use sha2::{Digest, Sha256};
use tokio_rustls::TlsAcceptor;

/// The ALPN name of HTTP/2 (RFC 7301).
pub(super) const HTTP_2: &[u8] = b"h2";

/// A certificate or key that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file that cannot be read as PEM.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: rustls::pki_types::pem::Error,
    },
    /// A file without a certificate.
    #[error("{}: the file contains no certificate in PEM form", .0.display())]
    Empty(PathBuf),
    /// A certificate and a key that rustls rejects.
    #[error("{}: {source}", path.display())]
    Rejected {
        /// The file with the certificate.
        path: PathBuf,
        /// The cause.
        source: rustls::Error,
    },
    /// A self-signed certificate that could not be created.
    #[error("could not create a self-signed certificate: {0}")]
    SelfSigned(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// The TLS configuration of a server. Clones share it.
#[derive(Clone)]
pub struct Tls {
    acceptor: TlsAcceptor,
    leaf: CertificateDer<'static>,
    /// The self-signed certificate in PEM; `None` if it came from files.
    pub self_signed_pem: Option<String>,
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").field("fingerprint", &self.fingerprint()).finish_non_exhaustive()
    }
}

impl Tls {
    /// Reads a certificate chain and its private key, both in PEM.
    ///
    /// # Errors
    /// [`TlsError`], which names the file.
    pub fn from_files(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let unreadable = |path: &Path, source| TlsError::File { path: path.to_owned(), source };
        let chain = CertificateDer::pem_file_iter(certificate)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|error| unreadable(certificate, error))?;
        let leaf = chain.first().cloned().ok_or_else(|| TlsError::Empty(certificate.to_owned()))?;
        let private = PrivateKeyDer::from_pem_file(key).map_err(|error| unreadable(key, error))?;
        let rejected = |source| TlsError::Rejected { path: certificate.to_owned(), source };
        let acceptor = acceptor(chain, private).map_err(rejected)?;
        Ok(Self { acceptor, leaf, self_signed_pem: None })
    }

    /// Creates a self-signed certificate for these host names and addresses.
    ///
    /// # Errors
    /// [`TlsError::SelfSigned`], for example for a name that a certificate cannot contain.
    pub fn self_signed(hosts: Vec<String>) -> Result<Self, TlsError> {
        let created =
            rcgen::generate_simple_self_signed(hosts).map_err(|error| TlsError::SelfSigned(Box::new(error)))?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(created.signing_key.serialize_der()));
        let leaf = created.cert.der().clone();
        let acceptor = acceptor(vec![leaf.clone()], key).map_err(|error| TlsError::SelfSigned(Box::new(error)))?;
        Ok(Self { acceptor, leaf, self_signed_pem: Some(created.cert.pem()) })
    }

    pub(super) fn acceptor(&self) -> &TlsAcceptor {
        &self.acceptor
    }

    /// Returns the SHA-256 fingerprint of the certificate in the form of browsers and of
    /// `openssl x509 -fingerprint -sha256`.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let digest = Sha256::digest(&self.leaf);
        digest.iter().enumerate().fold(String::new(), |mut text, (at, byte)| {
            let _ = write!(text, "{}{byte:02X}", if at == 0 { "" } else { ":" });
            text
        })
    }
}

fn acceptor(chain: Vec<CertificateDer<'static>>, key: PrivateKeyDer<'static>) -> Result<TlsAcceptor, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![HTTP_2.to_vec(), b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

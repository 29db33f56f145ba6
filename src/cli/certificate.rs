//! The flags for the reference server's certificate.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use tempfile::NamedTempFile;

use super::Usage;
use crate::http::Tls;

/// TLS flags. With TLS, clients that support HTTP/2 get it.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "TLS")]
pub(super) struct TlsArgs {
    /// Serve TLS with this PEM certificate chain
    #[arg(long = "tls-cert", value_name = "FILE", requires = "key", conflicts_with = "self_signed")]
    cert: Option<PathBuf>,
    /// PEM file with the private key of the certificate
    #[arg(long = "tls-key", value_name = "FILE", requires = "cert")]
    key: Option<PathBuf>,
    /// Serve TLS with a new self-signed certificate, written next to the store (trust it with check --ca-cert FILE)
    #[arg(long = "tls-self-signed")]
    self_signed: bool,
}

/// A certificate and the file that clients can trust.
#[derive(Debug)]
pub(super) struct Certificate {
    pub(super) tls: Tls,
    /// PEM file with the certificate.
    pub(super) file: PathBuf,
    /// Deletes the file when the server of an ephemeral store ends.
    _temporary: Option<NamedTempFile>,
}

impl TlsArgs {
    /// Returns the certificate to serve with; `None` for plain HTTP. A new certificate is valid for `hosts`.
    pub(super) fn certificate(&self, store: Option<&Path>, hosts: Vec<String>) -> Result<Option<Certificate>> {
        if let (Some(file), Some(key)) = (&self.cert, &self.key) {
            let tls = Tls::from_files(file, key).map_err(|error| Usage(error.to_string()))?;
            return Ok(Some(Certificate { tls, file: file.clone(), _temporary: None }));
        }
        if !self.self_signed {
            return Ok(None);
        }
        let tls = Tls::self_signed(hosts)?;
        let pem = tls.self_signed_pem.clone().unwrap_or_default();
        if let Some(store) = store {
            let mut file = store.as_os_str().to_owned();
            file.push(".crt");
            let file = PathBuf::from(file);
            std::fs::write(&file, pem).with_context(|| format!("cannot write {}", file.display()))?;
            return Ok(Some(Certificate { tls, file, _temporary: None }));
        }
        let mut temporary = tempfile::Builder::new().prefix("scimulate-").suffix(".crt").tempfile()?;
        temporary.write_all(pem.as_bytes())?;
        Ok(Some(Certificate { tls, file: temporary.path().to_owned(), _temporary: Some(temporary) }))
    }
}

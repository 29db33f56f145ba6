//! The certificate of the reference server as flags.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use tempfile::NamedTempFile;

use super::Usage;
use crate::http::Tls;

/// TLS, with HTTP/2 where the client has it.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "TLS")]
pub(super) struct TlsArgs {
    /// Serve TLS under this chain of certificates, in PEM
    #[arg(long = "tls-cert", value_name = "FILE", requires = "key", conflicts_with = "self_signed")]
    cert: Option<PathBuf>,
    /// The private key of the certificate, in PEM
    #[arg(long = "tls-key", value_name = "FILE", requires = "cert")]
    key: Option<PathBuf>,
    /// Serve TLS under a fresh certificate, written beside the store for clients to trust (check --ca-cert FILE)
    #[arg(long = "tls-self-signed")]
    self_signed: bool,
}

/// A certificate, and where clients find it.
#[derive(Debug)]
pub(super) struct Certificate {
    pub(super) tls: Tls,
    /// The file that clients can trust.
    pub(super) file: PathBuf,
    /// Of an ephemeral store: the file goes away with it.
    _temporary: Option<NamedTempFile>,
}

impl TlsArgs {
    /// The certificate to serve under; none for plain HTTP. `hosts` are the names and addresses of a fresh one.
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
            std::fs::write(&file, pem).with_context(|| format!("{} can't be written", file.display()))?;
            return Ok(Some(Certificate { tls, file, _temporary: None }));
        }
        let mut temporary = tempfile::Builder::new().prefix("scimulate-").suffix(".crt").tempfile()?;
        temporary.write_all(pem.as_bytes())?;
        Ok(Some(Certificate { tls, file: temporary.path().to_owned(), _temporary: Some(temporary) }))
    }
}

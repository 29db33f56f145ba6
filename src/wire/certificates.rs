//! Certificate authorities from a PEM file.

use std::path::Path;

use super::failure::TargetError;

/// Reads the certificate authorities of a PEM file.
pub(super) fn authorities(file: &Path) -> Result<Vec<reqwest::Certificate>, TargetError> {
    let unreadable = |source| TargetError::CertificateFile { file: file.to_owned(), source };
    let none = |source| TargetError::NoCertificate { file: file.to_owned(), source };
    let pem = std::fs::read(file).map_err(unreadable)?;
    let certificates = reqwest::Certificate::from_pem_bundle(&pem).map_err(|error| none(Some(error)))?;
    if certificates.is_empty() { Err(none(None)) } else { Ok(certificates) }
}

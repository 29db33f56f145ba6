//! Targets: a SCIM server, and the credentials to use with it.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use super::certificates;
use super::failure::TargetError;
use super::service::Service;
use crate::base::{Secret, limits};

/// The form of the `Authorization` header.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Auth {
    /// No header.
    #[default]
    None,
    /// `Bearer <token>`
    Bearer(Secret),
    /// `Basic base64(user:password)`
    Basic { user: String, password: Secret },
    /// The raw value, as Okta apps with header authentication send it.
    Raw(Secret),
}

impl Auth {
    /// Returns the value of the `Authorization` header.
    #[must_use]
    pub fn header(&self) -> Option<String> {
        use base64::Engine as _;
        match self {
            Self::None => None,
            Self::Bearer(token) => Some(format!("Bearer {}", token.expose())),
            Self::Basic { user, password } => {
                let pair = format!("{user}:{}", password.expose());
                Some(format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair)))
            }
            Self::Raw(value) => Some(value.expose().to_owned()),
        }
    }
}

/// A SCIM server.
#[derive(Clone)]
pub struct Target {
    /// The base URL without a trailing slash, for example `http://127.0.0.1:8080/scim/v2/Zp4Q`.
    pub base: String,
    pub auth: Auth,
    /// Additional headers for every request.
    pub headers: Vec<(String, String)>,
    /// A PEM file with certificate authorities to trust in addition to the system's.
    pub ca_cert: Option<PathBuf>,
    /// Disables certificate verification.
    pub insecure: bool,
    /// The maximum time until a response is complete.
    pub timeout: Duration,
    /// A service in this process that receives the requests instead of the host in `base`.
    pub service: Option<Service>,
}

impl Target {
    /// Returns a target over HTTP with the default timeout and no additional headers. A trailing slash is removed.
    #[must_use]
    pub fn new(base: impl Into<String>, auth: Auth) -> Self {
        let base: String = base.into();
        Self {
            base: base.trim_end_matches('/').to_owned(),
            auth,
            headers: Vec::new(),
            ca_cert: None,
            insecure: false,
            timeout: limits::CLIENT_TIMEOUT,
            service: None,
        }
    }

    /// Returns a target in this process. No socket is involved, so that tests can run on Tokio's paused clock.
    #[must_use]
    pub fn in_process(base: impl Into<String>, auth: Auth, service: Service) -> Self {
        Self { service: Some(service), ..Self::new(base, auth) }
    }

    /// Reads the certificate file, so that an error in it is reported before anything is sent.
    ///
    /// # Errors
    /// The file cannot be read, or it contains no certificate.
    pub fn verify(&self) -> Result<(), TargetError> {
        self.ca_cert.as_deref().map_or(Ok(()), |file| certificates::authorities(file).map(drop))
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Target")
            .field("base", &self.base)
            .field("auth", &self.auth)
            .field("in_process", &self.service.is_some())
            .finish_non_exhaustive()
    }
}

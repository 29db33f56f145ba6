//! Whom to talk to, and with which credentials.

use std::path::PathBuf;
use std::time::Duration;

use crate::base::{Secret, limits};

/// The form of the `Authorization` header.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Auth {
    /// None is sent.
    #[default]
    None,
    /// `Bearer <token>`
    Bearer(Secret),
    /// `Basic base64(user:password)`
    Basic { user: String, password: Secret },
    /// The raw value, as Okta's header-auth apps send it.
    Raw(Secret),
}

impl Auth {
    /// The value of the `Authorization` header.
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
#[derive(Debug, Clone)]
pub struct Target {
    /// The base URL without a trailing slash, for example `http://127.0.0.1:8080/scim/v2/Zp4Q`.
    pub base: String,
    pub auth: Auth,
    /// More headers for every request.
    pub headers: Vec<(String, String)>,
    /// A certificate authority to trust beside the system's.
    pub ca_cert: Option<PathBuf>,
    /// Do not verify the certificate.
    pub insecure: bool,
    /// The longest wait for one whole answer.
    pub timeout: Duration,
}

impl Target {
    /// A target with the default timeout and no extra headers; a trailing slash is taken off.
    #[must_use]
    pub fn new(base: impl Into<String>, auth: Auth) -> Self {
        let base: String = base.into();
        Self {
            base: base.trim_end_matches('/').to_owned(),
            auth,
            headers: Vec::new(),
            ca_cert: None,
            insecure: false,
            timeout: limits::ANSWER_TIMEOUT,
        }
    }

    /// Reads the certificate file, so that a mistake in it is told before anything else begins.
    ///
    /// # Errors
    /// The file can't be read or holds no certificate: a sentence that names it.
    pub fn verify(&self) -> Result<(), String> {
        self.ca_cert.as_deref().map_or(Ok(()), |file| super::client::authorities(file).map(drop))
    }
}

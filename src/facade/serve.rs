//! The reference server in this process.

use super::error::{Error, text};
use crate::base::Secret;
use crate::server::InProcess;
use crate::server::defects;

/// A reference server to start; made by [`serve()`](super::serve()).
#[derive(Debug, Clone, Default)]
#[must_use]
pub struct Serve {
    defects: Vec<String>,
    token: Option<Secret>,
}

impl Serve {
    /// Breaks a rule on purpose (repeatable). The names are those of `scimulate serve --defect`.
    pub fn defect(mut self, name: impl Into<String>) -> Self {
        self.defects.push(name.into());
        self
    }

    /// Sets the SCIM bearer token; without this call it is random.
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.token = Some(Secret::new(token.into()));
        self
    }

    /// Starts the server on a thread of its own. It stops when the returned value is dropped.
    ///
    /// # Errors
    /// [`Error::Defect`] for an unknown name, [`Error::Server`] when there is no free port or no temporary folder.
    pub fn start(self) -> Result<Server, Error> {
        let named = |name: String| defects::by_name(&name).ok_or(Error::Defect(name));
        let defects = self.defects.into_iter().map(named).collect::<Result<_, _>>()?;
        let inner = InProcess::start_with(defects, self.token).map_err(|error| Error::Server(text(error)))?;
        Ok(Server { inner })
    }
}

/// A running reference server. Dropping it stops it and deletes its store.
#[derive(Debug)]
pub struct Server {
    inner: InProcess,
}

impl Server {
    /// Returns the SCIM base URL.
    #[must_use]
    pub fn scim_url(&self) -> &str {
        &self.inner.scim_url
    }

    /// Returns the SCIM bearer token.
    #[must_use]
    pub fn token(&self) -> &str {
        self.inner.token.expose()
    }

    /// Returns the URL of the Events API.
    #[must_use]
    pub fn events_url(&self) -> &str {
        &self.inner.events_url
    }

    /// Returns the key of the Events API.
    #[must_use]
    pub fn api_key(&self) -> &str {
        self.inner.api_key.expose()
    }

    /// Returns the messages of panics that requests caused; each one is a bug of the server.
    #[doc(hidden)]
    #[must_use]
    pub fn panics(&self) -> Vec<String> {
        self.inner.panics()
    }
}

//! Signs the security event tokens of event streams, with randomness from the operating system.

use ring::rand::SystemRandom;
use serde_json::{Value, json};

use crate::directory::event_stream::EventStream;
use crate::events::security_event::QueuedChange;
use crate::events::signing_key::{SigningKey, SigningKeyError, StoredKey};

/// Generates a signing key for a directory.
///
/// # Errors
/// If the operating system has no randomness.
pub fn new_signing_key() -> Result<StoredKey, SigningKeyError> {
    SigningKey::generate(&SystemRandom::new())
}

/// Renders the public keys of a directory as a JWK Set (RFC 7517 section 5).
///
/// # Errors
/// If a stored key cannot be read.
pub fn key_set(stored: &[StoredKey]) -> Result<Value, SigningKeyError> {
    let random = SystemRandom::new();
    let keys = stored.iter().map(|key| SigningKey::read(key, &random)?.public_jwk());
    Ok(json!({"keys": keys.collect::<Result<Vec<_>, _>>()?}))
}

/// Signs the tokens of one directory.
#[derive(Debug)]
pub struct TokenSigner {
    random: SystemRandom,
    key_id: String,
    key: SigningKey,
}

impl TokenSigner {
    /// Creates a signer from the keys of the directory, newest first.
    ///
    /// # Errors
    /// If there is no key, or it cannot be read.
    pub fn new(stored: &[StoredKey]) -> Result<Self, SigningKeyError> {
        let random = SystemRandom::new();
        let newest = stored.first().ok_or(SigningKeyError::Unreadable)?;
        Ok(Self { key: SigningKey::read(newest, &random)?, key_id: newest.id.clone(), random })
    }

    /// Returns whether it signs with the newest of these keys.
    #[must_use]
    pub fn has_newest(&self, stored: &[StoredKey]) -> bool {
        stored.first().is_some_and(|newest| newest.id == self.key_id)
    }

    /// Renders and signs the token for a change.
    ///
    /// # Errors
    /// If the operating system has no randomness.
    pub fn token(&self, stream: &EventStream, change: &QueuedChange) -> Result<String, SigningKeyError> {
        self.key.sign(&change.claims(stream.parties()), &self.random)
    }
}

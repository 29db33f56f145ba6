//! Seeded randomness with one stream for each purpose, so that a new use of randomness does not change the others.

use std::fmt;
use std::str::FromStr;

use rand::rngs::SysRng;
use rand::{SeedableRng, TryRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The number that determines every random choice of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seed(pub u64);

impl Seed {
    /// Returns a seed from the operating system. It is less than 2^53, so that every JSON parser preserves it.
    ///
    /// # Errors
    /// The operating system provides no randomness.
    pub fn fresh() -> Result<Self, rand::rngs::SysError> {
        Ok(Self(SysRng.try_next_u64()? >> 11))
    }

    /// Returns the seed for this label, so that two runs with one seed make different choices. It is less than 2^53.
    #[must_use]
    pub fn labeled(self, label: &str) -> Self {
        use rand::Rng as _;
        Self(self.stream(&format!("label:{label}")).next_u64() >> 11)
    }

    /// Returns the stream for one purpose, for example `stream("okta-ids")`.
    #[must_use]
    pub fn stream(self, purpose: &str) -> ChaCha8Rng {
        let mut hash = Sha256::new();
        hash.update(self.0.to_le_bytes());
        hash.update(purpose.as_bytes());
        ChaCha8Rng::from_seed(hash.finalize().into())
    }
}

impl fmt::Display for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Seed {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// Generates `len` characters of `alphabet`, for tokens and for names that Okta generates.
pub fn text(rng: &mut impl rand::Rng, alphabet: &[u8], len: usize) -> String {
    use rand::RngExt;
    (0..len).map(|_| alphabet.get(rng.random_range(0..alphabet.len())).map_or('0', |b| char::from(*b))).collect()
}

/// Letters and digits.
pub const ALPHANUMERIC: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

//! Directories, tokens and keys in memory, asked for with every request.
//!
//! Each use compares the database's `generation` with the one that was cached: a lookup of one row. Whatever another
//! process changed (a new directory, a setting, a revoked token) is thus seen by the next request.

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError, RwLock};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rusqlite::Connection;

use super::super::{Access, Credentials, StoreError};
use super::rows;
use super::uses::{Use, Uses};
use crate::base::secret::same_digest;
use crate::base::{Secret, limits};
use crate::directory::model::AuthForm;

/// The cache.
#[derive(Debug)]
pub(super) struct Registry {
    current: RwLock<Arc<Known>>,
    uses: Arc<Uses>,
}

/// What was true at one generation.
#[derive(Debug)]
pub(super) struct Known {
    generation: String,
    by_key: HashMap<String, Entry>,
    /// Numbers of rows by id. A directory keeps its own for good, so these hold at any generation.
    rows: HashMap<String, i64>,
    api_keys: Vec<[u8; 32]>,
}

#[derive(Debug)]
struct Entry {
    access: Arc<Access>,
    /// Digests of the live tokens; a place without one holds zeros, which are no text's digest.
    tokens: [[u8; 32]; limits::LIVE_TOKENS],
    /// Where the use of each is noted.
    uses: Vec<Use>,
}

impl Registry {
    pub(super) fn load(connection: &Connection, uses: Arc<Uses>) -> Result<Self, StoreError> {
        let generation = rows::generation(connection)?;
        let known = Known::load(connection, generation, &uses)?;
        Ok(Self { current: RwLock::new(Arc::new(known)), uses })
    }

    /// What is true now.
    pub(super) fn current(&self, connection: &Connection) -> Result<Arc<Known>, StoreError> {
        let generation = rows::generation(connection)?;
        let cached = Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner));
        if cached.generation == generation {
            return Ok(cached);
        }
        let fresh = super::read::snapshot(connection, |connection| {
            let generation = rows::generation(connection)?;
            Known::load(connection, generation, &self.uses)
        })?;
        let fresh = Arc::new(fresh);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&fresh);
        Ok(fresh)
    }

    /// The number of the row of a directory into which a request was let; `None` for one of another store.
    pub(super) fn row(&self, access: &Access) -> Option<i64> {
        let cached = self.current.read().unwrap_or_else(PoisonError::into_inner);
        cached.rows.get(&access.directory.id).copied()
    }
}

impl Known {
    fn load(connection: &Connection, generation: String, uses: &Uses) -> Result<Self, StoreError> {
        let (mut by_key, mut numbers) = (HashMap::new(), HashMap::new());
        for (number, directory) in rows::directories(connection)? {
            numbers.insert(directory.id.clone(), number);
            let (mut tokens, mut places) = ([[0; 32]; limits::LIVE_TOKENS], Vec::new());
            for (place, (row, digest)) in tokens.iter_mut().zip(rows::live_digests(connection, &directory.id)?) {
                *place = digest;
                places.push(uses.of(row));
            }
            let access = Arc::new(Access::of(directory)?);
            by_key.insert(access.directory.external_key.clone(), Entry { access, tokens, uses: places });
        }
        Ok(Self { generation, by_key, rows: numbers, api_keys: rows::live_api_keys(connection)? })
    }

    /// The directory, if the credentials are its own. For an unknown one, and for credentials in another form than the
    /// directory takes, the same work is done against digests that nothing has. `now`, in milliseconds since 1970, is
    /// noted as the token's last use.
    pub(super) fn authenticate(&self, external_key: &str, credentials: &Credentials, now: i64) -> Option<Arc<Access>> {
        let shown = Shown::of(credentials);
        let entry = self.by_key.get(external_key);
        let form = entry.map(|entry| entry.access.directory.settings.auth).unwrap_or_default();
        let token = shown.in_form(form);
        let digest = token.unwrap_or(&shown.whole).digest();
        let tokens = entry.map_or([[0; 32]; limits::LIVE_TOKENS], |entry| entry.tokens);
        // One bit a token, all of them compared.
        let matching =
            tokens.iter().rev().fold(0_u8, |found, token| (found << 1) | u8::from(same_digest(token, &digest)));
        let entry = entry.filter(|_| matching != 0 && token.is_some())?;
        if let Some(used) = entry.uses.get(matching.trailing_zeros() as usize) {
            used.store(now, Ordering::Relaxed);
        }
        Some(Arc::clone(&entry.access))
    }

    pub(super) fn knows_api_key(&self, key: &Secret) -> bool {
        let digest = key.digest();
        self.api_keys.iter().fold(0_u8, |found, known| found | u8::from(same_digest(known, &digest))) != 0
    }
}

/// The longest `Authorization` that is looked at, in bytes: tokens are far shorter, and how long it takes to read one must
/// not say how it is read.
const AUTHORIZATION: usize = 1_024;

/// The token that a request shows, read in every form: what is done does not tell which one the directory takes.
struct Shown {
    whole: Secret,
    bearer: Option<Secret>,
    basic: Option<Secret>,
}

impl Shown {
    fn of(credentials: &Credentials) -> Self {
        let value = credentials.authorization.as_ref().map(Secret::expose).unwrap_or_default();
        let value = if value.len() > AUTHORIZATION { "" } else { value };
        let after = |scheme: &str| {
            let (given, rest) = value.split_once(' ')?;
            given.eq_ignore_ascii_case(scheme).then(|| rest.trim())
        };
        let password = || {
            let pair = STANDARD.decode(after("Basic")?).ok()?;
            let pair = String::from_utf8(pair).ok()?;
            pair.split_once(':').map(|(_, password)| Secret::new(password))
        };
        Self { whole: Secret::new(value), bearer: after("Bearer").map(Secret::new), basic: password() }
    }

    fn in_form(&self, form: AuthForm) -> Option<&Secret> {
        match form {
            AuthForm::Bearer => self.bearer.as_ref(),
            AuthForm::Header => Some(&self.whole),
            AuthForm::Basic => self.basic.as_ref(),
        }
    }
}

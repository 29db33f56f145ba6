//! The credentials check: external keys, tokens and API keys, cached in memory.
//!
//! Another process may add a directory, change a setting or revoke a token at any time, and the next request must see
//! it. Each request therefore reads the database's `generation`, one row, which every such change increments. A cached
//! directory of an older generation is read again when a request for it arrives: one indexed query. Nothing is ever
//! loaded for all directories, so the cost of a change does not grow with their number.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use rusqlite::{Connection, OptionalExtension, params};

use super::super::{Access, Credentials, StoreError};
use super::rows;
use super::uses::{LastUse, Uses};
use crate::base::{Secret, limits};
use crate::directory::credentials::{Digests, Presented, is_api_key};

/// The most directories kept in memory. When there are more, the cache is emptied: reading one again costs one query.
const CACHED: usize = 4_096;

/// The cache.
#[derive(Debug)]
pub(super) struct Registry {
    by_key: RwLock<HashMap<String, Arc<Entry>>>,
    /// Row numbers by directory id. A directory keeps its row, so these are valid in every generation.
    rows: RwLock<HashMap<String, i64>>,
    api_keys: RwLock<Arc<ApiKeys>>,
    /// Held while a directory or the API keys are read, so that concurrent requests do not repeat the work.
    loading: Mutex<()>,
    uses: Arc<Uses>,
}

/// One directory as of one generation.
#[derive(Debug)]
struct Entry {
    generation: String,
    access: Arc<Access>,
    tokens: Tokens,
}

/// The live tokens of one directory.
#[derive(Debug)]
struct Tokens {
    digests: Digests,
    uses: Vec<Arc<LastUse>>,
}

/// The live API keys as of one generation.
#[derive(Debug, Default)]
struct ApiKeys {
    generation: Option<String>,
    digests: Vec<[u8; 32]>,
}

impl Registry {
    pub(super) fn new(uses: Arc<Uses>) -> Self {
        Self {
            by_key: RwLock::default(),
            rows: RwLock::default(),
            api_keys: RwLock::default(),
            loading: Mutex::default(),
            uses,
        }
    }

    /// Returns the directory if the credentials are valid for it, and notes `now` (milliseconds since 1970) as the
    /// token's last use.
    ///
    /// A refusal costs the same for an unknown directory, a wrong token and credentials in another form than the
    /// directory takes: the same queries, the same digests, the same comparisons.
    pub(super) fn authenticate(
        &self,
        connection: &Connection,
        address: &str,
        credentials: &Credentials,
        now: i64,
    ) -> Result<Option<Arc<Access>>, StoreError> {
        let presented = Presented::of(credentials.authorization.as_ref());
        let generation = rows::generation(connection)?;
        let cached = self.cached(address).filter(|entry| entry.generation == generation);
        if let Some(access) = self.accept(cached.as_deref(), &presented, now) {
            return Ok(Some(access));
        }
        let fresh = self.load(connection, address, generation)?;
        Ok(self.accept(fresh.as_deref(), &presented, now))
    }

    fn cached(&self, address: &str) -> Option<Arc<Entry>> {
        self.by_key.read().unwrap_or_else(PoisonError::into_inner).get(address).cloned()
    }

    /// Compares what was presented with every token, or with digests that no token has when there is no entry.
    fn accept(&self, entry: Option<&Entry>, presented: &Presented, now: i64) -> Option<Arc<Access>> {
        let directory = entry.map(|entry| (entry.access.directory.settings.auth, &entry.tokens.digests));
        let position = presented.matches(directory)?;
        let entry = entry?;
        if let Some(token) = entry.tokens.uses.get(position) {
            self.uses.note(token, now);
        }
        Some(Arc::clone(&entry.access))
    }

    /// Reads a directory and its live tokens. For an unknown address the same rows of another directory are read,
    /// so that the time does not tell the two apart.
    fn load(
        &self,
        connection: &Connection,
        address: &str,
        generation: String,
    ) -> Result<Option<Arc<Entry>>, StoreError> {
        let _one_at_a_time = self.loading.lock().unwrap_or_else(PoisonError::into_inner);
        let mut found = None;
        let mut tokens = Tokens { digests: [[0; 32]; limits::LIVE_TOKENS], uses: Vec::new() };
        let mut select = connection.prepare_cached(
            "SELECT d.row, ?1 IS NOT NULL, d.updated_at, t.row, t.digest, d.id
             FROM directory d LEFT JOIN token t ON t.directory = d.row AND t.revoked_at IS NULL
             WHERE d.row = ifnull(?1, ?2)
             ORDER BY t.row DESC",
        )?;
        let oldest: Option<i64> =
            connection.prepare_cached("SELECT min(row) FROM directory")?.query_row([], |row| row.get(0))?;
        // All three are looked up, so that the time does not reveal which of them there is.
        let by = |sql: &str| -> Result<Option<i64>, StoreError> {
            Ok(connection.prepare_cached(sql)?.query_row([address], |row| row.get(0)).optional()?)
        };
        let by_key = by("SELECT row FROM directory WHERE external_key = ?1 AND deleted_at IS NULL")?;
        let by_label = by("SELECT row FROM directory WHERE label = ?1 AND deleted_at IS NULL")?;
        let by_host = by(
            "SELECT row FROM directory WHERE host = substr(?1, 3) AND substr(?1, 1, 2) = '//' AND deleted_at IS NULL",
        )?;
        let mut lines = select.query(params![by_key.or(by_label).or(by_host), oldest])?;
        let mut places = tokens.digests.iter_mut();
        while let Some(row) = lines.next()? {
            found = Some((row.get(0)?, row.get::<_, bool>(1)?, rows::at(row, 2)?, row.get::<_, String>(5)?));
            if let (Some(token), Some(place)) = (row.get::<_, Option<i64>>(3)?, places.next()) {
                *place = row.get(4)?;
                tokens.uses.push(LastUse::of(token));
            }
        }
        let Some((row, true, updated_at, id)) = found else { return Ok(None) };
        let before = self.cached(address).map(|entry| Arc::clone(&entry.access));
        // A label or a host name may belong to another directory by now.
        let is_current = |access: &Arc<Access>| access.directory.id == id && access.directory.updated_at == updated_at;
        let access = match before.filter(is_current) {
            Some(unchanged) => unchanged,
            None => match rows::directory_by_row(connection, row)? {
                Some(directory) => Arc::new(Access::of(directory)?),
                None => return Ok(None),
            },
        };
        put(&self.rows, access.directory.id.clone(), row);
        let entry = Arc::new(Entry { generation, access, tokens });
        put(&self.by_key, address.to_owned(), Arc::clone(&entry));
        Ok(Some(entry))
    }

    /// Returns the row number of a directory; `None` when it belongs to another store.
    pub(super) fn row(&self, connection: &Connection, access: &Access) -> Result<Option<i64>, StoreError> {
        let id = &access.directory.id;
        if let Some(row) = self.rows.read().unwrap_or_else(PoisonError::into_inner).get(id) {
            return Ok(Some(*row));
        }
        let mut find = connection.prepare_cached("SELECT row FROM directory WHERE id = ?1")?;
        let row = find.query_row([id], |row| row.get(0)).optional()?;
        if let Some(row) = row {
            put(&self.rows, id.clone(), row);
        }
        Ok(row)
    }

    /// Returns whether this is a live API key.
    pub(super) fn accepts_api_key(&self, connection: &Connection, key: &Secret) -> Result<bool, StoreError> {
        let generation = rows::generation(connection)?;
        let keys = self.api_keys(connection, generation)?;
        Ok(is_api_key(key, &keys.digests))
    }

    fn api_keys(&self, connection: &Connection, generation: String) -> Result<Arc<ApiKeys>, StoreError> {
        let current = || {
            let keys = Arc::clone(&self.api_keys.read().unwrap_or_else(PoisonError::into_inner));
            (keys.generation.as_ref() == Some(&generation)).then_some(keys)
        };
        if let Some(keys) = current() {
            return Ok(keys);
        }
        let _one_at_a_time = self.loading.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(keys) = current() {
            return Ok(keys);
        }
        let digests = rows::live_api_keys(connection)?;
        let keys = Arc::new(ApiKeys { generation: Some(generation), digests });
        *self.api_keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&keys);
        Ok(keys)
    }
}

/// Adds to a cache of at most [`CACHED`] entries.
fn put<T>(cache: &RwLock<HashMap<String, T>>, key: String, value: T) {
    let mut cache = cache.write().unwrap_or_else(PoisonError::into_inner);
    if cache.len() >= CACHED && !cache.contains_key(&key) {
        cache.clear();
    }
    cache.insert(key, value);
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::super::schema;
    use super::*;

    /// A store with this many directories, one live token each.
    fn store(path: &Path, directories: i64) -> Connection {
        let connection = schema::open(path).unwrap();
        connection
            .execute_batch("BEGIN; INSERT INTO organization VALUES (1, 'org_1', 'Org', 0, 0, NULL, '{}', NULL)")
            .unwrap();
        let settings = serde_json::to_string(&crate::directory::Settings::default()).unwrap();
        for n in 1..=directories {
            let (id, key, name) = (format!("directory_{n}"), format!("key{n}"), format!("Directory {n}"));
            connection
                .prepare_cached("INSERT INTO directory VALUES (?1, ?2, 1, ?3, ?4, ?5, 0, 0, NULL, NULL, NULL)")
                .unwrap()
                .execute((n, id, name, key, &settings))
                .unwrap();
            add_token(&connection, n, &format!("token{n}"));
        }
        connection.execute_batch("COMMIT").unwrap();
        connection
    }

    fn add_token(connection: &Connection, directory: i64, token: &str) {
        connection
            .prepare_cached("INSERT INTO token VALUES (NULL, ?2, ?1, ?3, 'xxxx', 0, NULL)")
            .unwrap()
            .execute((directory, token, Secret::new(token).digest()))
            .unwrap();
        connection.execute_batch("UPDATE setting SET value = value + 1 WHERE name = 'generation'").unwrap();
    }

    fn bearer(token: &str) -> Credentials {
        Credentials { authorization: Some(Secret::new(format!("Bearer {token}"))) }
    }

    /// Counts the steps of SQLite's virtual machine: a scan takes several for each row.
    fn steps<T>(connection: &Connection, work: impl FnOnce(&Connection) -> T) -> (u64, T) {
        let steps = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&steps);
        let count = move || {
            counter.fetch_add(1, Ordering::Relaxed);
            false
        };
        connection.progress_handler(1, Some(count)).unwrap();
        let result = work(connection);
        connection.progress_handler(0, None::<fn() -> bool>).unwrap();
        (steps.load(Ordering::Relaxed), result)
    }

    /// A change of one token reads one directory, however many there are.
    #[test]
    fn work_after_a_token_change_does_not_grow_with_directories() {
        let folder = tempfile::tempdir().unwrap();
        let work = |directories: i64| {
            let connection = store(&folder.path().join(format!("{directories}.db")), directories);
            let registry = Registry::new(Arc::new(Uses::since(0)));
            let authenticate = |key: &str, token: &str| {
                let (steps, access) =
                    steps(&connection, |open| registry.authenticate(open, key, &bearer(token), 1).unwrap());
                (steps, access.map(|access| access.directory.id.clone()))
            };
            let (opening, access) = authenticate("key7", "token7");
            assert_eq!(access.as_deref(), Some("directory_7"));
            let (cached, _) = authenticate("key7", "token7");
            assert!(cached < opening, "{cached} {opening}");
            add_token(&connection, 7, "second");
            let (after_change, access) = authenticate("key7", "second");
            assert_eq!(access.as_deref(), Some("directory_7"));
            let (elsewhere, access) = authenticate("key9", "token9");
            assert_eq!(access.as_deref(), Some("directory_9"));
            [opening, cached, after_change, elsewhere]
        };
        let (few, many) = (work(20), work(10_000));
        assert_eq!(few, many);
        assert!(many.iter().all(|steps| *steps < 200), "{many:?}");
    }

    /// A refusal reads as much for an unknown directory as for a known one, cached or not.
    #[test]
    fn a_refusal_costs_the_same_for_known_and_unknown_directories() {
        let folder = tempfile::tempdir().unwrap();
        let connection = store(&folder.path().join("s.db"), 20);
        let registry = Registry::new(Arc::new(Uses::since(0)));
        let refusal = |key: &str| {
            let (steps, access) =
                steps(&connection, |open| registry.authenticate(open, key, &bearer("no"), 1).unwrap());
            assert!(access.is_none());
            steps
        };
        refusal("key7");
        let (known, unknown) = (refusal("key7"), refusal("unknown"));
        // A search of an index takes a few steps more when it finds something.
        assert!(known.abs_diff(unknown) <= 5, "{known} {unknown}");
    }

    /// The cache is bounded, and a directory that it dropped is read again.
    #[test]
    fn the_cache_is_bounded() {
        let folder = tempfile::tempdir().unwrap();
        let connection = store(&folder.path().join("s.db"), i64::try_from(CACHED + 2).unwrap());
        let registry = Registry::new(Arc::new(Uses::since(0)));
        for n in (1..=CACHED + 2).chain([1]) {
            let access =
                registry.authenticate(&connection, &format!("key{n}"), &bearer(&format!("token{n}")), 1).unwrap();
            let access = access.unwrap();
            assert_eq!(registry.row(&connection, &access).unwrap(), Some(i64::try_from(n).unwrap()));
            assert!(registry.by_key.read().unwrap().len() <= CACHED && registry.rows.read().unwrap().len() <= CACHED);
        }
    }
}

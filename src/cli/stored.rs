//! What the commands on a store share: opening it, and which of its errors are the user's.

use std::future::Future;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};

use super::Usage;
use crate::base::SystemClock;
use crate::store::sqlite::SqliteStore;
use crate::store::{Store, StoreError};

/// Runs `work` on the store of a file that exists, also while a server has it open, and closes it.
pub(super) fn with_store<T, F>(file: &Path, work: impl FnOnce(Arc<SqliteStore>) -> F) -> Result<T>
where
    F: Future<Output = Result<T>>,
{
    if !file.is_file() {
        let file = file.display();
        return Err(Usage(format!("there is no store {file}; scimulate serve --data {file} makes one")).into());
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("no runtime")?;
    runtime.block_on(async {
        let store = SqliteStore::open(file, Arc::new(SystemClock), None)
            .with_context(|| format!("{} can't be used as a store", file.display()))?;
        let store = Arc::new(store);
        let done = work(Arc::clone(&store)).await;
        store.close().await?;
        done
    })
}

/// What the user named wrongly is a usage error; the rest is the store's.
pub(super) fn judge(error: StoreError) -> anyhow::Error {
    match error {
        StoreError::Unknown(text) | StoreError::Refused(text) => Usage(text).into(),
        error => error.into(),
    }
}

/// One line on stdout.
pub(super) fn line(text: impl std::fmt::Display) -> Result<()> {
    writeln!(anstream::stdout().lock(), "{text}")?;
    Ok(())
}

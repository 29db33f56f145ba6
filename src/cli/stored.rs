//! Opening a store for the commands that administer one.

use std::future::Future;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};

use super::Usage;
use crate::base::SystemClock;
use crate::store::Store;
use crate::store::sqlite::{Content, SqliteStore, inspect};

/// The store of every command, unless `--data` names another.
pub(super) const DEFAULT: &str = "scimulate.db";

/// Runs `work` on the store in an existing file, also while a server has it open, and closes it.
pub(super) fn with_store<T, F>(file: &Path, work: impl FnOnce(Arc<SqliteStore>) -> F) -> Result<T>
where
    F: Future<Output = Result<T>>,
{
    if inspect(file)? != Content::Store {
        return Err(no_store(file).into());
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("no runtime")?;
    runtime.block_on(async {
        let store = Arc::new(SqliteStore::open(file, Arc::new(SystemClock), None)?);
        let done = work(Arc::clone(&store)).await;
        store.close().await?;
        done
    })
}

/// The error for a file that is not there, or is empty.
pub(super) fn no_store(file: &Path) -> Usage {
    Usage(format!("there is no store in {}; to create one: scimulate serve{}", file.display(), data_flag(file)))
}

/// Returns ` --data FILE` as a shell takes it; nothing for the default store.
pub(super) fn data_flag(file: &Path) -> String {
    if file == Path::new(DEFAULT) {
        return String::new();
    }
    let text = file.display().to_string();
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+=:@,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return format!(" --data {text}");
    }
    format!(" --data '{}'", text.replace('\'', r"'\''"))
}

/// Prints one line on stdout.
pub(super) fn line(text: impl std::fmt::Display) -> Result<()> {
    writeln!(anstream::stdout().lock(), "{text}")?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_printed_flag_can_be_pasted() {
        assert_eq!(data_flag(Path::new("scimulate.db")), "");
        assert_eq!(data_flag(Path::new("/tmp/a.db")), " --data /tmp/a.db");
        assert_eq!(data_flag(Path::new("my store's.db")), r" --data 'my store'\''s.db'");
    }
}

//! Who may read at a time, where reading takes longer than a point read: in turns.
//!
//! A reading begins in a lane for short ones, where lists and small searches also end. What is still busy after a turn goes
//! on in another lane, a turn at a time, behind all who wait there: eight scans of a large directory share the processor
//! like eight, and hold up neither a list nor a ninth. A reading whose caller has gone away ends with its turn.

use std::sync::Arc;

use rusqlite::Connection;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use super::super::StoreError;
use super::readers::Readers;
use super::{closed, read};

/// A turn, in steps of SQLite's machine: some thousand documents, a few milliseconds.
const TURN: i32 = 50_000;
/// First turns at a time.
const FIRST: usize = 2;
/// Readings that may be long and have begun; each holds a connection and a thread. More wait.
const LONG: usize = 16;

/// The lanes.
#[derive(Debug, Clone)]
pub(super) struct FairScheduler {
    long: Arc<Semaphore>,
    first: Arc<Semaphore>,
    further: Arc<Semaphore>,
}

/// What a reading is expected to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ScanLength {
    Short,
    Long,
}

impl FairScheduler {
    pub(super) fn new() -> Self {
        // Point reads run on the caller's threads and need their share.
        let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let lane = |permits| Arc::new(Semaphore::new(permits));
        Self { long: lane(LONG), first: lane(FIRST), further: lane((processors / 2).max(1)) }
    }

    /// Reads one state of the database on a blocking thread, in turns.
    ///
    /// # Errors
    /// As `work`.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        length: ScanLength,
        readers: Arc<Readers>,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let _long = match length {
            ScanLength::Short => None,
            ScanLength::Long => Some(self.long.acquire().await.map_err(|_| closed())?),
        };
        let first = Arc::clone(&self.first).acquire_owned().await.map_err(|_| closed())?;
        let further = Arc::clone(&self.further);
        let gone = CancellationToken::new();
        // Dropped with this future: then nobody waits any more.
        let _here = gone.clone().drop_guard();
        blocking(move || {
            readers.with(|connection| {
                pace(connection, Handle::current(), first, further, gone)?;
                let result = read::snapshot(connection, work);
                connection.progress_handler(0, None::<fn() -> bool>)?;
                result
            })
        })
        .await
    }

    /// Long work on a thread of its own, as one of the few.
    ///
    /// # Errors
    /// As `work`.
    pub(super) async fn run_blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let _long = self.long.acquire().await.map_err(|_| closed())?;
        blocking(work).await
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| StoreError::Backend(format!("a scan broke off: {error}")))?
}

/// Makes what runs on a connection give its place up after each turn, and break off when the caller has gone. The place
/// is free again when the handler is taken away.
fn pace(
    connection: &Connection,
    runtime: Handle,
    first: OwnedSemaphorePermit,
    further: Arc<Semaphore>,
    gone: CancellationToken,
) -> Result<(), StoreError> {
    let mut place = Some(first);
    let next_turn = move || {
        drop(place.take());
        if !gone.is_cancelled() {
            // Those who wait come before whoever comes back.
            place = runtime.block_on(Arc::clone(&further).acquire_owned()).ok();
        }
        gone.is_cancelled() || place.is_none()
    };
    Ok(connection.progress_handler(TURN, Some(next_turn))?)
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::sync::mpsc;
    use std::time::Duration;

    use super::*;

    const ENDLESS: &str = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";

    fn readers() -> (tempfile::TempDir, Arc<Readers>) {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("s.db");
        drop(super::super::schema::open(&path).unwrap());
        (place, Arc::new(Readers::new(&path, super::super::schema::open_scanner)))
    }

    fn counted(connection: &Connection, sql: &str) -> Result<i64, StoreError> {
        Ok(connection.query_row(sql, [], |row| row.get(0))?)
    }

    /// An endless reading that tells when it begins and how it ended.
    fn endless(
        scheduler: &FairScheduler,
        readers: &Arc<Readers>,
    ) -> (impl Future<Output = Result<(), StoreError>> + Send + 'static, mpsc::Receiver<Option<StoreError>>) {
        let (tell, told) = mpsc::channel();
        let (scheduler, readers) = (scheduler.clone(), Arc::clone(readers));
        let reading = async move {
            scheduler
                .read(ScanLength::Long, readers, move |connection| {
                    tell.send(None).unwrap();
                    let ended = counted(connection, ENDLESS).map(drop);
                    tell.send(ended.err()).unwrap();
                    Ok(())
                })
                .await
        };
        (reading, told)
    }

    /// Endless readings in all places: another one passes them all, turn by turn, and each ends when its caller goes.
    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn readings_take_turns_and_end_with_their_callers() {
        let (_place, readers) = readers();
        let scheduler = FairScheduler::new();
        let callers: Vec<_> = (0..4)
            .map(|_| {
                let (reading, told) = endless(&scheduler, &readers);
                (tokio::spawn(reading), told)
            })
            .collect();
        let begun = |told: &mpsc::Receiver<_>| tokio::task::block_in_place(|| told.recv().unwrap());
        for (_, told) in &callers {
            assert!(begun(told).is_none());
        }
        // Several turns long.
        let sql = ENDLESS.replace("FROM n)", "FROM n WHERE i < 100000)");
        let passed =
            scheduler.read(ScanLength::Long, Arc::clone(&readers), move |connection| counted(connection, &sql));
        assert_eq!(tokio::time::timeout(Duration::from_mins(1), passed).await.unwrap().unwrap(), 100_000);
        for (caller, told) in callers {
            caller.abort();
            let ended = begun(&told).unwrap();
            assert!(ended.to_string().contains("interrupted"), "{ended}");
        }
        assert_eq!(readers.with(|connection| counted(connection, "SELECT 7")).unwrap(), 7);
    }
}

//! Shares the processor among reads that take longer than a point read, in time slices.
//!
//! Each read starts in a lane for short reads, where lists and small searches also finish. A read that needs more than
//! one time slice continues in another lane, one slice at a time, behind all reads that wait there. So eight scans of a
//! large directory share the processor equally and delay neither a list nor a ninth scan. A read whose caller has gone
//! away is interrupted at the end of its slice.

use std::sync::Arc;

use rusqlite::Connection;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use super::super::StoreError;
use super::read;
use super::readers::Readers;

/// The length of a time slice, in steps of SQLite's virtual machine: some thousand documents, a few milliseconds.
const SLICE: i32 = 50_000;
/// The number of reads that may be in their first slice at a time.
const FIRST: usize = 2;
/// The number of possibly long reads that may have started; each holds a connection and a thread. More wait.
const LONG: usize = 16;

/// The lanes, and the number of reads that each admits.
#[derive(Debug, Clone)]
pub(super) struct FairScheduler {
    long: Arc<Semaphore>,
    first: Arc<Semaphore>,
    further: Arc<Semaphore>,
}

/// The expected duration of a read.
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

    /// Occupies the lane in which reads start, so that none runs until the permit is dropped.
    #[cfg(test)]
    pub(super) async fn occupy(&self) -> OwnedSemaphorePermit {
        let all = u32::try_from(FIRST).unwrap();
        Arc::clone(&self.first).acquire_many_owned(all).await.unwrap()
    }

    /// Runs `work` on one state of the database, on a blocking thread, in time slices.
    ///
    /// # Errors
    /// The error of `work`, or an error when it was interrupted.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        length: ScanLength,
        readers: Arc<Readers>,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let _long = match length {
            ScanLength::Short => None,
            ScanLength::Long => Some(self.long.acquire().await.map_err(|_| StoreError::closed())?),
        };
        let first = Arc::clone(&self.first).acquire_owned().await.map_err(|_| StoreError::closed())?;
        let further = Arc::clone(&self.further);
        let gone = CancellationToken::new();
        // Dropped together with this future: then the result is no longer wanted.
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

    /// Runs long work on a blocking thread, as one of at most [`LONG`].
    ///
    /// # Errors
    /// The error of `work`.
    pub(super) async fn run_blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let _long = self.long.acquire().await.map_err(|_| StoreError::closed())?;
        blocking(work).await
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| StoreError::Backend(format!("a scan was aborted: {error}")))?
}

/// Makes the statements of a connection yield their permit after each time slice, and stop when the caller has gone. The
/// permit is released when the progress handler is removed.
fn pace(
    connection: &Connection,
    runtime: Handle,
    first: OwnedSemaphorePermit,
    further: Arc<Semaphore>,
    gone: CancellationToken,
) -> Result<(), StoreError> {
    let mut permit = Some(first);
    let next_slice = move || {
        drop(permit.take());
        if !gone.is_cancelled() {
            // The semaphore is fair: reads that wait already come first.
            permit = runtime.block_on(Arc::clone(&further).acquire_owned()).ok();
        }
        gone.is_cancelled() || permit.is_none()
    };
    Ok(connection.progress_handler(SLICE, Some(next_slice))?)
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::sync::mpsc;
    use std::time::Duration;

    use super::*;

    const ENDLESS: &str = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";

    fn readers() -> (tempfile::TempDir, Arc<Readers>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s.db");
        drop(super::super::schema::open(&path).unwrap());
        (folder, Arc::new(Readers::new(&path, super::super::schema::open_scanner)))
    }

    fn counted(connection: &Connection, sql: &str) -> rusqlite::Result<i64> {
        connection.query_row(sql, [], |row| row.get(0))
    }

    /// Returns an endless read, and a channel that reports its start and its error.
    fn endless(
        scheduler: &FairScheduler,
        readers: &Arc<Readers>,
    ) -> (impl Future<Output = Result<(), StoreError>> + Send + 'static, mpsc::Receiver<Option<rusqlite::Error>>) {
        let (reports, report) = mpsc::channel();
        let (scheduler, readers) = (scheduler.clone(), Arc::clone(readers));
        let reading = async move {
            scheduler
                .read(ScanLength::Long, readers, move |connection| {
                    reports.send(None).unwrap();
                    let ended = counted(connection, ENDLESS).map(drop);
                    reports.send(ended.err()).unwrap();
                    Ok(())
                })
                .await
        };
        (reading, report)
    }

    /// While endless reads occupy all lanes, a finite read completes, and each endless read ends when its caller goes.
    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn reads_share_the_processor_and_end_with_their_callers() {
        let (_folder, readers) = readers();
        let scheduler = FairScheduler::new();
        let callers: Vec<_> = (0..4)
            .map(|_| {
                let (reading, report) = endless(&scheduler, &readers);
                (tokio::spawn(reading), report)
            })
            .collect();
        let received = |report: &mpsc::Receiver<_>| tokio::task::block_in_place(|| report.recv().unwrap());
        for (_, report) in &callers {
            assert!(received(report).is_none());
        }
        // Takes several slices.
        let sql = ENDLESS.replace("FROM n)", "FROM n WHERE i < 100000)");
        let passed =
            scheduler.read(ScanLength::Long, Arc::clone(&readers), move |connection| Ok(counted(connection, &sql)?));
        assert_eq!(tokio::time::timeout(Duration::from_mins(1), passed).await.unwrap().unwrap(), 100_000);
        for (caller, report) in callers {
            caller.abort();
            let ended = received(&report).unwrap();
            assert_eq!(ended.sqlite_error_code(), Some(rusqlite::ErrorCode::OperationInterrupted), "{ended}");
        }
        assert_eq!(readers.with(|connection| Ok(counted(connection, "SELECT 7")?)).unwrap(), 7);
    }
}

//! The way of a request to the writer or to a thread that scans.

use std::future::ready;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures::future::BoxFuture;
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::super::steps::{self, PreparedPatch};
use super::super::{StoreError, Write, Written};
use super::fair_scheduling::ScanLength;
use super::write::Attempt;
use super::writer::{self, WriterRequest};
use super::{SqliteStore, error, read};
use crate::base::limits;

/// Number of times that a PATCH is prepared because its resource keeps moving, before the writer applies it.
const PREPARATIONS: usize = 3;

impl SqliteStore {
    /// Sends a request to the writer and waits for its commit.
    pub(super) async fn submit<T>(
        &self,
        request: impl FnOnce(writer::Reply<T>) -> WriterRequest,
    ) -> Result<T, StoreError> {
        let (reply, result) = oneshot::channel();
        self.queue.send(request(reply)).await.map_err(|_| StoreError::closed())?;
        result.await.map_err(|_| StoreError::closed())?
    }

    /// Runs one write. A long PATCH is applied before it reaches the writer, which only checks that its resource has not
    /// moved. If it keeps moving, the writer applies the PATCH itself.
    pub(super) async fn run(&self, write: Write) -> Result<Written, StoreError> {
        let write = Arc::new(write);
        for _ in 0..PREPARATIONS {
            let Some(prepared) = self.prepare(&write).await? else { break };
            let attempt = self.submit(|reply| WriterRequest::Write(Arc::clone(&write), Some(prepared), reply)).await?;
            if let Attempt::Done(written) = attempt {
                return Ok(written);
            }
        }
        self.submit(|reply| WriterRequest::Write(write, None, reply)).await?.written()
    }

    /// Applies a long PATCH to the present state of its resource, on a blocking thread. Returns `None` for other commands.
    async fn prepare(&self, write: &Arc<Write>) -> Result<Option<PreparedPatch>, StoreError> {
        let Some(id) = write.command.id().filter(|_| steps::is_worth_preparing(&write.command)) else {
            return Ok(None);
        };
        let Some(row) = self.shared.row(&write.directory)? else { return Ok(None) };
        let (write, id, kind) = (Arc::clone(write), id.to_owned(), write.command.kind());
        self.shared.counters.prepared.fetch_add(1, Ordering::Relaxed);
        self.scan(ScanLength::Short, move |connection| {
            let subject = read::subject(connection, row, kind, &id)?;
            let resource = subject.as_ref().map(|(_, subject)| &subject.resource);
            Ok(steps::prepare(&write, resource)?)
        })
        .await
    }

    /// Sends writes to the writer in slices of one transaction each, so that other requests get their turn in between.
    pub(super) async fn sequence(&self, writes: Vec<Write>, most: Option<usize>) -> Vec<Result<Written, StoreError>> {
        let mut results = Vec::with_capacity(writes.len());
        let mut left = most;
        let mut writes = writes.into_iter();
        loop {
            let slice: Vec<Arc<Write>> = writes.by_ref().take(limits::GROUP_COMMIT).map(Arc::new).collect();
            if slice.is_empty() || left == Some(0) {
                return results;
            }
            let count = slice.len();
            let mut prepared = Vec::with_capacity(count);
            for write in slice {
                // A failure here may be due to a write of this slice that comes first; the writer tries again.
                let patch = self.prepare(&write).await.unwrap_or_default();
                prepared.push((write, patch));
            }
            let done = match self.submit(|reply| WriterRequest::Writes(prepared, left, reply)).await {
                Ok(done) => done,
                // None of them was committed.
                Err(error) => (0..count.min(left.unwrap_or(count))).map(|_| Err(error::copy_of(&error))).collect(),
            };
            let failed = done.iter().filter(|result| result.is_err()).count();
            left = left.map(|left| left.saturating_sub(failed));
            results.extend(done);
        }
    }

    /// Reads on a blocking thread, in time slices.
    pub(super) async fn scan<T: Send + 'static>(
        &self,
        length: ScanLength,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.shared.scheduler.read(length, Arc::clone(&self.shared.scanners), work).await
    }

    pub(super) fn now_or<T: Send + 'static>(
        result: Result<T, StoreError>,
    ) -> BoxFuture<'static, Result<T, StoreError>> {
        Box::pin(ready(result))
    }

    /// Reads on the calling thread.
    pub(super) fn read_now<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> BoxFuture<'static, Result<T, StoreError>> {
        let result = self.shared.health.available().and_then(|()| self.shared.readers.with(read));
        Self::now_or(result)
    }
}

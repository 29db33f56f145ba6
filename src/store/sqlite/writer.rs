//! The writer thread, which commits queued requests in groups.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::Instant;

use rand::SeedableRng;
use rand::rngs::SysRng;
use rand_chacha::ChaCha8Rng;
use rusqlite::Connection;
use tokio::sync::mpsc::error::TryRecvError;
use tokio::sync::{mpsc, oneshot};

use super::super::figures::WriterWork;
use super::super::steps::PreparedPatch;
use super::super::{AdminCommand, AdminOutcome, DeliveryRecord, StoreError, WebhookCommand, Write, Written};
use super::counters::Counters;
use super::error;
use super::health::Health;
use super::transaction::{DirectoryCache, Transaction, WriterState};
use super::uses::UseWriter;
use super::write::Attempt;
use super::{administration, purge, rows, write};
use crate::base::ids::Minter;
use crate::base::{Clock, Seed, limits};
use crate::directory::Command;

/// The channel for a request's result, used once the request is committed.
pub(super) type Reply<T> = oneshot::Sender<Result<T, StoreError>>;

/// A request to the writer.
#[derive(Debug)]
pub(super) enum WriterRequest {
    /// One write, with its PATCH if that was prepared.
    Write(Arc<Write>, Option<PreparedPatch>, Reply<Attempt>),
    /// At most [`limits::GROUP_COMMIT`] writes in this order. After the given number of failures the rest is skipped.
    Writes(Vec<(Arc<Write>, Option<PreparedPatch>)>, Option<usize>, Reply<Vec<Result<Written, StoreError>>>),
    Admin(Box<AdminCommand>, Reply<AdminOutcome>),
    /// Stores when tokens were last used. Every transaction does this, so there is nothing else to do.
    Uses,
    /// Commits without a change, to find out whether the store takes writes again.
    Probe(Reply<()>),
    Close(Reply<()>),
}

impl WriterRequest {
    /// Returns the number of commands in the request.
    fn commands(&self) -> usize {
        match self {
            Self::Writes(writes, ..) => writes.len(),
            Self::Write(..) | Self::Admin(..) | Self::Uses | Self::Probe(_) | Self::Close(_) => 1,
        }
    }
}

impl WriterRequest {
    /// Returns whether those who follow the store must know of the request. Progress of deliveries is no news: otherwise each
    /// endpoint would wake all others with each delivery. Nor is the end of old events.
    fn is_news(&self) -> bool {
        match self {
            Self::Admin(command, _) => match &**command {
                AdminCommand::Webhook(WebhookCommand::Record(DeliveryRecord { is_exhausted: false, .. }))
                | AdminCommand::ExpireEvents { .. } => false,
                AdminCommand::Stream(command) => !command.is_progress(),
                _ => true,
            },
            _ => false,
        }
    }
}

/// The lead of the newest event over the clock that causes a warning, in milliseconds. A burst of events within one
/// millisecond can borrow a little time.
const LOG_AHEAD_MS: u64 = 1_000;

/// Sends a result, or the failure of the commit in its place.
type Completion = Box<dyn FnOnce(Result<(), StoreError>)>;

/// Starts the thread. It ends when all senders are dropped or after [`WriterRequest::Close`], in both cases once the queue is
/// empty.
pub(super) fn start(
    connection: Connection,
    clock: Arc<dyn Clock>,
    seed: Option<Seed>,
    requests: mpsc::Receiver<WriterRequest>,
    noted: UseWriter,
    counters: Arc<Counters>,
    health: Arc<Health>,
) -> Result<JoinHandle<()>, StoreError> {
    let random = |error| StoreError::Backend(format!("no randomness from the operating system: {error}"));
    let secrets = ChaCha8Rng::try_from_rng(&mut SysRng).map_err(random)?;
    let entropy = match seed {
        Some(seed) => seed.stream("store-ids"),
        None => ChaCha8Rng::try_from_rng(&mut SysRng).map_err(random)?,
    };
    let writer = Writer {
        connection,
        clock,
        state: WriterState { entropy, secrets, minter: Minter::default(), directories: DirectoryCache::default() },
        log_is_ahead: false,
        is_purging: true,
        noted,
        counters,
        health,
    };
    std::thread::Builder::new()
        .name("store-writer".to_owned())
        .spawn(move || writer.run(requests))
        .map_err(|error| StoreError::Backend(format!("no thread: {error}")))
}

struct Writer {
    connection: Connection,
    clock: Arc<dyn Clock>,
    state: WriterState,
    /// Set if the newest event was ahead of the clock at the last transaction, and the log has reported it.
    log_is_ahead: bool,
    /// There may be rows of removed directories.
    is_purging: bool,
    noted: UseWriter,
    counters: Arc<Counters>,
    health: Arc<Health>,
}

impl Writer {
    fn run(mut self, mut requests: mpsc::Receiver<WriterRequest>) {
        let mut batch = Vec::with_capacity(limits::GROUP_COMMIT);
        let mut closing = Vec::new();
        while self.receive(&mut requests, &mut batch) {
            let work = batch.drain(..).filter_map(|request| match request {
                WriterRequest::Close(reply) => {
                    closing.push(reply);
                    None
                }
                request => Some(request),
            });
            let work: Vec<WriterRequest> = work.collect();
            if !closing.is_empty() {
                requests.close();
            }
            for work in groups(work) {
                self.commit(work);
            }
            if closing.is_empty() && self.is_purging {
                self.purge();
            }
        }
        if let Err(error) = self.noted.write_all(&self.connection) {
            // Only the time of the last use is lost.
            drop(error);
        }
        drop(self);
        for reply in closing {
            // The caller may have stopped waiting.
            drop(reply.send(Ok(())));
        }
    }

    /// Takes the next requests. Waits for them, unless rows of removed directories are left to delete. Returns `false` at the
    /// end.
    fn receive(&self, requests: &mut mpsc::Receiver<WriterRequest>, batch: &mut Vec<WriterRequest>) -> bool {
        if !self.is_purging {
            return requests.blocking_recv_many(batch, limits::GROUP_COMMIT) > 0;
        }
        while batch.len() < limits::GROUP_COMMIT {
            match requests.try_recv() {
                Ok(request) => batch.push(request),
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => return !batch.is_empty(),
            }
        }
        true
    }

    /// Deletes a part of the rows of removed directories. After a failure the next administrative command tries again.
    fn purge(&mut self) {
        let deleted = purge::is_due(&self.connection).and_then(|is_due| {
            self.is_purging = is_due;
            if is_due { self.in_transaction(|transaction| transaction.command(purge::step)) } else { Ok(()) }
        });
        if let Err(error) = deleted {
            tracing::error!(%error, "the rows of a removed directory could not be deleted");
            self.is_purging = false;
        }
    }

    /// Runs requests in one transaction, then sends their results.
    fn commit(&mut self, work: Vec<WriterRequest>) {
        let is_news = work.iter().any(WriterRequest::is_news);
        self.is_purging |= is_news;
        let written =
            |counters: &Counters| (counters.events.load(Ordering::Relaxed), counters.queued.load(Ordering::Relaxed));
        let before = written(&self.counters);
        let mut completions = Vec::with_capacity(work.len());
        let result = self.transact(work, &mut completions);
        self.health.record_commit(&result);
        // Before the results are sent, so that a change that is acknowledged has woken everyone.
        if result.is_ok() && (is_news || written(&self.counters) != before) {
            self.counters.changes.wake(is_news);
        }
        for completion in completions {
            completion(match &result {
                Ok(()) => Ok(()),
                Err(error) => Err(error::copy_of(error)),
            });
        }
    }

    /// Logs when the newest event gets ahead of the clock, and when the clock has caught up.
    fn report_clock(&mut self, ahead_ms: u64) {
        let is_ahead = ahead_ms >= LOG_AHEAD_MS;
        if is_ahead == self.log_is_ahead {
            return;
        }
        self.log_is_ahead = is_ahead;
        if is_ahead {
            tracing::warn!(
                ahead_ms,
                "the newest event is later than the clock: was the clock set back? New events carry the time of the \
                 newest one until the clock has caught up"
            );
        } else {
            tracing::info!("the clock has caught up with the newest event");
        }
    }

    fn transact(&mut self, work: Vec<WriterRequest>, completions: &mut Vec<Completion>) -> Result<(), StoreError> {
        let mut work = Some(work);
        let counters = Arc::clone(&self.counters);
        let done = self.in_transaction(|transaction| {
            let work = work.take().into_iter().flatten();
            completions.extend(work.map(|request| perform(transaction, request, &counters)));
            Ok(())
        });
        completions.extend(work.take().into_iter().flatten().map(fail));
        done
    }

    /// Runs work in one transaction and commits it.
    fn in_transaction(
        &mut self,
        work: impl FnOnce(&mut Transaction<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        let mut transaction = Transaction::new(&self.connection, &*self.clock, &mut self.state);
        let counters = &*self.counters;
        let mut ahead = 0;
        let done = transaction.catch_up().and_then(|ahead_ms| {
            ahead = ahead_ms;
            work(&mut transaction)?;
            let start = Instant::now();
            transaction.write_counts()?;
            self.noted.write_if_due(transaction.connection, transaction.now().as_millisecond())?;
            transaction.connection.prepare_cached("COMMIT")?.execute([])?;
            // A commit to a file that its path no longer leads to is lost, so nothing of it is acknowledged.
            self.health.check_file()?;
            counters.observe(WriterWork::Commit, start.elapsed());
            counters.commits.fetch_add(1, Ordering::Relaxed);
            counters.commands.fetch_add(transaction.commands, Ordering::Relaxed);
            counters.events.fetch_add(transaction.events, Ordering::Relaxed);
            counters.queued.fetch_add(transaction.queued, Ordering::Relaxed);
            Ok(())
        });
        let done = match (done, transaction.rolled_back.take()) {
            (Err(_), Some(cause)) => Err(cause),
            (done, _) => done,
        };
        self.is_purging |= transaction.is_new_generation;
        counters.log_ahead_ms.store(ahead, Ordering::Relaxed);
        self.report_clock(ahead);
        if done.is_err() {
            // If the commit itself failed, SQLite may have rolled back already, and this does nothing.
            drop(self.connection.execute_batch("ROLLBACK"));
            self.state.directories = DirectoryCache::default();
        }
        done
    }
}

/// Runs a request. Its result is sent after the commit.
fn perform(transaction: &mut Transaction<'_>, request: WriterRequest, counters: &Counters) -> Completion {
    match request {
        WriterRequest::Write(write, prepared, reply) => {
            complete(reply, perform_write(transaction, &write, prepared, counters))
        }
        WriterRequest::Writes(writes, most, reply) => {
            complete(reply, Ok(perform_all(transaction, writes, most, counters)))
        }
        WriterRequest::Admin(command, reply) => {
            let start = Instant::now();
            let result = transaction.command(|open| administration::run(open, &command));
            counters.observe(WriterWork::Administration, start.elapsed());
            complete(reply, result)
        }
        WriterRequest::Uses => Box::new(drop),
        WriterRequest::Probe(reply) => complete(reply, transaction.command(|open| rows::touch(open.connection))),
        WriterRequest::Close(reply) => fail(WriterRequest::Close(reply)),
    }
}

fn perform_write(
    transaction: &mut Transaction<'_>,
    write: &Write,
    prepared: Option<PreparedPatch>,
    counters: &Counters,
) -> Result<Attempt, StoreError> {
    let start = Instant::now();
    let result = transaction.command(|open| write::run(open, write, prepared));
    let work = match write.command {
        Command::Create { .. } => WriterWork::Create,
        Command::Replace { .. } => WriterWork::Replace,
        Command::Patch { .. } => WriterWork::Patch,
        Command::Delete { .. } => WriterWork::Delete,
    };
    counters.observe(work, start.elapsed());
    result
}

/// Runs writes in their order until `most` have failed. A PATCH whose resource moved is applied again at once.
fn perform_all(
    transaction: &mut Transaction<'_>,
    writes: Vec<(Arc<Write>, Option<PreparedPatch>)>,
    most: Option<usize>,
    counters: &Counters,
) -> Vec<Result<Written, StoreError>> {
    let mut results = Vec::with_capacity(writes.len());
    let mut failed = 0;
    for (write, prepared) in writes {
        if most.is_some_and(|most| failed >= most) {
            break;
        }
        let result = match perform_write(transaction, &write, prepared, counters) {
            Ok(Attempt::Moved) => perform_write(transaction, &write, None, counters),
            result => result,
        };
        failed += usize::from(result.is_err());
        results.push(result.and_then(Attempt::written));
    }
    results
}

/// Splits requests into transactions of at most [`limits::GROUP_COMMIT`] commands, so that none of them takes long.
fn groups(work: Vec<WriterRequest>) -> Vec<Vec<WriterRequest>> {
    let mut groups: Vec<Vec<WriterRequest>> = Vec::new();
    let mut commands = usize::MAX;
    for request in work {
        commands = commands.saturating_add(request.commands());
        match groups.last_mut() {
            Some(group) if commands <= limits::GROUP_COMMIT => group.push(request),
            _ => {
                commands = request.commands();
                groups.push(vec![request]);
            }
        }
    }
    groups
}

/// Returns the completion of a request that was never begun, which sends the failure of the commit.
fn fail(request: WriterRequest) -> Completion {
    fn failing<T: 'static>(reply: Reply<T>) -> Completion {
        Box::new(move |committed| drop(reply.send(Err(committed.err().unwrap_or_else(StoreError::closed)))))
    }
    match request {
        WriterRequest::Write(.., reply) => failing(reply),
        WriterRequest::Writes(.., reply) => failing(reply),
        WriterRequest::Admin(_, reply) => failing(reply),
        WriterRequest::Uses => Box::new(drop),
        WriterRequest::Probe(reply) | WriterRequest::Close(reply) => failing(reply),
    }
}

/// Returns a completion that sends a result once it is committed.
fn complete<T: 'static>(reply: Reply<T>, result: Result<T, StoreError>) -> Completion {
    Box::new(move |committed| {
        // The caller may have stopped waiting.
        drop(reply.send(committed.and(result)));
    })
}

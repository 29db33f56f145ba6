//! The writer thread: group commit.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;

use rand::SeedableRng;
use rand::rngs::SysRng;
use rand_chacha::ChaCha8Rng;
use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::super::{AdminCommand, AdminOutcome, Bootstrap, StoreError, Write, Written};
use super::Counters;
use super::uses::Noted;
use super::{administration, bootstrap, write};
use crate::base::ids::Minter;
use crate::base::{Clock, Seed, limits};

mod transaction;

use transaction::DirectoryCache;
pub(super) use transaction::Transaction;

/// Where a request's result goes once it is committed.
pub(super) type Reply<T> = oneshot::Sender<Result<T, StoreError>>;

/// What the writer is asked to do.
#[derive(Debug)]
pub(super) enum WriterRequest {
    Write(Box<Write>, Reply<Written>),
    /// At most [`limits::GROUP_COMMIT`] in this order; how many may fail until what comes after is not begun.
    Writes(Vec<Write>, Option<usize>, Reply<Vec<Result<Written, StoreError>>>),
    Admin(Box<AdminCommand>, Reply<AdminOutcome>),
    Bootstrap(Reply<Bootstrap>),
    /// Writes down when tokens were last used; every transaction does, so this one does nothing else.
    Uses,
    Close(Reply<()>),
}

impl WriterRequest {
    /// How many commands it is.
    fn commands(&self) -> usize {
        match self {
            Self::Writes(writes, ..) => writes.len(),
            Self::Write(..) | Self::Admin(..) | Self::Bootstrap(_) | Self::Uses | Self::Close(_) => 1,
        }
    }
}

/// Sends a result, or the failure of the commit in its place.
type Completion = Box<dyn FnOnce(Result<(), StoreError>)>;

/// Starts the thread. It ends when all senders are gone or after [`WriterRequest::Close`], in both cases when the queue is empty.
pub(super) fn start(
    connection: Connection,
    clock: Arc<dyn Clock>,
    seed: Option<Seed>,
    requests: mpsc::Receiver<WriterRequest>,
    noted: Noted,
    counters: Arc<Counters>,
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
        entropy,
        secrets,
        minter: Minter::default(),
        directories: DirectoryCache::default(),
        noted,
        counters,
    };
    std::thread::Builder::new()
        .name("store-writer".to_owned())
        .spawn(move || writer.run(requests))
        .map_err(|error| StoreError::Backend(format!("no thread: {error}")))
}

struct Writer {
    connection: Connection,
    clock: Arc<dyn Clock>,
    entropy: ChaCha8Rng,
    secrets: ChaCha8Rng,
    minter: Minter,
    directories: DirectoryCache,
    noted: Noted,
    counters: Arc<Counters>,
}

impl Writer {
    fn run(mut self, mut requests: mpsc::Receiver<WriterRequest>) {
        let mut batch = Vec::with_capacity(limits::GROUP_COMMIT);
        let mut closing = Vec::new();
        while requests.blocking_recv_many(&mut batch, limits::GROUP_COMMIT) > 0 {
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
        }
        if let Err(error) = self.noted.write(&self.connection) {
            // Only a time is lost.
            drop(error);
        }
        drop(self);
        for reply in closing {
            // Nobody may be waiting any more.
            drop(reply.send(Ok(())));
        }
    }

    /// Carries out the requests in one transaction, then completions.
    fn commit(&mut self, work: Vec<WriterRequest>) {
        let mut completions = Vec::with_capacity(work.len());
        let result = self.transact(work, &mut completions);
        for completion in completions {
            completion(match &result {
                Ok(()) => Ok(()),
                Err(error) => Err(super::again(error)),
            });
        }
    }

    fn transact(&mut self, work: Vec<WriterRequest>, completions: &mut Vec<Completion>) -> Result<(), StoreError> {
        let begun = self.connection.prepare_cached("BEGIN IMMEDIATE").and_then(|mut begin| begin.execute([]));
        let mut transaction = Transaction::new(
            &self.connection,
            &*self.clock,
            &mut self.entropy,
            &mut self.secrets,
            &mut self.minter,
            &mut self.directories,
        );
        if let Err(error) = begun {
            completions.extend(work.into_iter().map(refuse));
            return Err(error.into());
        }
        let done = transaction.catch_up().and_then(|()| {
            completions.extend(work.into_iter().map(|request| perform(&mut transaction, request)));
            transaction.count()?;
            self.noted.write_if_due(transaction.connection, transaction.now().as_millisecond())?;
            transaction.connection.prepare_cached("COMMIT")?.execute([])?;
            self.counters.commits.fetch_add(1, Ordering::Relaxed);
            self.counters.commands.fetch_add(transaction.commands, Ordering::Relaxed);
            self.counters.events.fetch_add(transaction.events, Ordering::Relaxed);
            Ok(())
        });
        if done.is_err() {
            // Where the commit itself failed SQLite may have rolled back already; then this has nothing to do.
            drop(self.connection.execute_batch("ROLLBACK"));
            self.directories = DirectoryCache::default();
        }
        done
    }
}

/// Carries out a request; what comes of it is sent after the commit.
fn perform(transaction: &mut Transaction<'_>, request: WriterRequest) -> Completion {
    match request {
        WriterRequest::Write(write, reply) => {
            complete(reply, transaction.command(|open| write::carry_out(open, &write)))
        }
        WriterRequest::Writes(writes, most, reply) => complete(reply, Ok(transaction.sequence(&writes, most))),
        WriterRequest::Admin(command, reply) => {
            complete(reply, transaction.command(|open| administration::carry_out(open, &command)))
        }
        WriterRequest::Bootstrap(reply) => complete(reply, transaction.command(bootstrap::carry_out)),
        WriterRequest::Uses => Box::new(drop),
        WriterRequest::Close(reply) => refuse(WriterRequest::Close(reply)),
    }
}

/// Jobs in transactions of at most [`limits::GROUP_COMMIT`] commands, so that nobody waits long for one.
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

/// The completion of a request that was never begun; the commit's failure replaces it.
fn refuse(request: WriterRequest) -> Completion {
    fn failing<T: 'static>(reply: Reply<T>) -> Completion {
        Box::new(move |committed| drop(reply.send(Err(committed.err().unwrap_or_else(StoreError::closed)))))
    }
    match request {
        WriterRequest::Write(_, reply) => failing(reply),
        WriterRequest::Writes(.., reply) => failing(reply),
        WriterRequest::Admin(_, reply) => failing(reply),
        WriterRequest::Bootstrap(reply) => failing(reply),
        WriterRequest::Uses => Box::new(drop),
        WriterRequest::Close(reply) => failing(reply),
    }
}

/// Sends a result once it is committed.
fn complete<T: 'static>(reply: Reply<T>, result: Result<T, StoreError>) -> Completion {
    Box::new(move |committed| {
        // Nobody may be waiting any more.
        drop(reply.send(committed.and(result)));
    })
}

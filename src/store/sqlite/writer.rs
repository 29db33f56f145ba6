//! The writer thread: group commit.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;

use rand::SeedableRng;
use rand::rngs::SysRng;
use rand_chacha::ChaCha8Rng;
use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::super::{Order, Ordered, StoreError, Write, Written};
use super::Counters;
use super::bootstrap::{self, Bootstrap};
use super::uses::Noted;
use super::{order, write};
use crate::base::ids::Minter;
use crate::base::{Clock, Seed, limits};

mod transaction;

use transaction::Places;
pub(super) use transaction::Transaction;

/// Where a job's result goes once it is committed.
pub(super) type Reply<T> = oneshot::Sender<Result<T, StoreError>>;

/// What the writer is asked to do.
#[derive(Debug)]
pub(super) enum Job {
    Write(Box<Write>, Reply<Written>),
    /// At most [`limits::GROUP_COMMIT`] in this order; how many may fail until what comes after is not begun.
    Writes(Vec<Write>, Option<usize>, Reply<Vec<Result<Written, StoreError>>>),
    Order(Box<Order>, Reply<Ordered>),
    Bootstrap(Reply<Bootstrap>),
    /// Writes down when tokens were last used; every transaction does, so this one does nothing else.
    Uses,
    Close(Reply<()>),
}

impl Job {
    /// How many commands it is.
    fn commands(&self) -> usize {
        match self {
            Self::Writes(writes, ..) => writes.len(),
            Self::Write(..) | Self::Order(..) | Self::Bootstrap(_) | Self::Uses | Self::Close(_) => 1,
        }
    }
}

/// Sends a result, or the failure of the commit in its place.
type Answer = Box<dyn FnOnce(Result<(), StoreError>)>;

/// Starts the thread. It ends when all senders are gone or after [`Job::Close`], in both cases when the queue is empty.
pub(super) fn start(
    connection: Connection,
    clock: Arc<dyn Clock>,
    seed: Option<Seed>,
    jobs: mpsc::Receiver<Job>,
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
        places: Places::default(),
        noted,
        counters,
    };
    std::thread::Builder::new()
        .name("store-writer".to_owned())
        .spawn(move || writer.run(jobs))
        .map_err(|error| StoreError::Backend(format!("no thread: {error}")))
}

struct Writer {
    connection: Connection,
    clock: Arc<dyn Clock>,
    entropy: ChaCha8Rng,
    secrets: ChaCha8Rng,
    minter: Minter,
    places: Places,
    noted: Noted,
    counters: Arc<Counters>,
}

impl Writer {
    fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        let mut batch = Vec::with_capacity(limits::GROUP_COMMIT);
        let mut closing = Vec::new();
        while jobs.blocking_recv_many(&mut batch, limits::GROUP_COMMIT) > 0 {
            let work = batch.drain(..).filter_map(|job| match job {
                Job::Close(reply) => {
                    closing.push(reply);
                    None
                }
                job => Some(job),
            });
            let work: Vec<Job> = work.collect();
            if !closing.is_empty() {
                jobs.close();
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

    /// Carries out the jobs in one transaction, then answers.
    fn commit(&mut self, work: Vec<Job>) {
        let mut answers = Vec::with_capacity(work.len());
        let result = self.transact(work, &mut answers);
        for answer in answers {
            answer(match &result {
                Ok(()) => Ok(()),
                Err(error) => Err(super::again(error)),
            });
        }
    }

    fn transact(&mut self, work: Vec<Job>, answers: &mut Vec<Answer>) -> Result<(), StoreError> {
        let begun = self.connection.prepare_cached("BEGIN IMMEDIATE").and_then(|mut begin| begin.execute([]));
        let mut transaction = Transaction::new(
            &self.connection,
            &*self.clock,
            &mut self.entropy,
            &mut self.secrets,
            &mut self.minter,
            &mut self.places,
        );
        if let Err(error) = begun {
            answers.extend(work.into_iter().map(refuse));
            return Err(error.into());
        }
        let done = transaction.catch_up().and_then(|()| {
            answers.extend(work.into_iter().map(|job| perform(&mut transaction, job)));
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
            self.places = Places::default();
        }
        done
    }
}

/// Carries out a job; what comes of it is sent after the commit.
fn perform(transaction: &mut Transaction<'_>, job: Job) -> Answer {
    match job {
        Job::Write(write, reply) => answer(reply, transaction.command(|open| write::carry_out(open, &write))),
        Job::Writes(writes, most, reply) => answer(reply, Ok(transaction.sequence(&writes, most))),
        Job::Order(order, reply) => answer(reply, transaction.command(|open| order::carry_out(open, &order))),
        Job::Bootstrap(reply) => answer(reply, transaction.command(bootstrap::carry_out)),
        Job::Uses => Box::new(drop),
        Job::Close(reply) => refuse(Job::Close(reply)),
    }
}

/// Jobs in transactions of at most [`limits::GROUP_COMMIT`] commands, so that nobody waits long for one.
fn groups(work: Vec<Job>) -> Vec<Vec<Job>> {
    let mut groups: Vec<Vec<Job>> = Vec::new();
    let mut commands = usize::MAX;
    for job in work {
        commands = commands.saturating_add(job.commands());
        match groups.last_mut() {
            Some(group) if commands <= limits::GROUP_COMMIT => group.push(job),
            _ => {
                commands = job.commands();
                groups.push(vec![job]);
            }
        }
    }
    groups
}

/// The answer of a job that was never begun; the commit's failure replaces it.
fn refuse(job: Job) -> Answer {
    fn failing<T: 'static>(reply: Reply<T>) -> Answer {
        Box::new(move |committed| drop(reply.send(Err(committed.err().unwrap_or_else(super::closed)))))
    }
    match job {
        Job::Write(_, reply) => failing(reply),
        Job::Writes(.., reply) => failing(reply),
        Job::Order(_, reply) => failing(reply),
        Job::Bootstrap(reply) => failing(reply),
        Job::Uses => Box::new(drop),
        Job::Close(reply) => failing(reply),
    }
}

/// Sends a result once it is committed.
fn answer<T: 'static>(reply: Reply<T>, result: Result<T, StoreError>) -> Answer {
    Box::new(move |committed| {
        // Nobody may be waiting any more.
        drop(reply.send(committed.and(result)));
    })
}

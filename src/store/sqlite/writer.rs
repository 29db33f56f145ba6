//! The writer thread: group commit.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;

use jiff::Timestamp;
use rand::rngs::SysRng;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rusqlite::{Connection, OptionalExtension, params};
use tokio::sync::{mpsc, oneshot};
use ulid::Ulid;

use super::super::{Order, Ordered, StoreError, Write, Written};
use super::Counters;
use super::bootstrap::{self, Bootstrap};
use super::uses::Noted;
use super::{order, write};
use crate::base::ids::Minter;
use crate::base::{Clock, Seed, limits};

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
    Close(Reply<()>),
}

impl Job {
    /// How many commands it is.
    fn commands(&self) -> usize {
        match self {
            Self::Writes(writes, ..) => writes.len(),
            Self::Write(..) | Self::Order(..) | Self::Bootstrap(_) | Self::Close(_) => 1,
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
        places: HashMap::new(),
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
    /// Row numbers of directories and their organizations, which never change.
    places: HashMap<String, (i64, i64)>,
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
        let mut transaction = Transaction {
            connection: &self.connection,
            clock: &*self.clock,
            entropy: &mut self.entropy,
            secrets: &mut self.secrets,
            minter: &mut self.minter,
            places: &mut self.places,
            pending: Vec::new(),
            counts: HashMap::new(),
            commands: 0,
            appended: 0,
            events: 0,
        };
        if let Err(error) = begun {
            answers.extend(work.into_iter().map(refuse));
            return Err(error.into());
        }
        let done = transaction.catch_up().and_then(|()| {
            answers.extend(work.into_iter().map(|job| transaction.perform(job)));
            transaction.count()?;
            self.noted.write_if_due(transaction.connection, transaction.clock.now().as_millisecond())?;
            transaction.connection.prepare_cached("COMMIT")?.execute([])?;
            self.counters.commits.fetch_add(1, Ordering::Relaxed);
            self.counters.commands.fetch_add(transaction.commands, Ordering::Relaxed);
            self.counters.events.fetch_add(transaction.events, Ordering::Relaxed);
            Ok(())
        });
        if done.is_err() {
            // Where the commit itself failed SQLite may have rolled back already; then this has nothing to do.
            drop(self.connection.execute_batch("ROLLBACK"));
            self.places.clear();
        }
        done
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

/// An open transaction, and what its commands need.
pub(super) struct Transaction<'a> {
    pub(super) connection: &'a Connection,
    clock: &'a dyn Clock,
    entropy: &'a mut ChaCha8Rng,
    pub(super) secrets: &'a mut ChaCha8Rng,
    minter: &'a mut Minter,
    places: &'a mut HashMap<String, (i64, i64)>,
    /// Resources made and deleted by the present command: (directory, kind, row) and 1 or -1.
    pending: Vec<((i64, i64, i64), i64)>,
    /// The same of all commands so far, by block.
    counts: HashMap<(i64, i64, i64), i64>,
    /// Commands begun so far, refused ones too.
    commands: u64,
    /// Events of the present command.
    appended: u64,
    /// The same of all commands so far.
    events: u64,
}

impl Transaction<'_> {
    /// Ids go on after the greatest that is there, which another process may have given.
    fn catch_up(&mut self) -> Result<(), StoreError> {
        for last in
            ["SELECT id FROM event ORDER BY position DESC LIMIT 1", "SELECT id FROM resource ORDER BY row DESC LIMIT 1"]
        {
            let last: Option<[u8; 16]> =
                self.connection.prepare_cached(last)?.query_row([], |row| row.get(0)).optional()?;
            if let Some(last) = last {
                self.minter.observe(Ulid::from_bytes(last));
            }
        }
        Ok(())
    }

    fn perform(&mut self, job: Job) -> Answer {
        match job {
            Job::Write(write, reply) => self.guarded(reply, |transaction| write::carry_out(transaction, &write)),
            Job::Writes(writes, most, reply) => answer(reply, Ok(self.sequence(&writes, most))),
            Job::Order(order, reply) => self.guarded(reply, |transaction| order::carry_out(transaction, &order)),
            Job::Bootstrap(reply) => self.guarded(reply, bootstrap::carry_out),
            Job::Close(reply) => refuse(Job::Close(reply)),
        }
    }

    fn guarded<T: 'static>(
        &mut self,
        reply: Reply<T>,
        command: impl FnOnce(&mut Self) -> Result<T, StoreError>,
    ) -> Answer {
        answer(reply, self.command(command))
    }

    /// Carries out writes in their order until `most` have failed.
    fn sequence(&mut self, writes: &[Write], most: Option<usize>) -> Vec<Result<Written, StoreError>> {
        let mut results = Vec::with_capacity(writes.len());
        let mut failed = 0;
        for write in writes {
            if most.is_some_and(|most| failed >= most) {
                break;
            }
            let result = self.command(|transaction| write::carry_out(transaction, write));
            failed += usize::from(result.is_err());
            results.push(result);
        }
        results
    }

    /// Carries out one command within a savepoint of its own: one that fails, or breaks off, leaves nothing behind.
    fn command<T>(&mut self, command: impl FnOnce(&mut Self) -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.commands += 1;
        let result = self.statement("SAVEPOINT command").and_then(|()| {
            let outcome = catch_unwind(AssertUnwindSafe(|| command(self)))
                .unwrap_or_else(|_| Err(StoreError::Backend("a command broke off".to_owned())));
            if outcome.is_err() {
                self.pending.clear();
                self.appended = 0;
                self.statement("ROLLBACK TO command")?;
            }
            self.statement("RELEASE command")?;
            outcome
        });
        self.events += std::mem::take(&mut self.appended);
        for ((directory, kind, row), by) in self.pending.drain(..) {
            *self.counts.entry((directory, kind, super::list::block_of(row))).or_default() += by;
        }
        result
    }

    fn statement(&self, sql: &str) -> Result<(), StoreError> {
        self.connection.prepare_cached(sql)?.execute([])?;
        Ok(())
    }

    /// Writes the counts of resources down, once for all commands of the transaction.
    fn count(&mut self) -> Result<(), StoreError> {
        for ((directory, kind, block), by) in self.counts.drain().filter(|(_, by)| *by != 0) {
            self.connection
                .prepare_cached(
                    "INSERT INTO block VALUES (?1, ?2, ?3, ?4)
                     ON CONFLICT DO UPDATE SET resources = resources + excluded.resources",
                )?
                .execute(params![directory, kind, block, by])?;
        }
        Ok(())
    }

    /// Notes events that the present command has written.
    pub(super) fn note_events(&mut self, count: usize) {
        self.appended += count as u64;
    }

    /// Notes that the present command made (1) or deleted (-1) a resource.
    pub(super) fn note(&mut self, directory: i64, kind: i64, row: i64, by: i64) {
        self.pending.push(((directory, kind, row), by));
    }

    /// The present moment in whole milliseconds.
    pub(super) fn now(&self) -> Timestamp {
        let now = self.clock.now();
        Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
    }

    /// The next id of all.
    pub(super) fn mint(&mut self, now: Timestamp) -> Ulid {
        let entropy = (u128::from(self.entropy.next_u64()) << 64) | u128::from(self.entropy.next_u64());
        self.minter.next(now, entropy)
    }

    /// The row numbers of a directory and of its organization.
    pub(super) fn place(&mut self, directory: &str) -> Result<(i64, i64), StoreError> {
        if let Some(place) = self.places.get(directory) {
            return Ok(*place);
        }
        let place = self
            .connection
            .prepare_cached("SELECT row, organization FROM directory WHERE id = ?1")?
            .query_row([directory], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?
            .ok_or_else(|| StoreError::Unknown(format!("no directory {directory}")))?;
        self.places.insert(directory.to_owned(), place);
        Ok(place)
    }
}

//! The journal of a run as a file of JSON lines, from which a killed run is continued.
//!
//! The first line names the run. A request has a line before it is sent, and one after its outcome; a job has a line when it
//! ends. Before a request is sent, its line is flushed to the storage device (`fdatasync`). The other lines are written at once
//! and flushed with the next request: a lost one makes the job start again.
//!
//! A journal contains no secrets. A response from which secrets were removed is used only if its job has ended; otherwise the job
//! starts again.

mod file;
mod line;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use self::file::{JournalFile, Read};
use self::line::Line;
pub use self::line::{JournalHeader, JournaledRun};
use crate::okta::agent::journal::{JobJournal, JobNumber, JournalFailure, RecordedJob, RecordedRequest};
use crate::wire::recording::{Recording, request_body};
use crate::wire::{Exchange, Request, Secrets};

/// An error in opening a journal. `Display` names the file and the remedy.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    #[error("cannot open the journal {file}: {source}")]
    Open { file: String, source: std::io::Error },
    #[error("the journal {file} is in use by another run")]
    InUse { file: String },
    #[error("{file} is not a journal of `scimulate run`: its first line names no run. Name another file for --journal")]
    NotAJournal { file: String },
    #[error(
        "{file} is the journal of another run: {field} is {recorded} there, and {now} here. Repeat the command of that run to \
         continue it, or name another file for --journal"
    )]
    OtherRun { file: String, field: &'static str, recorded: String, now: String },
    #[error(
        "line {line} of the journal {file} is damaged: {reason}. The run cannot be continued; name another file for --journal"
    )]
    Damaged { file: String, line: usize, reason: String },
}

/// A journal in use.
#[derive(Debug)]
pub struct RunJournal {
    secrets: Secrets,
    inner: Mutex<Inner>,
    /// The number of requests that an earlier run recorded with their outcomes.
    recorded: usize,
}

#[derive(Debug)]
struct Inner {
    file: JournalFile,
    jobs: BTreeMap<JobNumber, Job>,
}

/// The part of a job that the file has.
#[derive(Debug, Clone, Default)]
struct Job {
    /// The number of the attempt, from 0.
    attempt: usize,
    /// The number of requests that were sent.
    sent: usize,
    /// The lines of the outcomes, each as the number of the line and its position in the file, and method and path.
    received: Vec<(usize, u64, String)>,
    /// Method and path of the last request.
    last: String,
    redacted: bool,
    ended: bool,
}

impl RunJournal {
    /// Opens a journal: a new one, or that of an earlier run of the same scenario, which is continued.
    ///
    /// # Errors
    /// The file cannot be used, is of another run, or is damaged. An incomplete last line is not an error.
    pub fn open(path: &Path, header: &JournalHeader, secrets: Secrets) -> Result<Self, JournalError> {
        let name = path.display().to_string();
        let open = |source| JournalError::Open { file: name.clone(), source };
        let (mut file, is_free) = JournalFile::open(path).map_err(open)?;
        if !is_free {
            return Err(JournalError::InUse { file: name });
        }
        let mut jobs = BTreeMap::new();
        let mut read = file.read().map_err(open)?;
        match read.next().map_err(open)? {
            None => file.write(&Line::Run(header.clone()), true).map_err(open)?,
            Some((_, _, first)) => {
                let Ok(Line::Run(first)) = serde_json::from_str(&first) else {
                    return Err(JournalError::NotAJournal { file: name });
                };
                header.compare(&first).map_err(|(field, recorded, now)| JournalError::OtherRun {
                    file: name.clone(),
                    field,
                    recorded,
                    now,
                })?;
                load(&mut read, &mut jobs, &name)?;
            }
        }
        let recorded = jobs.values().map(|job: &Job| job.received.len()).sum();
        Ok(Self { secrets, inner: Mutex::new(Inner { file, jobs }), recorded })
    }

    /// Returns the number of requests that an earlier run recorded with their outcomes.
    #[must_use]
    pub const fn recorded(&self) -> usize {
        self.recorded
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads the lines after the first one.
fn load(read: &mut Read, jobs: &mut BTreeMap<JobNumber, Job>, file: &str) -> Result<(), JournalError> {
    loop {
        let next = read.next().map_err(|source| JournalError::Open { file: file.to_owned(), source })?;
        let Some((line, position, text)) = next else { return Ok(()) };
        let damaged = |reason: &str| JournalError::Damaged { file: file.to_owned(), line, reason: reason.to_owned() };
        let parsed: Line = serde_json::from_str(&text).map_err(|error| damaged(&error.to_string()))?;
        let number = parsed.number().ok_or_else(|| damaged("it names a run"))?;
        let job = jobs.entry(number).or_default();
        match parsed {
            Line::Run(_) => {}
            Line::Sending { attempt, request, method, path, .. } => {
                if attempt > job.attempt {
                    job.start_again(attempt, request);
                }
                if (attempt, request) != (job.attempt, job.received.len()) {
                    return Err(damaged("the request before it has no response"));
                }
                job.sent = request + 1;
                job.last = format!("{method} {path}");
            }
            Line::Received { attempt, request, exchange, .. } => {
                if (attempt, request + 1, request) != (job.attempt, job.sent, job.received.len()) {
                    return Err(damaged("its request was not sent"));
                }
                job.redacted |= exchange.is_redacted();
                job.received.push((line, position, std::mem::take(&mut job.last)));
            }
            Line::Ended { .. } => job.ended = true,
        }
    }
}

impl JobJournal for RunJournal {
    fn begin(&self, number: JobNumber) -> Result<RecordedJob, JournalFailure> {
        let mut inner = self.inner();
        let Inner { file, jobs } = &mut *inner;
        let Some(job) = jobs.get_mut(&number) else { return Ok(RecordedJob::default()) };
        if job.sent > job.received.len() || (job.redacted && !job.ended) {
            job.start_again(job.attempt + 1, if job.redacted { 0 } else { job.kept() });
        }
        let mut requests = Vec::new();
        for (line, position, words) in &job.received {
            let text = file.line_at(*position).map_err(|error| failure(&error))?;
            let Ok(Line::Received { exchange, .. }) = serde_json::from_str(&text) else {
                return Err(JournalFailure(format!("line {line} has changed")));
            };
            requests.push(RecordedRequest { line: *line, words: words.clone(), recording: exchange });
        }
        Ok(RecordedJob { requests, starts_again: job.attempt > 0 })
    }

    fn sending(&self, number: JobNumber, nth: usize, request: &Request) -> Result<(), JournalFailure> {
        let mut inner = self.inner();
        let attempt = inner.attempt(number);
        let (method, path) = (request.method.as_str().to_owned(), request.path.clone());
        let body = request_body(request, &self.secrets);
        let JobNumber { action, job } = number;
        inner
            .file
            .write(&Line::Sending { action, job, attempt, request: nth, method, path, body }, true)
            .map_err(|error| failure(&error))
    }

    fn received(&self, number: JobNumber, nth: usize, exchange: &Exchange) -> Result<(), JournalFailure> {
        let Some(exchange) = Recording::of(exchange, &self.secrets) else { return Ok(()) };
        let mut inner = self.inner();
        let attempt = inner.attempt(number);
        let JobNumber { action, job } = number;
        inner
            .file
            .write(&Line::Received { action, job, attempt, request: nth, exchange }, false)
            .map_err(|error| failure(&error))
    }

    fn ended(&self, number: JobNumber, error: Option<&str>) -> Result<(), JournalFailure> {
        let mut inner = self.inner();
        if inner.jobs.remove(&number).is_some_and(|job| job.ended) {
            return Ok(());
        }
        let JobNumber { action, job } = number;
        let error = error.map(|error| self.secrets.hide(error).into_owned());
        inner.file.write(&Line::Ended { action, job, error }, false).map_err(|error| failure(&error))
    }
}

impl Job {
    /// Returns the number of requests that another attempt keeps: those up to the last write that has a response. Without such a
    /// write, a lookup is kept if the request without a response changes what it found. That request may have been a rename, and
    /// then another lookup by the old name would find nothing.
    fn kept(&self) -> usize {
        let is_read = |words: &str| words.starts_with("GET ");
        let last_write = self.received.iter().rposition(|(_, _, words)| !is_read(words));
        let found = self.received.first().is_some_and(|(_, _, words)| is_read(words) && words.contains("?filter="));
        let is_change = !is_read(&self.last) && !self.last.starts_with("POST ");
        last_write.map_or(usize::from(found && is_change), |last| last + 1)
    }

    /// Begins another attempt, which keeps the first requests and their outcomes.
    fn start_again(&mut self, attempt: usize, kept: usize) {
        self.received.truncate(kept);
        (self.attempt, self.sent, self.redacted) = (attempt, self.received.len(), self.redacted && kept > 0);
    }
}

impl Inner {
    fn attempt(&self, number: JobNumber) -> usize {
        self.jobs.get(&number).map_or(0, |job| job.attempt)
    }
}

fn failure(error: &std::io::Error) -> JournalFailure {
    JournalFailure(error.to_string())
}

//! Delivers events to webhook endpoints (research note workos-dsync section 4), and pushes security event tokens to the
//! receivers of event streams (RFC 8935).
//!
//! Each enabled endpoint has its own task ([`queue`](mod@queue)), which follows the log. Each enabled push stream has its own
//! task ([`push`]), which follows the queue of the stream. So a slow or failing receiver delays no other one. The tasks start
//! with [`Webhooks::start`], follow the endpoints of the store, and wake after each commit. They run on their own
//! [`threads`], and share what they read of the log ([`tail`]). [`Retention`] deletes old events. Nothing here changes a
//! directory. Start reading at [`Webhooks`], then `queue`.

mod forward;
mod push;
mod queue;
mod retention;
mod reuse;
mod sender;
mod tail;
pub mod target;
mod threads;
mod tokens;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use rand::TryRng as _;
use rand::rngs::SysRng;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use ulid::Ulid;

use self::push::PushQueue;
use self::queue::{Queue, Tools};
use self::sender::{Sender, Shipment};
use self::tail::{Outgoing, Tail};
use self::threads::Threads;
use crate::base::Clock;
use crate::base::ids::prefixed;
use crate::directory::event_stream::{StreamDelivery, StreamQueue};
use crate::directory::samples;
use crate::directory::webhook::{AttemptCause, StoredAttempt, WebhookEndpoint, WebhookQueue};
use crate::events::{Event, EventName};
use crate::store::{AdminCommand, DeliveryRecord, Store, StoreError, WebhookCommand};

pub use self::forward::forward;
pub use self::retention::Retention;
pub use self::target::TargetError;
pub use self::tokens::{TokenSigner, key_set, new_signing_key};

/// The time over which WorkOS retries in production.
pub const RETRY_TIME: Duration = Duration::from_hours(72);
/// The pause after the endpoints could not be read.
const STORE_PAUSE: Duration = Duration::from_secs(1);

/// The settings of deliveries.
#[derive(Debug, Clone)]
pub struct WebhookSettings {
    /// True if targets may have addresses that are not public.
    pub allow_private: bool,
    /// The time over which a failed delivery is retried, before its endpoint is disabled.
    pub retry_time: Duration,
    /// True if this server delivers; false if another server of the same store does.
    pub is_delivering: bool,
}

impl Default for WebhookSettings {
    fn default() -> Self {
        Self { allow_private: false, retry_time: RETRY_TIME, is_delivering: true }
    }
}

/// The webhooks of one store.
#[derive(Debug)]
pub struct Webhooks {
    tools: Tools,
    settings: WebhookSettings,
    canceled: CancellationToken,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl Webhooks {
    /// Creates the webhooks of a store. Nothing is delivered yet.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, settings: WebhookSettings) -> Self {
        let sender = Arc::new(Sender::new(Arc::clone(&clock), settings.allow_private));
        let tools = Tools { sender, clock, retry_time: settings.retry_time };
        Self { tools, settings, canceled: CancellationToken::new(), task: Mutex::default() }
    }

    /// Begins to deliver events.
    pub fn start(&self, store: Arc<dyn Store>) {
        if self.settings.is_delivering {
            let task = tokio::spawn(supervise(self.tools.clone(), store, self.canceled.clone()));
            *self.task.lock().unwrap_or_else(PoisonError::into_inner) = Some(task);
        }
    }

    /// Stops deliveries, and waits until their progress is stored. Attempts in progress are made again after the next start.
    pub async fn stop(&self) {
        self.canceled.cancel();
        let task = self.task.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(task) = task {
            // A task that panicked has nothing left to store.
            drop(task.await);
        }
    }

    /// Checks the URL of an endpoint, and returns it in normal form.
    ///
    /// # Errors
    /// [`TargetError`].
    pub async fn check(&self, url: &str) -> Result<String, TargetError> {
        let url = target::parse(url)?;
        target::check(&url, self.settings.allow_private).await?;
        Ok(url.into())
    }
}

impl Webhooks {
    /// Delivers an event from the log again, immediately and outside the queue of the endpoint. A failure is recorded, but not retried.
    ///
    /// # Errors
    /// If the attempt cannot be recorded.
    pub async fn redeliver(
        &self,
        store: &dyn Store,
        endpoint: &WebhookEndpoint,
        event: &Event,
    ) -> Result<StoredAttempt, StoreError> {
        self.attempt(store, endpoint, event, AttemptCause::Redelivery).await
    }

    /// Delivers an event that is not in the log.
    ///
    /// # Errors
    /// If the attempt cannot be recorded.
    pub async fn test(
        &self,
        store: &dyn Store,
        endpoint: &WebhookEndpoint,
        name: EventName,
    ) -> Result<StoredAttempt, StoreError> {
        let now = self.tools.clock.now();
        let millis = u64::try_from(now.as_millisecond()).unwrap_or_default();
        let id = Ulid::from_parts(millis, SysRng.try_next_u64().map_or(0, u128::from));
        let event = Event {
            id: prefixed("event", id),
            event: name.as_str().to_owned(),
            data: samples::data(name, now),
            created_at: now,
        };
        self.attempt(store, endpoint, &event, AttemptCause::Test).await
    }

    async fn attempt(
        &self,
        store: &dyn Store,
        endpoint: &WebhookEndpoint,
        event: &Event,
        cause: AttemptCause,
    ) -> Result<StoredAttempt, StoreError> {
        let attempt = self.tools.sender.send(Shipment::webhook(endpoint, &Outgoing::from(event)), cause, 1).await;
        let (endpoint, attempts) = (endpoint.id.clone(), vec![attempt]);
        let record = DeliveryRecord { endpoint, progress: None, is_exhausted: false, attempts };
        let recorded = store.administer(AdminCommand::Webhook(WebhookCommand::Record(record))).await?;
        recorded.attempt.ok_or_else(|| StoreError::Backend("an attempt was not recorded".to_owned()))
    }
}

/// A queue that runs.
struct Running {
    /// The state of the endpoint with which it was started.
    updated_at: Timestamp,
    canceled: CancellationToken,
    task: JoinHandle<()>,
}

impl Running {
    async fn stop(self) {
        self.canceled.cancel();
        drop(self.task.await);
    }
}

/// Runs a queue for each enabled endpoint and each enabled stream that is pushed, until it is canceled.
async fn supervise(tools: Tools, store: Arc<dyn Store>, canceled: CancellationToken) {
    let mut changes = store.changes();
    let tail = Arc::new(Tail::new(store));
    let (mut running, mut threads) = (HashMap::new(), Threads::default());
    loop {
        let seen = changes.borrow_and_update().administrative;
        let pause = match reconcile(&tools, &tail, &canceled, &mut running, &mut threads).await {
            Ok(()) => Duration::MAX,
            Err(error) => {
                tracing::error!(%error, "the webhook endpoints cannot be read");
                STORE_PAUSE
            }
        };
        tokio::select! {
            () = canceled.cancelled() => break,
            // Not on each event: reading the endpoints costs more than one event.
            woken = changes.wait_for(|changes| changes.administrative != seen) => if woken.is_err() { break },
            () = tokio::time::sleep(pause) => {}
        }
    }
    for (_, queue) in running {
        queue.stop().await;
    }
}

/// Stops the queues of endpoints and streams that changed, and starts those that are missing.
async fn reconcile(
    tools: &Tools,
    tail: &Arc<Tail>,
    canceled: &CancellationToken,
    running: &mut HashMap<String, Running>,
    threads: &mut Threads,
) -> Result<(), StoreError> {
    let receivers = receivers(tail.store()).await?;
    let mut stays: HashMap<String, Running> = HashMap::new();
    let mut has_stopped = false;
    for (id, queue) in running.drain() {
        if receivers.iter().any(|found| found.id() == id && found.updated_at() == queue.updated_at) {
            stays.insert(id, queue);
        } else {
            has_stopped = true;
            queue.stop().await;
        }
    }
    *running = stays;
    // A queue that stopped may have stored progress in the meantime.
    let receivers = if has_stopped { self::receivers(tail.store()).await? } else { receivers };
    for receiver in receivers {
        let updated_at = receiver.updated_at();
        if let Entry::Vacant(place) = running.entry(receiver.id().to_owned()) {
            let canceled = canceled.child_token();
            let task = receiver.start(&threads.handle(), tools.clone(), tail, canceled.clone());
            place.insert(Running { updated_at, canceled, task });
        }
    }
    Ok(())
}

/// A receiver that is enabled.
enum Receiver {
    Webhook(WebhookQueue),
    Stream(StreamQueue),
}

/// Returns the receivers that are enabled, except streams that are polled.
async fn receivers(store: &Arc<dyn Store>) -> Result<Vec<Receiver>, StoreError> {
    let webhooks = store.webhook_queues().await?.into_iter().filter(|queue| queue.endpoint.is_enabled);
    let streams = store.event_streams(None).await?.into_iter();
    let pushed = streams.filter(|queue| queue.stream.is_enabled && queue.stream.delivery != StreamDelivery::Poll);
    Ok(webhooks.map(Receiver::Webhook).chain(pushed.map(Receiver::Stream)).collect())
}

impl Receiver {
    fn id(&self) -> &str {
        match self {
            Self::Webhook(queue) => &queue.endpoint.id,
            Self::Stream(queue) => &queue.stream.id,
        }
    }

    const fn updated_at(&self) -> Timestamp {
        match self {
            Self::Webhook(queue) => queue.endpoint.updated_at,
            Self::Stream(queue) => queue.stream.updated_at,
        }
    }

    /// Starts its queue.
    fn start(self, threads: &Handle, tools: Tools, tail: &Arc<Tail>, canceled: CancellationToken) -> JoinHandle<()> {
        match self {
            Self::Webhook(queue) => threads.spawn(Queue::new(tools, Arc::clone(tail), queue, canceled).run()),
            Self::Stream(queue) => {
                threads.spawn(PushQueue::new(tools, Arc::clone(tail.store()), queue, canceled).run())
            }
        }
    }
}

//! Reads event streams, on the thread of the caller.

use futures::future::BoxFuture;

use super::super::{EventStreams, QueuePage, StoreError};
use super::{SqliteStore, event_streams};
use crate::directory::event_stream::StreamQueue;
use crate::events::signing_key::StoredKey;

impl EventStreams for SqliteStore {
    fn event_streams(&self, directory: Option<&str>) -> BoxFuture<'_, Result<Vec<StreamQueue>, StoreError>> {
        self.read_now(|connection| event_streams::list(connection, directory))
    }

    fn event_stream(&self, id: &str) -> BoxFuture<'_, Result<Option<StreamQueue>, StoreError>> {
        self.read_now(|connection| event_streams::find(connection, id))
    }

    fn queued_changes(&self, stream: &str, limit: usize) -> BoxFuture<'_, Result<QueuePage, StoreError>> {
        self.read_now(|connection| event_streams::page(connection, stream, limit))
    }

    fn signing_keys(&self, directory: &str) -> BoxFuture<'_, Result<Vec<StoredKey>, StoreError>> {
        self.read_now(|connection| event_streams::keys(connection, directory))
    }
}

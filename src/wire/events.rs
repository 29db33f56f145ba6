//! Reads an Events API in the shape of WorkOS: pages of events behind a cursor.

use serde_json::Value;

use super::client::Client;
use super::excerpt::excerpt;
use super::failure::Failure;
use crate::base::limits::EVENTS_PAGE;

/// The number of pages that one reading may fetch.
const PAGES: usize = 1_000;

/// A response of the Events API that is not a page of events.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EventReadError {
    #[error("the Events API gave no answer: {0}")]
    NoResponse(Failure),
    /// Status and excerpt of the body.
    #[error("the Events API returned {0} without a list of events: {1}")]
    NotAPage(u16, String),
}

/// A cursor in an event log that only moves forward.
#[derive(Debug)]
pub struct EventReader {
    client: Client,
    cursor: Option<String>,
}

impl EventReader {
    /// Creates a reader over a client whose base URL is the events URL. It begins with the oldest event.
    #[must_use]
    pub fn new(client: Client) -> Self {
        Self { client, cursor: None }
    }

    /// Moves the cursor to the current end of the log, so that older events are ignored.
    ///
    /// # Errors
    /// If the Events API does not return a page of events.
    pub async fn skip_to_end(&mut self) -> Result<(), EventReadError> {
        let page = self.page("?limit=1&order=desc").await?;
        self.cursor = last_id(&page);
        Ok(())
    }

    /// Appends all events behind the cursor, oldest first, and moves the cursor to the end.
    ///
    /// # Errors
    /// If the Events API does not return a page of events. The pages before it are appended.
    pub async fn read_to_end(&mut self, events: &mut Vec<Value>) -> Result<(), EventReadError> {
        for _ in 0..PAGES {
            let after = self.cursor.as_ref().map(|id| format!("&after={id}")).unwrap_or_default();
            let page = self.page(&format!("?limit={EVENTS_PAGE}&order=asc{after}")).await?;
            let full = page.len() >= EVENTS_PAGE;
            if let Some(id) = last_id(&page) {
                self.cursor = Some(id);
            }
            events.extend(page);
            if !full {
                break;
            }
        }
        Ok(())
    }

    async fn page(&self, query: &str) -> Result<Vec<Value>, EventReadError> {
        let exchange = self.client.get(query).await;
        let response = exchange.outcome.as_ref().map_err(|failure| EventReadError::NoResponse(failure.clone()))?;
        let data = response.json().and_then(|body| body.get("data").cloned());
        match (response.status, data) {
            (200, Some(Value::Array(events))) => Ok(events),
            (status, _) => Err(EventReadError::NotAPage(status, excerpt(&response.body))),
        }
    }
}

fn last_id(page: &[Value]) -> Option<String> {
    page.last().and_then(|event| event.get("id")?.as_str()).map(str::to_owned)
}

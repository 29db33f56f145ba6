//! Reads an Events API in the shape of WorkOS: pages of events behind a cursor.

use serde_json::Value;

use super::client::Client;
use super::encode::component;
use super::excerpt::excerpt;
use super::failure::Failure;
use crate::base::limits::EVENTS_PAGE;

/// The number of pages that one reading may fetch.
const PAGES: usize = 1_000;

/// A response of the Events API that is not a page of events.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EventReadError {
    #[error("the Events API did not respond: {0}")]
    NoResponse(Failure),
    /// Status and excerpt of the body.
    #[error("the Events API returned {0} without a list of events: {1}")]
    NotAPage(u16, String),
}

impl EventReadError {
    /// Returns true if a later request may succeed: there was no response, or the server is busy or failed.
    #[must_use]
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::NoResponse(_) | Self::NotAPage(429 | 500..=599, _))
    }
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
        self.cursor = last_id(&page.events);
        Ok(())
    }

    /// Moves the cursor to the event with this ID.
    #[must_use]
    pub fn after(self, id: String) -> Self {
        Self { cursor: Some(id), ..self }
    }

    /// Continues at the same cursor with another client.
    #[must_use]
    pub fn with_client(self, client: Client) -> Self {
        Self { client, ..self }
    }

    /// Appends all events behind the cursor, oldest first, and moves the cursor to the end.
    ///
    /// # Errors
    /// If the Events API does not return a page of events. The pages before it are appended.
    pub async fn read_to_end(&mut self, events: &mut Vec<Value>) -> Result<(), EventReadError> {
        for _ in 0..PAGES {
            if self.read_page(events).await? {
                break;
            }
        }
        Ok(())
    }

    /// Appends the next page behind the cursor, oldest event first, and moves the cursor. Returns true if no page follows.
    ///
    /// # Errors
    /// If the Events API does not return a page of events.
    pub async fn read_page(&mut self, events: &mut Vec<Value>) -> Result<bool, EventReadError> {
        let after = self.cursor.as_ref().map(|id| format!("&after={}", component(id))).unwrap_or_default();
        let page = self.page(&format!("?limit={EVENTS_PAGE}&order=asc{after}")).await?;
        let next = match page.after {
            After::Next(id) => Some(id),
            After::End => None,
            // A server may return fewer events than it was asked for, so only an empty page is the last one.
            After::Unknown => last_id(&page.events),
        };
        let cursor = next.clone().or_else(|| last_id(&page.events)).or_else(|| self.cursor.clone());
        events.extend(page.events);
        let moved = cursor != self.cursor;
        self.cursor = cursor;
        Ok(next.is_none() || !moved)
    }

    async fn page(&self, query: &str) -> Result<Page, EventReadError> {
        let exchange = self.client.get(query).await;
        let response = exchange.outcome.as_ref().map_err(|failure| EventReadError::NoResponse(failure.clone()))?;
        let body = response.json();
        let data = body.as_ref().and_then(|body| body.get("data").cloned());
        match (response.status, data) {
            (200, Some(Value::Array(events))) => Ok(Page { events, after: after(body.as_ref()) }),
            (status, _) => Err(EventReadError::NotAPage(status, excerpt(&response.body))),
        }
    }
}

/// A page of events.
struct Page {
    events: Vec<Value>,
    after: After,
}

/// The cursor of the next page, as `list_metadata.after` of the page tells.
enum After {
    Next(String),
    End,
    /// The page does not tell.
    Unknown,
}

fn after(page: Option<&Value>) -> After {
    match page.and_then(|page| page.get("list_metadata")?.get("after")) {
        Some(Value::String(id)) => After::Next(id.clone()),
        Some(_) => After::End,
        None => After::Unknown,
    }
}

fn last_id(page: &[Value]) -> Option<String> {
    page.last().and_then(|event| event.get("id")?.as_str()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use serde_json::json;

    use super::*;
    use crate::wire::{Auth, ResponseBody, Service, Target};

    /// Reads a log of ten events from a server that returns at most three a page. A sparse log shows the
    /// last event only.
    fn read(with_metadata: bool, is_sparse: bool) -> Vec<u64> {
        let service = Service::new(tower::service_fn(move |request: http::Request<Bytes>| async move {
            let query = request.uri().query().unwrap_or_default().to_owned();
            let after = query.split("after=e").nth(1).map_or(0, |number| number.parse::<u64>().unwrap());
            let numbers = after + 1..=10.min(after + 3);
            let next = (after + 3 < 10).then(|| format!("e{}", after + 3));
            let shown = numbers.filter(|number| !is_sparse || *number == 10);
            let data: Vec<Value> = shown.map(|number| json!({"id": format!("e{number}")})).collect();
            let mut page = json!({"object": "list", "data": data});
            if with_metadata {
                page["list_metadata"] = json!({"after": next});
            }
            Ok(http::Response::new(ResponseBody::from(page.to_string())))
        }));
        let client = Client::new(Target::in_process("http://events/events", Auth::None, service)).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            let (mut reader, mut events) = (EventReader::new(client), Vec::new());
            reader.read_to_end(&mut events).await.unwrap();
            events.iter().map(|event| event["id"].as_str().unwrap()[1..].parse().unwrap()).collect()
        })
    }

    #[test]
    fn a_log_is_read_to_its_end_although_the_server_returns_smaller_pages() {
        let all: Vec<u64> = (1..=10).collect();
        assert_eq!(read(true, false), all);
        assert_eq!(read(false, false), all);
    }

    #[test]
    fn an_empty_page_that_names_the_next_one_is_not_the_end() {
        assert_eq!(read(true, true), [10]);
    }
}

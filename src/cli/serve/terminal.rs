//! One line for each request and each event, for a person who watches the server in a terminal.
//!
//! Requests come from the log's own record of each request. Events are read from the store's log as a client of the
//! Events API would read them, so the lines show what was committed.

use std::fmt::{self, Write as _};
use std::io::IsTerminal as _;
use std::sync::Arc;
use std::time::Duration;

use tracing::field::{Field, Visit};
use tracing::{Event as Record, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

use crate::base::clock::rfc3339;
use crate::base::limits;
use crate::events::Event;
use crate::store::{EventQuery, Store};

/// Time between two looks at the number of events.
const INTERVAL: Duration = Duration::from_millis(200);

/// Returns whether stdout is a terminal and not taken by `--json`.
pub(super) fn lines_wanted(json: bool) -> bool {
    !json && std::io::stdout().is_terminal()
}

/// Prints a line for each record that describes a finished request.
#[derive(Debug)]
pub(super) struct RequestLines;

impl<S: Subscriber> Layer<S> for RequestLines {
    fn on_event(&self, record: &Record<'_>, _: Context<'_, S>) {
        let fields = record.metadata().fields();
        if ["method", "path", "status"].iter().all(|name| fields.field(name).is_some()) {
            let mut request = RequestLine::default();
            record.record(&mut request);
            anstream::println!("{request}");
        }
    }
}

/// One request, as its record describes it.
#[derive(Debug, Default)]
struct RequestLine {
    method: String,
    path: String,
    status: u64,
    micros: u64,
}

impl Visit for RequestLine {
    fn record_u64(&mut self, field: &Field, value: u64) {
        match field.name() {
            "status" => self.status = value,
            "micros" => self.micros = value,
            _ => {}
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let text = match field.name() {
            "method" => &mut self.method,
            "path" => &mut self.path,
            _ => return,
        };
        // Writing to a string does not fail.
        let _ = write!(text, "{value:?}");
    }
}

impl fmt::Display for RequestLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A path is foreign text: a control character in it must not reach the terminal.
        let path = self.path.escape_debug();
        let (whole, tenths) = (self.micros / 1_000, self.micros / 100 % 10);
        write!(f, "{} {path}  {}  {whole}.{tenths} ms", self.method, self.status)
    }
}

/// Prints the events that are committed from now on. Never returns.
pub(super) async fn print_events(store: Arc<dyn Store>) {
    let newest = EventQuery { descending: true, limit: 1, ..EventQuery::default() };
    let mut after = match store.events(newest).await {
        Ok(page) => page.events.into_iter().next().map(|event| event.id),
        Err(_) => return,
    };
    let mut seen = store.figures().events;
    let mut interval = tokio::time::interval(INTERVAL);
    loop {
        interval.tick().await;
        let events = store.figures().events;
        if events == seen {
            continue;
        }
        seen = events;
        after = print_after(&*store, after).await;
    }
}

/// Prints the events after one, and returns the id of the last.
async fn print_after(store: &dyn Store, mut after: Option<String>) -> Option<String> {
    loop {
        let query = EventQuery { after: after.clone(), limit: limits::EVENTS_PAGE, ..EventQuery::default() };
        let Ok(page) = store.events(query).await else { return after };
        for event in &page.events {
            anstream::println!("{}", event_line(event));
        }
        if let Some(last) = page.events.last() {
            after = Some(last.id.clone());
        }
        if page.after.is_none() {
            return after;
        }
    }
}

fn event_line(event: &Event) -> String {
    let text = |key: &str| event.data.get(key).and_then(serde_json::Value::as_str);
    let about = ["email", "name", "id"].iter().find_map(|key| text(key)).unwrap_or_default();
    format!("  {}  {}  {}", rfc3339(event.created_at), event.event, about.escape_debug())
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;
    use crate::base::SystemClock;
    use crate::store::sqlite::SqliteStore;

    /// Keeps the lines that [`RequestLines`] would print.
    struct Collect(Arc<std::sync::Mutex<Vec<String>>>);

    impl<S: Subscriber> Layer<S> for Collect {
        fn on_event(&self, record: &Record<'_>, _: Context<'_, S>) {
            let mut line = RequestLine::default();
            record.record(&mut line);
            self.0.lock().unwrap().push(line.to_string());
        }
    }

    #[test]
    fn a_request_is_one_line_without_control_characters() {
        let line = RequestLine { method: "GET".into(), path: "/Users/\u{1b}[2J".into(), status: 404, micros: 12_345 };
        assert_eq!(line.to_string(), "GET /Users/\\u{1b}[2J  404  12.3 ms");
    }

    #[test]
    fn the_record_of_a_request_is_read() {
        let seen = Arc::new(std::sync::Mutex::new(Vec::new()));
        let subscriber = tracing_subscriber::registry().with(Collect(Arc::clone(&seen)));
        tracing::subscriber::with_default(subscriber, || {
            let (method, status) = (http::Method::PUT, 200_u16);
            tracing::debug!(%method, path = "/Users/1", status, micros = 1_500_u64, "finished");
        });
        assert_eq!(*seen.lock().unwrap(), ["PUT /Users/1  200  1.5 ms"]);
    }

    #[tokio::test]
    async fn events_are_followed_page_by_page() {
        let store = SqliteStore::ephemeral(Arc::new(SystemClock), None).unwrap();
        store.bootstrap().await.unwrap();
        let all = store.events(EventQuery { limit: 100, ..EventQuery::default() }).await.unwrap().events;
        let last = print_after(&store, None).await;
        assert_eq!(last, all.last().map(|event| event.id.clone()));
        assert_eq!(print_after(&store, last.clone()).await, last);
        let event = Event { data: json!({"id": "directory_user_1", "email": "a@b\n"}), ..all[0].clone() };
        assert!(event_line(&event).ends_with("  dsync.activated  a@b\\n"), "{}", event_line(&event));
    }
}

//! Snapshots of the wire transcript of each scenario in features, played against the reference, with the events after the request
//! that caused them. Scenarios that need a test double have no events.
//!
//! IDs are numbered in order of appearance, so that references between them remain comparable. Times and the base URL are
//! replaced.

use std::collections::{HashMap, VecDeque};
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::Request;
use regex::{Captures, Regex};
use scimulate::Server;
use scimulate::check::{self, Case, Suite};
use scimulate::report::{ExchangeReport, Run};
use scimulate::server::defects::Upstream;
use scimulate::wire::{Auth, ResponseBody, Service, Target};
use serde_json::Value;

use crate::features;
use crate::support::harness::{all_passed, check_target, reference};
use crate::support::proxy;

/// The events that each write caused, by method, path and the ID of a created resource, in order.
type Events = HashMap<(String, String, String), VecDeque<Vec<Value>>>;

/// The reference, which is asked for new events after each write.
struct Recorder {
    upstream: Arc<dyn Upstream>,
    key: String,
    cursor: Mutex<Option<String>>,
    events: Mutex<Events>,
}

impl Recorder {
    async fn handle(&self, request: Request<Bytes>) -> http::Response<ResponseBody> {
        let (method, path) = (request.method().to_string(), request.uri().path().to_owned());
        let response = self.upstream.call(request).await;
        if method != "GET" {
            let created = serde_json::from_slice::<Value>(response.body()).ok();
            let id = created.filter(|_| method == "POST").and_then(|body| body.get("id")?.as_str().map(str::to_owned));
            let events = self.new_events().await;
            let mut all = self.events.lock().unwrap();
            all.entry((method, path, id.unwrap_or_default())).or_default().push_back(events);
        }
        response.map(ResponseBody::from)
    }

    async fn new_events(&self) -> Vec<Value> {
        let after = self.cursor.lock().unwrap().as_ref().map(|id| format!("&after={id}")).unwrap_or_default();
        let request = Request::get(format!("/events?limit=100&order=asc{after}"));
        let request = request.header("Authorization", format!("Bearer {}", self.key)).body(Bytes::new()).unwrap();
        let page: Value = serde_json::from_slice(self.upstream.call(request).await.body()).unwrap();
        let events = page["data"].as_array().unwrap().clone();
        if let Some(last) = events.last() {
            *self.cursor.lock().unwrap() = last["id"].as_str().map(str::to_owned);
        }
        events
    }
}

/// Plays a case against the reference. Returns the run, and the events that each write caused.
fn play(case: &Case, server: &Server) -> (Run, Events) {
    let (origin, _) = server.scim_url().split_at(server.scim_url().find("/scim/").unwrap());
    let recorder = Arc::new(Recorder {
        upstream: proxy::remote(origin),
        key: server.api_key().to_owned(),
        cursor: Mutex::default(),
        events: Mutex::default(),
    });
    let shared = Arc::clone(&recorder);
    let service = Service::new(tower::service_fn(move |request| {
        let recorder = Arc::clone(&shared);
        async move { Ok(recorder.handle(request).await) }
    }));
    let target = Target::in_process(server.scim_url(), Auth::Bearer(server.token().into()), service);
    let events = Target::new(server.events_url(), Auth::Bearer(server.api_key().into()));
    let only = format!("^{}$", regex::escape(&case.id));
    let check = check_target(target).events_from(Some(events)).name(&only).run_id("run").keep().concurrency(1);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let run = runtime.block_on(check.run_here()).unwrap();
    let events = std::mem::take(&mut *recorder.events.lock().unwrap());
    (run, events)
}

/// Renders the requests of Okta with their responses, each followed by the events that it caused. What the harness creates before
/// and reads afterwards is one line. The published acceptance suite is played by the harness itself.
fn transcript(case: &Case, run: &Run, events: &mut Events) -> String {
    let mut out = format!("{}\n", case.name);
    let Some(result) = run.scenarios.first() else { return out };
    let is_large = case.has("@population");
    for exchange in &result.exchanges {
        let path = exchange.url.split_once(run.target.as_str()).map_or(exchange.url.as_str(), |(_, path)| path);
        let status = exchange.status.unwrap_or_default();
        let caused = caused(exchange, events);
        if exchange.by != "okta" && !case.has("@once") {
            let names = caused.iter().map(|event| format!(" {}", event["event"].as_str().unwrap_or_default()));
            let _ =
                writeln!(out, "\n(the harness: {} {path} -> {status}{})", exchange.method, names.collect::<String>());
            continue;
        }
        let body = |value: &Option<Value>| match value {
            Some(value) if is_large => format!(" {value}"),
            Some(value) => format!("\n{}", lines(value, 0)),
            None => String::new(),
        };
        let _ = writeln!(out, "\n> {} {path}{}", exchange.method, body(&exchange.request_body));
        let _ = writeln!(out, "< {status}{}", body(&exchange.response_body));
        // The events of 250 users say nothing more than those of a few.
        for event in caused.iter().filter(|_| !is_large) {
            let name = event["event"].as_str().unwrap_or_default();
            let _ = writeln!(out, "event {name}\n{}", lines(&event["data"], 0));
        }
    }
    out
}

/// Renders a value: objects and lists that fit on a line are one.
pub(crate) fn lines(value: &Value, indent: usize) -> String {
    const WIDTH: usize = 100;
    let text = value.to_string();
    let (margin, inner) = (" ".repeat(indent), indent + 2);
    if text.len() + indent <= WIDTH && indent > 0 {
        return text;
    }
    let entry = |key: String, value: &Value| format!("{margin}  {key}{}", lines(value, inner));
    match value {
        Value::Object(object) if !object.is_empty() => {
            let entries = object.iter().map(|(key, value)| entry(format!("{}: ", Value::from(key.as_str())), value));
            format!("{{\n{}\n{margin}}}", entries.collect::<Vec<_>>().join(",\n"))
        }
        Value::Array(items) if !items.is_empty() => {
            let entries = items.iter().map(|item| entry(String::new(), item));
            format!("[\n{}\n{margin}]", entries.collect::<Vec<_>>().join(",\n"))
        }
        _ => text,
    }
}

/// Takes the events that a write caused.
fn caused(exchange: &ExchangeReport, events: &mut Events) -> Vec<Value> {
    let uri: http::Uri = exchange.url.parse().unwrap();
    let created = exchange.response_body.as_ref().filter(|_| exchange.method == "POST");
    let id = created.and_then(|body| body.get("id")?.as_str()).unwrap_or_default().to_owned();
    let key = (exchange.method.clone(), uri.path().to_owned(), id);
    events.get_mut(&key).and_then(VecDeque::pop_front).unwrap_or_default()
}

/// Numbers IDs, and replaces times and the base URL.
pub(crate) fn stable(text: &str, base: &str) -> String {
    let text = text.replace(base, "[base]");
    let times = Regex::new(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z").unwrap();
    let text = times.replace_all(&text, "[time]");
    let ids = Regex::new(r"\b(?:[a-z_]+_)?[0-9A-HJKMNP-TV-Z]{26}\b|\b00[ug][0-9A-Za-z]{17}\b").unwrap();
    let mut seen: HashMap<String, usize> = HashMap::new();
    let numbered = ids.replace_all(&text, |found: &Captures<'_>| {
        let next = seen.len() + 1;
        format!("[id {}]", seen.entry(found[0].to_owned()).or_insert(next))
    });
    numbered.into_owned()
}

#[test]
fn transcripts_and_events_of_every_scenario() {
    let suite = Suite::load(&check::features::embedded()).unwrap();
    for case in &suite.cases {
        let server = reference(&[]);
        let text = if case.has("@double") {
            let run = features::play(case, &server, None);
            stable(&transcript(case, &run, &mut Events::new()).replace(&run.run_id, "run"), &run.target)
        } else {
            let (run, mut events) = play(case, &server);
            all_passed(&run);
            stable(&transcript(case, &run, &mut events), server.scim_url())
        };
        insta::with_settings!({
            snapshot_path => "../../snapshots/okta",
            prepend_module_to_snapshot => false,
            omit_expression => true,
            description => case.at.split(':').next().unwrap().to_owned(),
        }, {
            insta::assert_snapshot!(case.slug(), text);
        });
    }
}

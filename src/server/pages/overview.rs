//! The page at `/`: directories with their SCIM URLs and counts, the last requests and the last events.

use std::collections::BTreeMap;

use askama::Template;
use axum::response::Response;
use http::StatusCode;
use http::request::Parts;
use serde_json::Value;

use super::super::app::App;
use super::super::origin::origin;
use super::recent::RecentRequest;
use super::render;
use crate::base::clock::rfc3339;
use crate::base::escape;
use crate::events::Event;
use crate::store::objects::{DirectoryQuery, ObjectRange};
use crate::store::{EventQuery, StoreError};

/// Directories on the page, the newest ones.
const DIRECTORIES: usize = 50;
/// Events on the page, the newest ones.
const EVENTS: usize = 20;

#[derive(Template)]
#[template(path = "overview.html")]
struct Overview {
    root: &'static str,
    directories: Vec<DirectoryRow>,
    has_more_directories: bool,
    requests: Vec<RequestRow>,
    events: Vec<EventRow>,
    event_count: u64,
}

struct DirectoryRow {
    name: String,
    organization: String,
    scim_url: String,
    users: u64,
    groups: u64,
}

struct RequestRow {
    time: String,
    line: String,
    status: u16,
    duration: String,
}

struct EventRow {
    time: String,
    name: String,
    about: String,
    id: String,
}

/// Builds the page.
pub(super) async fn page(app: &App, parts: &Parts) -> Result<Response, StoreError> {
    let store = app.store();
    let range = ObjectRange { descending: true, cursor: None, limit: DIRECTORIES };
    let found = store.list_directories(DirectoryQuery { range, ..DirectoryQuery::default() }).await?;
    let ids: Vec<String> = found.objects.iter().map(|directory| directory.id.clone()).collect();
    let counts = store.counts(&ids).await?;
    let events = EventQuery { descending: true, limit: EVENTS, ..EventQuery::default() };
    let events = store.events(events).await?;

    let base = origin(app, parts);
    let mut organizations = BTreeMap::new();
    let mut directories = Vec::with_capacity(found.objects.len());
    for (directory, (users, groups)) in found.objects.iter().zip(counts.resources) {
        let id = &directory.organization_id;
        if !organizations.contains_key(id) {
            organizations.insert(id.clone(), store.organization(id).await?.map(|found| found.name).unwrap_or_default());
        }
        directories.push(DirectoryRow {
            name: escape(&directory.name).into_owned(),
            organization: organizations.get(id).map(|name| escape(name).into_owned()).unwrap_or_default(),
            scim_url: escape(&format!("{base}/scim/v2/{}", directory.external_key)).into_owned(),
            users,
            groups,
        });
    }
    let page = Overview {
        root: "",
        directories,
        has_more_directories: found.after.is_some(),
        requests: app.recent().newest_first().iter().map(request).collect(),
        events: events.events.iter().map(event).collect(),
        event_count: counts.events,
    };
    Ok(render::page(StatusCode::OK, &page))
}

fn request(request: &RecentRequest) -> RequestRow {
    RequestRow {
        time: rfc3339(request.at),
        line: escape(&request.line).into_owned(),
        status: request.status,
        duration: format!("{:.1} ms", request.duration.as_secs_f64() * 1_000.0),
    }
}

fn event(event: &Event) -> EventRow {
    EventRow {
        time: rfc3339(event.created_at),
        name: event.event.clone(),
        about: escape(&about(&event.data)).into_owned(),
        id: event.id.clone(),
    }
}

/// Names the object of an event: the email address or the name of a user, the name of a group or of a directory.
fn about(data: &Value) -> String {
    let name = |object: &Value| {
        let text = |key| object.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
        text("email").or_else(|| text("name")).or_else(|| text("id")).unwrap_or_default().to_owned()
    };
    match (data.get("user"), data.get("group")) {
        (Some(user), Some(group)) => format!("{}, {}", name(user), name(group)),
        _ => name(data),
    }
}

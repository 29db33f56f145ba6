//! Every recorded or published request of Okta, sent to the reference over HTTP. The reference must accept it, store what was
//! sent, and respond in the form that Okta requires (research source okta-traffic, section 3.4).
//!
//! The records are in `tests/idp/okta`, one file each, with their source. Each one is sent to a new server, on which the test
//! first creates the resources that the record refers to. Only the ids of the recorded server are replaced by ours.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use futures::{StreamExt, stream};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use reqwest::Method;
use serde_json::{Map, Value, json};

use crate::support::reference::{LIST, Reply, Server, user};

/// One recorded request.
struct Record {
    id: String,
    method: Method,
    /// `/Users`, `/Users/{id}` …, without the base of the recorded server.
    path: String,
    query: Option<String>,
    media_type: String,
    body: Option<Value>,
    raw: Option<String>,
}

/// Expected errors: id, status, reason.
const EXPECTED: &[(&str, u16, &str)] = &[
    ("rostr-test-1", 401, "sent with a wrong token"),
    ("suite-401", 401, "sent with a wrong token"),
    ("ref20-post-user-conflict", 409, "the user already exists"),
    ("so77524118-echo", 400, "a list is not a user"),
];

/// Lookups without a match.
const WITHOUT_MATCH: &[&str] = &["ref20-filter", "devf27262-8", "rostr-create-1", "rostr-group-1", "rostr-group-6"];

#[tokio::test]
async fn the_reference_handles_every_record() {
    let records = records();
    assert_eq!(records.len(), 86, "43 with a body, 43 that need none");
    assert_eq!(records.iter().filter(|record| record.raw.is_some()).count(), 43);
    let unpublished = include_str!("../idp/okta-unpublished.json");
    let unpublished: Value = serde_json::from_str(unpublished).unwrap();
    assert_eq!(unpublished["records"].as_array().unwrap().len(), 17, "bodies that were never published");
    let played = stream::iter(&records).map(async |record| (&record.id, play(record).await)).buffered(8);
    let played: Vec<_> = played.collect().await;
    let wrong = played.into_iter().filter_map(|(id, outcome)| Some(format!("{id}: {}", outcome.err()?)));
    let wrong: Vec<String> = wrong.collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Sends one record to a new server.
async fn play(record: &Record) -> Result<(), String> {
    let server = Server::start().await;
    let mut stage = Stage::new(&server);
    let (path, body) = stage.prepare(record).await;
    let mut headers = vec![
        ("accept", "application/scim+json"),
        ("accept-charset", "utf-8"),
        ("user-agent", "Okta SCIM Client 1.0.0"),
    ];
    if body.is_some() {
        headers.push(("content-type", record.media_type.as_str()));
    }
    let expected = EXPECTED.iter().find(|(id, ..)| *id == record.id).map(|(_, status, _)| *status);
    if expected == Some(401) {
        headers.push(("authorization", "non-token"));
    }
    let sent = body.as_ref().map(ToString::to_string);
    let reply = server.send_with(record.method.clone(), &path, &headers, sent).await;
    if let Some(status) = expected {
        let error = reply.json();
        let scim_type = error["scimType"].as_str();
        reply.is_scim_error(status, scim_type);
        return ensure(status != 409 || scim_type == Some("uniqueness"), || reply.text.clone());
    }
    let bystander = stage.bystander;
    check(record, &server, &path, body.as_ref(), &reply, &bystander).await
}

/// Creates the resources that a record refers to, and maps the ids of the recorded server to ours.
struct Stage<'a> {
    server: &'a Server,
    ids: BTreeMap<String, String>,
    /// An existing member of the group that no record names.
    bystander: String,
}

impl<'a> Stage<'a> {
    fn new(server: &'a Server) -> Self {
        Self { server, ids: BTreeMap::new(), bystander: String::new() }
    }

    /// Returns the request's path and body with our ids.
    async fn prepare(&mut self, record: &Record) -> (String, Option<Value>) {
        let mut body = record.body.clone();
        for member in members(body.as_ref()) {
            let name = format!("{member}@members.example.com");
            let id = self.server.user(&name).await;
            self.ids.insert(member, id);
        }
        let mut path = record.path.clone();
        if let Some((endpoint, recorded)) = record.path[1..].split_once('/') {
            let id = if endpoint == "Users" {
                self.server.user("before@example.com").await
            } else {
                self.bystander = self.server.user("bystander@example.com").await;
                let removed = removed(record.body.as_ref());
                let mut existing = vec![self.bystander.as_str()];
                existing.extend(removed.iter().map(|member| self.ids[member].as_str()));
                self.server.group("Before", &existing).await
            };
            path = format!("/{endpoint}/{id}");
            self.ids.insert(recorded.to_owned(), id.clone());
            if let Some(body) = &mut body {
                // If path and body have different ids, the published text mixed two requests: both mean this resource.
                rename_ids(body, &id);
            }
        }
        if let Some(body) = &mut body {
            self.replace(body);
        }
        if record.id == "ref20-post-user-conflict" {
            self.server.post("/Users", user("TEST.user@okta.local")).await.id();
        }
        if let Some(query) = &record.query {
            self.create_match(record, query).await;
            path = format!("{path}?{query}");
        }
        (path, body)
    }

    /// Replaces the ids of members in a body.
    fn replace(&self, value: &mut Value) {
        match value {
            Value::String(text) => {
                if let Some(id) = self.ids.get(text.as_str()) {
                    text.clone_from(id);
                } else if let Some((start, rest)) = text.split_once("value eq \"") {
                    let recorded = rest.trim_end_matches("\"]");
                    *text = format!("{start}value eq \"{}\"]", self.ids[recorded]);
                }
            }
            Value::Array(values) => values.iter_mut().for_each(|value| self.replace(value)),
            // Only the values of these keys are ids: a display name may look like an id.
            Value::Object(object) => object
                .iter_mut()
                .filter(|(key, _)| matches!(key.as_str(), "Operations" | "path" | "value" | "members"))
                .for_each(|(_, value)| self.replace(value)),
            _ => {}
        }
    }

    /// Creates the resource that a record looks up, unless the recorded response was empty.
    async fn create_match(&self, record: &Record, query: &str) {
        let Some(value) = looked_up(query) else { return };
        if WITHOUT_MATCH.contains(&record.id.as_str()) {
            self.server.user("another@example.com").await;
        } else if record.path == "/Users" {
            self.server.user(&value).await;
        } else {
            self.server.group(&value, &[]).await;
        }
    }
}

/// Returns the value of a lookup.
fn looked_up(query: &str) -> Option<String> {
    let decoded = percent_encoding::percent_decode_str(&query.replace('+', " ")).decode_utf8().unwrap().into_owned();
    decoded.split_once(" eq \"").and_then(|(_, rest)| rest.split_once('"')).map(|(value, _)| value.to_owned())
}

/// Returns the ids of members in a body.
fn members(body: Option<&Value>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut take = |list: Option<&Value>| {
        for member in list.and_then(Value::as_array).into_iter().flatten() {
            found.extend(member["value"].as_str().map(str::to_owned));
        }
    };
    let Some(body) = body else { return found };
    take(body.get("members"));
    let operations: Vec<&Value> = body["Operations"].as_array().into_iter().flatten().collect();
    for operation in &operations {
        take(operation.get("value").filter(|_| operation["path"] == "members"));
        take(operation["value"].get("members"));
    }
    found.extend(removed(Some(body)));
    found
}

/// Returns the ids of members that a PATCH removes.
fn removed(body: Option<&Value>) -> BTreeSet<String> {
    let operations = body.and_then(|body| body["Operations"].as_array()).into_iter().flatten();
    let paths = operations.filter_map(|operation| operation["path"].as_str()?.split_once("value eq \""));
    paths.map(|(_, rest)| rest.trim_end_matches("\"]").to_owned()).collect()
}

/// Replaces the resource's own id.
fn rename_ids(body: &mut Value, id: &str) {
    let set = |object: Option<&mut Map<String, Value>>| {
        if let Some(own) = object.and_then(|object| object.get_mut("id")) {
            *own = json!(id);
        }
    };
    set(body.as_object_mut());
    for operation in body.get_mut("Operations").and_then(Value::as_array_mut).into_iter().flatten() {
        set(operation.get_mut("value").and_then(Value::as_object_mut));
    }
}

/// Checks the response's form, and what the server stored.
async fn check(
    record: &Record,
    server: &Server,
    path: &str,
    body: Option<&Value>,
    reply: &Reply,
    bystander: &str,
) -> Result<(), String> {
    let is_group = record.path.starts_with("/Groups");
    let expected = match (&record.method, is_group) {
        (&Method::POST, _) => 201,
        (&Method::DELETE, _) | (&Method::PATCH, true) => 204,
        _ => 200,
    };
    ensure(reply.status == expected, || format!("response {} {}", reply.status, reply.text))?;
    if reply.status == 204 {
        ensure(reply.text.is_empty(), || "204 with a body".to_owned())?;
    }
    if record.method == Method::DELETE {
        return ensure(server.get(path).await.status == 404, || "the resource still exists".to_owned());
    }
    if record.query.is_some() || matches!(record.path.as_str(), "/Users" | "/Groups") && body.is_none() {
        return check_list(record, &reply.json());
    }
    let now = match record.method {
        Method::POST => {
            let location = reply.header("location").ok_or("no Location header")?.to_owned();
            ensure(reply.json()["meta"]["location"] == location, || "meta.location differs from Location".to_owned())?;
            server.get(&location).await
        }
        _ => server.get(path).await,
    };
    let now = now.json();
    if reply.status != 204 {
        check_resource(&reply.json(), is_group)?;
        ensure(reply.json() == now, || format!("response {} but stored {now}", reply.text))?;
    }
    match body {
        Some(body) if record.method == Method::PATCH => check_patch(body, &now, bystander),
        Some(body) => check_stored(body, &now),
        None => check_resource(&now, is_group),
    }
}

/// Checks that counters are integers, that `itemsPerPage` is the page's size, and that every resource is complete.
fn check_list(record: &Record, list: &Value) -> Result<(), String> {
    ensure(list["schemas"] == json!([LIST]), || format!("not a ListResponse: {list}"))?;
    let found = list["Resources"].as_array().ok_or("no Resources")?;
    for counter in ["totalResults", "startIndex", "itemsPerPage"] {
        ensure(list[counter].is_u64(), || format!("{counter} is {}", list[counter]))?;
    }
    ensure(list["itemsPerPage"] == found.len(), || format!("itemsPerPage is {}", list["itemsPerPage"]))?;
    if record.query.as_deref().is_some_and(|query| looked_up(query).is_some()) {
        let matches = usize::from(!WITHOUT_MATCH.contains(&record.id.as_str()));
        ensure(found.len() == matches, || format!("found {} instead of {matches}", found.len()))?;
    }
    found.iter().try_for_each(|resource| check_resource(resource, record.path.starts_with("/Groups")))
}

fn check_resource(resource: &Value, is_group: bool) -> Result<(), String> {
    let name = if is_group { "displayName" } else { "userName" };
    let kind = if is_group { "Group" } else { "User" };
    let complete = resource["id"].is_string()
        && resource[name].is_string()
        && resource["schemas"].as_array().is_some_and(|schemas| !schemas.is_empty())
        && resource["meta"]["location"].is_string()
        && resource["meta"]["resourceType"] == kind
        && (is_group || resource["active"].is_boolean())
        && (!is_group || resource["members"].is_array())
        && resource.get("password").is_none();
    ensure(complete, || format!("incomplete: {resource}"))
}

/// Checks that the server stored what a POST or PUT sent.
fn check_stored(sent: &Value, now: &Value) -> Result<(), String> {
    for (key, value) in sent.as_object().unwrap() {
        match key.as_str() {
            "password" | "groups" | "meta" | "id" => {}
            "members" => check_members(value, &now["members"])?,
            _ => ensure(&now[key] == value, || format!("{key}: sent {value}, stored {}", now[key]))?,
        }
    }
    Ok(())
}

/// Checks that the server stored what the operations say.
fn check_patch(sent: &Value, now: &Value, bystander: &str) -> Result<(), String> {
    let operations = sent["Operations"].as_array().unwrap();
    let mut expected = BTreeSet::new();
    let (mut changes_members, mut replaces) = (false, false);
    for operation in operations {
        if operation["path"] == "members" {
            changes_members = true;
            replaces |= operation["op"] == "replace";
            expected.extend(
                operation["value"].as_array().unwrap().iter().map(|member| member["value"].clone().to_string()),
            );
        } else if let Some(value) = operation["value"].as_object() {
            for (key, value) in value {
                match key.as_str() {
                    "id" | "password" => {}
                    "members" => check_members(value, &now["members"])?,
                    _ => ensure(&now[key] == value, || format!("{key}: sent {value}, stored {}", now[key]))?,
                }
            }
        }
    }
    if changes_members {
        if !replaces {
            expected.insert(json!(bystander).to_string());
        }
        let kept = now["members"].as_array().unwrap().iter();
        let kept: BTreeSet<String> = kept.map(|member| member["value"].clone().to_string()).collect();
        ensure(kept == expected, || format!("members: expected {expected:?}, stored {kept:?}"))?;
    }
    Ok(())
}

/// Checks that the members and their `display` are the same, in any order. A `display` of null is ignored.
fn check_members(sent: &Value, kept: &Value) -> Result<(), String> {
    let parts =
        |member: &Value| (member["value"].clone(), member.get("display").cloned().filter(|text| !text.is_null()));
    let sorted = |members: &Value| {
        let mut all: Vec<_> = members.as_array().unwrap().iter().map(parts).map(|one| format!("{one:?}")).collect();
        all.sort();
        all
    };
    let (sent, kept) = (sorted(sent), sorted(kept));
    ensure(sent == kept, || format!("members: sent {sent:?}, stored {kept:?}"))
}

fn ensure(condition: bool, what: impl FnOnce() -> String) -> Result<(), String> {
    if condition { Ok(()) } else { Err(what()) }
}

fn records() -> Vec<Record> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/idp/okta");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| record(&serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap())).collect()
}

/// Placeholders in published texts, and their replacements.
const PLACEHOLDERS: &[(&str, &str)] = &[
    ("{userName}", "blair@foo-corp.com"),
    ("{otherUserName}", "other@foo-corp.com"),
    ("{displayName}", "Some Group"),
    ("\"...\"", "\"octocat@github.com\""),
    ("<user_email>", "blair@foo-corp.com"),
    ("startIndex=<value>", "startIndex=1"),
    ("{{randomUsername}}", "RunscopeAbc@atko.com"),
    ("{{randomUsernameCaps}}", "RUNSCOPEABC@ATKO.COM"),
    ("{{randomGivenName}}", "Runscope123"),
    ("{{randomFamilyName}}", "Abcdefghi123"),
    ("{{randomEmail}}", "RunscopeAbc@atko.com"),
];

/// Characters to encode in a query: logs show paths decoded.
const NOT_IN_QUERY: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'@').add(b'<').add(b'>');

fn record(file: &Value) -> Record {
    let text = |key: &str| file[key].as_str().map(str::to_owned);
    let filled = |text: String| PLACEHOLDERS.iter().fold(text, |text, (place, value)| text.replace(place, value));
    let id = text("id").unwrap();
    assert!(file["source"].is_string(), "{id} has no source");
    let path = filled(text("path").unwrap());
    let endpoint = path.find("/Users").or_else(|| path.find("/Groups")).unwrap();
    let (path, query) = match path[endpoint..].split_once('?') {
        Some((path, query)) => (path.to_owned(), Some(query.to_owned())),
        None => (path[endpoint..].to_owned(), None),
    };
    // The body of so77524118 has "..." in place of a list; it is not one of our placeholders.
    let raw = text("body_raw");
    let sent = raw.clone().map(|raw| if id == "so77524118-echo" { raw } else { filled(raw) });
    let body = sent.map(|raw| serde_json::from_str(&raw).unwrap());
    let named = |name: &str| {
        let headers = file["headers"].as_object()?;
        headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name))?.1.as_str().map(str::to_owned)
    };
    Record {
        method: text("method").unwrap().parse().unwrap(),
        path,
        query: query.map(|query| utf8_percent_encode(&query, NOT_IN_QUERY).to_string()),
        media_type: named("content-type").unwrap_or_else(|| "application/scim+json; charset=utf-8".to_owned()),
        body,
        raw,
        id,
    }
}

#[test]
fn a_record_survives_parsing_and_serializing() {
    for record in records() {
        let Some(raw) = &record.raw else { continue };
        let again: Value = serde_json::from_str(raw).unwrap();
        assert_eq!(&again.to_string(), raw, "{}: the order of keys or the compact form changed", record.id);
    }
}

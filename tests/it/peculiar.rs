//! Unusual but correct servers: behavior that the RFCs and Okta leave open must not be reported as a deviation.

use std::sync::Arc;

use bytes::Bytes;
use futures::future::BoxFuture;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use regex::{Captures, Regex};
use scimulate::okta::habits::{SWITCHES, Values};
use scimulate::report::{Run, ScenarioReport, Verdict};
use scimulate::server::defects::Upstream;
use scimulate::wire::{Auth, Target};
use serde_json::{Map, Value, json};
use tokio::runtime::Runtime;

use crate::support::harness::{check_of, check_target, ids, reference, report_of};
use crate::support::proxy;

/// A peculiarity, and the function that applies it to a response: method, path, status and body.
type Peculiarity = (&'static str, fn(&Method, &str, &mut StatusCode, &mut Value));

const PECULIARITIES: &[Peculiarity] = &[
    ("ids that a URL has to encode", |_, _, _, body| each(body, &mut |object| object.iter_mut().for_each(strange_id))),
    ("members and users in another order of keys", |_, _, _, body| {
        each(body, &mut |object| {
            *object = std::mem::take(object).into_iter().rev().collect();
        });
    }),
    ("unrequested attributes, including null", |_, _, _, body| {
        each(body, &mut |object| {
            if object.contains_key("userName") {
                object.insert("nickName".to_owned(), Value::Null);
                object.insert("urn:example:vendor".to_owned(), json!({"tier": 3, "tags": []}));
            }
            if let Some(name) = object.get_mut("name").and_then(Value::as_object_mut) {
                name.insert("formatted".to_owned(), "Whoever It Is".into());
            }
            if let Some(emails) = object.get_mut("emails").and_then(Value::as_array_mut) {
                emails.push(json!({"value": "second@example.com", "type": "home"}));
            }
        });
    }),
    ("a PATCH of a user without a body", |method, path, status, body| {
        if *method == Method::PATCH && path.contains("/Users/") && status.is_success() {
            (*status, *body) = (StatusCode::NO_CONTENT, Value::Null);
        }
    }),
    ("lists of groups without members", |method, path, _, body| {
        if *method == Method::GET && path.ends_with("/Groups") {
            each(body, &mut |object| drop(object.remove("members")));
        }
    }),
    ("members with nothing but their value", |_, _, _, body| {
        each(body, &mut |object| {
            for member in object.get_mut("members").and_then(Value::as_array_mut).into_iter().flatten() {
                *member = json!({"value": member["value"]});
            }
        });
    }),
];

/// Calls a function for every object in a document, outer objects first.
fn each(value: &mut Value, change: &mut dyn FnMut(&mut Map<String, Value>)) {
    match value {
        Value::Object(object) => {
            change(object);
            object.values_mut().for_each(|value| each(value, change));
        }
        Value::Array(items) => items.iter_mut().for_each(|value| each(value, change)),
        _ => {}
    }
}

/// `01K…` becomes `mail to 01K…+1?#%@example.com/ü`.
fn strange_id((key, value): (&String, &mut Value)) {
    let ulid = |text: &str| text.len() == 26 && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if let Value::String(text) = value
        && matches!(key.as_str(), "id" | "value")
        && ulid(text)
    {
        *text = format!("mail to {text}+1?#%@example.com/ü");
    }
}

/// Translates a request for the server behind the proxy.
fn plain_ids(text: &str) -> String {
    let strange = Regex::new(
        r"mail(?:%20| )to(?:%20| )([0-9A-Z]{26})(?:%2[Bb]|\+)1(?:%3[Ff]%23%25|\?#%)(?:%40|@)example\.com(?:%2[Ff]|/)(?:%C3%BC|ü)",
    )
    .unwrap();
    strange.replace_all(text, |found: &Captures<'_>| found[1].to_owned()).into_owned()
}

#[derive(Debug)]
struct Peculiar {
    inner: Arc<dyn Upstream>,
    habits: &'static [Peculiarity],
}

impl Upstream for Peculiar {
    fn call(&self, request: Request<Bytes>) -> BoxFuture<'_, Response<Bytes>> {
        Box::pin(async move {
            let (mut parts, body) = request.into_parts();
            let target = plain_ids(&parts.uri.path_and_query().unwrap().to_string());
            parts.uri = target.parse().unwrap();
            let body = Bytes::from(plain_ids(std::str::from_utf8(&body).unwrap()));
            parts.headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
            let (method, path) = (parts.method.clone(), parts.uri.path().to_owned());
            let (mut head, body) = self.inner.call(Request::from_parts(parts, body)).await.into_parts();
            let mut value = serde_json::from_slice(&body).unwrap_or(Value::Null);
            for (_, change) in self.habits {
                change(&method, &path, &mut head.status, &mut value);
            }
            let body = if value.is_null() { Bytes::new() } else { Bytes::from(value.to_string()) };
            head.headers.remove(CONTENT_LENGTH);
            head.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json;charset=UTF-8"));
            Response::from_parts(head, body)
        })
    }
}

/// Servers that Okta works with, although they do not show everything that Okta sends (Okta's sample server, Sentry, AWS).
const SPARSE: &[Peculiarity] = &[
    ("users without displayName, locale and externalId", |_, _, _, body| {
        each_user(body, &mut |user| user.retain(|name, _| !["displayName", "locale", "externalId"].contains(&&**name)));
    }),
    ("emails without type, and a derived name.formatted", |_, _, _, body| {
        each_user(body, &mut |user| {
            for email in user.get_mut("emails").and_then(Value::as_array_mut).into_iter().flatten() {
                email.as_object_mut().unwrap().remove("type");
            }
            if let Some(name) = user.get_mut("name").and_then(Value::as_object_mut) {
                let part = |key: &str| name.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
                name.insert("formatted".to_owned(), format!("{}, {}", part("familyName"), part("givenName")).into());
            }
        });
    }),
    ("a displayName that is made of the name", |_, _, _, body| {
        each_user(body, &mut |user| {
            let part = |key: &str| user["name"][key].as_str().unwrap_or_default().to_owned();
            let made = format!("{} {}", part("familyName").to_uppercase(), part("givenName"));
            user.insert("displayName".to_owned(), made.into());
        });
    }),
    ("groups that never show a member", |_, _, _, body| {
        each(body, &mut |object| {
            if let Some(members) = object.get_mut("members") {
                *members = json!([]);
            }
        });
    }),
    ("userName and active only", |_, _, _, body| {
        each_user(body, &mut |user| {
            user.retain(|name, _| ["id", "schemas", "meta", "userName", "active", "emails"].contains(&&**name));
            user.insert("name".to_owned(), json!({"givenName": "N/A", "familyName": "N/A"}));
        });
    }),
];

/// Calls a function for every user in a document.
fn each_user(value: &mut Value, change: &mut dyn FnMut(&mut Map<String, Value>)) {
    each(value, &mut |object| {
        if object.contains_key("userName") {
            change(object);
        }
    });
}

/// Checks a reference with defects behind a proxy with peculiarities.
fn check_peculiar(runtime: &Runtime, habits: &'static [Peculiarity], defects: &[&str]) -> Run {
    let server = reference(defects);
    let (origin, path) = server.scim_url().split_at(server.scim_url().find("/scim/").unwrap());
    let peculiar = Peculiar { inner: runtime.block_on(async { proxy::remote(origin) }), habits };
    let address = runtime.block_on(proxy::serve(Arc::new(peculiar)));
    let target = Target::new(format!("http://{address}{path}"), Auth::Bearer(server.token().into()));
    report_of(check_target(target).tags("@server"))
}

/// Returns the results with other verdicts than these, with their sentences.
fn other_than(run: &Run, fine: &[Verdict]) -> String {
    let others = run.scenarios.iter().filter(|result| !fine.contains(&result.verdict));
    let lines = others.map(|result| format!("{:?} {}: {}", result.verdict, result.id, result.sentence));
    lines.collect::<Vec<_>>().join("\n")
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}

#[test]
fn unspecified_behavior_is_not_a_deviation() {
    let runtime = runtime();
    // Three at a time, since each run takes seconds.
    for habits in PECULIARITIES.chunks(3) {
        let name = habits.iter().map(|(name, _)| *name).collect::<Vec<_>>().join("; ");
        let run = check_peculiar(&runtime, habits, &[]);
        let story = other_than(&run, &[Verdict::Passed, Verdict::NotObserved]);
        assert!(story.is_empty(), "{name}\n{story}");
        assert!(ids(&run, Verdict::Passed).len() >= 60, "{name}");
        assert_eq!(run.leftovers, Vec::<String>::new(), "{name}");
    }
}

#[test]
fn what_a_server_never_keeps_is_a_note_at_most() {
    let runtime = runtime();
    for (at, (name, _)) in SPARSE.iter().enumerate() {
        // Sentry removes the users that are deactivated.
        let defects: &[&str] = if name.starts_with("userName") { &["deactivated-user-deleted"] } else { &[] };
        let run = check_peculiar(&runtime, &SPARSE[at..=at], defects);
        // Okta's published suite asks for the names, and its test plan for the same user. They are the only ones that do.
        let of_suite = |result: &&ScenarioReport| result.id.starts_with("oin/") && name.starts_with("userName");
        let weak = run.scenarios.iter().filter(|result| result.verdict == Verdict::Weak);
        let (of_suite, others): (Vec<_>, Vec<_>) = weak.partition(of_suite);
        assert!(others.is_empty(), "{name}: {others:?}");
        assert_eq!(!of_suite.is_empty(), name.starts_with("userName"), "{name}");
        let story = other_than(&run, &[Verdict::Passed, Verdict::Note, Verdict::NotObserved, Verdict::Weak]);
        assert!(story.is_empty(), "{name}\n{story}");
        let judged = ids(&run, Verdict::Passed).len() + ids(&run, Verdict::Note).len();
        assert!(judged >= 40, "{name}: {judged}");
        assert_eq!(run.leftovers, Vec::<String>::new(), "{name}");
    }
}

#[test]
fn the_verdict_does_not_depend_on_the_habits_of_okta() {
    let others = |values: &Values| match values {
        Values::OneOf(values) => values.iter().skip(1).map(|value| value.word).collect(),
        Values::Number { .. } | Values::Fixed(_) => Vec::new(),
    };
    let habits: Vec<(&str, Vec<&str>)> = SWITCHES.iter().map(|habit| (habit.name, others(&habit.values))).collect();
    let rounds = habits.iter().map(|(_, values)| values.len()).max().unwrap();
    let server = reference(&[]);
    for round in 0..rounds {
        let chosen: Vec<(&str, &str)> =
            habits.iter().filter_map(|(name, values)| Some((*name, *values.get(round)?))).collect();
        let check = chosen.iter().fold(check_of(&server), |check, (name, value)| check.habit(*name, *value));
        let run = report_of(check.events_from(None).tags("@server"));
        let story = other_than(&run, &[Verdict::Passed, Verdict::NotObserved]);
        assert!(story.is_empty(), "{chosen:?}\n{story}");
    }
}

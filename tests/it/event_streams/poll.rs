//! Polling: the tokens of each kind, acknowledgement, errors, and waiting.

use reqwest::Method;
use scimulate::store::EventStreams as _;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use super::token::{PROV, Stream, jtis, uris};
use crate::support::process::Serve;
use crate::support::reference::{Server, client, user};

/// RFC 9967 sections 2.1, 2.2 and 2.4 (EVT-007). The value of the password is in none of them (EVT-008).
#[tokio::test]
async fn each_write_yields_one_token() {
    let server = Server::start().await;
    let stream = Stream::polled(&server).await;
    let ann = server.user("ann@x.example").await;
    let path = format!("/Users/{ann}");
    server.patch(&path, json!([{"op": "replace", "path": "title", "value": "Lead"}])).await;
    server.patch(&path, json!([{"op": "replace", "value": {"active": false}}])).await;
    let mut again = user("ann@x.example");
    again["name"]["familyName"] = json!("Other");
    server.put(&path, again.clone()).await;
    // Neither a write that changes nothing nor one that fails is an event.
    assert_eq!(server.put(&path, again).await.status, 200);
    assert_eq!(server.post("/Users", user("ann@x.example")).await.status, 409);
    let crew = server.group("Crew", &[]).await;
    let group = format!("/Groups/{crew}");
    let add = json!([{"op": "add", "path": "members", "value": [{"value": ann}]}]);
    assert_eq!(server.patch(&group, add).await.status, 204);
    assert_eq!(server.delete(&path).await.status, 204);

    let (tokens, more) = stream.tokens(&server, json!({})).await;
    assert!(!more && !json!(tokens).to_string().contains("1mz050nq"));
    let subject = json!({"format": "scim", "uri": path, "externalId": "00uann@x.example"});
    let kind = |name: &str, payload: Value| -> (String, Value) { (format!("{PROV}{name}"), payload) };
    let created = ["id", "userName", "name", "emails", "displayName", "locale", "externalId", "active"];
    let notice = |version: u32, attributes: &[&str]| -> Value {
        json!({"version": format!("W/\"{version}\""), "attributes": attributes})
    };
    let expected = [
        (&path, vec![kind("create:notice", notice(1, &created))]),
        (&path, vec![kind("patch:notice", notice(2, &["title"]))]),
        (&path, vec![kind("patch:notice", notice(3, &["active"])), kind("deactivate", json!({}))]),
        (
            &path,
            vec![kind("put:notice", notice(4, &["name.familyName", "active", "title"])), kind("activate", json!({}))],
        ),
        (&group, vec![kind("create:notice", notice(1, &["id", "displayName"]))]),
        (&group, vec![kind("patch:notice", notice(2, &["members"]))]),
        (&path, vec![kind("delete", json!({}))]),
    ];
    assert_eq!(tokens.len(), expected.len(), "{tokens:#?}");
    for (claims, (uri, events)) in tokens.iter().zip(expected) {
        let events: Value = events.into_iter().collect::<serde_json::Map<_, _>>().into();
        assert_eq!(claims["events"], events, "{claims:#}");
        let subject = if *uri == path { subject.clone() } else { json!({"format": "scim", "uri": uri}) };
        assert_eq!(claims["sub_id"], subject);
    }
    let mut transactions: Vec<&str> = tokens.iter().map(|claims| claims["txn"].as_str().unwrap()).collect();
    transactions.dedup();
    assert_eq!(transactions.len(), tokens.len(), "each write is a transaction of its own");
}

/// RFC 8936 section 2: a token is repeated until it is acknowledged.
#[tokio::test]
async fn tokens_are_repeated_until_they_are_acknowledged() {
    let server = Server::start().await;
    server.user("before@x.example").await;
    let stream = Stream::polled(&server).await;
    let mut expected = Vec::new();
    for n in 0..3 {
        expected.push(format!("/Users/{}", server.user(&format!("user{n}@x.example")).await));
    }
    // Section 2.2: `maxEvents` limits the response; section 2.3: `moreAvailable`.
    let (first, more) = stream.tokens(&server, json!({"maxEvents": 2})).await;
    assert_eq!((uris(&first), more), (vec![expected[0].as_str(), &expected[1]], true));
    let (again, more) = stream.tokens(&server, json!({})).await;
    assert_eq!((&again[..2], more), (&first[..], false), "the claims of a repeated token are the same");
    // Tokens may be acknowledged in any order, and more than once.
    let second = json!({"ack": [jtis(&again)[1], "unknown", jtis(&again)[1]]});
    let (left, _) = stream.tokens(&server, second).await;
    assert_eq!(jtis(&left), [jtis(&again)[0], jtis(&again)[2]]);
    // Section 2.4.2: an acknowledgement without a poll.
    let (none, more) = stream.tokens(&server, json!({"maxEvents": 0, "ack": [jtis(&left)[0]]})).await;
    assert_eq!((none.len(), more), (0, true));
    let (rest, _) = stream.tokens(&server, json!({"ack": [jtis(&left)[1]]})).await;
    assert_eq!(rest, Vec::<Value>::new());
}

/// RFC 8936 sections 2.4.4 and 2.6.
#[tokio::test]
async fn a_rejected_token_is_not_repeated_and_its_error_is_kept() {
    let server = Server::start().await;
    let stream = Stream::polled(&server).await;
    for name in ["ann@x.example", "bob@x.example"] {
        server.user(name).await;
    }
    let (tokens, _) = stream.tokens(&server, json!({})).await;
    let errors = json!({jtis(&tokens)[0]: {"err": "invalid_audience", "description": "not mine"}});
    let (left, _) = stream.tokens(&server, json!({"setErrs": errors})).await;
    assert_eq!(jtis(&left), [jtis(&tokens)[1]]);
    let shown = server.api_get(&format!("/scimulate/event_streams/{}", stream.id)).await;
    assert_eq!(shown["last_error"], format!("{}: invalid_audience: not mine", jtis(&tokens)[0]));
}

/// A `jti` that is not in the queue, such as one of another stream, changes nothing.
#[tokio::test]
async fn an_error_about_an_unknown_token_is_ignored() {
    let server = Server::start().await;
    let (stream, other) = (Stream::polled(&server).await, Stream::polled(&server).await);
    server.user("ann@x.example").await;
    let (tokens, _) = stream.tokens(&server, json!({})).await;
    let (others, _) = other.tokens(&server, json!({})).await;
    let unknown = format!("01M8MC949PW6N0SRW95PHSG1HD.{}", stream.id);
    let error = json!({"err": "invalid_key", "description": "unknown"});
    let last_error = async |errors: Value| -> Value {
        assert_eq!(stream.poll(&server, json!({"maxEvents": 0, "setErrs": errors})).await.status, 200);
        server.api_get(&format!("/scimulate/event_streams/{}", stream.id)).await["last_error"].clone()
    };
    let foreign = json!({&unknown: error, jtis(&others)[0]: error, "x": error});
    assert_eq!(last_error(foreign).await, Value::Null);
    assert_eq!(stream.tokens(&server, json!({})).await.0, tokens);
    let mixed = json!({jtis(&tokens)[0]: {"err": "invalid_audience"}, "x": error});
    assert_eq!(last_error(mixed).await, format!("{}: invalid_audience", jtis(&tokens)[0]));
    assert_eq!(stream.tokens(&server, json!({})).await.0, Vec::<Value>::new());
}

#[tokio::test]
async fn only_the_token_of_the_stream_is_accepted() {
    let server = Server::start().await;
    let stream = Stream::polled(&server).await;
    let other = Stream::polled(&server).await;
    let mut replies = Vec::new();
    for token in ["wrong", &server.api_key, &server.token, other.shown["token"].as_str().unwrap()] {
        replies.push(stream.poll_as(&server, token, json!({})).await);
    }
    let token = stream.shown["token"].as_str().unwrap().to_owned();
    let unknown = Stream { id: "stream_01KA9QC1E5Z7V9S3W6P8Q4D2YX".to_owned(), ..other };
    replies.push(unknown.poll_as(&server, &token, json!({})).await);
    for reply in &replies {
        assert_eq!((reply.status, &reply.text), (401, &replies[0].text));
        assert_eq!(reply.json()["err"], "authentication_failed");
        assert_eq!(reply.header("www-authenticate"), Some("Bearer realm=\"event stream\""));
    }
    assert_eq!(stream.poll(&server, json!({"returnImmediately": true})).await.status, 200);
}

/// RFC 8936 section 2.5: an invalid request is 400.
#[tokio::test]
async fn invalid_requests_are_refused() {
    let server = Server::start().await;
    let stream = Stream::polled(&server).await;
    for body in [json!([]), json!({"maxEvents": -1}), json!({"ack": "x"}), json!({"setErrs": {"x": 1}}), json!("{")] {
        let reply = stream.poll(&server, body.clone()).await;
        assert_eq!((reply.status, &reply.json()["err"]), (400, &json!("invalid_request")), "{body}");
        assert!(!reply.json()["description"].as_str().unwrap().is_empty());
    }
    let root = format!("{}/event_streams", server.reference.base_url());
    for (method, path, status) in [
        (Method::GET, format!("/{}/poll", stream.id), 405),
        (Method::POST, format!("/{}/jwks.json", stream.id), 405),
        (Method::GET, format!("/{}", stream.id), 404),
        (Method::GET, format!("/{}/other", stream.id), 404),
        (Method::GET, "/stream_1/jwks.json".to_owned(), 404),
        (Method::GET, "/%ff/jwks.json".to_owned(), 404),
    ] {
        let reply = server.send_with(method, &format!("{root}{path}"), &[], None).await;
        assert_eq!((reply.status, &reply.json()["err"]), (status, &json!("invalid_request")), "{path}");
    }
}

/// RFC 8936 section 2.2: without `returnImmediately` the response waits for a token.
#[tokio::test]
async fn a_poll_waits_for_a_token() {
    let server = Server::start().await;
    let stream = Stream::polled(&server).await;
    let ((), reply) = tokio::join!(
        async {
            server.user("ann@x.example").await;
        },
        stream.poll(&server, json!({})),
    );
    assert_eq!(stream.claims_in(&reply.json()).len(), 1);
}

#[tokio::test]
async fn streams_are_apart() {
    let server = Server::start().await;
    let (one, two) = (Stream::polled(&server).await, Stream::polled(&server).await);
    let (url, token) = server.another_directory("Other").await;
    let bearer = format!("Bearer {token}");
    let body = Some(user("eve@x.example").to_string());
    let path = format!("{url}/Users");
    assert_eq!(server.send_with(Method::POST, &path, &[("authorization", &bearer)], body).await.status, 201);
    server.user("ann@x.example").await;
    let (first, _) = one.tokens(&server, json!({})).await;
    let (second, _) = two.tokens(&server, json!({"ack": jtis(&first)})).await;
    assert_eq!((first.len(), second.len()), (1, 1), "an ID of another stream acknowledges nothing");
    // RFC 9967 section 2.2: the same transaction, in two tokens.
    assert_eq!(first[0]["txn"], second[0]["txn"]);
    assert_ne!(first[0]["jti"], second[0]["jti"]);
    assert_ne!(first[0]["aud"], second[0]["aud"]);
}

/// A token is queued in the transaction of its change, and outlives the process.
#[tokio::test]
async fn tokens_survive_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.db");
    let mut serving = Serve::on(&file, &[]);
    let base = |serving: &Serve| serving.events_url.trim_end_matches("/events").to_owned();
    let path = format!("{}/scimulate/directories/{}/event_streams", base(&serving), serving.directory_id);
    let http = client();
    let create = http.post(path).bearer_auth(&serving.api_key).body(json!({"delivery": "poll"}).to_string());
    let made: Value = serde_json::from_str(&create.send().await.unwrap().text().await.unwrap()).unwrap();
    let scim = http.post(format!("{}/Users", serving.scim_url)).bearer_auth(&serving.token);
    let scim = scim.header("content-type", "application/scim+json").body(user("ann@x.example").to_string());
    assert_eq!(scim.send().await.unwrap().status(), 201);
    serving.kill();

    let serving = Serve::on(&file, &[]);
    let poll = async |body: Value| -> Value {
        let url = format!("{}/event_streams/{}/poll", base(&serving), made["id"].as_str().unwrap());
        let sent = http.post(url).bearer_auth(made["token"].as_str().unwrap()).body(body.to_string()).send().await;
        serde_json::from_str(&sent.unwrap().text().await.unwrap()).unwrap()
    };
    let reply = poll(json!({"returnImmediately": true})).await;
    let sets = reply["sets"].as_object().unwrap();
    assert_eq!(sets.len(), 1, "{reply}");
    let ack: Vec<&String> = sets.keys().collect();
    let rest = poll(json!({"returnImmediately": true, "ack": ack})).await;
    assert_eq!(rest, json!({"sets": {}, "moreAvailable": false}));
}

/// Starts a poll that waits for a token. Returns when it has nothing left to do but wait.
async fn waiting_poll(server: &Server, stream: &Stream) -> JoinHandle<reqwest::Response> {
    server.user(&format!("{}@x.example", stream.id)).await;
    let (tokens, _) = stream.tokens(server, json!({})).await;
    let url = format!("{}/event_streams/{}/poll", server.reference.base_url(), stream.id);
    let poll = client().post(url).bearer_auth(stream.shown["token"].as_str().unwrap());
    let poll = poll.body(json!({"ack": jtis(&tokens)}).to_string()).send();
    let poll = tokio::spawn(async { poll.await.expect("the connection was closed without a response") });
    while !server.store.queued_changes(&stream.id, 1).await.unwrap().changes.is_empty() {
        tokio::task::yield_now().await;
    }
    poll
}

/// A server that stops does not wait for the polls that wait for a token.
#[tokio::test]
async fn a_stop_ends_a_waiting_poll() {
    let server = Server::start().await;
    let stream = Stream::polled(&server).await;
    let poll = waiting_poll(&server, &stream).await;
    server.reference.stop().await.unwrap();
    let reply = poll.await.unwrap();
    assert_eq!(reply.text().await.unwrap(), json!({"sets": {}, "moreAvailable": false}).to_string());
}

#[tokio::test]
async fn a_removal_ends_a_waiting_poll() {
    let server = Server::start().await;
    for path in ["/scimulate/event_streams/{stream}", "/directories/{directory}"] {
        let stream = Stream::polled(&server).await;
        let poll = waiting_poll(&server, &stream).await;
        let directory = stream.shown["directory_id"].as_str().unwrap();
        let path = path.replace("{stream}", &stream.id).replace("{directory}", directory);
        let removed = server.api(Method::DELETE, &path, None).await;
        assert!((200..300).contains(&removed.status), "{}", removed.text);
        assert_eq!(poll.await.unwrap().status(), 401, "{path}");
    }
}

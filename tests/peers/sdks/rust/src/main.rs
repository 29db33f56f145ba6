//! The journey of a team that integrates directory sync, through the WorkOS SDK for Rust, unmodified.
//!
//! Only what WorkOS does not offer goes around the SDK: creating the directory and its second token (its dashboard does), and
//! the SCIM requests, which Okta sends. Arguments come from the environment: `ANNOUNCED`, the first line of `serve --json`.
//! With the name of a file with one event a line, the program only parses these events.

mod models;

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use futures_util::TryStreamExt as _;
use serde_json::{Value, json};
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};
use workos::directory_sync::{ListDirectoriesParams, ListGroupsParams, ListUsersParams};
use workos::events::ListEventsParams;
use workos::models::{CreateWebhookEndpoint, OrganizationInput, UpdateOrganization, UpdateWebhookEndpoint};
use workos::organizations::{CreateOrganizationParams, ListOrganizationsParams, UpdateOrganizationParams};
use workos::webhooks::{CreateWebhookEndpointParams, ListWebhookEndpointsParams, UpdateWebhookEndpointParams};
use workos::{Client, Error, PaginationOrder, WebhookVerifier};

use models::{EVENTS, check_model};

const PEOPLE: usize = 250;
const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
/// The time within which webhooks arrive, even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// The URL and key that `scimulate serve` announced, and an HTTP client for the requests that the SDK does not offer.
struct Reference {
    api_url: String,
    api_key: String,
    http: reqwest::Client,
}

impl Reference {
    fn workos(&self, key: &str) -> Client {
        Client::builder().api_key(key).client_id("client_x").base_url(&self.api_url).max_retries(0).build()
    }

    async fn send(&self, verb: &str, url: &str, token: &str, body: Value) -> Value {
        let verb = verb.parse::<http::Method>().unwrap();
        let response = self.http.request(verb.clone(), url).bearer_auth(token).json(&body).send().await.unwrap();
        assert!(response.status().is_success(), "{verb} {url}: {}", response.status());
        serde_json::from_slice(&response.bytes().await.unwrap()).unwrap_or_default()
    }

    async fn own(&self, path: &str, body: Value) -> Value {
        self.send("POST", &format!("{}/scimulate/{path}", self.api_url), &self.api_key, body).await
    }
}

fn person(number: usize) -> Value {
    let name = format!("person{number}@example.com");
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": name,
        "externalId": format!("00u{number}"),
        "name": {"givenName": "Person", "familyName": number.to_string()},
        "emails": [{"primary": true, "type": "work", "value": name}],
        "active": true,
    })
}

fn patch(operation: Value) -> Value {
    json!({"schemas": [PATCH], "Operations": [operation]})
}

fn refused<T: std::fmt::Debug>(outcome: Result<T, Error>, status: u16, code: Option<&str>) {
    match outcome {
        Err(Error::Api(error)) => {
            assert_eq!(error.status, status, "{error:?}");
            assert!(error.request_id.is_some(), "{error:?}");
            if let Some(code) = code {
                assert_eq!(error.code.as_deref(), Some(code), "{error:?}");
            }
        }
        other => panic!("not refused with {status}: {other:?}"),
    }
}

async fn organizations(client: &Client) -> String {
    let api = client.organizations();
    let input: OrganizationInput = serde_json::from_value(json!({
        "name": "Fabrikam",
        "domain_data": [{"domain": "fabrikam.example", "state": "verified"}],
        "metadata": {"tier": "gold"},
        "external_id": "customer-rust",
    }))
    .unwrap();
    let made = api.create_organization(CreateOrganizationParams::new(input)).await.unwrap();
    assert_eq!(made.domains[0].domain, "fabrikam.example");
    assert_eq!(api.get_organization(&made.id).await.unwrap().name, "Fabrikam");
    assert_eq!(api.get_organization_by_external_id("customer-rust").await.unwrap().id, made.id);
    let change: UpdateOrganization = serde_json::from_value(json!({"name": "Fabrikam Fibers"})).unwrap();
    let changed = api.update_organization(&made.id, UpdateOrganizationParams::new(change)).await.unwrap();
    assert_eq!((changed.name.as_str(), changed.external_id.as_deref()), ("Fabrikam Fibers", Some("customer-rust")));
    let all: Vec<_> =
        api.list_organizations_auto_paging(ListOrganizationsParams::default()).try_collect().await.unwrap();
    assert!(all.iter().any(|one| one.id == made.id));
    refused(api.get_organization("org_unknown").await, 404, Some("entity_not_found"));
    made.id
}

/// A directory with its people and one group.
struct Directory {
    id: String,
    scim_url: String,
    token: String,
    people: Vec<String>,
    team: String,
}

async fn fill(reference: &Reference, organization: &str) -> Directory {
    let made = reference.own("directories", json!({"organization_id": organization, "name": "Fabrikam Okta"})).await;
    let text = |key: &str| made[key].as_str().unwrap().to_owned();
    let (id, scim_url, token) = (text("id"), text("scim_url"), text("token"));
    let mut people = Vec::new();
    for number in 0..PEOPLE {
        let user = reference.send("POST", &format!("{scim_url}/Users"), &token, person(number)).await;
        people.push(user["id"].as_str().unwrap().to_owned());
    }
    let members: Vec<Value> = people[..3].iter().map(|id| json!({"value": id})).collect();
    let group = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Team", "members": members,
    });
    let team = reference.send("POST", &format!("{scim_url}/Groups"), &token, group).await;
    Directory { id, scim_url, token, people, team: team["id"].as_str().unwrap().to_owned() }
}

async fn read(client: &Client, organization: &str, made: &Directory) {
    let api = client.directory_sync();
    let listed = api
        .list_directories(ListDirectoriesParams {
            organization_id: Some(organization.to_owned()),
            ..Default::default()
        })
        .await
        .unwrap();
    assert_eq!(listed.data.iter().map(|one| one.id.as_str()).collect::<Vec<_>>(), [made.id.as_str()]);
    let one = api.get_directory(&made.id).await.unwrap();
    assert_eq!((one.name.as_str(), one.organization_id.as_str()), ("Fabrikam Okta", organization));

    let expected: Vec<String> = (0..PEOPLE).map(|number| format!("person{number}@example.com")).collect();
    let users = |limit, order| ListUsersParams {
        directory: Some(made.id.clone()),
        limit: Some(limit),
        order: Some(order),
        ..Default::default()
    };
    let all: Vec<_> = api.list_users_auto_paging(users(100, PaginationOrder::Asc)).try_collect().await.unwrap();
    assert_eq!(all.iter().filter_map(|user| user.email.clone()).collect::<Vec<_>>(), expected);
    let by_email = ListUsersParams { email: Some(expected[7].clone()), ..users(10, PaginationOrder::Desc) };
    let found = api.list_users(by_email).await.unwrap();
    assert_eq!(found.data.len(), 1);
    let user = api.get_user(&found.data[0].id).await.unwrap();
    assert_eq!((user.idp_id.as_str(), user.email.as_deref()), ("00u7", Some(expected[7].as_str())));

    let params = ListGroupsParams { directory: Some(made.id.clone()), ..Default::default() };
    let groups = api.list_groups(params).await.unwrap().data;
    assert_eq!(groups.iter().map(|group| group.name.as_str()).collect::<Vec<_>>(), ["Team"]);
    assert_eq!(api.get_group(&groups[0].id).await.unwrap().name, "Team");
    let params = ListUsersParams { group: Some(groups[0].id.clone()), ..Default::default() };
    assert_eq!(api.list_users(params).await.unwrap().data.len(), 3);

    refused(api.get_user("directory_user_unknown").await, 404, Some("entity_not_found"));
    refused(api.list_users(users(101, PaginationOrder::Asc)).await, 422, Some("invalid_request_parameters"));
}

/// Sends what Okta sends in the life of a directory, so that each kind of event happens.
async fn live(reference: &Reference, client: &Client, made: &Directory) {
    let user = |at: usize| format!("{}/Users/{}", made.scim_url, made.people[at]);
    let group = format!("{}/Groups/{}", made.scim_url, made.team);
    let token = made.token.as_str();
    reference.send("PATCH", &user(9), token, patch(json!({"op": "replace", "value": {"active": false}}))).await;
    let removal = format!("members[value eq \"{}\"]", made.people[0]);
    reference.send("PATCH", &group, token, patch(json!({"op": "remove", "path": removal}))).await;
    let renamed = json!({"op": "replace", "value": {"id": made.team, "displayName": "Renamed"}});
    reference.send("PATCH", &group, token, patch(renamed)).await;
    reference.send("DELETE", &group, token, json!({})).await;
    reference.send("DELETE", &user(1), token, json!({})).await;
    reference.own(&format!("directories/{}/tokens", made.id), json!({"revoke_old": true})).await;
    client.directory_sync().delete_directory(&made.id).await.unwrap();
}

/// Returns the events that a webhook can subscribe to: all but those about tokens, which the SDK's list does not have either.
fn subscribed() -> BTreeSet<&'static str> {
    EVENTS.iter().map(|(name, _)| *name).filter(|name| !name.starts_with("dsync.token.")).collect()
}

/// Waits until each kind of event has arrived, and returns the webhooks.
async fn arrivals(receiver: &MockServer) -> Vec<Request> {
    let names = subscribed();
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        let received = receiver.received_requests().await.unwrap();
        let bodies: Vec<Value> = received.iter().map(|request| request.body_json().unwrap()).collect();
        let seen: BTreeSet<&str> = bodies.iter().filter_map(|body| body["event"].as_str()).collect();
        if seen == names {
            return received;
        }
        assert!(tokio::time::Instant::now() < deadline, "missing: {:?}", names.difference(&seen));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Verifies each webhook with the SDK, and tries to deceive it.
fn verify(received: &[Request], secret: &str) {
    let verifier = WebhookVerifier::new(secret);
    for request in received {
        let header = request.headers["workos-signature"].to_str().unwrap();
        let body = std::str::from_utf8(&request.body).unwrap();
        let event = verifier.construct_event(header, body).unwrap();
        check_model(&serde_json::from_str(body).unwrap());
        assert!(event.event.starts_with("dsync."), "{}", event.event);
        let wrong = WebhookVerifier::new(format!("{secret}x")).construct_event(header, body);
        assert!(wrong.is_err(), "a wrong secret was accepted");
        assert!(
            verifier.construct_event(header, &body.replace("dsync", "DSYNC")).is_err(),
            "a changed body was accepted"
        );
        // As a replay would be: authentic, but too old.
        let later = SystemTime::now() + Duration::from_secs(300);
        let late = WebhookVerifier::new(secret).with_clock(move || later).construct_event(header, body);
        assert!(late.is_err(), "a stale timestamp was accepted");
    }
}

async fn events(client: &Client, organization: &str) {
    let api = client.events();
    let names: Vec<String> = EVENTS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let query = |names: Vec<String>| ListEventsParams {
        organization_id: Some(organization.to_owned()),
        limit: Some(100),
        order: Some(PaginationOrder::Asc),
        ..ListEventsParams::new(names)
    };
    let all: Vec<_> = api.list_events_auto_paging(query(names.clone())).try_collect().await.unwrap();
    assert!(all.windows(2).all(|pair| pair[0].id < pair[1].id), "the log is in order");
    for event in &all {
        check_model(&serde_json::to_value(event).unwrap());
    }
    for name in &names {
        let some = api.list_events(query(vec![name.clone()])).await.unwrap().data;
        assert!(!some.is_empty() && some.iter().all(|event| event.event == *name), "{name}");
    }
    let middle = &all[all.len() / 2];
    let range = ListEventsParams { range_start: Some(middle.created_at.clone()), ..query(names) };
    let later = api.list_events(range).await.unwrap().data;
    assert!(later.iter().all(|event| event.created_at >= middle.created_at), "the range begins at its start");
    refused(api.list_events(query(vec!["dsync.nothing".to_owned()])).await, 422, None);
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    if let Some(file) = std::env::args().nth(1) {
        return models::parse_all(&file);
    }
    let announced: Value = serde_json::from_str(&std::env::var("ANNOUNCED").unwrap()).unwrap();
    let text = |key: &str| announced[key].as_str().unwrap().to_owned();
    let reference = Reference { api_url: text("api_url"), api_key: text("api_key"), http: reqwest::Client::new() };
    let client = reference.workos(&reference.api_key);

    let receiver = MockServer::start().await;
    Mock::given(method("POST")).respond_with(ResponseTemplate::new(200)).mount(&receiver).await;
    let body = CreateWebhookEndpoint {
        endpoint_url: receiver.uri(),
        events: subscribed().into_iter().map(Into::into).collect(),
    };
    let endpoint =
        client.webhooks().create_webhook_endpoint(CreateWebhookEndpointParams::new(body.clone())).await.unwrap();
    refused(
        client.webhooks().create_webhook_endpoint(CreateWebhookEndpointParams::new(body)).await,
        409,
        Some("duplicate_endpoint"),
    );

    let organization = organizations(&client).await;
    let directory = fill(&reference, &organization).await;
    read(&client, &organization, &directory).await;
    live(&reference, &client, &directory).await;
    verify(&arrivals(&receiver).await, endpoint.secret.expose());
    events(&client, &organization).await;

    let all: Vec<_> = client
        .webhooks()
        .list_webhook_endpoints_auto_paging(ListWebhookEndpointsParams::default())
        .try_collect()
        .await
        .unwrap();
    assert!(all.iter().any(|one| one.id == endpoint.id));
    let off: UpdateWebhookEndpoint = serde_json::from_value(json!({"status": "disabled"})).unwrap();
    client.webhooks().update_webhook_endpoint(&endpoint.id, UpdateWebhookEndpointParams::new(off)).await.unwrap();
    client.webhooks().delete_webhook_endpoint(&endpoint.id).await.unwrap();
    refused(reference.workos("sk_wrong").directory_sync().get_directory(&directory.id).await, 401, None);
    client.organizations().delete_organization(&organization).await.unwrap();
    println!("workos for Rust: the journey is complete");
}

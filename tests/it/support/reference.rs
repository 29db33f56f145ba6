//! A reference on a free port, with a client.

use std::sync::Arc;

use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use scimulate::base::SystemClock;
use scimulate::server::defects::{self, Defect};
use scimulate::server::{Reference, Settings};
use scimulate::store::sqlite::SqliteStore;
use scimulate::store::{AdminCommand, Store};
use serde_json::{Value, json};
use tokio::net::TcpListener;

pub(crate) const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
pub(crate) const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
pub(crate) const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
pub(crate) const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";
pub(crate) const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

/// Builds a client with the TLS provider that reqwest requires.
pub(crate) fn client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

/// A running reference over an ephemeral store with one directory.
pub(crate) struct Server {
    pub(crate) store: Arc<SqliteStore>,
    pub(crate) reference: Reference,
    pub(crate) scim_url: String,
    pub(crate) token: String,
    pub(crate) events_url: String,
    pub(crate) api_key: String,
    pub(crate) organization_id: String,
    client: reqwest::Client,
}

/// A response with its whole body.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Reply {
    pub(crate) async fn of(response: reqwest::Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Self { status, headers, text: response.text().await.unwrap() }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {} {:?}", self.status, self.text))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// Asserts that a resource was created, and returns its ID.
    pub(crate) fn id(&self) -> String {
        assert_eq!(self.status, 201, "{}", self.text);
        self.json()["id"].as_str().unwrap().to_owned()
    }

    /// Asserts a SCIM error of this status and scimType, with a detail.
    #[track_caller]
    pub(crate) fn is_scim_error(&self, status: u16, scim_type: Option<&str>) -> String {
        self.is_scim_error_in("application/scim+json", status, scim_type)
    }

    /// Asserts a SCIM error in another media type.
    #[track_caller]
    pub(crate) fn is_scim_error_in(&self, media_type: &str, status: u16, scim_type: Option<&str>) -> String {
        assert_eq!(self.status, status, "{}", self.text);
        assert_eq!(self.header("content-type"), Some(media_type), "{}", self.text);
        let body = self.json();
        assert_eq!(body["schemas"], json!([ERROR]));
        assert_eq!(body["status"], status.to_string());
        assert_eq!(body.get("scimType").and_then(Value::as_str), scim_type, "{}", self.text);
        let detail = body["detail"].as_str().unwrap().to_owned();
        assert!(!detail.is_empty());
        detail
    }
}

impl Server {
    pub(crate) async fn start() -> Self {
        Self::with_defects(&[]).await
    }

    pub(crate) async fn with_defects(names: &[&str]) -> Self {
        let defects: Vec<&'static Defect> = names.iter().map(|name| defects::by_name(name).unwrap()).collect();
        Self::with(|settings| Settings { defects, ..settings }).await
    }

    /// Starts a reference with changed settings.
    pub(crate) async fn with(change: impl FnOnce(Settings) -> Settings) -> Self {
        let store = Arc::new(SqliteStore::ephemeral(Arc::new(SystemClock), None).unwrap());
        let first = store.bootstrap().await.unwrap();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let reference = Reference::start(listener, change(Settings::over(store.clone()))).unwrap();
        let base = reference.base_url();
        Self {
            store,
            scim_url: format!("{base}/scim/v2/{}", first.directory.external_key),
            token: first.token.unwrap().expose().to_owned(),
            events_url: format!("{base}/events"),
            api_key: first.api_key.unwrap().expose().to_owned(),

            organization_id: first.directory.organization_id,
            reference,
            client: client(),
        }
    }

    /// Adds a directory to the store, and returns its SCIM URL and token.
    pub(crate) async fn another_directory(&self, name: &str) -> (String, String) {
        self.another_directory_with(name, scimulate::directory::Settings::default()).await
    }

    /// Adds a directory with settings to the store, and returns its SCIM URL and token.
    pub(crate) async fn another_directory_with(
        &self,
        name: &str,
        settings: scimulate::directory::Settings,
    ) -> (String, String) {
        let organization = self.organization_id.clone();
        let command = AdminCommand::AddDirectory { organization, name: name.to_owned(), settings };
        let added = self.store.administer(command).await.unwrap();
        let base = self.reference.base_url();
        let key = added.directory.unwrap().external_key;
        (format!("{base}/scim/v2/{key}"), added.secret.unwrap().expose().to_owned())
    }

    /// Sends a request with the directory's token and an optional JSON body.
    pub(crate) async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Reply {
        self.send_with(method, path, &[], body.map(ToString::to_string)).await
    }

    /// Sends a request with additional headers, which override the default ones.
    pub(crate) async fn send_with(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<String>,
    ) -> Reply {
        let url = if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.scim_url) };
        let mut all = HeaderMap::new();
        all.insert("authorization", format!("Bearer {}", self.token).parse().unwrap());
        if body.is_some() {
            all.insert("content-type", HeaderValue::from_static("application/scim+json; charset=utf-8"));
        }
        for (name, value) in headers {
            all.insert(name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
        }
        let mut request = self.client.request(method, url).headers(all);
        if let Some(body) = body {
            request = request.body(body);
        }
        Reply::of(request.send().await.unwrap()).await
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.send(Method::GET, path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Reply {
        self.send(Method::POST, path, Some(&body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Reply {
        self.send(Method::PUT, path, Some(&body)).await
    }

    pub(crate) async fn patch(&self, path: &str, operations: Value) -> Reply {
        self.send(Method::PATCH, path, Some(&json!({"schemas": [PATCH_OP], "Operations": operations}))).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Reply {
        self.send(Method::DELETE, path, None).await
    }

    /// Creates a user and returns its ID.
    pub(crate) async fn user(&self, name: &str) -> String {
        self.post("/Users", user(name)).await.id()
    }

    /// Creates a group and returns its ID.
    pub(crate) async fn group(&self, name: &str, members: &[&str]) -> String {
        let members: Vec<Value> = members.iter().map(|id| json!({"value": id})).collect();
        self.post("/Groups", json!({"schemas": [GROUP], "displayName": name, "members": members})).await.id()
    }

    /// Returns the IDs of a group's members, sorted.
    pub(crate) async fn members(&self, group: &str) -> Vec<String> {
        let group = self.get(&format!("/Groups/{group}")).await.json();
        let members = group["members"].as_array().unwrap();
        let mut ids: Vec<String> = members.iter().map(|member| member["value"].as_str().unwrap().to_owned()).collect();
        ids.sort();
        ids
    }

    /// Returns a page of the event log.
    pub(crate) async fn events(&self, query: &str) -> Reply {
        let key = format!("Bearer {}", self.api_key);
        self.send_with(Method::GET, &format!("{}{query}", self.events_url), &[("authorization", &key)], None).await
    }
}

/// Builds a user as Okta sends it.
pub(crate) fn user(name: &str) -> Value {
    json!({
        "schemas": [USER],
        "userName": name,
        "name": {"givenName": "Test", "familyName": "User"},
        "emails": [{"primary": true, "value": name, "type": "work"}],
        "displayName": "Test User",
        "locale": "en-US",
        "externalId": format!("00u{name}"),
        "groups": [],
        "password": "1mz050nq",
        "active": true,
    })
}

/// Encodes a filter as a query parameter.
pub(crate) fn filter(text: &str) -> String {
    format!("filter={}", percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC))
}

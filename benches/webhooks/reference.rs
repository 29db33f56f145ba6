//! The reference with its webhook endpoints.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;

use serde_json::{Value, json};

use super::client::{Connection, Requests, request};
use super::process::Process;
use super::receiver::Receiver;
use super::{next_block, people};

pub struct Reference {
    pub process: Process,
    pub address: SocketAddr,
    base: String,
    token: String,
    api_key: String,
    endpoints: Vec<String>,
    enabled: usize,
}

impl Reference {
    /// Starts the reference, and adds this number of disabled endpoints.
    pub fn start(store: &Path, receiver: &Receiver, endpoints: usize) -> Self {
        let program = Path::new(env!("CARGO_BIN_EXE_scimulate"));
        let data = store.to_str().unwrap();
        let arguments = [
            "serve",
            "--data",
            data,
            "--listen",
            "127.0.0.1:0",
            "--json",
            "--allow-private-webhooks",
            "--log-level",
            "warn",
        ];
        let process = Process::start(program, &arguments, Stdio::inherit());
        let line: Value = serde_json::from_str(&process.line).unwrap();
        let text = |key: &str| line[key].as_str().unwrap().to_owned();
        let url = text("scim_url");
        let (host, base) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
        let (address, base) = (host.parse().unwrap(), format!("/{base}"));
        let (token, api_key) = (text("token"), text("api_key"));
        let mut reference = Self { process, address, base, token, api_key, endpoints: Vec::new(), enabled: 0 };
        for number in 0..endpoints {
            let url = format!("http://{}/hooks/{number}", receiver.address);
            let added = reference.api("POST", "/webhook_endpoints", &json!({"endpoint_url": url}), 201);
            let id = added["id"].as_str().unwrap().to_owned();
            reference.set(&id, false);
            reference.endpoints.push(id);
        }
        reference
    }

    /// Enables the first endpoints and disables the others.
    pub fn enable(&mut self, count: usize) {
        let (from, to) = (count.min(self.enabled), count.max(self.enabled));
        for id in &self.endpoints[from..to] {
            self.set(id, count > self.enabled);
        }
        self.enabled = count;
    }

    fn set(&self, id: &str, is_enabled: bool) {
        let status = if is_enabled { "enabled" } else { "disabled" };
        self.api("PATCH", &format!("/webhook_endpoints/{id}"), &json!({"status": status}), 200);
    }

    fn api(&self, method: &str, path: &str, body: &Value, status: u16) -> Value {
        let bytes = String::from_utf8(request(method, path, &self.api_key, &body.to_string())).unwrap();
        let bytes = bytes.replace("application/scim+json", "application/json");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (got, body) = runtime.block_on(async {
            Connection::open(self.address).await.unwrap().exchange(bytes.as_bytes()).await.unwrap()
        });
        assert_eq!(got, status, "{method} {path}: {}", String::from_utf8_lossy(&body));
        serde_json::from_slice(&body).unwrap()
    }

    /// Returns requests that create users with names that were not used before.
    pub fn creates(&self) -> Requests {
        let (target, token, first) = (format!("{}/Users", self.base), self.token.clone(), next_block());
        Arc::new(move |n| request("POST", &target, &token, &people::body(first + n).to_string()))
    }
}

/// Returns the external ID in the body of a request that creates a user.
pub fn external_id(request: &[u8]) -> String {
    let text = String::from_utf8_lossy(request);
    let (_, rest) = text.split_once("\"externalId\":\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

//! The server without sockets, over a store that fails. The cause appears in the log only.

use std::path::Path;
use std::sync::Arc;

use axum::body::Body;
use futures::future::BoxFuture;
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::Settings;
use super::app::App;
use super::service::ReferenceService;
use crate::base::Secret;
use crate::directory::event_stream::StreamQueue;
use crate::directory::webhook::{StoredAttempt, WebhookEndpoint, WebhookQueue};
use crate::directory::{Directory, Organization};
use crate::events::signing_key::StoredKey;
use crate::events::{Event, EventName};
use crate::scim::Kind;
use crate::scim::message::ERROR;
use crate::store::objects::{
    DirectoryGroupQuery, DirectoryQuery, DirectoryUserQuery, ObjectPage, ObjectRange, OrganizationQuery, StoredGroup,
    StoredUser,
};
use crate::store::{
    Access, AdminCommand, AdminOutcome, ApiKey, Bootstrap, Credentials, EventPage, EventQuery, EventStreams, Figures,
    LiveToken, LogWindow, Page, Query, QueuePage, Store, StoreChanges, StoreCounts, StoreError, StoredResource,
    Verification, Write, Written,
};

/// A store whose database is gone. It panics when a request authenticates for the directory `panic`.
struct FailingStore;

fn gone<T: Send + 'static>() -> BoxFuture<'static, Result<T, StoreError>> {
    Box::pin(async { Err(StoreError::Backend("disk I/O error in /var/lib/secret.db".to_owned())) })
}

impl EventStreams for FailingStore {
    fn event_streams(&self, _: Option<&str>) -> BoxFuture<'_, Result<Vec<StreamQueue>, StoreError>> {
        gone()
    }
    fn event_stream(&self, _: &str) -> BoxFuture<'_, Result<Option<StreamQueue>, StoreError>> {
        gone()
    }
    fn queued_changes(&self, _: &str, _: usize) -> BoxFuture<'_, Result<QueuePage, StoreError>> {
        gone()
    }
    fn signing_keys(&self, _: &str) -> BoxFuture<'_, Result<Vec<StoredKey>, StoreError>> {
        gone()
    }
}

impl Store for FailingStore {
    fn write(&self, _: Write) -> BoxFuture<'_, Result<Written, StoreError>> {
        gone()
    }
    fn write_all(&self, writes: Vec<Write>, _: Option<usize>) -> BoxFuture<'_, Vec<Result<Written, StoreError>>> {
        Box::pin(async move { futures::future::join_all(writes.into_iter().map(|write| self.write(write))).await })
    }
    fn administer(&self, _: AdminCommand) -> BoxFuture<'_, Result<AdminOutcome, StoreError>> {
        gone()
    }
    fn authenticate(&self, key: &str, _: &Credentials) -> BoxFuture<'_, Result<Option<Arc<Access>>, StoreError>> {
        assert_ne!(key, "panic", "a bug");
        gone()
    }
    fn knows_api_key(&self, _: &Secret) -> BoxFuture<'_, Result<bool, StoreError>> {
        gone()
    }
    fn read(&self, _: &Access, _: Kind, _: &str, _: bool) -> BoxFuture<'_, Result<Option<StoredResource>, StoreError>> {
        gone()
    }
    fn list(&self, _: &Arc<Access>, _: Kind, _: Query) -> BoxFuture<'_, Result<Page, StoreError>> {
        gone()
    }
    fn search(&self, _: &Arc<Access>, _: Query, _: Query) -> BoxFuture<'_, Result<Page, StoreError>> {
        gone()
    }
    fn cursor_key(&self) -> BoxFuture<'_, Result<Secret, StoreError>> {
        gone()
    }
    fn events(&self, _: EventQuery) -> BoxFuture<'_, Result<EventPage, StoreError>> {
        gone()
    }
    fn event(&self, _: &str) -> BoxFuture<'_, Result<Option<Event>, StoreError>> {
        gone()
    }
    fn list_webhooks(&self, _: ObjectRange) -> BoxFuture<'_, Result<ObjectPage<WebhookEndpoint>, StoreError>> {
        gone()
    }
    fn list_attempts(&self, _: &str, _: ObjectRange) -> BoxFuture<'_, Result<ObjectPage<StoredAttempt>, StoreError>> {
        gone()
    }
    fn webhook(&self, _: &str) -> BoxFuture<'_, Result<Option<WebhookEndpoint>, StoreError>> {
        gone()
    }
    fn webhook_queues(&self) -> BoxFuture<'_, Result<Vec<WebhookQueue>, StoreError>> {
        gone()
    }
    fn log_window(&self, _: u64, _: &[EventName]) -> BoxFuture<'_, Result<LogWindow, StoreError>> {
        gone()
    }
    fn changes(&self) -> watch::Receiver<StoreChanges> {
        watch::channel(StoreChanges::default()).1
    }
    fn list_users(&self, _: DirectoryUserQuery) -> BoxFuture<'_, Result<ObjectPage<StoredUser>, StoreError>> {
        gone()
    }
    fn list_groups(&self, _: DirectoryGroupQuery) -> BoxFuture<'_, Result<ObjectPage<StoredGroup>, StoreError>> {
        gone()
    }
    fn list_directories(&self, _: DirectoryQuery) -> BoxFuture<'_, Result<ObjectPage<Directory>, StoreError>> {
        gone()
    }
    fn list_organizations(&self, _: OrganizationQuery) -> BoxFuture<'_, Result<ObjectPage<Organization>, StoreError>> {
        gone()
    }
    fn organization(&self, _: &str) -> BoxFuture<'_, Result<Option<Organization>, StoreError>> {
        gone()
    }
    fn organization_by_external_id(&self, _: &str) -> BoxFuture<'_, Result<Option<Organization>, StoreError>> {
        gone()
    }
    fn directory_user(&self, _: &str) -> BoxFuture<'_, Result<Option<StoredUser>, StoreError>> {
        gone()
    }
    fn directory_group(&self, _: &str) -> BoxFuture<'_, Result<Option<StoredGroup>, StoreError>> {
        gone()
    }
    fn directory(&self, _: &str) -> BoxFuture<'_, Result<Option<Directory>, StoreError>> {
        gone()
    }
    fn counts(&self, _: &[String]) -> BoxFuture<'_, Result<StoreCounts, StoreError>> {
        gone()
    }
    fn directories(&self) -> BoxFuture<'_, Result<Vec<Directory>, StoreError>> {
        gone()
    }
    fn tokens(&self, _: &str) -> BoxFuture<'_, Result<Vec<LiveToken>, StoreError>> {
        gone()
    }
    fn figures(&self) -> Figures {
        Figures::default()
    }
    fn organizations(&self) -> BoxFuture<'_, Result<Vec<Organization>, StoreError>> {
        gone()
    }
    fn api_keys(&self) -> BoxFuture<'_, Result<Vec<ApiKey>, StoreError>> {
        gone()
    }
    fn served_at(&self) -> BoxFuture<'_, Result<Option<String>, StoreError>> {
        gone()
    }
    fn verify(&self) -> BoxFuture<'_, Result<Verification, StoreError>> {
        gone()
    }
    fn bootstrap(&self) -> BoxFuture<'_, Result<Bootstrap, StoreError>> {
        gone()
    }
    fn backup(&self, _: &Path) -> BoxFuture<'_, Result<(), StoreError>> {
        gone()
    }
    fn ready(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        gone()
    }
    fn close(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        gone()
    }
}

async fn get(service: &ReferenceService, path: &str) -> (StatusCode, Value) {
    let request = Request::get(path).header("host", "localhost").header("authorization", "Bearer x");
    let response = service.call(request.body(Body::empty()).unwrap()).await;
    let status = response.status();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&body).unwrap())
}

fn service() -> ReferenceService {
    ReferenceService::new(&App::new(&Settings::over(Arc::new(FailingStore))))
}

#[tokio::test]
async fn a_failing_store_causes_500_without_its_error_text() {
    let service = service();
    for path in ["/scim/v2/KEY/Users", "/events"] {
        let (status, body) = get(&service, path).await;
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR, "{path}");
        assert!(!body.to_string().contains("secret.db"), "{body}");
    }
    assert_eq!(get(&service, "/scim/v2/KEY/Users").await.1["schemas"], json!([ERROR]));
    assert!(service.panics().is_empty());
}

#[tokio::test]
async fn a_panic_causes_a_scim_error_without_its_text() {
    let service = service();
    let (status, body) = get(&service, "/scim/v2/panic/Users").await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!((&body["schemas"], &body["status"]), (&json!([ERROR]), &json!("500")));
    assert!(!body.to_string().contains("a bug"), "{body}");
    assert_eq!(service.panics().len(), 1);
    assert!(service.panics()[0].contains("a bug"));
}

#[tokio::test]
async fn a_process_with_a_failing_store_is_healthy_but_not_ready() {
    let service = service();
    assert_eq!(get(&service, "/healthz").await.0, StatusCode::OK);
    assert_eq!(get(&service, "/readyz").await.0, StatusCode::SERVICE_UNAVAILABLE);
}

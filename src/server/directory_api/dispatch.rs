//! The steps of a request, in their order: the API key, the path, the method, the endpoint. The OpenAPI document needs no
//! key.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use http::header::AUTHORIZATION;
use http::request::Parts;

use super::super::app::App;
use super::call::Call;
use super::error::ApiError;
use super::operation::{self, Operation};
use super::{directories, events, openapi, organizations, own, own_streams, own_webhooks, portal, webhooks};
use crate::base::Secret;
use crate::http::{body, response};

/// The first segments of the paths of this API.
const ROOTS: [&str; 9] = [
    "events",
    "directories",
    "directory_users",
    "directory_groups",
    "organizations",
    "webhook_endpoints",
    "portal",
    "scimulate",
    "openapi.json",
];

/// Reports whether a path belongs to this API, so that its errors have the shape of WorkOS.
pub(in crate::server) fn serves(path: &str) -> bool {
    let root = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    ROOTS.contains(&root)
}

/// Handles every path of this API.
pub(in crate::server) async fn handle(State(app): State<App>, request: Request) -> Response {
    let (parts, mut body) = request.into_parts();
    let result = respond(&app, &parts, &mut body).await;
    body::drain(&parts.headers, &mut body).await;
    response::no_store(result.unwrap_or_else(ApiError::into_response))
}

async fn respond(app: &App, parts: &Parts, body: &mut Body) -> Result<Response, ApiError> {
    if parts.uri.path() == openapi::PATH {
        return openapi::respond(app, parts);
    }
    if !is_authorized(app, parts).await? {
        return Err(ApiError::Unauthorized);
    }
    let (operation, id) = operation::find(parts.uri.path(), &parts.method)?;
    let call = &Call { app, parts };
    match operation {
        Operation::ListEvents => events::list(call).await,
        Operation::ListDirectories => directories::directories(call).await,
        Operation::GetDirectory => directories::directory(call, &id).await,
        Operation::DeleteDirectory => directories::remove(call, &id).await,
        Operation::ListDirectoryUsers => directories::users(call).await,
        Operation::GetDirectoryUser => directories::user(call, &id).await,
        Operation::ListDirectoryGroups => directories::groups(call).await,
        Operation::GetDirectoryGroup => directories::group(call, &id).await,
        Operation::ListOrganizations => organizations::list(call).await,
        Operation::CreateOrganization => organizations::create(call, body).await,
        Operation::GetOrganization => organizations::one(call, &id).await,
        Operation::UpdateOrganization => organizations::update(call, &id, body).await,
        Operation::DeleteOrganization => organizations::remove(call, &id).await,
        Operation::GetOrganizationByExternalId => organizations::by_external_id(call, &id).await,
        Operation::ListWebhookEndpoints => webhooks::list(call).await,
        Operation::CreateWebhookEndpoint => webhooks::create(call, body).await,
        Operation::GetWebhookEndpoint => webhooks::one(call, &id).await,
        Operation::UpdateWebhookEndpoint => webhooks::update(call, &id, body).await,
        Operation::DeleteWebhookEndpoint => webhooks::remove(call, &id).await,
        Operation::GeneratePortalLink => portal::generate_link(call, body).await,
        Operation::CreateDirectory => own::add_directory(call, body).await,
        Operation::CreateDirectoryToken => own::add_token(call, &id, body).await,
        Operation::ListEventStreams => own_streams::list(call, &id).await,
        Operation::CreateEventStream => own_streams::create(call, &id, body).await,
        Operation::GetEventStream => own_streams::one(call, &id).await,
        Operation::UpdateEventStream => own_streams::update(call, &id, body).await,
        Operation::DeleteEventStream => own_streams::remove(call, &id).await,
        Operation::ListPushAttempts => own_streams::attempts(call, &id).await,
        Operation::ListWebhookAttempts => own_webhooks::attempts(call, &id).await,
        Operation::RedeliverWebhook => own_webhooks::redeliver(call, &id, body).await,
        Operation::TestWebhookEndpoint => own_webhooks::test(call, &id, body).await,
    }
}

/// Reports whether the request carries a live API key of this store as `Authorization: Bearer <key>`.
async fn is_authorized(app: &App, parts: &Parts) -> Result<bool, ApiError> {
    let value = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let key = value.and_then(|value| value.split_once(' ')).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    match key {
        Some((_, key)) => Ok(app.store().knows_api_key(&Secret::new(key.trim())).await?),
        None => Ok(false),
    }
}

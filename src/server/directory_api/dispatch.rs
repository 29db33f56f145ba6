//! The steps of a request, in their order: the API key, the path, the method, the endpoint.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use http::Method;
use http::header::AUTHORIZATION;
use http::request::Parts;

use super::super::app::App;
use super::super::query::decode;
use super::call::Call;
use super::error::ApiError;
use super::{directories, events, organizations, own, own_webhooks, webhooks};
use crate::base::Secret;
use crate::http::{body, response};

/// An endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Route {
    Events,
    Directories,
    Directory(String),
    Users,
    User(String),
    Groups,
    Group(String),
    Organizations,
    Organization(String),
    OrganizationByExternalId(String),
    Webhooks,
    Webhook(String),
    /// A route of ours, see [`own`].
    OwnDirectories,
    /// A route of ours, see [`own`].
    OwnTokens(String),
    /// A route of ours, see [`own_webhooks`].
    OwnAttempts(String),
    /// A route of ours, see [`own_webhooks`].
    OwnRedeliveries(String),
    /// A route of ours, see [`own_webhooks`].
    OwnTest(String),
}

/// The first segments of the paths of this API.
const ROOTS: [&str; 7] =
    ["events", "directories", "directory_users", "directory_groups", "organizations", "webhook_endpoints", "scimulate"];

/// Reports whether a path belongs to this API, so that its errors have the shape of WorkOS.
pub(in crate::server) fn serves(path: &str) -> bool {
    let root = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    ROOTS.contains(&root)
}

impl Route {
    fn parse(path: &str) -> Result<Self, ApiError> {
        let nothing = || ApiError::NotFound("there is no such path in the API".to_owned());
        let path = path.strip_prefix('/').unwrap_or(path);
        let segments = path.strip_suffix('/').unwrap_or(path).split('/').map(decode).collect::<Result<Vec<_>, _>>();
        let segments = segments.map_err(|_| nothing())?;
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let id = |id: &str| id.to_owned();
        Ok(match *segments.as_slice() {
            ["events"] => Self::Events,
            ["directories"] => Self::Directories,
            ["directories", of] => Self::Directory(id(of)),
            ["directory_users"] => Self::Users,
            ["directory_users", of] => Self::User(id(of)),
            ["directory_groups"] => Self::Groups,
            ["directory_groups", of] => Self::Group(id(of)),
            ["organizations"] => Self::Organizations,
            ["organizations", of] => Self::Organization(id(of)),
            ["organizations", "external_id", of] => Self::OrganizationByExternalId(id(of)),
            ["webhook_endpoints"] => Self::Webhooks,
            ["webhook_endpoints", of] => Self::Webhook(id(of)),
            ["scimulate", "directories"] => Self::OwnDirectories,
            ["scimulate", "directories", of, "tokens"] => Self::OwnTokens(id(of)),
            ["scimulate", "webhook_endpoints", of, "attempts"] => Self::OwnAttempts(id(of)),
            ["scimulate", "webhook_endpoints", of, "redeliveries"] => Self::OwnRedeliveries(id(of)),
            ["scimulate", "webhook_endpoints", of, "test"] => Self::OwnTest(id(of)),
            _ => return Err(nothing()),
        })
    }

    /// Returns the methods, as `Allow` lists them.
    const fn methods(&self) -> &'static str {
        match self {
            Self::Events
            | Self::Directories
            | Self::Users
            | Self::User(_)
            | Self::Groups
            | Self::Group(_)
            | Self::OrganizationByExternalId(_)
            | Self::OwnAttempts(_) => "GET, HEAD",
            Self::Directory(_) => "GET, HEAD, DELETE",
            Self::Organizations | Self::Webhooks => "GET, HEAD, POST",
            Self::Webhook(_) => "GET, HEAD, PATCH, DELETE",
            Self::Organization(_) => "GET, HEAD, PUT, DELETE",
            Self::OwnDirectories | Self::OwnTokens(_) | Self::OwnRedeliveries(_) | Self::OwnTest(_) => "POST",
        }
    }

    fn admits(&self, method: &Method) -> Result<Method, ApiError> {
        let allowed = self.methods();
        if !allowed.split(", ").any(|name| name == method.as_str()) {
            return Err(ApiError::Method(allowed));
        }
        Ok(if *method == Method::HEAD { Method::GET } else { method.clone() })
    }
}

/// Handles every path of this API.
pub(in crate::server) async fn handle(State(app): State<App>, request: Request) -> Response {
    let (parts, mut body) = request.into_parts();
    let result = respond(&app, &parts, &mut body).await;
    body::drain(&parts.headers, &mut body).await;
    response::no_store(result.unwrap_or_else(ApiError::into_response))
}

async fn respond(app: &App, parts: &Parts, body: &mut Body) -> Result<Response, ApiError> {
    if !is_authorized(app, parts).await? {
        return Err(ApiError::Unauthorized);
    }
    let route = Route::parse(parts.uri.path())?;
    let method = route.admits(&parts.method)?;
    let call = &Call { app, parts };
    match (route, method) {
        (Route::Events, _) => events::list(call).await,
        (Route::Directories, _) => directories::directories(call).await,
        (Route::Directory(id), Method::DELETE) => directories::remove(call, &id).await,
        (Route::Directory(id), _) => directories::directory(call, &id).await,
        (Route::Users, _) => directories::users(call).await,
        (Route::User(id), _) => directories::user(call, &id).await,
        (Route::Groups, _) => directories::groups(call).await,
        (Route::Group(id), _) => directories::group(call, &id).await,
        (Route::Organizations, Method::POST) => organizations::create(call, body).await,
        (Route::Organizations, _) => organizations::list(call).await,
        (Route::Organization(id), Method::PUT) => organizations::update(call, &id, body).await,
        (Route::Organization(id), Method::DELETE) => organizations::remove(call, &id).await,
        (Route::Organization(id), _) => organizations::one(call, &id).await,
        (Route::OrganizationByExternalId(id), _) => organizations::by_external_id(call, &id).await,
        (Route::Webhooks, Method::POST) => webhooks::create(call, body).await,
        (Route::Webhooks, _) => webhooks::list(call).await,
        (Route::Webhook(id), Method::PATCH) => webhooks::update(call, &id, body).await,
        (Route::Webhook(id), Method::DELETE) => webhooks::remove(call, &id).await,
        (Route::Webhook(id), _) => webhooks::one(call, &id).await,
        (Route::OwnDirectories, _) => own::add_directory(call, body).await,
        (Route::OwnTokens(id), _) => own::add_token(call, &id, body).await,
        (Route::OwnAttempts(id), _) => own_webhooks::attempts(call, &id).await,
        (Route::OwnRedeliveries(id), _) => own_webhooks::redeliver(call, &id, body).await,
        (Route::OwnTest(id), _) => own_webhooks::test(call, &id, body).await,
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

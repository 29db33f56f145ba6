//! The steps of a request, in their order: the API key, the path, the method, the endpoint.

use axum::extract::{Request, State};
use axum::response::Response;
use http::Method;
use http::header::AUTHORIZATION;
use http::request::Parts;

use super::super::app::App;
use super::super::query::decode;
use super::call::Call;
use super::error::ApiError;
use super::{directories, events};
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
}

/// The first segments of the paths of this API.
const ROOTS: [&str; 4] = ["events", "directories", "directory_users", "directory_groups"];

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
            _ => return Err(nothing()),
        })
    }

    /// Returns the methods, as `Allow` lists them.
    const fn methods(&self) -> &'static str {
        match self {
            Self::Events
            | Self::Directories
            | Self::Directory(_)
            | Self::Users
            | Self::User(_)
            | Self::Groups
            | Self::Group(_) => "GET, HEAD",
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
    let result = respond(&app, &parts).await;
    body::drain(&parts.headers, &mut body).await;
    response::no_store(result.unwrap_or_else(ApiError::into_response))
}

async fn respond(app: &App, parts: &Parts) -> Result<Response, ApiError> {
    if !is_authorized(app, parts).await? {
        return Err(ApiError::Unauthorized);
    }
    let route = Route::parse(parts.uri.path())?;
    route.admits(&parts.method)?;
    let call = Call { app, parts };
    match route {
        Route::Events => events::list(&call).await,
        Route::Directories => directories::directories(&call).await,
        Route::Directory(id) => directories::directory(&call, &id).await,
        Route::Users => directories::users(&call).await,
        Route::User(id) => directories::user(&call, &id).await,
        Route::Groups => directories::groups(&call).await,
        Route::Group(id) => directories::group(&call, &id).await,
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

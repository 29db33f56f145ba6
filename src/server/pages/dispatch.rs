//! The paths of the pages.

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::get;
use http::header::WWW_AUTHENTICATE;
use http::{HeaderMap, HeaderValue, Method, StatusCode};

use super::super::app::App;
use super::render::{self, Message};
use super::{access, overview, portal};
use crate::http::negotiation::Alternatives;
use crate::store::StoreError;

/// A client that accepts both equally is a program.
const HTML: Alternatives = Alternatives { default: "application/json", other: "text/html" };

/// Reports whether a request is for a page. A client that does not prefer HTML gets a SCIM error at `/`.
pub(in crate::server) fn serves(method: &Method, path: &str, headers: &HeaderMap) -> bool {
    let reads = matches!(*method, Method::GET | Method::HEAD);
    let is_portal = path.starts_with(portal::PATH) && path != "/portal/generate_link";
    reads && (is_portal || matches!(path, "/page.css" | "/page.js") || (path == "/" && HTML.prefers_other(headers)))
}

pub(in crate::server) fn router(app: App) -> Router {
    Router::new()
        .route("/", get(root))
        .route("/portal/{token}", get(portal_page))
        .route(
            "/page.css",
            get(async || render::asset("text/css; charset=utf-8", include_str!("../../../templates/page.css"))),
        )
        .route(
            "/page.js",
            get(async || render::asset("text/javascript; charset=utf-8", include_str!("../../../templates/page.js"))),
        )
        .with_state(app)
}

async fn root(State(app): State<App>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let shown = match access::permits(&app, &parts).await {
        Ok(true) => overview::page(&app, &parts).await,
        Ok(false) => return refused(),
        Err(error) => Err(error),
    };
    shown.unwrap_or_else(|error| failed("", &error))
}

async fn portal_page(State(app): State<App>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    portal::page(&app, &parts).await.unwrap_or_else(|error| failed("../", &error))
}

fn failed(root: &str, error: &StoreError) -> Response {
    tracing::error!(%error, "a page could not be built");
    let text = "The store of the server is not available at the moment.";
    render::page(StatusCode::SERVICE_UNAVAILABLE, &Message { root, title: "Not available", text })
}

fn refused() -> Response {
    let text = "This page needs an API key as the password, with any user name. On the server's own machine no key is needed, \
        at http://localhost or a loopback address.";
    let mut response = render::page(StatusCode::UNAUTHORIZED, &Message { root: "", title: "API key required", text });
    let challenge = HeaderValue::from_static("Basic realm=\"scimulate: API key as the password\", charset=\"UTF-8\"");
    response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
    response
}

//! The steps of a request: the path, the method, the endpoint.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use http::request::Parts;
use http::{HeaderValue, Method, StatusCode};

use super::super::app::App;
use super::super::query::decode;
use super::error::StreamError;
use super::poll;
use crate::delivery::key_set;
use crate::http::{body, response};

/// The first segment of the paths.
const ROOT: &str = "event_streams";
/// The media type of a JWK Set (RFC 7517 section 8.5.2).
const JWK_SET: HeaderValue = HeaderValue::from_static("application/jwk-set+json");

/// Returns true if a path leads to an event stream.
pub(in crate::server) fn serves(path: &str) -> bool {
    path.trim_start_matches('/').split('/').next() == Some(ROOT)
}

/// Handles every path below [`ROOT`].
pub(in crate::server) async fn handle(State(app): State<App>, request: Request) -> Response {
    let (parts, mut body) = request.into_parts();
    let result = respond(&app, &parts, &mut body).await;
    body::drain(&parts.headers, &mut body).await;
    response::no_store(result.unwrap_or_else(StreamError::into_response))
}

async fn respond(app: &App, parts: &Parts, body: &mut Body) -> Result<Response, StreamError> {
    let path: Vec<&str> = parts.uri.path().trim_matches('/').split('/').collect();
    let [_, id, endpoint] = path.as_slice() else { return Err(StreamError::NotFound) };
    let id = decode(id).map_err(|_| StreamError::NotFound)?;
    match (*endpoint, &parts.method) {
        ("poll", &Method::POST) => poll::respond(app, parts, body, &id).await,
        ("poll", _) => Err(StreamError::Method("POST")),
        ("jwks.json", &Method::GET | &Method::HEAD) => keys(app, &id).await,
        ("jwks.json", _) => Err(StreamError::Method("GET, HEAD")),
        _ => Err(StreamError::NotFound),
    }
}

/// Responds with the public keys that verify the tokens of a stream. Anyone may read them.
async fn keys(app: &App, id: &str) -> Result<Response, StreamError> {
    let found = app.store().event_stream(id).await?.ok_or(StreamError::NotFound)?;
    let keys = app.store().signing_keys(&found.stream.directory_id).await?;
    Ok(response::json(StatusCode::OK, JWK_SET, &key_set(&keys)?))
}

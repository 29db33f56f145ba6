//! The judgement of a request, step by step.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use http::header::{AUTHORIZATION, HOST, LOCATION};
use http::request::Parts;
use http::{Method, StatusCode};

use super::super::error::RequestError;
use super::super::query::Parameters;
use super::super::{App, Bounds, body, response};
use super::route::{self, Route};
use super::{bulk, discovery, read, write};
use crate::base::Secret;
use crate::scim::message::parse_object;
use crate::scim::{Kind, Object, Rules, ScimError};
use crate::store::{Access, Credentials, Store};

/// What the judgements share: who asks, for which directory, and by which address they reach it.
pub(super) struct Call<'a> {
    pub(super) app: &'a App,
    pub(super) store: &'a dyn Store,
    pub(super) bounds: &'a Bounds,
    pub(super) access: Arc<Access>,
    /// The directory's, with the server's bounds.
    pub(super) rules: Rules,
    pub(super) parts: &'a Parts,
    pub(super) parameters: Parameters,
    /// The directory's SCIM URL, without a slash at its end.
    pub(super) base: String,
}

impl Call<'_> {
    /// The body as a JSON object within the server's depth.
    pub(super) fn object(&self, body: &[u8]) -> Result<Object, ScimError> {
        parse_object(body, self.bounds.depth)
    }
}

/// Answers every path below `/scim/v2`, and those that nobody knows.
pub(in crate::server) async fn answer(State(app): State<App>, request: Request) -> Response {
    let (parts, mut body) = request.into_parts();
    let mut taken = false;
    match judge(&app, &parts, &mut body, &mut taken).await {
        Ok(response) => response,
        Err(error) => {
            if !taken {
                body::drain(&parts.headers, &mut body).await;
            }
            error.into_response()
        }
    }
}

async fn judge(app: &App, parts: &Parts, body: &mut Body, taken: &mut bool) -> Result<Response, RequestError> {
    let Some((key, tail)) = route::directory(parts.uri.path()) else {
        return Err(ScimError::not_found("nothing is served here; a SCIM URL is /scim/v2/{directory}").into());
    };
    let access = authenticate(app, parts, key).await?;
    if let Some(rates) = app.rates() {
        rates.admit(&access.directory.id).map_err(RequestError::TooMany)?;
    }
    let route = Route::parse(tail)?;
    let method = route.admits(&parts.method)?;
    let parameters = Parameters::of_scim(parts.uri.query())?;
    let base = format!("{}/scim/v2/{}", origin(app, parts), access.directory.external_key);
    let rules = Rules { members: app.bounds().members, ..access.rules };
    let call = Call { app, store: app.store(), bounds: app.bounds(), access, rules, parts, parameters, base };
    if route == Route::Bulk {
        let bytes = read_body(call.bounds, parts, body, taken).await?;
        return bulk::answer(&call, &bytes).await;
    }
    carry_out(call, route, method, body, taken).await
}

/// Carries out a request on what its path names.
async fn carry_out(
    mut call: Call<'_>,
    route: Route,
    method: Method,
    body: &mut Body,
    taken: &mut bool,
) -> Result<Response, RequestError> {
    let parts = call.parts;
    // Whoever holds the token of a directory that names a user for it is that user.
    let subject = call.access.directory.settings.me.clone().filter(|_| route == Route::Me);
    let is_me = subject.is_some();
    let route = subject.map_or(route, |id| Route::Resource(Kind::User, id));
    if is_me {
        route.admits(&method)?;
    }
    let mut response = dispatch(&mut call, route, method, parts, body, taken).await?;
    if is_me && let Some(id) = &call.access.directory.settings.me {
        response::with_header(&mut response, LOCATION, &call.location(Kind::User, id));
    }
    Ok(response)
}

async fn dispatch(
    call: &mut Call<'_>,
    route: Route,
    method: Method,
    parts: &Parts,
    body: &mut Body,
    taken: &mut bool,
) -> Result<Response, RequestError> {
    match (route, method) {
        (Route::Me, _) => {
            let why = "/Me is nobody: the token stands for a directory, which names no user (directory set --me)";
            Err(ScimError::new(501, why).into())
        }
        (Route::Bulk, _) => Err(ScimError::invalid_value("a bulk request holds no other").into()),
        (Route::Discovery(document), _) => discovery::answer(call, &document),
        (Route::Collection(kind), Method::POST) => {
            let bytes = read_body(call.bounds, parts, body, taken).await?;
            write::create(call, kind, &bytes).await
        }
        (Route::Root, _) => read::everything(call).await,
        (Route::Collection(kind), _) => read::list(call, kind).await,
        (Route::Search(kind), _) => {
            let bytes = read_body(call.bounds, parts, body, taken).await?;
            call.parameters = Parameters::from_search(call.object(&bytes)?)?;
            match kind {
                Some(kind) => read::list(call, kind).await,
                None => read::everything(call).await,
            }
        }
        (Route::Resource(kind, id), method @ (Method::PUT | Method::PATCH)) => {
            let expected = write::judge_target(call, kind, &id).await?;
            let bytes = read_body(call.bounds, parts, body, taken).await?;
            if method == Method::PUT {
                write::replace(call, kind, id, expected, &bytes).await
            } else {
                write::patch(call, kind, id, expected, &bytes).await
            }
        }
        (Route::Resource(kind, id), Method::DELETE) => write::delete(call, kind, id).await,
        (Route::Resource(kind, id), _) => read::one(call, kind, &id).await,
    }
}

/// Who asks. An unknown directory, a malformed key and a wrong token can't be told apart.
async fn authenticate(app: &App, parts: &Parts, key: &str) -> Result<Arc<Access>, RequestError> {
    let authorization = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).map(Secret::new);
    let presented = authorization.is_some();
    let access = app.store().authenticate(key, &Credentials { authorization }).await?;
    access.ok_or(RequestError::Unauthorized { presented })
}

async fn read_body(
    bounds: &Bounds,
    parts: &Parts,
    body: &mut Body,
    taken: &mut bool,
) -> Result<bytes::Bytes, RequestError> {
    body::check_media_type(&parts.headers)?;
    let bytes = body::read(&parts.headers, body, bounds).await?;
    *taken = true;
    Ok(bytes)
}

/// Scheme, host and port by which the client reaches us: the public URL, else the Host header.
fn origin(app: &App, parts: &Parts) -> String {
    if let Some(url) = app.public_url() {
        return url.to_owned();
    }
    let host = parts.headers.get(HOST).and_then(|host| host.to_str().ok());
    let host = host.filter(|host| host.parse::<http::uri::Authority>().is_ok_and(|authority| authority == *host));
    let host = host.or_else(|| parts.uri.authority().map(http::uri::Authority::as_str));
    format!("{}://{}", app.scheme(), host.unwrap_or("localhost"))
}

/// A resource that the request asked for is not there.
pub(super) fn missing(kind: Kind, id: &str) -> ScimError {
    ScimError::not_found(format!("{} {} does not exist in this directory", kind.name(), super::super::query::short(id)))
}

/// A SCIM document as an answer of 200.
pub(super) fn ok(document: &impl serde::Serialize) -> Response {
    response::scim(StatusCode::OK, document)
}

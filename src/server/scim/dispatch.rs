//! The steps of a request, in their order.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use bytes::Bytes;
use http::Method;
use http::header::{AUTHORIZATION, LOCATION};
use http::request::Parts;

use super::super::app::App;
use super::super::error::RequestError;
use super::super::media_type;
use super::super::origin::origin;
use super::super::query::{self, Parameters};
use super::call::Call;
use super::route::Route;
use super::{bulk, discovery, read, write};
use crate::base::Secret;
use crate::directory::address;
use crate::http::response::set_header;
use crate::http::{body, host};
use crate::scim::{Kind, Rules, ScimError};
use crate::store::{Access, Credentials};

/// Handles every path below `/scim/v2`, and every path that no other route serves.
pub(in crate::server) async fn handle(State(app): State<App>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let mut body = PendingBody { body, was_read: false };
    match validate(&app, &parts, &mut body).await {
        Ok(response) => response,
        Err(error) => {
            if !body.was_read {
                body::drain(&parts.headers, &mut body.body).await;
            }
            error.into_response()
        }
    }
}

/// A request body that an endpoint reads only once everything else is valid.
struct PendingBody {
    body: Body,
    was_read: bool,
}

impl PendingBody {
    async fn read(&mut self, call: &Call<'_>) -> Result<Bytes, RequestError> {
        media_type::check(&call.parts.headers)?;
        let read = body::read(&call.parts.headers, &mut self.body, call.app.transport()).await;
        let bytes = read.map_err(|refusal| call.refused(refusal))?;
        self.was_read = true;
        Ok(bytes)
    }
}

async fn validate(app: &App, parts: &Parts, body: &mut PendingBody) -> Result<Response, RequestError> {
    let Some((key, tail)) = query::directory(parts.uri.path()) else {
        return Err(ScimError::not_found("nothing is served at this path; a SCIM URL is /scim/v2/{directory}").into());
    };
    let access = authenticate(app, parts, key).await?;
    if let Some(rates) = app.rates() {
        rates.admit(&access.directory.id).map_err(RequestError::TooMany)?;
    }
    let route = Route::parse(tail)?;
    let method = route.admits(&parts.method)?;
    let parameters = Parameters::of_scim(parts.uri.query())?;
    // As the client wrote it, so that it finds the resources under the URL that it was given.
    let base = match key {
        Some(key) => format!("{}/scim/v2/{key}", origin(app, parts)),
        None => format!("{}/scim/v2", origin(app, parts)),
    };
    let rules = Rules { members: app.bounds().members, ..access.rules };
    let mut call = Call { app, store: app.store(), bounds: app.bounds(), access, rules, parts, parameters, base };
    match call.access.directory.settings.me.clone().filter(|_| route == Route::Me) {
        Some(id) => me(&mut call, id, method, body).await,
        None => dispatch(&mut call, route, method, body).await,
    }
}

/// Handles `/Me` in a directory whose token belongs to a user: the request is about that user.
async fn me(call: &mut Call<'_>, id: String, method: Method, body: &mut PendingBody) -> Result<Response, RequestError> {
    let location = call.location(Kind::User, &id);
    let route = Route::Resource(Kind::User, id);
    route.admits(&method)?;
    let mut response = dispatch(call, route, method, body).await?;
    set_header(&mut response, LOCATION, &location);
    Ok(response)
}

/// Calls the endpoint of a route.
async fn dispatch(
    call: &mut Call<'_>,
    route: Route,
    method: Method,
    body: &mut PendingBody,
) -> Result<Response, RequestError> {
    match (route, method) {
        (Route::Me, _) => {
            let detail = "/Me has no user: the token belongs to the directory, and the directory names no user \
                          (scimulate directory set --me)";
            Err(ScimError::new(501, detail).into())
        }
        (Route::Bulk, _) => {
            let bytes = body.read(call).await?;
            bulk::answer(call, &bytes).await
        }
        (Route::Discovery(document), _) => discovery::respond(call, &document).await,
        (Route::Collection(kind), Method::POST) => {
            let bytes = body.read(call).await?;
            write::create(call, kind, &bytes).await
        }
        (Route::Root, _) => read::everything(call).await,
        (Route::Collection(kind), _) => read::list(call, kind).await,
        (Route::Search(kind), _) => {
            let bytes = body.read(call).await?;
            call.parameters = Parameters::from_search(call.object(&bytes)?)?;
            match kind {
                Some(kind) => read::list(call, kind).await,
                None => read::everything(call).await,
            }
        }
        (Route::Resource(kind, id), method @ (Method::PUT | Method::PATCH)) => {
            let expected = write::check_target(call, kind, &id).await?;
            let bytes = body.read(call).await?;
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

/// Finds the directory that the credentials are valid for. An unknown directory, a malformed key and a wrong token
/// cause the same error.
async fn authenticate(app: &App, parts: &Parts, key: Option<&str>) -> Result<Arc<Access>, RequestError> {
    let authorization = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).map(Secret::new);
    let presented = authorization.is_some();
    let address = key.map_or_else(
        || {
            let authority = host::authority(&parts.uri, &parts.headers).unwrap_or_default();
            address::of_host(authority.rsplit_once(':').map_or(authority, |(host, _)| host))
        },
        str::to_owned,
    );
    let access = app.store().authenticate(&address, &Credentials { authorization }).await?;
    access.ok_or(RequestError::Unauthorized { presented })
}

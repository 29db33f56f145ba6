//! The page that a portal link leads to: the directories of an organization, with what an administrator enters in Okta.
//! As at WorkOS, the link is enough to see the page, so it expires and shows no token.

use askama::Template;
use axum::response::Response;
use http::StatusCode;
use http::request::Parts;
use jiff::{SignedDuration, Timestamp};

use super::super::app::App;
use super::super::origin::origin;
use super::render::{self, Message};
use crate::base::escape;
use crate::store::StoreError;
use crate::store::objects::{DirectoryQuery, ObjectRange};

/// The path of the page, before the token.
pub(super) const PATH: &str = "/portal/";
/// The time for which a link is valid (WorkOS reference, "Portal Link": five minutes).
const VALID: SignedDuration = SignedDuration::from_mins(5);
/// Directories on the page, the newest ones.
const DIRECTORIES: usize = 20;
/// The purpose of the signature, so that no cursor is a link.
const PURPOSE: &[&str] = &["portal link"];

#[derive(Template)]
#[template(path = "portal.html")]
struct Portal {
    root: &'static str,
    organization: String,
    directories: Vec<DirectoryEntry>,
}

struct DirectoryEntry {
    name: String,
    scim_url: String,
}

/// Returns a link to the page of an organization.
pub(in crate::server) async fn link(app: &App, parts: &Parts, organization: &str) -> Result<String, StoreError> {
    let expires = app.now().saturating_add(VALID).unwrap_or(Timestamp::MAX).as_millisecond();
    let payload = [&expires.to_be_bytes(), organization.as_bytes()].concat();
    let token = app.cursors().await?.seal(PURPOSE, &payload);
    Ok(format!("{}{PATH}{token}", origin(app, parts)))
}

/// Builds the page.
pub(super) async fn page(app: &App, parts: &Parts) -> Result<Response, StoreError> {
    let token = parts.uri.path().strip_prefix(PATH).unwrap_or_default();
    let payload = app.cursors().await?.unseal(PURPOSE, token).unwrap_or_default();
    let Some((expires, organization)) = payload.split_first_chunk() else { return Ok(invalid()) };
    if app.now().as_millisecond() > i64::from_be_bytes(*expires) {
        let (title, text) = ("This link has expired", "A link is valid for 5 minutes. Ask for a new one.");
        return Ok(render::page(StatusCode::GONE, &Message { root: "../", title, text }));
    }
    let id = String::from_utf8_lossy(organization);
    let Some(organization) = app.store().organization(&id).await? else { return Ok(invalid()) };
    let range = ObjectRange { descending: true, cursor: None, limit: DIRECTORIES };
    let query = DirectoryQuery { organization_id: Some(organization.id), range, ..DirectoryQuery::default() };
    let base = origin(app, parts);
    let directories = app.store().list_directories(query).await?.objects.into_iter().map(|directory| DirectoryEntry {
        name: escape(&directory.name).into_owned(),
        scim_url: escape(&format!("{base}/scim/v2/{}", directory.external_key)).into_owned(),
    });
    let organization = escape(&organization.name).into_owned();
    let page = Portal { root: "../", organization, directories: directories.collect() };
    Ok(render::page(StatusCode::OK, &page))
}

fn invalid() -> Response {
    let (title, text) =
        ("This link is not valid", "It was changed, or its organization was deleted. Ask for a new one.");
    render::page(StatusCode::NOT_FOUND, &Message { root: "../", title, text })
}

//! Directory users, directory groups and directories (research note workos-dsync section 3.1).

use axum::response::Response;
use http::StatusCode;

use super::call::{Call, missing, ok};
use super::error::ApiError;
use super::params::Reader;
use crate::directory::payload;
use crate::http::response;
use crate::store::AdminCommand;
use crate::store::objects::{DirectoryGroupQuery, DirectoryQuery, DirectoryUserQuery};

/// Responds to `GET /directory_users`.
pub(super) async fn users(call: &Call<'_>) -> Result<Response, ApiError> {
    let mut read = Reader::of(call.parts.uri.query())?;
    let listing = read.listing(true);
    let query = DirectoryUserQuery {
        directory: read.text("directory"),
        group: read.text("group"),
        idp_id: read.text("idp_id"),
        email: read.text("email"),
        range: listing.range.clone(),
    };
    for (field, value) in [("idp_id", &query.idp_id), ("email", &query.email)] {
        if value.is_some() && query.directory.is_none() {
            read.error(field, format!("{field} requires the parameter directory"));
        }
    }
    let query = read.finish(query)?;
    let reservation = call.reserve().await?;
    let page = call.store().list_users(query).await.map_err(ApiError::unknown_cursor)?;
    Ok(reservation.attach(call.page(page, &listing, |found| payload::api_user(&found.directory, &found.user)).await))
}

/// Responds to `GET /directory_users/{id}`.
pub(super) async fn user(call: &Call<'_>, id: &str) -> Result<Response, ApiError> {
    let found = call.store().directory_user(id).await?.ok_or_else(|| missing("directory user", id))?;
    Ok(ok(&payload::api_user(&found.directory, &found.user)))
}

/// Responds to `GET /directory_groups`.
pub(super) async fn groups(call: &Call<'_>) -> Result<Response, ApiError> {
    let mut read = Reader::of(call.parts.uri.query())?;
    let listing = read.listing(true);
    let (directory, user) = (read.text("directory"), read.text("user"));
    let query = read.finish(DirectoryGroupQuery { directory, user, range: listing.range.clone() })?;
    let reservation = call.reserve().await?;
    let page = call.store().list_groups(query).await.map_err(ApiError::unknown_cursor)?;
    Ok(reservation.attach(call.page(page, &listing, |found| payload::group(&found.directory, &found.group)).await))
}

/// Responds to `GET /directory_groups/{id}`.
pub(super) async fn group(call: &Call<'_>, id: &str) -> Result<Response, ApiError> {
    let found = call.store().directory_group(id).await?.ok_or_else(|| missing("directory group", id))?;
    Ok(ok(&payload::group(&found.directory, &found.group)))
}

/// Responds to `GET /directories`.
pub(super) async fn directories(call: &Call<'_>) -> Result<Response, ApiError> {
    let mut read = Reader::of(call.parts.uri.query())?;
    let listing = read.listing(true);
    let query = DirectoryQuery {
        organization_id: read.text("organization_id"),
        domain: read.text("domain"),
        search: read.text("search"),
        range: listing.range.clone(),
    };
    let query = read.finish(query)?;
    let page = call.store().list_directories(query).await.map_err(ApiError::unknown_cursor)?;
    Ok(call.page(page, &listing, payload::api_directory).await)
}

/// Responds to `GET /directories/{id}`.
pub(super) async fn directory(call: &Call<'_>, id: &str) -> Result<Response, ApiError> {
    let found = call.store().directory(id).await?.ok_or_else(|| missing("directory", id))?;
    Ok(ok(&payload::api_directory(&found)))
}

/// Responds to `DELETE /directories/{id}`. The directory refuses requests from now on; its rows are deleted in the background.
pub(super) async fn remove(call: &Call<'_>, id: &str) -> Result<Response, ApiError> {
    call.store().administer(AdminCommand::RemoveDirectory { id: id.to_owned() }).await?;
    Ok(response::empty(StatusCode::ACCEPTED))
}

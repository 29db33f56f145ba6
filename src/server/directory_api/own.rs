//! Routes below `/scimulate` that WorkOS does not have: its API cannot create a directory or a token, which its dashboard
//! does.

use axum::body::Body;
use axum::response::Response;
use serde_json::{Value, json};

use super::super::origin::origin;
use super::body::Properties;
use super::call::{Call, created, missing};
use super::error::ApiError;
use crate::directory::{Directory, Settings, payload};
use crate::store::AdminCommand;

/// Responds to `POST /scimulate/directories` with the directory, its SCIM URL and its token, which no other response shows.
pub(super) async fn add_directory(call: &Call<'_>, body: &mut Body) -> Result<Response, ApiError> {
    let mut properties = Properties::read(call, body).await?;
    let (organization, name) = (properties.required("organization_id"), properties.required("name"));
    let settings = settings(&mut properties);
    let command = properties.finish(AdminCommand::AddDirectory { organization, name, settings })?;
    let made = call.store().administer(command).await?;
    let directory = made.directory.ok_or_else(|| missing("directory", ""))?;
    let mut shown = payload::api_directory(&directory);
    if let Some(shown) = shown.as_object_mut() {
        shown.insert("scim_url".to_owned(), json!(scim_url(call, &directory)));
        shown.insert("token".to_owned(), json!(made.secret.map(|secret| secret.expose().to_owned())));
    }
    Ok(created(&shown))
}

/// Responds to `POST /scimulate/directories/{id}/tokens` with a new token. The previous one stays valid, unless the body
/// has `"revoke_old": true`.
pub(super) async fn add_token(call: &Call<'_>, id: &str, body: &mut Body) -> Result<Response, ApiError> {
    let mut properties = Properties::read(call, body).await?;
    let revoke_old = properties.flag("revoke_old").unwrap_or_default();
    let command = properties.finish(AdminCommand::RotateToken { directory: id.to_owned(), revoke_old })?;
    let made = call.store().administer(command).await?;
    Ok(created(&json!({"directory_id": id, "token": made.secret.map(|secret| secret.expose().to_owned())})))
}

fn settings(properties: &mut Properties) -> Settings {
    match properties.take("settings") {
        None | Some(Value::Null) => Settings::default(),
        Some(value) => serde_json::from_value(value).unwrap_or_else(|error| {
            properties.error("settings", format!("settings: {error}"));
            Settings::default()
        }),
    }
}

fn scim_url(call: &Call<'_>, directory: &Directory) -> String {
    format!("{}/scim/v2/{}", origin(call.app, call.parts), directory.external_key)
}

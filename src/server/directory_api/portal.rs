//! Links to the admin portal (`workos-dsync` section 3.1).

use axum::body::Body;
use axum::response::Response;
use serde_json::json;

use super::super::pages;
use super::body::Properties;
use super::call::{Call, created, missing};
use super::error::ApiError;
use crate::server::query::short;

/// Responds to `POST /portal/generate_link` with a link to a page that shows the directories of an organization.
pub(super) async fn generate_link(call: &Call<'_>, body: &mut Body) -> Result<Response, ApiError> {
    let mut properties = Properties::read(call, body).await?;
    let organization = properties.required("organization");
    if let Some(intent) = properties.text("intent").filter(|intent| intent != "dsync") {
        properties.error(
            "intent",
            format!("intent must be dsync, not \"{}\"; this server has only directory sync", short(&intent)),
        );
    }
    properties.finish(())?;
    if call.store().organization(&organization).await?.is_none() {
        return Err(missing("organization", &organization));
    }
    Ok(created(&json!({"link": pages::portal_link(call.app, call.parts, &organization).await?})))
}

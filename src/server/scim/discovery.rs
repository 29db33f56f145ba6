//! ServiceProviderConfig, ResourceTypes and Schemas (RFC 7644 section 4). The documents come from the same schemas
//! that validate requests, so they always describe the behavior of the server. Locations are added here.

use axum::response::Response;
use serde_json::{Value, json};

use super::super::error::RequestError;
use super::call::{Call, ok};
use super::route::Document;
use crate::directory::model::AuthForm;
use crate::events::security_event::SecurityEventKind;
use crate::scim::schema::discovery::{self, Scheme, Supported};
use crate::scim::{ScimError, message};
use crate::server::query::short;
use crate::store::StoreError;

/// Handles a discovery endpoint. A filter causes 403 (RFC 7644 section 4).
pub(super) async fn respond(call: &Call<'_>, document: &Document) -> Result<Response, RequestError> {
    if call.parameters.one("filter")?.is_some() {
        return Err(ScimError::new(403, "the discovery endpoints do not support filters (RFC 7644 section 4)").into());
    }
    Ok(ok(&match document {
        Document::ServiceProviderConfig => {
            let supported = supported(call);
            let mut config = discovery::service_provider_config(supported);
            if let (Some(config), true) = (config.as_object_mut(), has_event_streams(call).await?) {
                config.insert("securityEvents".to_owned(), security_events());
            }
            located(call, "ServiceProviderConfig", config)
        }
        Document::ResourceTypes(id) => choose(call, "ResourceTypes", resource_types(call), id.as_deref())?,
        Document::Schemas(id) => {
            let mut schemas = discovery::schemas(&call.access.schemas);
            if id.is_some() {
                schemas.extend(discovery::schemas_of_discovery());
            }
            choose(call, "Schemas", schemas, id.as_deref())?
        }
    }))
}

fn supported(call: &Call<'_>) -> Supported {
    Supported {
        bulk: true,
        sort: true,
        etag: true,
        cursor: true,
        bulk_operations: call.bounds.bulk_operations,
        payload_bytes: call.app.transport().body_bytes,
        page_size: call.bounds.page_size,
        scheme: match call.access.directory.settings.auth {
            AuthForm::Bearer => Scheme::Bearer,
            AuthForm::Basic => Scheme::Basic,
            AuthForm::Header => Scheme::Header,
        },
    }
}

/// Returns whether the directory has an event stream. Without one, the server is not configured for security events, so
/// ServiceProviderConfig has no `securityEvents` (RFC 9967 section 4).
async fn has_event_streams(call: &Call<'_>) -> Result<bool, StoreError> {
    let streams = call.store.event_streams(Some(&call.access.directory.id)).await?;
    Ok(streams.iter().any(|queue| queue.stream.is_enabled))
}

/// Builds `securityEvents`. Requests are never executed asynchronously.
fn security_events() -> Value {
    json!({"asyncRequest": "none", "eventUris": SecurityEventKind::ALL.map(|(_, uri, _)| uri)})
}

fn resource_types(call: &Call<'_>) -> Vec<Value> {
    discovery::resource_types(&call.access.schemas)
}

/// Returns all documents as a list, or the one with this id.
fn choose(call: &Call<'_>, endpoint: &str, all: Vec<Value>, id: Option<&str>) -> Result<Value, ScimError> {
    let mut all = all.into_iter().map(|value| {
        let path = format!("{endpoint}/{}", id_of(&value));
        located(call, &path, value)
    });
    let Some(id) = id else {
        let all: Vec<Value> = all.collect();
        return Ok(message::list_response(all.len() as u64, 1, all));
    };
    all.find(|value| id_of(value).eq_ignore_ascii_case(id))
        .ok_or_else(|| ScimError::not_found(format!("/{endpoint} has no entry with the id \"{}\"", short(id))))
}

fn id_of(value: &Value) -> &str {
    value.get("id").and_then(Value::as_str).unwrap_or_default()
}

fn located(call: &Call<'_>, path: &str, mut document: Value) -> Value {
    if let Some(meta) = document.get_mut("meta").and_then(Value::as_object_mut) {
        meta.insert("location".to_owned(), format!("{}/{path}", call.base).into());
    }
    document
}

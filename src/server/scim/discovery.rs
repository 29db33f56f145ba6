//! ServiceProviderConfig, ResourceTypes and Schemas (RFC 7644 section 4, RFC 7643 sections 5 to 7). The schemas are the
//! ones that judge documents, so that what is said here is what happens.

use axum::response::Response;
use serde_json::{Value, json};

use super::super::problem::Problem;
use super::judge::{Call, ok};
use super::route::Document;
use crate::base::limits;
use crate::scim::schema::Schema;
use crate::scim::{Kind, ScimError, message};
use crate::server::query::short;

const SERVICE_PROVIDER_CONFIG: &str = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";
const RESOURCE_TYPE: &str = "urn:ietf:params:scim:schemas:core:2.0:ResourceType";
const SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:Schema";

/// Answers a discovery endpoint. A filter is refused with 403 (RFC 7644 section 4).
pub(super) fn answer(call: &Call<'_>, document: &Document) -> Result<Response, Problem> {
    if call.parameters.one("filter")?.is_some() {
        return Err(ScimError::new(403, "the discovery endpoints take no filter (RFC 7644 section 4)").into());
    }
    let list = |all: Vec<Value>| message::list_response(all.len() as u64, 1, all);
    let one = |all: Vec<Value>, id: &str, what: &str| {
        let same = |value: &Value| value["id"].as_str().is_some_and(|known| known.eq_ignore_ascii_case(id));
        all.into_iter().find(same).ok_or_else(|| ScimError::not_found(format!("there is no {what} \"{}\"", short(id))))
    };
    Ok(ok(&match document {
        Document::ServiceProviderConfig => service_provider_config(call),
        Document::ResourceTypes(None) => list(resource_types(call)),
        Document::ResourceTypes(Some(id)) => one(resource_types(call), id, "resource type")?,
        Document::Schemas(None) => list(schemas(call)),
        Document::Schemas(Some(id)) => one(schemas(call), id, "schema")?,
    }))
}

fn service_provider_config(call: &Call<'_>) -> Value {
    json!({
        "schemas": [SERVICE_PROVIDER_CONFIG],
        "patch": {"supported": true},
        "bulk": {"supported": false, "maxOperations": 0, "maxPayloadSize": limits::REQUEST_BODY_BYTES},
        "filter": {"supported": true, "maxResults": limits::PAGE_SIZE},
        "changePassword": {"supported": true},
        "sort": {"supported": false},
        "etag": {"supported": true},
        "authenticationSchemes": [
            {
                "type": "oauthbearertoken",
                "name": "Bearer token",
                "description": "Authorization: Bearer <token of the directory>",
                "specUri": "https://www.rfc-editor.org/info/rfc6750",
                "primary": true,
            },
        ],
        "meta": {
            "resourceType": "ServiceProviderConfig",
            "location": format!("{}/ServiceProviderConfig", call.base),
        },
    })
}

fn resource_types(call: &Call<'_>) -> Vec<Value> {
    let extensions = call.access.schemas.all.iter().map(|schema| schema.id.as_str());
    let extensions = extensions.filter(|id| [Kind::User, Kind::Group].iter().all(|kind| kind.urn() != *id));
    let extensions: Vec<_> = extensions.map(|id| json!({"schema": id, "required": false})).collect();
    [Kind::User, Kind::Group]
        .into_iter()
        .map(|kind| {
            let name = kind.name();
            let mut resource_type = json!({
                "schemas": [RESOURCE_TYPE],
                "id": name,
                "name": name,
                "endpoint": format!("/{}", kind.endpoint()),
                "description": match kind {
                    Kind::User => "A person's account",
                    Kind::Group => "A group of users and groups",
                },
                "schema": kind.urn(),
            });
            if let (Kind::User, Some(object)) = (kind, resource_type.as_object_mut()) {
                object.insert("schemaExtensions".to_owned(), json!(extensions));
            }
            with_meta(resource_type, "ResourceType", format!("{}/ResourceTypes/{name}", call.base))
        })
        .collect()
}

fn schemas(call: &Call<'_>) -> Vec<Value> {
    let shown = |schema: &Schema| {
        let mut value = serde_json::to_value(schema).unwrap_or_default();
        if let Some(object) = value.as_object_mut() {
            object.shift_insert(0, "schemas".to_owned(), json!([SCHEMA]));
        }
        with_meta(value, "Schema", format!("{}/Schemas/{}", call.base, schema.id))
    };
    call.access.schemas.all.iter().map(shown).collect()
}

fn with_meta(mut value: Value, resource_type: &str, location: String) -> Value {
    if let Some(object) = value.as_object_mut() {
        object.insert("meta".to_owned(), json!({"resourceType": resource_type, "location": location}));
    }
    value
}

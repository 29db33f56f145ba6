//! The bodies of the discovery endpoints (RFC 7644 section 4). `meta.location` is the server's to add.

use serde_json::{Value, json};

use super::{GROUP, Schema, Schemas, USER};
use crate::base::limits;
use crate::scim::resource::Kind;

/// The schema of schemas.
pub const SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:Schema";
/// The schema of resource types.
pub const RESOURCE_TYPE: &str = "urn:ietf:params:scim:schemas:core:2.0:ResourceType";
/// The schema of the service provider's configuration.
pub const SERVICE_PROVIDER_CONFIG: &str = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";

/// What a server supports beyond the core, for ServiceProviderConfig.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Supported {
    /// `/Bulk`
    pub bulk: bool,
    /// `sortBy`
    pub sort: bool,
    /// ETag and conditional requests.
    pub etag: bool,
    /// Cursor paging (RFC 9865).
    pub cursor: bool,
}

/// ServiceProviderConfig: PATCH and filters are supported, a password can be set, tokens are bearer tokens.
#[must_use]
pub fn service_provider_config(supported: Supported) -> Value {
    let bulk_operations = if supported.bulk { limits::BULK_OPERATIONS } else { 0 };
    let bulk_bytes = if supported.bulk { limits::REQUEST_BODY_BYTES } else { 0 };
    json!({
        "schemas": [SERVICE_PROVIDER_CONFIG],
        "patch": {"supported": true},
        "bulk": {"supported": supported.bulk, "maxOperations": bulk_operations, "maxPayloadSize": bulk_bytes},
        "filter": {"supported": true, "maxResults": limits::PAGE_SIZE},
        "changePassword": {"supported": true},
        "sort": {"supported": supported.sort},
        "etag": {"supported": supported.etag},
        "pagination": {
            "cursor": supported.cursor,
            "index": true,
            "defaultPaginationMethod": "index",
            "defaultPageSize": limits::DEFAULT_PAGE_SIZE,
            "maxPageSize": limits::PAGE_SIZE,
            "cursorTimeout": limits::CURSOR_TIMEOUT.as_secs(),
        },
        "authenticationSchemes": [{
            "type": "oauthbearertoken",
            "name": "Bearer token",
            "description": "The token of the directory in the Authorization header.",
            "specUri": "https://www.rfc-editor.org/info/rfc6750",
            "primary": true,
        }],
        "meta": {"resourceType": "ServiceProviderConfig"},
    })
}

/// The resource types User and Group, in this order.
#[must_use]
pub fn resource_types(schemas: &Schemas) -> Vec<Value> {
    [(Kind::User, USER, "A user account."), (Kind::Group, GROUP, "A group of users and groups.")]
        .into_iter()
        .map(|(kind, schema, description)| {
            let extensions: Vec<Value> =
                schemas.extensions(kind).map(|extension| json!({"schema": extension.id, "required": false})).collect();
            json!({
                "schemas": [RESOURCE_TYPE],
                "id": kind.name(),
                "name": kind.name(),
                "endpoint": format!("/{}", kind.endpoint()),
                "description": description,
                "schema": schema,
                "schemaExtensions": extensions,
                "meta": {"resourceType": "ResourceType"},
            })
        })
        .collect()
}

/// One schema as `/Schemas` shows it.
#[must_use]
pub fn schema(schema: &Schema) -> Value {
    json!({
        "schemas": [SCHEMA],
        "id": schema.id,
        "name": schema.name,
        "description": schema.description,
        "attributes": schema.attributes,
        "meta": {"resourceType": "Schema"},
    })
}

/// All schemas, in the order of the directory.
#[must_use]
pub fn schemas(schemas: &Schemas) -> Vec<Value> {
    schemas.all.iter().map(schema).collect()
}

//! The bodies of the discovery endpoints (RFC 7644 section 4). The server adds `meta.location`.

use serde_json::{Value, json};

use super::{GROUP, Schema, Schemas, USER};
use crate::base::limits;
use crate::scim::resource::Kind;

/// The URN of the schema of schemas.
pub const SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:Schema";
/// The URN of the schema of resource types.
pub const RESOURCE_TYPE: &str = "urn:ietf:params:scim:schemas:core:2.0:ResourceType";
/// The URN of the schema of ServiceProviderConfig.
pub const SERVICE_PROVIDER_CONFIG: &str = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";

/// The optional features of a server, for ServiceProviderConfig.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Supported {
    /// `/Bulk`
    pub bulk: bool,
    /// `sortBy`
    pub sort: bool,
    /// ETags and conditional requests.
    pub etag: bool,
    /// Cursor paging (RFC 9865).
    pub cursor: bool,
    /// `bulk.maxOperations`
    pub bulk_operations: usize,
    /// `bulk.maxPayloadSize`, in bytes.
    pub payload_bytes: usize,
    /// `filter.maxResults`
    pub page_size: usize,
    /// The authentication scheme.
    pub scheme: Scheme,
}

impl Default for Supported {
    fn default() -> Self {
        Self {
            bulk: false,
            sort: false,
            etag: false,
            cursor: false,
            bulk_operations: limits::BULK_OPERATIONS,
            payload_bytes: limits::REQUEST_BODY_BYTES,
            page_size: limits::PAGE_SIZE,
            scheme: Scheme::Bearer,
        }
    }
}

/// The way in which a client sends its token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// As a bearer token.
    Bearer,
    /// As the password of basic authentication.
    Basic,
    /// As the whole value of the header. RFC 7643 section 5 has no type for it, so the most similar one is used.
    Header,
}

impl Scheme {
    fn to_json(self) -> Value {
        let (kind, name, description, spec) = match self {
            Self::Bearer => (
                "oauthbearertoken",
                "Bearer token",
                "The token of the directory in the Authorization header.",
                "https://www.rfc-editor.org/info/rfc6750",
            ),
            Self::Basic => (
                "httpbasic",
                "Basic authentication",
                "The token of the directory as the password of any user name.",
                "https://www.rfc-editor.org/info/rfc7617",
            ),
            Self::Header => (
                "oauthbearertoken",
                "Raw token",
                "The token of the directory as the whole value of the Authorization header, without a scheme before it.",
                "https://www.rfc-editor.org/info/rfc9110",
            ),
        };
        json!({"type": kind, "name": name, "description": description, "specUri": spec, "primary": true})
    }
}

/// Builds ServiceProviderConfig. PATCH, filters and setting a password are always supported.
#[must_use]
pub fn service_provider_config(supported: Supported) -> Value {
    let bulk_operations = if supported.bulk { supported.bulk_operations } else { 0 };
    let bulk_bytes = if supported.bulk { supported.payload_bytes } else { 0 };
    json!({
        "schemas": [SERVICE_PROVIDER_CONFIG],
        "patch": {"supported": true},
        "bulk": {"supported": supported.bulk, "maxOperations": bulk_operations, "maxPayloadSize": bulk_bytes},
        "filter": {"supported": true, "maxResults": supported.page_size},
        "changePassword": {"supported": true},
        "sort": {"supported": supported.sort},
        "etag": {"supported": supported.etag},
        "pagination": {
            "cursor": supported.cursor,
            "index": true,
            "defaultPaginationMethod": "index",
            "defaultPageSize": limits::DEFAULT_PAGE_SIZE,
            "maxPageSize": supported.page_size,
            "cursorTimeout": limits::CURSOR_TIMEOUT.as_secs(),
        },
        "authenticationSchemes": [supported.scheme.to_json()],
        "meta": {"resourceType": "ServiceProviderConfig"},
    })
}

/// Builds the resource types User and Group, in this order.
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

/// Builds the resource of one schema.
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

/// Builds the schemas of ServiceProviderConfig, ResourceType and Schema. `/Schemas` returns them by ID but does not list
/// them, since they do not apply to resources.
#[must_use]
pub fn schemas_of_discovery() -> Vec<Value> {
    super::DISCOVERY.iter().map(schema).collect()
}

/// Builds all schemas, in the order of the directory.
#[must_use]
pub fn schemas(schemas: &Schemas) -> Vec<Value> {
    schemas.all.iter().map(schema).collect()
}

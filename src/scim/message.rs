//! Protocol messages (RFC 7644): URNs and the bodies around resources.

use serde_json::{Value, json};

/// ListResponse
pub const LIST_RESPONSE: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
/// PatchOp
pub const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
/// Error
pub const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// A ListResponse. `itemsPerPage` is the number of resources in this page, which Okta's review insists on.
#[must_use]
pub fn list_response(total: u64, start_index: u64, resources: Vec<Value>) -> Value {
    json!({
        "schemas": [LIST_RESPONSE],
        "totalResults": total,
        "startIndex": start_index,
        "itemsPerPage": resources.len(),
        "Resources": resources,
    })
}

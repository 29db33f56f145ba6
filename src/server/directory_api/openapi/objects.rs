//! The objects in responses, as `directory::payload` renders them. A test compares the schemas with real responses.

#![expect(dead_code, reason = "only their schemas are used")]
#![expect(clippy::struct_field_names, reason = "the names are those of WorkOS")]

use std::collections::BTreeMap;

use utoipa::ToSchema;

use super::component::{Schemas, Time, add, discriminators};

/// Adds the schemas of all objects.
pub(super) fn schemas(schemas: &mut Schemas) {
    add::<Error>(schemas);
    add::<Directory>(schemas);
    add::<Organization>(schemas);
    add::<WebhookEndpoint>(schemas);
    add::<WebhookAttempt>(schemas);
    add::<EventStream>(schemas);
    add::<EventStreams>(schemas);
    add::<NewEventStream>(schemas);
    add::<PortalLink>(schemas);
    add::<NewDirectory>(schemas);
    add::<NewDirectoryToken>(schemas);
}

discriminators!(
    DirectoryObject Directory,
    OrganizationObject Organization,
    OrganizationDomainObject OrganizationDomain,
    WebhookEndpointObject WebhookEndpoint,
    WebhookAttemptObject WebhookAttempt,
    EventStreamObject EventStream,
    ListObject List
);

/// An error. `code` is absent only for 401.
#[derive(ToSchema)]
struct Error {
    message: String,
    #[schema(nullable = false)]
    code: Option<String>,
    #[schema(nullable = false)]
    errors: Option<Vec<FieldError>>,
}

/// A parameter or a property that is not valid.
#[derive(ToSchema)]
struct FieldError {
    code: String,
    field: String,
    message: String,
}

#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum DirectoryState {
    Linked,
    Unlinked,
    Validating,
    InvalidCredentials,
    Deleting,
}

/// A directory.
#[derive(ToSchema)]
struct Directory {
    #[schema(inline)]
    object: DirectoryObject,
    id: String,
    organization_id: String,
    /// The last segment of the SCIM URL.
    external_key: String,
    r#type: String,
    #[schema(inline)]
    state: DirectoryState,
    name: String,
    created_at: Time,
    updated_at: Time,
}

/// An organization.
#[derive(ToSchema)]
struct Organization {
    #[schema(inline)]
    object: OrganizationObject,
    id: String,
    name: String,
    domains: Vec<OrganizationDomain>,
    metadata: BTreeMap<String, String>,
    #[schema(required)]
    external_id: Option<String>,
    #[schema(nullable = false)]
    stripe_customer_id: Option<String>,
    /// Deprecated.
    allow_profiles_outside_organization: bool,
    created_at: Time,
    updated_at: Time,
}

#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum OrganizationDomainState {
    LegacyVerified,
    Pending,
    Verified,
}

/// A domain of an organization.
#[derive(ToSchema)]
struct OrganizationDomain {
    #[schema(inline)]
    object: OrganizationDomainObject,
    id: String,
    organization_id: String,
    domain: String,
    #[schema(inline)]
    state: OrganizationDomainState,
    verification_strategy: String,
    created_at: Time,
    updated_at: Time,
}

#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum WebhookStatus {
    Enabled,
    Disabled,
}

/// A webhook endpoint.
#[derive(ToSchema)]
struct WebhookEndpoint {
    #[schema(inline)]
    object: WebhookEndpointObject,
    id: String,
    endpoint_url: String,
    /// The secret, if this response creates the endpoint; otherwise its last four characters.
    secret: String,
    #[schema(inline)]
    status: WebhookStatus,
    events: Vec<String>,
    created_at: Time,
    updated_at: Time,
}

#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum WebhookCause {
    Event,
    Redelivery,
    Test,
}

/// An attempt to deliver an event to a webhook endpoint.
#[derive(ToSchema)]
struct WebhookAttempt {
    #[schema(inline)]
    object: WebhookAttemptObject,
    id: String,
    event_id: String,
    event: String,
    #[schema(inline)]
    cause: WebhookCause,
    /// 1 for the first attempt.
    number: u32,
    delivered: bool,
    /// The status of the response.
    #[schema(required)]
    status: Option<u16>,
    #[schema(required)]
    error: Option<String>,
    /// The start of the body of the response.
    #[schema(required)]
    response: Option<String>,
    duration_ms: u64,
    created_at: Time,
}

#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum StreamDelivery {
    Poll,
    Push,
}

/// A receiver of security event tokens about the resources of a directory.
#[derive(ToSchema)]
struct EventStream {
    #[schema(inline)]
    object: EventStreamObject,
    id: String,
    directory_id: String,
    #[schema(inline)]
    delivery: StreamDelivery,
    /// The URL of the receiver; null if it polls.
    #[schema(required)]
    endpoint_url: Option<String>,
    /// The URL that the receiver polls; null if tokens are pushed.
    #[schema(required)]
    poll_url: Option<String>,
    jwks_url: String,
    issuer: String,
    audience: String,
    #[schema(inline)]
    status: WebhookStatus,
    /// The last error of the receiver.
    #[schema(required)]
    last_error: Option<String>,
    created_at: Time,
    updated_at: Time,
}

/// The event streams of a directory.
#[derive(ToSchema)]
struct EventStreams {
    #[schema(inline)]
    object: ListObject,
    data: Vec<EventStream>,
}

/// An event stream, with the token of a receiver that polls.
#[derive(ToSchema)]
struct NewEventStream {
    #[serde(flatten)]
    stream: EventStream,
    token: Option<String>,
}

/// A directory, with its SCIM URL and its token.
#[derive(ToSchema)]
struct NewDirectory {
    #[schema(inline)]
    object: DirectoryObject,
    id: String,
    organization_id: String,
    external_key: String,
    r#type: String,
    #[schema(inline)]
    state: DirectoryState,
    name: String,
    created_at: Time,
    updated_at: Time,
    scim_url: String,
    token: String,
}

/// A token.
#[derive(ToSchema)]
struct NewDirectoryToken {
    directory_id: String,
    token: String,
}

/// A link to the admin portal.
#[derive(ToSchema)]
struct PortalLink {
    link: String,
}

//! The bodies of requests. Properties that the API does not know are ignored, except in `settings`.

#![expect(dead_code, reason = "only their schemas are used")]

use utoipa::ToSchema;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{Object, Schema};

use super::component::{Schemas, add};
use crate::base::limits;
use crate::directory::Settings;
use crate::events::EventName;

/// Adds the schemas of all bodies.
pub(super) fn schemas(schemas: &mut Schemas) {
    add::<OrganizationBody>(schemas);
    add::<OrganizationChanges>(schemas);
    add::<WebhookEndpointBody>(schemas);
    add::<WebhookEndpointChanges>(schemas);
    add::<PortalLinkBody>(schemas);
    add::<DirectoryBody>(schemas);
    add::<DirectoryTokenBody>(schemas);
    add::<EventStreamBody>(schemas);
    add::<EventStreamChanges>(schemas);
    add::<RedeliveryBody>(schemas);
    add::<WebhookTestBody>(schemas);
}

/// A text that is not blank. The pattern names all white space of Unicode, because `\s` is different in each language.
#[derive(ToSchema)]
#[schema(pattern = r"[^\t-\r \x85\xA0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000]")]
struct Text(String);

/// A new organization.
#[derive(ToSchema)]
struct OrganizationBody {
    name: Text,
    domain_data: Option<Vec<DomainData>>,
    /// Deprecated: domains with the state `legacy_verified`.
    domains: Option<Vec<Domain>>,
    #[schema(schema_with = metadata)]
    metadata: Option<String>,
    #[schema(schema_with = external_id)]
    external_id: Option<String>,
    stripe_customer_id: Option<Text>,
    /// Deprecated.
    allow_profiles_outside_organization: Option<bool>,
}

/// Changes of an organization. Null removes a value.
#[derive(ToSchema)]
struct OrganizationChanges {
    name: Option<Text>,
    domain_data: Option<Vec<DomainData>>,
    /// Deprecated: domains with the state `legacy_verified`.
    domains: Option<Vec<Domain>>,
    #[schema(schema_with = metadata)]
    metadata: Option<String>,
    #[schema(schema_with = external_id)]
    external_id: Option<String>,
    stripe_customer_id: Option<Text>,
    /// Deprecated.
    allow_profiles_outside_organization: Option<bool>,
}

/// A domain name.
#[derive(ToSchema)]
#[schema(
    pattern = r"^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)+$",
    max_length = 253
)]
struct Domain(String);

/// A domain of an organization.
#[derive(ToSchema)]
struct DomainData {
    domain: Domain,
    #[schema(inline)]
    state: DomainState,
}

#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum DomainState {
    Pending,
    Verified,
}

/// A new webhook endpoint.
#[derive(ToSchema)]
struct WebhookEndpointBody {
    #[schema(format = "iri", pattern = "^https?://", max_length = 2048)]
    endpoint_url: String,
    #[schema(schema_with = event_names)]
    events: Option<Vec<String>>,
}

/// Changes of a webhook endpoint.
#[derive(ToSchema)]
struct WebhookEndpointChanges {
    #[schema(format = "iri", pattern = "^https?://", max_length = 2048)]
    endpoint_url: Option<String>,
    #[schema(schema_with = event_names)]
    events: Option<Vec<String>>,
    #[schema(inline)]
    status: Option<WebhookStatus>,
}

#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum WebhookStatus {
    Enabled,
    Disabled,
}

/// The organization whose directories a portal link shows.
#[derive(ToSchema)]
struct PortalLinkBody {
    organization: Text,
    #[schema(inline)]
    intent: Option<PortalIntent>,
}

#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum PortalIntent {
    Dsync,
}

/// A new directory.
#[derive(ToSchema)]
struct DirectoryBody {
    organization_id: Text,
    name: Text,
    settings: Option<Settings>,
}

/// A new token.
#[derive(ToSchema)]
struct DirectoryTokenBody {
    /// If true, the other tokens are revoked.
    revoke_old: Option<bool>,
}

/// A new event stream.
#[derive(ToSchema)]
struct EventStreamBody {
    #[schema(inline)]
    delivery: StreamDelivery,
    /// The URL that receives the tokens. It is required for push, and only for push.
    #[schema(format = "iri", pattern = "^https?://", max_length = 2048)]
    endpoint_url: Option<String>,
    /// The value of `aud`. Without it, the URL of the stream.
    audience: Option<Text>,
    /// The value of `Authorization` of each push.
    #[schema(pattern = r"^[\x20-\x7E]*[\x21-\x7E][\x20-\x7E]*$")]
    authorization: Option<String>,
}

#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum StreamDelivery {
    Poll,
    Push,
}

/// Changes of an event stream.
#[derive(ToSchema)]
struct EventStreamChanges {
    #[schema(inline)]
    status: WebhookStatus,
}

/// The event to deliver once more.
#[derive(ToSchema)]
struct RedeliveryBody {
    event_id: Text,
}

/// The event to deliver as a test.
#[derive(ToSchema)]
struct WebhookTestBody {
    #[schema(schema_with = event_name)]
    event: Option<String>,
}

/// Texts by key. Null or an empty text removes a key.
fn metadata() -> Object {
    let text = |types: &[Type]| ObjectBuilder::new().schema_type(types.iter().cloned().collect::<SchemaType>());
    let key = text(&[Type::String]).min_length(Some(1)).max_length(Some(limits::METADATA_KEY));
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::Object, Type::Null]))
        .property_names(Some(Schema::from(key.build())))
        .additional_properties(Some(text(&[Type::String, Type::Null]).max_length(Some(limits::METADATA_VALUE))))
        .max_properties(Some(limits::METADATA_KEYS))
        .build()
}

fn external_id() -> Object {
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
        .pattern(Some(r"^[\x00-\x7F]*[\x00-\x08\x0E-\x1F\x21-\x7F][\x00-\x7F]*$"))
        .max_length(Some(limits::EXTERNAL_ID))
        .build()
}

/// Names to which an endpoint can subscribe; all of them without the property.
fn event_names() -> utoipa::openapi::schema::Array {
    let names = ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(EventName::subscribable().map(EventName::as_str)));
    ArrayBuilder::new()
        .schema_type(SchemaType::from_iter([Type::Array, Type::Null]))
        .items(names)
        .min_items(Some(1))
        .build()
}

fn event_name() -> Object {
    let names = EventName::subscribable().map(|name| serde_json::Value::from(name.as_str()));
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
        .enum_values(Some(names.chain([serde_json::Value::Null])))
        .build()
}

//! The objects of events and of the API, after the WorkOS object models.

use serde_json::{Map, Value, json};

use super::change::{DirectoryRef, UserWithProfile};
use super::event_stream::{EventStream, StreamDelivery};
use super::model::{Directory, DirectoryGroup, DirectoryState, Organization, OrganizationDomain, Token};
use super::webhook::{StoredAttempt, WebhookEndpoint};
use crate::base::clock::rfc3339;

/// The `type` of every directory.
pub const DIRECTORY_TYPE: &str = "okta scim v2.0";

/// Renders a `directory_user`.
#[must_use]
pub fn user(directory: &DirectoryRef, person: &UserWithProfile) -> Value {
    let UserWithProfile { row, profile, groups } = person;
    let mut shown = json!({
        "object": "directory_user",
        "id": row.id,
        "directory_id": directory.directory_id,
        "organization_id": directory.organization_id,
        "idp_id": row.idp_id,
        "email": profile.email,
        "first_name": profile.first_name,
        "last_name": profile.last_name,
        "name": profile.name,
        "emails": [],
        "job_title": null,
        "username": null,
        "state": row.state,
        "raw_attributes": {},
        "custom_attributes": profile.custom_attributes,
        "created_at": rfc3339(row.created_at),
        "updated_at": rfc3339(row.updated_at),
    });
    let settings = &directory.users.roles;
    let roles: Vec<Value> = settings.of(groups).into_iter().map(|slug| json!({"slug": slug})).collect();
    if let (Some(shown), Some(role)) = (shown.as_object_mut(), roles.first().cloned()) {
        shown.insert("role".to_owned(), role);
        if settings.multiple {
            shown.insert("roles".to_owned(), roles.into());
        }
    }
    shown
}

/// Renders a `directory_user` as the API shows it. `groups` is deprecated, and empty for teams created since 2026-05-01.
#[must_use]
pub fn api_user(directory: &DirectoryRef, person: &UserWithProfile) -> Value {
    let mut shown = user(directory, person);
    if let Some(object) = shown.as_object_mut() {
        object.insert("groups".to_owned(), json!([]));
    }
    shown
}

/// Renders a `directory_group`.
#[must_use]
pub fn group(directory: &DirectoryRef, group: &DirectoryGroup) -> Value {
    json!({
        "object": "directory_group",
        "id": group.id,
        "idp_id": group.idp_id,
        "directory_id": directory.directory_id,
        "organization_id": directory.organization_id,
        "name": group.name,
        "raw_attributes": {},
        "created_at": rfc3339(group.created_at),
        "updated_at": rfc3339(group.updated_at),
    })
}

/// Renders the `directory` of `dsync.activated`, with the domains of its organization.
#[must_use]
pub fn activated(directory: &Directory, domains: &[OrganizationDomain]) -> Value {
    let domains: Vec<Value> = domains
        .iter()
        .map(|domain| json!({"object": "organization_domain", "id": domain.id, "domain": domain.domain}))
        .collect();
    json!({
        "object": "directory",
        "id": directory.id,
        "organization_id": directory.organization_id,
        "external_key": directory.external_key,
        "type": DIRECTORY_TYPE,
        "state": "active",
        "name": directory.name,
        "domains": domains,
        "created_at": rfc3339(directory.created_at),
        "updated_at": rfc3339(directory.updated_at),
    })
}

/// Renders the `directory` of `dsync.deleted`, which has neither key nor domains.
#[must_use]
pub fn removed(directory: &Directory) -> Value {
    json!({
        "object": "directory",
        "id": directory.id,
        "organization_id": directory.organization_id,
        "type": DIRECTORY_TYPE,
        "state": "deleting",
        "name": directory.name,
        "created_at": rfc3339(directory.created_at),
        "updated_at": rfc3339(directory.updated_at),
    })
}

/// Renders a `directory` as the API shows it.
#[must_use]
pub fn api_directory(directory: &Directory) -> Value {
    let state = match directory.state {
        DirectoryState::Linked => directory.settings.state.as_str(),
        DirectoryState::Deleting => "deleting",
    };
    json!({
        "object": "directory",
        "id": directory.id,
        "organization_id": directory.organization_id,
        "external_key": directory.external_key,
        "type": DIRECTORY_TYPE,
        "state": state,
        "name": directory.name,
        "created_at": rfc3339(directory.created_at),
        "updated_at": rfc3339(directory.updated_at),
    })
}

/// Renders an `organization`.
#[must_use]
pub fn organization(organization: &Organization) -> Value {
    let Organization { id, name, domains, external_id, details, created_at, updated_at } = organization;
    let domains: Vec<Value> = domains
        .iter()
        .map(|domain| {
            json!({
                "object": "organization_domain",
                "id": domain.id,
                "organization_id": id,
                "domain": domain.domain,
                "state": domain.state,
                "verification_strategy": "manual",
                "created_at": rfc3339(domain.created_at),
                "updated_at": rfc3339(domain.updated_at),
            })
        })
        .collect();
    let mut shown = json!({
        "object": "organization",
        "id": id,
        "name": name,
        "domains": domains,
        "metadata": details.metadata,
        "external_id": external_id,
        "allow_profiles_outside_organization": details.allow_profiles_outside_organization,
        "created_at": rfc3339(*created_at),
        "updated_at": rfc3339(*updated_at),
    });
    if let (Some(shown), Some(customer)) = (shown.as_object_mut(), &details.stripe_customer_id) {
        shown.insert("stripe_customer_id".to_owned(), json!(customer));
    }
    shown
}

/// Renders a `directory_token`.
#[must_use]
pub fn token(directory: &DirectoryRef, token: &Token) -> Value {
    json!({
        "object": "directory_token",
        "id": token.id,
        "directory_id": directory.directory_id,
        "organization_id": directory.organization_id,
        "token_suffix": token.suffix,
        "created_at": rfc3339(token.created_at),
    })
}

/// Renders a `webhook_endpoint`. The SDKs require `secret`, but only the response to its creation shows it; later ones show
/// its last characters.
#[must_use]
pub fn webhook_endpoint(endpoint: &WebhookEndpoint, is_new: bool) -> Value {
    let secret = endpoint.secret.expose();
    let last = secret.get(secret.len().saturating_sub(4)..).unwrap_or_default();
    let shown = if is_new { secret.to_owned() } else { format!("whsec_***{last}") };
    json!({
        "object": "webhook_endpoint",
        "id": endpoint.id,
        "endpoint_url": endpoint.url,
        "secret": shown,
        "status": if endpoint.is_enabled { "enabled" } else { "disabled" },
        "events": endpoint.events.iter().map(|name| name.as_str()).collect::<Vec<_>>(),
        "created_at": rfc3339(endpoint.created_at),
        "updated_at": rfc3339(endpoint.updated_at),
    })
}

/// Renders an attempt to deliver a webhook.
#[must_use]
pub fn webhook_attempt(stored: &StoredAttempt) -> Value {
    let attempt = &stored.attempt;
    json!({
        "object": "webhook_attempt",
        "id": stored.id,
        "event_id": attempt.event_id,
        "event": attempt.event,
        "cause": attempt.cause.as_str(),
        "number": attempt.number,
        "delivered": attempt.is_delivered(),
        "status": attempt.status,
        "error": attempt.error,
        "response": attempt.response,
        "duration_ms": attempt.duration_ms,
        "created_at": rfc3339(attempt.at),
    })
}

/// Renders an event stream for clients that reach the server at `base_url`. Its token and its `authorization` are left out.
#[must_use]
pub fn event_stream(stream: &EventStream, last_error: Option<&str>, base_url: &str) -> Value {
    let root = format!("{base_url}/event_streams/{}", stream.id);
    let (endpoint_url, poll_url) = match &stream.delivery {
        StreamDelivery::Poll => (None, Some(format!("{root}/poll"))),
        StreamDelivery::Push { url, .. } => (Some(url.as_str()), None),
    };
    json!({
        "object": "event_stream",
        "id": stream.id,
        "directory_id": stream.directory_id,
        "delivery": stream.delivery.name(),
        "endpoint_url": endpoint_url,
        "poll_url": poll_url,
        "jwks_url": format!("{root}/jwks.json"),
        "issuer": stream.issuer,
        "audience": stream.audience,
        "status": if stream.is_enabled { "enabled" } else { "disabled" },
        "last_error": last_error,
        "created_at": rfc3339(stream.created_at),
        "updated_at": rfc3339(stream.updated_at),
    })
}

/// Adds `previous_attributes` to `after`, or returns `None` if nothing changed.
///
/// It contains the old values of changed root properties and, one level down, of changed custom attributes: `null` for a
/// new key, the old value for a removed one. `updated_at` is never among them (WorkOS).
#[must_use]
pub fn updated(before: &Value, mut after: Value) -> Option<Value> {
    let mut previous = difference(before.as_object()?, after.as_object()?);
    if let (Some(Value::Object(old)), Some(Value::Object(new))) =
        (previous.get("custom_attributes"), after.get("custom_attributes"))
    {
        let nested = difference(old, new);
        previous.insert("custom_attributes".to_owned(), Value::Object(nested));
    }
    if previous.is_empty() {
        return None;
    }
    after.as_object_mut()?.insert("previous_attributes".to_owned(), Value::Object(previous));
    Some(after)
}

fn difference(old: &Map<String, Value>, new: &Map<String, Value>) -> Map<String, Value> {
    let gone_or_changed = old.iter().filter(|(key, value)| new.get(*key) != Some(value));
    let added = new.keys().filter(|key| !old.contains_key(*key));
    gone_or_changed
        .map(|(key, value)| (key.clone(), value.clone()))
        .chain(added.map(|key| (key.clone(), Value::Null)))
        .filter(|(key, _)| key != "updated_at")
        .collect()
}

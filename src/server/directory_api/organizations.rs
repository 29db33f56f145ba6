//! Organizations (research note workos-dsync sections 1.1 and 3.1).

use std::collections::BTreeMap;

use axum::body::Body;
use axum::response::Response;
use http::StatusCode;
use serde_json::Value;

use super::body::Properties;
use super::call::{Call, created, missing, ok};
use super::error::ApiError;
use super::params::Reader;
use crate::base::limits;
use crate::directory::address::is_host_name;
use crate::directory::model::DomainState;
use crate::directory::{Organization, payload};
use crate::http::response;
use crate::store::objects::OrganizationQuery;
use crate::store::{AdminCommand, Edit, OrganizationChanges};

/// Responds to `GET /organizations`.
pub(super) async fn list(call: &Call<'_>) -> Result<Response, ApiError> {
    let mut read = Reader::of(call.parts.uri.query())?;
    let listing = read.listing(true);
    let domains = read.list("domains");
    if read.count("domains") > limits::ORGANIZATION_DOMAINS {
        read.error("domains", format!("domains has more than {} entries", limits::ORGANIZATION_DOMAINS));
    }
    let search = read.text("search");
    let query = read.finish(OrganizationQuery { domains, search, range: listing.range.clone() })?;
    let reservation = call.reserve().await?;
    let page = call.store().list_organizations(query).await.map_err(ApiError::unknown_cursor)?;
    Ok(reservation.attach(call.page(page, &listing, payload::organization).await))
}

/// Responds to `GET /organizations/{id}`.
pub(super) async fn one(call: &Call<'_>, id: &str) -> Result<Response, ApiError> {
    let found = call.store().organization(id).await?.ok_or_else(|| missing("organization", id))?;
    Ok(ok(&payload::organization(&found)))
}

/// Responds to `GET /organizations/external_id/{external_id}`.
pub(super) async fn by_external_id(call: &Call<'_>, id: &str) -> Result<Response, ApiError> {
    let found = call.store().organization_by_external_id(id).await?;
    let found = found.ok_or_else(|| ApiError::NotFound("no organization has this external ID".to_owned()))?;
    Ok(ok(&payload::organization(&found)))
}

/// Responds to `POST /organizations`.
pub(super) async fn create(call: &Call<'_>, body: &mut Body) -> Result<Response, ApiError> {
    let mut properties = Properties::read(call, body).await?;
    let name = properties.required("name");
    let changes = changes(&mut properties)?;
    let command = properties.finish(AdminCommand::AddOrganization { name, changes })?;
    Ok(created(&shown(call.store().administer(command).await?.organization.as_ref())?))
}

/// Responds to `PUT /organizations/{id}`, which changes the properties that the body has.
pub(super) async fn update(call: &Call<'_>, id: &str, body: &mut Body) -> Result<Response, ApiError> {
    if call.store().organization(id).await?.is_none() {
        return Err(missing("organization", id));
    }
    let mut properties = Properties::read(call, body).await?;
    let name = properties.text("name");
    let changes = OrganizationChanges { name, ..changes(&mut properties)? };
    let command = properties.finish(AdminCommand::SetOrganization { id: id.to_owned(), changes })?;
    Ok(ok(&shown(call.store().administer(command).await?.organization.as_ref())?))
}

/// Responds to `DELETE /organizations/{id}`. The directories of the organization are removed with it.
pub(super) async fn remove(call: &Call<'_>, id: &str) -> Result<Response, ApiError> {
    call.store().administer(AdminCommand::RemoveOrganization { id: id.to_owned() }).await?;
    Ok(response::empty(StatusCode::ACCEPTED))
}

fn shown(organization: Option<&Organization>) -> Result<Value, ApiError> {
    organization.map(payload::organization).ok_or_else(|| missing("organization", ""))
}

/// Reads everything but the name.
fn changes(properties: &mut Properties) -> Result<OrganizationChanges, ApiError> {
    let domains = domains(properties);
    let external_id = properties.edit("external_id");
    if external_id.value().is_some_and(|id| !id.is_ascii() || id.len() > limits::EXTERNAL_ID) {
        let message = format!("external_id must be at most {} ASCII characters", limits::EXTERNAL_ID);
        properties.error("external_id", message);
    }
    Ok(OrganizationChanges {
        name: None,
        domains,
        metadata: metadata(properties.take("metadata"))?,
        external_id,
        stripe_customer_id: properties.edit("stripe_customer_id"),
        allow_profiles_outside_organization: properties.flag("allow_profiles_outside_organization"),
    })
}

/// Reads `metadata`: null clears it, a null or empty value removes its key. Violations have a status and code of their own.
fn metadata(value: Option<Value>) -> Result<Edit<BTreeMap<String, Option<String>>>, ApiError> {
    let invalid = |message: String| ApiError::Other(StatusCode::BAD_REQUEST, "invalid_metadata", message);
    let object = match value {
        None => return Ok(Edit::Keep),
        Some(Value::Null) => return Ok(Edit::Clear),
        Some(Value::Object(object)) => object,
        Some(_) => return Err(invalid("metadata must be an object".to_owned())),
    };
    if object.len() > limits::METADATA_KEYS {
        return Err(invalid(format!("metadata has more than {} keys", limits::METADATA_KEYS)));
    }
    let mut changes = BTreeMap::new();
    for (key, value) in object {
        if key.is_empty() || key.chars().count() > limits::METADATA_KEY {
            return Err(invalid(format!("a key of metadata must have 1 to {} characters", limits::METADATA_KEY)));
        }
        let value = match value {
            Value::Null => None,
            Value::String(text) if text.is_empty() => None,
            Value::String(text) if text.chars().count() <= limits::METADATA_VALUE => Some(text),
            _ => {
                let most = limits::METADATA_VALUE;
                return Err(invalid(format!("metadata.{key} must be a string of at most {most} characters")));
            }
        };
        changes.insert(key, value);
    }
    Ok(Edit::Set(changes))
}

/// Reads `domain_data`, or else the deprecated `domains`. Both are validated.
fn domains(properties: &mut Properties) -> Option<Vec<(String, DomainState)>> {
    let deprecated = domains_of(properties, "domains");
    domains_of(properties, "domain_data").or(deprecated)
}

fn domains_of(properties: &mut Properties, field: &'static str) -> Option<Vec<(String, DomainState)>> {
    let elements = match properties.take(field)? {
        Value::Array(elements) => elements,
        Value::Null => return None,
        _ => {
            properties.error(field, format!("{field} must be an array"));
            return None;
        }
    };
    let mut domains: Vec<(String, DomainState)> = Vec::with_capacity(elements.len());
    for element in &elements {
        let (domain, state) = match element {
            Value::String(domain) if field == "domains" => (Some(domain.as_str()), Some(DomainState::LegacyVerified)),
            element => {
                let state = match element.get("state").and_then(Value::as_str) {
                    Some("pending") => Some(DomainState::Pending),
                    Some("verified") => Some(DomainState::Verified),
                    _ => None,
                };
                (element.get("domain").and_then(Value::as_str), state)
            }
        };
        match (domain.filter(|domain| domain.contains('.') && is_host_name(domain)), state) {
            (Some(domain), Some(state)) => {
                let domain = domain.to_ascii_lowercase();
                domains.retain(|(known, _)| *known != domain);
                domains.push((domain, state));
            }
            _ => properties.error(
                field,
                format!("{field} must contain domains such as example.com, in domain_data with the state pending or verified"),
            ),
        }
    }
    if domains.len() > limits::ORGANIZATION_DOMAINS {
        properties.error(field, format!("{field} has more than {} entries", limits::ORGANIZATION_DOMAINS));
    }
    Some(domains)
}

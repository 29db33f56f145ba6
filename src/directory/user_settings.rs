//! The properties of directory users that a directory decides on: predefined and mapped custom attributes, and roles from
//! groups (`workos-dsync` section 1.3).

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::scim::attr::get;
use crate::scim::resource::Kind;
use crate::scim::{AttrPath, Object};

/// All predefined attributes.
const PREDEFINED: [&str; 12] = [
    "addresses",
    "cost_center_name",
    "department_name",
    "division_name",
    "emails",
    "employee_number",
    "employee_type",
    "employment_start_date",
    "job_title",
    "manager_email",
    "organization",
    "username",
];

/// The settings of a directory's users. Without any, all predefined attributes are shown, and no roles.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct UserSettings {
    /// The predefined attributes that are shown; `None` for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub predefined_attributes: Option<Vec<PredefinedName>>,
    /// Further attributes by name, each with the SCIM attribute that it shows. One without a value is null.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub custom_attributes: BTreeMap<String, SourcePath>,
    #[serde(skip_serializing_if = "Roles::is_empty")]
    pub roles: Roles,
}

impl UserSettings {
    /// Returns whether nothing is set.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Returns whether a predefined attribute is shown.
    #[must_use]
    pub fn shows(&self, name: &str) -> bool {
        self.predefined_attributes.as_ref().is_none_or(|chosen| chosen.iter().any(|shown| *shown == *name))
    }
}

/// The roles of users by their groups.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Roles {
    /// The roles of groups. The first one of a user's is its `role`.
    pub groups: Vec<GroupRole>,
    /// The role of users that no group gives one.
    pub default: Option<String>,
    /// Show `roles`, too: all roles of the user.
    pub multiple: bool,
}

/// The role that the direct members of a group have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupRole {
    /// The `idp_id` of the group, which for Okta is the name with which it was pushed first.
    pub group: String,
    /// The slug of the role.
    pub role: String,
}

impl Roles {
    /// Returns whether users have no roles.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Returns the roles of a user in these groups, in the order of the settings, each once; else the default role.
    #[must_use]
    pub fn of(&self, groups: &[String]) -> Vec<&str> {
        let mut roles: Vec<&str> = Vec::new();
        for GroupRole { group, role } in &self.groups {
            if groups.contains(group) && !roles.contains(&role.as_str()) {
                roles.push(role);
            }
        }
        if roles.is_empty() {
            roles.extend(self.default.as_deref());
        }
        roles
    }
}

/// The name of a predefined attribute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct PredefinedName(String);

impl PartialSchema for PredefinedName {
    fn schema() -> RefOr<Schema> {
        Schema::from(ObjectBuilder::new().schema_type(Type::String).enum_values(Some(PREDEFINED)).build()).into()
    }
}

impl ToSchema for PredefinedName {}

impl TryFrom<String> for PredefinedName {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        if PREDEFINED.contains(&name.as_str()) {
            return Ok(Self(name));
        }
        Err(format!("{name:?} is not a predefined attribute; these are {}", PREDEFINED.join(", ")))
    }
}

impl PartialEq<str> for PredefinedName {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

/// The path of a SCIM attribute without a filter, such as `nickName` or `urn:example:2.0:User:badge`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, pattern = r"^(urn:[A-Za-z0-9]+(:[A-Za-z0-9.]+)+:)?\$?[A-Za-z][A-Za-z0-9_-]*(\.\$?[A-Za-z][A-Za-z0-9_-]*)?$")]
pub struct SourcePath(AttrPath);

impl TryFrom<String> for SourcePath {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse().map(Self).map_err(|error: crate::scim::ScimError| error.detail)
    }
}

impl From<SourcePath> for String {
    fn from(path: SourcePath) -> Self {
        path.to_string()
    }
}

impl fmt::Display for SourcePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let AttrPath { schema, name, sub, .. } = &self.0;
        if let Some(schema) = schema {
            write!(f, "{schema}:")?;
        }
        f.write_str(name)?;
        sub.as_ref().map_or(Ok(()), |sub| write!(f, ".{sub}"))
    }
}

impl SourcePath {
    /// Returns the value in the document of a User; of a list of objects, the sub-attribute of the primary or first one.
    #[must_use]
    pub fn value(&self, document: &Object) -> Value {
        let AttrPath { schema, name, sub, .. } = &self.0;
        let object = match schema {
            Some(urn) if !urn.eq_ignore_ascii_case(Kind::User.urn()) => get(document, urn).and_then(Value::as_object),
            _ => Some(document),
        };
        let value = object.and_then(|object| get(object, name));
        let found = match (value, sub) {
            (Some(Value::Array(all)), Some(sub)) => {
                let objects = || all.iter().filter_map(Value::as_object);
                let is_primary = |object: &&Object| get(object, "primary").and_then(Value::as_bool) == Some(true);
                objects().find(is_primary).or_else(|| objects().next()).and_then(|object| get(object, sub))
            }
            (Some(Value::Object(object)), Some(sub)) => get(object, sub),
            (_, Some(_)) => None,
            (value, None) => value,
        };
        found.cloned().unwrap_or(Value::Null)
    }
}

#[cfg(test)]
mod tests;

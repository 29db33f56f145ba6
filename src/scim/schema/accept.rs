//! Validates the body of a POST or PUT.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::value::{SeenNames, unknown};
use super::{Accepted, Attribute, Mutability, Normalizer, Resolved, Schemas, ValuePath};
use crate::scim::attr::{get, key_of};
use crate::scim::message::shown;
use crate::scim::resource::Kind;
use crate::scim::{AttrPath, Object, Rules, ScimError};

impl Schemas {
    /// Validates and normalizes the body of a POST or PUT.
    ///
    /// Names have the letter case of the schema, or that of the body if they are in no schema. Unassigned attributes are
    /// omitted, and `schemas` lists the core schema and exactly the extensions that are present.
    ///
    /// # Errors
    /// 400 `invalidValue` for a value of another type (also in `schemas`), a missing required attribute, and in strict mode
    /// an unknown attribute; 400 `invalidSyntax` for a name that is repeated in another letter case; 413 for too many
    /// members.
    pub fn accept(&self, kind: Kind, body: Object, rules: Rules) -> Result<Accepted, ScimError> {
        let body = if rules.core_under_urn { lift_core(kind, body)? } else { body };
        let listed = self.listed(kind, &body, rules)?;
        let mut dropped = Vec::new();
        let mut accepted =
            Accepted { document: Object::new(), members: None, password_set: false, dropped: Vec::new() };
        let mut names = SeenNames::default();
        for (key, value) in body {
            names.add(&key)?;
            let mut normalizer = Normalizer { rules, dropped: &mut dropped };
            self.take(kind, key, value, &mut normalizer, &mut accepted)?;
        }
        accepted.dropped = dropped;
        Self::maintain_schemas(kind, &mut accepted.document);
        let held: HashSet<String> = accepted.document.keys().map(|key| key.to_ascii_lowercase()).collect();
        let bare = listed.into_iter().filter(|urn| !held.contains(&urn.to_ascii_lowercase()));
        accepted.dropped.extend(bare.map(|urn| format!("schemas lists {urn}, but the body has no attributes of it")));
        self.check_required(kind, &accepted.document)?;
        Self::check_user_name(kind, &accepted.document, rules)?;
        Ok(accepted)
    }

    /// Validates one top-level attribute of a body.
    fn take(
        &self,
        kind: Kind,
        key: String,
        value: Value,
        normalizer: &mut Normalizer<'_>,
        into: &mut Accepted,
    ) -> Result<(), ScimError> {
        if let Some(attribute) = self.top(kind, &key) {
            if attribute.mutability == Mutability::ReadOnly {
                return Ok(());
            }
            if is_members(kind, attribute) {
                if !value.is_array() && !value.is_null() {
                    return Err(ScimError::invalid_value(format!(
                        "members must be an array of objects, not {}",
                        shown(&value)
                    )));
                }
                into.members = Some(super::parse_members(&value, normalizer.rules, normalizer.dropped)?);
                return Ok(());
            }
            let Some(value) = normalizer.attribute(attribute, ValuePath::top(&attribute.name), value)? else {
                return Ok(());
            };
            if attribute.mutability == Mutability::WriteOnly {
                into.password_set = true;
            } else {
                into.document.insert(attribute.name.clone(), value);
            }
            return Ok(());
        }
        if let Some(extension) = self.extension(kind, &key) {
            if let Some(object) = extension_object(extension, value, normalizer)? {
                into.document.insert(extension.id.clone(), Value::Object(object));
            }
            return Ok(());
        }
        self.refuse_path(kind, &key)?;
        if !normalizer.rules.keep_unknown {
            return Err(unknown(ValuePath::top(&key)));
        }
        // A password is never stored, even if it is in no schema.
        if key.eq_ignore_ascii_case("password") {
            normalizer.dropped.push(format!("a {} has no password; the password was not stored", kind.name()));
        } else if let Some(value) = normalizer.unknown(ValuePath::top(&key), value)? {
            into.document.insert(key, value);
        }
        Ok(())
    }

    /// Rejects a name that would hide a known attribute, for example a password: a path, which is valid only in PATCH, or
    /// the URN of the core schema, whose attributes are at the top level.
    fn refuse_path(&self, kind: Kind, key: &str) -> Result<(), ScimError> {
        if key.eq_ignore_ascii_case(kind.urn()) {
            return Err(ScimError::invalid_value(format!(
                "the attributes of {key} must be at the top level of the body, not under its URN"
            )));
        }
        let Ok(path) = key.parse::<AttrPath>() else { return Ok(()) };
        let Some(Resolved::Attribute { extension, attribute, sub }) = self.resolve(kind, &path) else { return Ok(()) };
        let names = [extension.map(|schema| &schema.id), Some(&attribute.name), sub.map(|sub| &sub.name)];
        let keys = names.into_iter().flatten().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(": ");
        Err(ScimError::invalid_value(format!("{key:?} is a path; in a body, nest the names: {keys}")))
    }

    /// Returns the extension URNs that `schemas` lists.
    fn listed(&self, kind: Kind, body: &Object, rules: Rules) -> Result<Vec<String>, ScimError> {
        let core = kind.urn();
        let wanted = format!("schemas must be an array that contains {core:?}");
        let elements = match get(body, "schemas") {
            None | Some(Value::Null) => return Err(ScimError::invalid_value(format!("{wanted}; it is missing"))),
            Some(Value::Array(elements)) if elements.is_empty() => {
                return Err(ScimError::invalid_value(format!("{wanted}; it is empty")));
            }
            Some(Value::Array(elements)) => elements,
            Some(other) => return Err(ScimError::invalid_value(format!("{wanted}; it is {}", shown(other)))),
        };
        let mut extensions = Vec::new();
        let mut has_core = false;
        for element in elements {
            let Value::String(urn) = element else {
                return Err(ScimError::invalid_value(format!("{wanted}; one of its values is {}", shown(element))));
            };
            if urn.eq_ignore_ascii_case(core) {
                has_core = true;
            } else if self.extension(kind, urn).is_some() || rules.keep_unknown {
                extensions.push(urn.clone());
            } else {
                return Err(ScimError::invalid_value(format!(
                    "schemas lists {urn:?}, which is not a schema of a {}; /Schemas lists all schemas",
                    kind.name()
                )));
            }
        }
        if !has_core {
            return Err(ScimError::invalid_value(wanted));
        }
        Ok(extensions)
    }

    /// Removes the extensions that `schemas` no longer lists, after a PATCH of `schemas`.
    ///
    /// # Errors
    /// 400 `invalidValue` if the core schema is not listed, and in strict mode for an unknown schema; 400 `mutability` if an
    /// immutable attribute would be removed.
    pub(crate) fn follow_schemas(&self, kind: Kind, document: &mut Object, rules: Rules) -> Result<(), ScimError> {
        let listed: HashSet<String> =
            self.listed(kind, document, rules)?.iter().map(|urn| urn.to_ascii_lowercase()).collect();
        let mut removed = Vec::new();
        document.retain(|key, value| {
            let stays = !is_urn(key) || !value.is_object() || listed.contains(&key.to_ascii_lowercase());
            if !stays {
                removed.push((key.clone(), value.take()));
            }
            stays
        });
        removed.iter().try_for_each(|(urn, value)| match (self.extension(kind, urn), value) {
            (Some(extension), Value::Object(object)) => extension.check_removal(object),
            _ => Ok(()),
        })
    }

    /// Sets `schemas` to the core schema and exactly the extensions that the document contains (RFC 7643 section 3.3). It
    /// keeps their order and adds new ones at the end.
    pub(crate) fn maintain_schemas(kind: Kind, document: &mut Object) {
        let extensions = document.iter().filter(|(key, value)| is_urn(key) && value.is_object());
        let present: Vec<&str> = std::iter::once(kind.urn()).chain(extensions.map(|(key, _)| key.as_str())).collect();
        let mut left: HashMap<String, &str> = present.iter().map(|urn| (urn.to_ascii_lowercase(), *urn)).collect();
        let mut urns: Vec<String> = Vec::with_capacity(present.len());
        let before = document.get("schemas").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        for urn in before.chain(present.iter().copied()) {
            urns.extend(left.remove(&urn.to_ascii_lowercase()).map(str::to_owned));
        }
        document.insert("schemas".to_owned(), urns.into());
    }

    /// Rejects a document in which a required attribute or sub-attribute is missing or blank.
    pub(crate) fn check_required(&self, kind: Kind, document: &Object) -> Result<(), ScimError> {
        let core = self.core(kind).map(|core| (String::new(), document, core));
        let extensions = self
            .extensions(kind)
            .filter_map(|schema| Some((format!("{}:", schema.id), document.get(&schema.id)?.as_object()?, schema)));
        match core
            .into_iter()
            .chain(extensions)
            .find_map(|(place, object, schema)| lacks(&place, &schema.attributes, object))
        {
            Some(name) => Err(ScimError::invalid_value(format!("{name} is required, but is missing or empty"))),
            None => Ok(()),
        }
    }
}

/// Returns the path of the first required attribute that is missing.
fn lacks(place: &str, attributes: &[Attribute], object: &Object) -> Option<String> {
    attributes.iter().filter(|attribute| attribute.mutability != Mutability::ReadOnly).find_map(|attribute| {
        let (name, parts) = (&attribute.name, &attribute.sub_attributes);
        let value = object.get(name);
        let blank = match value {
            None => true,
            Some(Value::String(text)) => text.trim().is_empty(),
            Some(_) => false,
        };
        if attribute.required && blank {
            return Some(format!("{place}{name}"));
        }
        if !parts.iter().any(|part| part.required) {
            return None;
        }
        match value {
            Some(Value::Object(object)) => lacks(&format!("{place}{name}."), parts, object),
            Some(Value::Array(elements)) => elements
                .iter()
                .enumerate()
                .find_map(|(index, element)| lacks(&format!("{place}{name}[{index}]."), parts, element.as_object()?)),
            _ => None,
        }
    })
}

/// Moves the attributes under the core URN to the top level. If an attribute is at both places, arrays are joined, objects
/// are merged, and of other values the one under the URN counts.
fn lift_core(kind: Kind, mut body: Object) -> Result<Object, ScimError> {
    let Some(urn) = key_of(&body, kind.urn()).filter(|urn| body.get(*urn).is_some_and(Value::is_object)) else {
        return Ok(body);
    };
    let urn = urn.to_owned();
    let Some(Value::Object(core)) = body.shift_remove(&urn) else { return Ok(body) };
    let mut names = SeenNames::default();
    for (name, value) in core {
        names.add(&name)?;
        let name = key_of(&body, &name).map(str::to_owned).unwrap_or(name);
        match (body.get_mut(&name), value) {
            (Some(Value::Array(all)), Value::Array(more)) => all.extend(more),
            (Some(Value::Object(all)), Value::Object(more)) => all.extend(more),
            (_, value) => {
                body.insert(name, value);
            }
        }
    }
    Ok(body)
}

/// Validates the object of an extension; `None` if it is empty.
pub(crate) fn extension_object(
    extension: &super::Schema,
    value: Value,
    normalizer: &mut Normalizer<'_>,
) -> Result<Option<Object>, ScimError> {
    match value {
        Value::Null => Ok(None),
        Value::Object(object) => {
            let object = normalizer.parts(&extension.attributes, ValuePath::top(&extension.id), object, false)?;
            Ok((!object.is_empty()).then_some(object))
        }
        other => Err(ScimError::invalid_value(format!("{} must be an object, not {}", extension.id, shown(&other)))),
    }
}

/// Returns true for `members` of a group, whose values are stored as rows.
pub(crate) fn is_members(kind: Kind, attribute: &Attribute) -> bool {
    kind == Kind::Group && attribute.name == "members"
}

pub(crate) fn is_urn(key: &str) -> bool {
    key.get(..4).is_some_and(|head| head.eq_ignore_ascii_case("urn:"))
}

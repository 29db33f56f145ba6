//! Judges the body of a POST or PUT.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::value::{SeenNames, unknown};
use super::{Accepted, Attribute, Mutability, Normalizer, Resolved, Schemas, ValuePath};
use crate::scim::attr::get;
use crate::scim::message::shown;
use crate::scim::resource::Kind;
use crate::scim::{AttrPath, Object, Rules, ScimError};

impl Schemas {
    /// Judges the body of a POST or PUT.
    ///
    /// Known names come out in the schema's letter case, unknown ones as they were sent. What is unassigned is left
    /// out, and `schemas` lists the core schema and exactly the extensions that are there.
    ///
    /// # Errors
    /// 400 `invalidValue` for a missing or mistyped value (`schemas` too), a required attribute that is missing, and in
    /// strict mode an unknown attribute; 400 `invalidSyntax` for a name given twice in different letter case; 413 for
    /// too many members.
    pub fn accept(&self, kind: Kind, body: Object, rules: Rules) -> Result<Accepted, ScimError> {
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
        accepted.dropped.extend(bare.map(|urn| format!("schemas named {urn}, of which the body holds nothing")));
        self.check_required(kind, &accepted.document)?;
        Self::check_user_name(kind, &accepted.document, rules)?;
        Ok(accepted)
    }

    /// One top-level attribute of a body.
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
                        "members must be an array of objects, and was {}",
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
        // A password is never kept, not even where no schema has one.
        if key.eq_ignore_ascii_case("password") {
            normalizer.dropped.push(format!("a {} has no password; the one sent is not kept", kind.name()));
        } else if let Some(value) = normalizer.unknown(ValuePath::top(&key), value)? {
            into.document.insert(key, value);
        }
        Ok(())
    }

    /// Refuses a name that would hide a known attribute where nobody looks for it, a password above all: a path, which
    /// belongs into PATCH, or the URN of the core schema, whose attributes stand at the top.
    fn refuse_path(&self, kind: Kind, key: &str) -> Result<(), ScimError> {
        if key.eq_ignore_ascii_case(kind.urn()) {
            return Err(ScimError::invalid_value(format!(
                "the attributes of {key} stand at the top of the body, not under its URN"
            )));
        }
        let Ok(path) = key.parse::<AttrPath>() else { return Ok(()) };
        let Some(Resolved::Attribute { extension, attribute, sub }) = self.resolve(kind, &path) else { return Ok(()) };
        let names = [extension.map(|schema| &schema.id), Some(&attribute.name), sub.map(|sub| &sub.name)];
        let place = names.into_iter().flatten().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(": ");
        Err(ScimError::invalid_value(format!("{key:?} is a path; in a body it is one name inside another: {place}")))
    }

    /// The extension URNs that `schemas` lists.
    fn listed(&self, kind: Kind, body: &Object, rules: Rules) -> Result<Vec<String>, ScimError> {
        let core = kind.urn();
        let wanted = format!("schemas must be an array that holds {core:?}");
        let elements = match get(body, "schemas") {
            None | Some(Value::Null) => return Err(ScimError::invalid_value(format!("{wanted}, and is missing"))),
            Some(Value::Array(elements)) if elements.is_empty() => {
                return Err(ScimError::invalid_value(format!("{wanted}, and is empty")));
            }
            Some(Value::Array(elements)) => elements,
            Some(other) => return Err(ScimError::invalid_value(format!("{wanted}, and was {}", shown(other)))),
        };
        let mut extensions = Vec::new();
        let mut has_core = false;
        for element in elements {
            let Value::String(urn) = element else {
                return Err(ScimError::invalid_value(format!("{wanted}; one of its values was {}", shown(element))));
            };
            if urn.eq_ignore_ascii_case(core) {
                has_core = true;
            } else if self.extension(kind, urn).is_some() || rules.keep_unknown {
                extensions.push(urn.clone());
            } else {
                return Err(ScimError::invalid_value(format!(
                    "schemas names {urn:?}, which is no schema of a {}; see /Schemas",
                    kind.name()
                )));
            }
        }
        if !has_core {
            return Err(ScimError::invalid_value(format!("{wanted}, and does not")));
        }
        Ok(extensions)
    }

    /// Takes out the extensions that `schemas` no longer lists, after a PATCH of it.
    ///
    /// # Errors
    /// 400 `invalidValue` where the core schema is not listed, and in strict mode for what is no schema; 400 `mutability`
    /// where an immutable attribute would go.
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

    /// Makes `schemas` list the core schema and exactly the extensions that the document holds (RFC 7643 section 3.3),
    /// in the order in which they were listed, new ones last.
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

    /// Refuses a document in which a required attribute, or a required part of a complex value, is missing or blank.
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
            Some(name) => Err(ScimError::invalid_value(format!("{name} is required, and is missing or empty"))),
            None => Ok(()),
        }
    }
}

/// The first required attribute that an object lacks, as a path.
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

/// The object of an extension, judged; `None` where it holds nothing.
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
        other => {
            Err(ScimError::invalid_value(format!("{} must be an object, and was {}", extension.id, shown(&other))))
        }
    }
}

/// Whether this is the attribute whose values are rows of their own.
pub(crate) fn is_members(kind: Kind, attribute: &Attribute) -> bool {
    kind == Kind::Group && attribute.name == "members"
}

pub(crate) fn is_urn(key: &str) -> bool {
    key.get(..4).is_some_and(|head| head.eq_ignore_ascii_case("urn:"))
}

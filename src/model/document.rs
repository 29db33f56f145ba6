//! Documents as the model keeps them: normalized without ever rejecting a value, and flattened into single attributes.

use std::collections::BTreeMap;

use serde_json::Value;

use super::exchange::id_of;
use crate::scim::attr::key_of;
use crate::scim::resource::{Kind, Member};
use crate::scim::schema::{Attribute, Mutability, Normalizer, Resolved, Type, ValuePath, is_urn, parse_members};
use crate::scim::{AttrPath, Mode, Object, Rules, Schemas};

/// The rules for documents that a target accepted: everything is kept.
pub(super) fn rules() -> Rules {
    Rules::from(Mode::Lenient)
}

/// The body of a POST or PUT as an ideal server stores it.
#[derive(Debug, Default)]
pub(super) struct Normalized {
    /// The document without `id`, `meta`, `groups`, `members`, `password` and unassigned attributes.
    pub(super) document: Object,
    /// The members, `None` if the body does not name them.
    pub(super) members: Option<Vec<Member>>,
    /// The attributes that the body unassigns with null or `[]`.
    pub(super) unassigned: Vec<AttrPath>,
}

/// Normalizes a body. A value that does not fit its schema is kept as it was sent, because the target accepted it.
pub(super) fn normalize(kind: Kind, schemas: &Schemas, body: &Object) -> Normalized {
    let mut into = Normalized::default();
    normalize_into(kind, schemas, body, &mut into);
    Schemas::maintain_schemas(kind, &mut into.document);
    into
}

fn normalize_into(kind: Kind, schemas: &Schemas, body: &Object, into: &mut Normalized) {
    let mut dropped = Vec::new();
    for (key, value) in body {
        let mut normalizer = Normalizer { rules: rules(), dropped: &mut dropped };
        if let (true, Value::Object(core)) = (key.eq_ignore_ascii_case(kind.urn()), value) {
            normalize_into(kind, schemas, core, into);
        } else if let Some(attribute) = schemas.top(kind, key) {
            if kind == Kind::Group && attribute.name == "members" {
                into.members = Some(members_of(value));
            } else if attribute.mutability == Mutability::ReadWrite && attribute.name != "schemas" {
                let path = ValuePath::top(&attribute.name);
                match normalizer.attribute(attribute, path, value.clone()) {
                    Ok(Some(value)) => drop(into.document.insert(attribute.name.clone(), value)),
                    Ok(None) => into.unassigned.push(AttrPath::named(&attribute.name)),
                    Err(_) => drop(into.document.insert(attribute.name.clone(), value.clone())),
                }
            }
        } else if let Some(extension) = schemas.extension(kind, key) {
            let Value::Object(object) = value else { continue };
            let kept = normalizer.parts(&extension.attributes, ValuePath::top(&extension.id), object.clone(), true);
            let kept = kept.unwrap_or_else(|_| object.clone());
            if !kept.is_empty() {
                into.document.insert(extension.id.clone(), Value::Object(kept));
            }
        } else if key.eq_ignore_ascii_case("password") {
            // Never stored.
        } else if let Ok(Some(value)) = normalizer.unknown(ValuePath::top(key), value.clone()) {
            into.document.insert(key.clone(), value);
        }
    }
}

/// Returns the members that a value names, also if some elements do not fit the schema.
pub(super) fn members_of(value: &Value) -> Vec<Member> {
    if let Ok(members) = parse_members(value, rules(), &mut Vec::new()) {
        return members;
    }
    let ids = value.as_array().into_iter().flatten().filter_map(|element| id_of(element.get("value")?));
    ids.map(|value| Member { value, display: None }).collect()
}

/// One attribute, or one sub-attribute of a single-valued complex attribute.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Leaf {
    pub(super) path: AttrPath,
    pub(super) value: Value,
}

/// The attributes of a document by [`leaf_key`].
pub(super) type Leaves = BTreeMap<String, Leaf>;

/// Returns the key of an attribute: its path without letter case.
pub(super) fn leaf_key(path: &AttrPath) -> String {
    path.to_string().to_ascii_lowercase()
}

/// Flattens a document, with attribute names in the letter case of the schema. Leaves out unassigned attributes, those that
/// belong to the server (`id`, `meta`, `schemas`, other readOnly ones), `password` and `members`.
pub(super) fn leaves(kind: Kind, schemas: &Schemas, document: &Object) -> Leaves {
    let mut found = Leaves::new();
    for (key, value) in document {
        if let Some(attribute) = schemas.top(kind, key) {
            let members = kind == Kind::Group && attribute.name == "members";
            if !members && attribute.name != "schemas" {
                add_attribute(&mut found, None, attribute, value);
            }
        } else if let Some(extension) = schemas.extension(kind, key) {
            for (name, value) in value.as_object().into_iter().flatten() {
                match extension.attribute(name) {
                    Some(attribute) => add_attribute(&mut found, Some(&extension.id), attribute, value),
                    None => add(&mut found, path(Some(&extension.id), name, None), value),
                }
            }
        } else if let (true, Value::Object(object)) = (is_urn(key), value) {
            for (name, value) in object {
                add(&mut found, path(Some(key), name, None), value);
            }
        } else if !key.eq_ignore_ascii_case("password") {
            add(&mut found, path(None, key, None), value);
        }
    }
    found
}

fn add_attribute(found: &mut Leaves, schema: Option<&str>, attribute: &Attribute, value: &Value) {
    if attribute.mutability != Mutability::ReadWrite {
        return;
    }
    match (attribute.r#type, attribute.multi_valued, value) {
        (Type::Complex, false, Value::Object(object)) => {
            for (name, value) in object {
                let sub = attribute.sub(name);
                if sub.is_none_or(|sub| sub.mutability == Mutability::ReadWrite) && !is_own(name) {
                    let name = sub.map_or(name.as_str(), |sub| sub.name.as_str());
                    add(found, path(schema, &attribute.name, Some(name)), value);
                }
            }
        }
        _ => add(found, path(schema, &attribute.name, None), value),
    }
}

fn path(schema: Option<&str>, name: &str, sub: Option<&str>) -> AttrPath {
    AttrPath { schema: schema.map(str::to_owned), name: name.to_owned(), sub: sub.map(str::to_owned) }
}

fn add(found: &mut Leaves, path: AttrPath, value: &Value) {
    if !is_unassigned(value) {
        found.insert(leaf_key(&path), Leaf { path, value: value.clone() });
    }
}

/// Returns true for a sub-attribute that a server derives from others (RFC 7643 sections 2.4 and 4.1.1).
pub(super) fn is_own(sub: &str) -> bool {
    ["display", "$ref", "formatted"].iter().any(|own| own.eq_ignore_ascii_case(sub))
}

/// Returns true for null, `[]` and `{}`, which all mean that the attribute is absent (RFC 7643 section 2.5).
pub(super) fn is_unassigned(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(elements) => elements.iter().all(is_unassigned),
        Value::Object(object) => object.values().all(is_unassigned),
        _ => false,
    }
}

/// Removes an attribute from a document.
pub(super) fn remove_leaf(document: &mut Object, path: &AttrPath) {
    let names = [path.schema.as_ref(), Some(&path.name), path.sub.as_ref()];
    remove_names(document, &names.into_iter().flatten().map(String::as_str).collect::<Vec<_>>());
}

fn remove_names(object: &mut Object, names: &[&str]) {
    let Some((first, rest)) = names.split_first() else { return };
    let Some(key) = key_of(object, first).map(str::to_owned) else { return };
    if let (false, Some(Value::Object(inner))) = (rest.is_empty(), object.get_mut(&key)) {
        remove_names(inner, rest);
        if !inner.is_empty() {
            return;
        }
    }
    object.shift_remove(&key);
}

/// Sets an attribute of a document.
pub(super) fn set_leaf(document: &mut Object, leaf: &Leaf) {
    let mut object = document;
    let containers = [leaf.path.schema.as_ref(), leaf.path.sub.as_ref().map(|_| &leaf.path.name)];
    for name in containers.into_iter().flatten() {
        let key = key_of(object, name).unwrap_or(name).to_owned();
        let inner = object.entry(key).or_insert_with(|| Value::Object(Object::new()));
        let Value::Object(inner) = inner else { return };
        object = inner;
    }
    let name = leaf.path.sub.as_ref().unwrap_or(&leaf.path.name);
    let key = key_of(object, name).unwrap_or(name).to_owned();
    object.insert(key, leaf.value.clone());
}

/// Returns the definition of an attribute.
pub(super) fn definition<'a>(kind: Kind, schemas: &'a Schemas, path: &AttrPath) -> Option<&'a Attribute> {
    match schemas.resolve(kind, path)? {
        Resolved::Attribute { attribute, sub, .. } => Some(sub.unwrap_or(attribute)),
        Resolved::Extension(_) => None,
    }
}

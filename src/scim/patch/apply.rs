//! Judged operations onto a document.

use serde_json::Value;

use super::elements::{append, described_value, keep_one_primary, merge, remove_listed};
use super::{Op, Operation, Patch, Path, at_operation};
use crate::scim::attr::key_of;
use crate::scim::filter::matches_element;
use crate::scim::resource::Kind;
use crate::scim::schema::{Attribute, Mutability, Resolved, Type, merge_duplicates, within_attributes};
use crate::scim::{AttrPath, Object, Rules, Schemas, ScimError};

impl Patch {
    /// Applies the operations on the document, all or none.
    ///
    /// # Errors
    /// 400 `noTarget`, `mutability` (also for removing a required attribute), `invalidValue`.
    pub fn apply(&self, document: &Object, kind: Kind, schemas: &Schemas, rules: Rules) -> Result<Object, ScimError> {
        let mut changed = document.clone();
        for operation in &self.document {
            apply_one(operation, &mut changed, kind, schemas, rules)
                .map_err(|error| at_operation(operation.at, &error))?;
        }
        if !self.document.is_empty() {
            Schemas::maintain_schemas(kind, &mut changed);
            schemas.check_immutable(kind, document, &changed)?;
            schemas.check_required(kind, &changed)?;
        }
        Ok(changed)
    }
}

/// What one operation works on, resolved.
struct Destination<'a> {
    /// The key of the extension's object; none for the document itself.
    container: Option<&'a str>,
    name: &'a str,
    sub: Option<&'a str>,
    attribute: Option<&'a Attribute>,
    path: &'a Path,
    rules: Rules,
}

fn apply_one(
    operation: &Operation,
    document: &mut Object,
    kind: Kind,
    schemas: &Schemas,
    rules: Rules,
) -> Result<(), ScimError> {
    let Some(path) = &operation.path else { return Ok(()) };
    let destination = match schemas.resolve(kind, &path.attr) {
        Some(Resolved::Extension(extension)) => {
            if let Some(key) = key_of(document, &extension.id).map(str::to_owned) {
                let before = document.clone();
                document.shift_remove(&key);
                schemas.check_immutable(kind, &before, document)?;
            }
            return Ok(());
        }
        Some(Resolved::Attribute { extension: None, attribute, .. }) if attribute.name == "schemas" => {
            Schemas::maintain_schemas(kind, document);
            let destination =
                Destination { container: None, name: "schemas", sub: None, attribute: Some(attribute), path, rules };
            destination.edit(operation, document)?;
            return schemas.follow_schemas(kind, document, rules);
        }
        Some(Resolved::Attribute { extension, attribute, sub }) => Destination {
            container: extension.map(|schema| schema.id.as_str()),
            name: &attribute.name,
            sub: sub.or_else(|| path.sub.as_deref().and_then(|sub| attribute.sub(sub))).map(|sub| sub.name.as_str()),
            attribute: Some(attribute),
            path,
            rules,
        },
        None => unknown_destination(kind, path, schemas, rules),
    };
    match destination.container {
        None => destination.edit(operation, document),
        Some(urn) => {
            let key = key_of(document, urn).unwrap_or(urn).to_owned();
            let mut object = match document.get_mut(&key) {
                Some(Value::Object(object)) => std::mem::take(object),
                _ => Object::new(),
            };
            destination.edit(operation, &mut object)?;
            // An extension that holds nothing is not there, and its URN goes from `schemas` (RFC 7643 section 3.3).
            if object.is_empty() {
                document.shift_remove(&key);
            } else {
                document.insert(key, Value::Object(object));
            }
            Ok(())
        }
    }
}

/// Where an attribute that no schema knows goes: as a path-less value named it.
fn unknown_destination<'a>(kind: Kind, path: &'a Path, schemas: &'a Schemas, rules: Rules) -> Destination<'a> {
    let attr = &path.attr;
    let container = attr.schema.as_deref().filter(|urn| !urn.eq_ignore_ascii_case(kind.urn()));
    let container = container.map(|urn| schemas.extension(kind, urn).map_or(urn, |schema| schema.id.as_str()));
    // An unknown part of a known attribute still goes into that attribute.
    let parent = AttrPath { sub: None, ..attr.clone() };
    let parent = match schemas.resolve(kind, &parent) {
        Some(Resolved::Attribute { attribute, .. }) => Some(attribute),
        _ => None,
    };
    let name = parent.map_or(attr.name.as_str(), |attribute| attribute.name.as_str());
    Destination { container, name, sub: attr.sub.as_deref(), attribute: parent, path, rules }
}

impl Destination<'_> {
    fn multi_valued(&self, current: Option<&Value>) -> bool {
        self.attribute.map_or(matches!(current, Some(Value::Array(_))), |attribute| attribute.multi_valued)
    }

    fn immutable(&self) -> bool {
        let Some(attribute) = self.attribute else { return false };
        let sub = self.sub.and_then(|sub| attribute.sub(sub));
        attribute.mutability == Mutability::Immutable || sub.is_some_and(|sub| sub.mutability == Mutability::Immutable)
    }

    /// Edits the attribute in the object that holds it.
    fn edit(&self, operation: &Operation, object: &mut Object) -> Result<(), ScimError> {
        let key = key_of(object, self.name).unwrap_or(self.name).to_owned();
        let before = if self.immutable() { object.get(&key).cloned() } else { None };
        let mut current = object.get_mut(&key).map(Value::take);
        self.edit_value(operation, &mut current)?;
        if let (Some(_), Some(Value::Array(elements))) = (self.attribute, &mut current) {
            merge_duplicates(elements);
        }
        if let Some(before) = before
            && !self.keeps_immutable(&before, current.as_ref())
        {
            return Err(ScimError::mutability(format!("{} is immutable and has a value", self.path)));
        }
        match current {
            Some(value) => {
                object.insert(key, value);
            }
            None => {
                object.shift_remove(&key);
            }
        }
        within_attributes(object.len())
    }

    /// Whether what was assigned before is still so.
    fn keeps_immutable(&self, before: &Value, after: Option<&Value>) -> bool {
        let (Some(after), Some(sub)) = (after, self.sub) else { return after == Some(before) };
        let part = |value: &Value| value.get(sub).cloned();
        match (before, after) {
            (Value::Array(before), Value::Array(after)) => {
                before.len() == after.len()
                    && before
                        .iter()
                        .zip(after)
                        .all(|(before, after)| part(before).is_none() || part(before) == part(after))
            }
            _ => part(before).is_none() || part(before) == part(after),
        }
    }

    fn edit_value(&self, operation: &Operation, current: &mut Option<Value>) -> Result<(), ScimError> {
        let value = operation.value.as_ref().filter(|value| !value.is_null());
        let unassign = operation.op == Op::Remove || value.is_none();
        if self.path.filter.is_some() {
            return self.edit_selected(operation.op, value, current);
        }
        if self.multi_valued(current.as_ref()) {
            if let Some(sub) = self.sub {
                let all = current.as_ref().and_then(Value::as_array).map_or(0, Vec::len);
                return self.edit_parts(sub, (0..all).collect(), value.filter(|_| !unassign), current);
            }
            return edit_many(self.path, operation.op, value, current);
        }
        match (self.sub, value) {
            (None, Some(value)) if !unassign => match current {
                Some(present @ Value::Object(_)) if self.attribute.is_none() => merge(present, value),
                // No values are the same as none, in what no schema knows as well (RFC 7643 section 2.5).
                _ if value.as_array().is_some_and(Vec::is_empty) => *current = None,
                _ => *current = Some(value.clone()),
            },
            (None, _) => *current = None,
            (Some(sub), value) => edit_part(sub, value.filter(|_| !unassign), current),
        }
        Ok(())
    }

    /// `attr[filter]` and `attr[filter].sub`.
    fn edit_selected(&self, op: Op, value: Option<&Value>, current: &mut Option<Value>) -> Result<(), ScimError> {
        let elements = match current {
            Some(Value::Array(elements)) => elements.as_mut_slice(),
            _ => &mut [],
        };
        let selects = |element: &Value| {
            self.path.filter.as_ref().is_some_and(|filter| matches_element(filter, element, self.attribute))
        };
        let selected: Vec<usize> =
            elements.iter().enumerate().filter(|(_, element)| selects(element)).map(|(index, _)| index).collect();
        let value = value.filter(|_| op != Op::Remove);
        if selected.is_empty() {
            let made = value.filter(|_| op == Op::Add && self.rules.make_described_values);
            return match made.and_then(|value| self.described_value(value)) {
                Some(element) => edit_many(self.path, Op::Add, Some(&element), current),
                None => Err(ScimError::no_target(format!("{} selects nothing", self.path))),
            };
        }
        if let Some(sub) = self.sub {
            return self.edit_parts(sub, selected, value, current);
        }
        match value {
            None => remove_at(&selected, current),
            Some(value) => {
                for &index in &selected {
                    if let Some(element) = elements.get_mut(index) {
                        if op == Op::Add { merge(element, value) } else { *element = value.clone() }
                    }
                }
                keep_one_primary(elements, &selected)?;
            }
        }
        Ok(())
    }

    /// The value that the filter describes, with what is added to it.
    fn described_value(&self, value: &Value) -> Option<Value> {
        let attribute = self.attribute.filter(|attribute| attribute.r#type == Type::Complex)?;
        let mut element = Value::Object(described_value(self.path.filter.as_ref()?, attribute)?);
        match (self.sub, &mut element) {
            (Some(sub), Value::Object(object)) => set_part(object, sub, Some(value)),
            (_, element) => merge(element, value),
        }
        Some(element)
    }

    /// One sub-attribute in several values of a multi-valued attribute.
    fn edit_parts(
        &self,
        sub: &str,
        selected: Vec<usize>,
        value: Option<&Value>,
        current: &mut Option<Value>,
    ) -> Result<(), ScimError> {
        let Some(Value::Array(elements)) = current else {
            return match value {
                Some(_) => Err(ScimError::no_target(format!("{} has no values to change", self.path))),
                None => Ok(()),
            };
        };
        for &index in &selected {
            if let Some(Value::Object(object)) = elements.get_mut(index) {
                set_part(object, sub, value);
            }
        }
        keep_one_primary(elements, &selected)?;
        let hollow: Vec<usize> =
            selected.into_iter().filter(|&index| elements.get(index).is_some_and(is_empty_object)).collect();
        remove_at(&hollow, current);
        Ok(())
    }
}

/// A whole multi-valued attribute.
fn edit_many(path: &Path, op: Op, value: Option<&Value>, current: &mut Option<Value>) -> Result<(), ScimError> {
    let given = match value {
        Some(Value::Array(elements)) => elements.as_slice(),
        Some(one) => std::slice::from_ref(one),
        None => {
            *current = None;
            return Ok(());
        }
    };
    match (op, &mut *current) {
        (Op::Add, Some(Value::Array(elements))) => append(path, elements, given)?,
        (Op::Add, _) => {
            let mut elements = Vec::with_capacity(given.len());
            append(path, &mut elements, given)?;
            *current = Some(Value::Array(elements));
        }
        (Op::Replace, _) => *current = Some(Value::Array(given.to_vec())),
        (Op::Remove, Some(Value::Array(elements))) => remove_listed(elements, given),
        (Op::Remove, _) => {}
    }
    if current.as_ref().and_then(Value::as_array).is_some_and(Vec::is_empty) {
        *current = None;
    }
    Ok(())
}

/// One sub-attribute of a single complex value.
fn edit_part(sub: &str, value: Option<&Value>, current: &mut Option<Value>) {
    match (&mut *current, value) {
        (Some(Value::Object(object)), value) => {
            set_part(object, sub, value);
            if object.is_empty() {
                *current = None;
            }
        }
        (_, Some(value)) => {
            let mut object = Object::new();
            object.insert(sub.to_owned(), value.clone());
            *current = Some(Value::Object(object));
        }
        (_, None) => {}
    }
}

fn set_part(object: &mut Object, sub: &str, value: Option<&Value>) {
    let key = key_of(object, sub).unwrap_or(sub).to_owned();
    match value {
        Some(value) => {
            object.insert(key, value.clone());
        }
        None => {
            object.shift_remove(&key);
        }
    }
}

/// Takes out the values at `places`, which ascend; with the last one the attribute is unassigned.
fn remove_at(places: &[usize], current: &mut Option<Value>) {
    let Some(Value::Array(elements)) = current else { return };
    let mut places = places.iter().copied().peekable();
    let mut index = 0;
    elements.retain(|_| {
        let goes = places.next_if_eq(&index).is_some();
        index += 1;
        !goes
    });
    if elements.is_empty() {
        *current = None;
    }
}

fn is_empty_object(element: &Value) -> bool {
    element.as_object().is_some_and(Object::is_empty)
}

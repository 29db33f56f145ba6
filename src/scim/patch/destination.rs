//! The attribute that an operation changes, and the change itself.

use serde_json::Value;

use super::effort::Effort;
use super::elements::{append, described_value, keep_one_primary, merge, remove_listed};
use super::{Op, Operation, Path};
use crate::scim::attr::key_of;
use crate::scim::filter::CompiledFilter;
use crate::scim::resource::Kind;
use crate::scim::schema::{Attribute, Mutability, Resolved, Schema, Type, within_attributes};
use crate::scim::work::{fold_steps, value_steps};
use crate::scim::{AttrPath, Object, Rules, Schemas, ScimError};

/// The attribute that an operation changes.
pub(super) struct Destination<'a> {
    /// The URN of the extension object that contains the attribute; `None` for the document itself.
    pub(super) container: Option<&'a str>,
    pub(super) name: &'a str,
    sub: Option<&'a str>,
    attribute: Option<&'a Attribute>,
    path: &'a Path,
    rules: Rules,
}

impl<'a> Destination<'a> {
    pub(super) fn known(
        extension: Option<&'a Schema>,
        attribute: &'a Attribute,
        sub: Option<&'a Attribute>,
        path: &'a Path,
        rules: Rules,
    ) -> Self {
        let sub = sub.or_else(|| path.sub.as_deref().and_then(|sub| attribute.sub(sub)));
        Self {
            container: extension.map(|schema| schema.id.as_str()),
            name: &attribute.name,
            sub: sub.map(|sub| sub.name.as_str()),
            attribute: Some(attribute),
            path,
            rules,
        }
    }

    pub(super) const fn of_schemas(attribute: &'a Attribute, path: &'a Path, rules: Rules) -> Self {
        Self { container: None, name: "schemas", sub: None, attribute: Some(attribute), path, rules }
    }

    /// Places an attribute that is in no schema where the path-less value named it.
    pub(super) fn unknown(kind: Kind, path: &'a Path, schemas: &'a Schemas, rules: Rules) -> Self {
        let attr = &path.attr;
        let container = attr.schema.as_deref().filter(|urn| !urn.eq_ignore_ascii_case(kind.urn()));
        let container = container.map(|urn| schemas.extension(kind, urn).map_or(urn, |schema| schema.id.as_str()));
        // An unknown sub-attribute of a known attribute still goes into that attribute.
        let parent = AttrPath { sub: None, ..attr.clone() };
        let parent = match schemas.resolve(kind, &parent) {
            Some(Resolved::Attribute { attribute, .. }) => Some(attribute),
            _ => None,
        };
        let name = parent.map_or(attr.name.as_str(), |attribute| attribute.name.as_str());
        Self { container, name, sub: attr.sub.as_deref(), attribute: parent, path, rules }
    }

    /// Checks for a multi-valued attribute of a schema, whose duplicate values are merged at the end.
    pub(super) fn is_known_array(&self) -> bool {
        self.attribute.is_some_and(|attribute| attribute.multi_valued)
    }

    fn multi_valued(&self, current: Option<&Value>) -> bool {
        self.attribute.map_or(matches!(current, Some(Value::Array(_))), |attribute| attribute.multi_valued)
    }

    fn immutable(&self) -> bool {
        let Some(attribute) = self.attribute else { return false };
        let sub = self.sub.and_then(|sub| attribute.sub(sub));
        attribute.mutability == Mutability::Immutable || sub.is_some_and(|sub| sub.mutability == Mutability::Immutable)
    }

    /// Edits the attribute in the object that contains it.
    pub(super) fn edit(
        &self,
        operation: &Operation,
        object: &mut Object,
        effort: &mut Effort<'_>,
    ) -> Result<(), ScimError> {
        effort.spend_on_keys(object)?;
        let key = key_of(object, self.name).unwrap_or(self.name).to_owned();
        let before = object.get(&key).filter(|_| self.immutable());
        effort.spend(before.map_or(0, value_steps))?;
        let before = before.cloned();
        let mut current = object.get_mut(&key).map(Value::take);
        self.edit_value(operation, &mut current, effort)?;
        if let Some(before) = before
            && !self.keeps_immutable(&before, current.as_ref())
        {
            return Err(ScimError::mutability(format!("{} is immutable and already has a value", self.path)));
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

    /// Checks that an immutable value that was assigned before is unchanged.
    fn keeps_immutable(&self, before: &Value, after: Option<&Value>) -> bool {
        let (Some(after), Some(sub)) = (after, self.sub) else { return after == Some(before) };
        let keeps = |before: &Value, after: &Value| before.get(sub).is_none() || before.get(sub) == after.get(sub);
        match (before, after) {
            (Value::Array(before), Value::Array(after)) => {
                before.len() == after.len() && before.iter().zip(after).all(|(before, after)| keeps(before, after))
            }
            _ => keeps(before, after),
        }
    }

    fn edit_value(
        &self,
        operation: &Operation,
        current: &mut Option<Value>,
        effort: &mut Effort<'_>,
    ) -> Result<(), ScimError> {
        let value = operation.value.as_ref().filter(|value| !value.is_null());
        let unassign = operation.op == Op::Remove || value.is_none();
        if self.path.filter.is_some() {
            return self.edit_selected(operation.op, value, current, effort);
        }
        if self.multi_valued(current.as_ref()) {
            if let Some(sub) = self.sub {
                let all = current.as_ref().and_then(Value::as_array).map_or(0, Vec::len);
                return self.edit_parts(sub, (0..all).collect(), value.filter(|_| !unassign), current, effort);
            }
            return edit_whole_array(self.path, operation.op, value, current, effort);
        }
        match (self.sub, value) {
            (None, Some(value)) if !unassign => match current {
                Some(present @ Value::Object(_)) if self.attribute.is_none() => merge(present, value),
                // An empty array means unassigned, also for an attribute in no schema (RFC 7643 section 2.5).
                _ if value.as_array().is_some_and(Vec::is_empty) => *current = None,
                _ => *current = Some(value.clone()),
            },
            (None, _) => *current = None,
            (Some(sub), value) => edit_part(sub, value.filter(|_| !unassign), current),
        }
        Ok(())
    }

    /// Edits the values that `attr[filter]` or `attr[filter].sub` selects.
    fn edit_selected(
        &self,
        op: Op,
        value: Option<&Value>,
        current: &mut Option<Value>,
        effort: &mut Effort<'_>,
    ) -> Result<(), ScimError> {
        let elements = match current {
            Some(Value::Array(elements)) => elements.as_mut_slice(),
            _ => &mut [],
        };
        let selected = self.select(elements, effort)?;
        let value = value.filter(|_| op != Op::Remove);
        if selected.is_empty() {
            // RFC 7644 section 3.5.2.3 forbids it for `replace`, but Entra sends `replace` also for a value that is not set.
            let makes = op == Op::Add || self.sub.is_some();
            let created = value.filter(|_| makes && self.rules.make_described_values);
            return match created.and_then(|value| self.described(value)) {
                Some(element) => edit_whole_array(self.path, Op::Add, Some(&element), current, effort),
                None => Err(ScimError::no_target(format!("{} selects no value", self.path))),
            };
        }
        if let Some(sub) = self.sub {
            return self.edit_parts(sub, selected, value, current, effort);
        }
        let Some(value) = value else {
            remove_at(&selected, current);
            return Ok(());
        };
        effort.spend(selected.len().saturating_mul(value_steps(value)))?;
        for &index in &selected {
            if let Some(element) = elements.get_mut(index) {
                if op == Op::Add { merge(element, value) } else { *element = value.clone() }
            }
        }
        keep_one_primary(elements, &selected, effort)
    }

    /// Returns the positions of the values that satisfy the filter in brackets.
    fn select(&self, elements: &[Value], effort: &mut Effort<'_>) -> Result<Vec<usize>, ScimError> {
        let Some(filter) = &self.path.filter else { return Ok(Vec::new()) };
        effort.spend(fold_steps(filter.non_ascii_bytes()))?;
        let filter = CompiledFilter::for_elements(filter, self.attribute);
        let mut selected = Vec::new();
        for (index, element) in elements.iter().enumerate() {
            if effort.matches(&filter, element)? {
                selected.push(index);
            }
        }
        Ok(selected)
    }

    /// Creates the value that the filter describes, with the added value in it.
    fn described(&self, value: &Value) -> Option<Value> {
        let attribute = self.attribute.filter(|attribute| attribute.r#type == Type::Complex)?;
        let mut element = Value::Object(described_value(self.path.filter.as_ref()?, attribute)?);
        match (self.sub, &mut element) {
            (Some(sub), Value::Object(object)) => set_part(object, sub, Some(value)),
            (_, element) => merge(element, value),
        }
        Some(element)
    }

    /// Sets or removes one sub-attribute in the selected values of a multi-valued attribute.
    fn edit_parts(
        &self,
        sub: &str,
        selected: Vec<usize>,
        value: Option<&Value>,
        current: &mut Option<Value>,
        effort: &mut Effort<'_>,
    ) -> Result<(), ScimError> {
        let Some(Value::Array(elements)) = current else {
            return match value {
                Some(_) => Err(ScimError::no_target(format!("{} has no values to change", self.path))),
                None => Ok(()),
            };
        };
        effort.spend(selected.len().saturating_mul(value.map_or(1, value_steps)))?;
        for &index in &selected {
            if let Some(Value::Object(object)) = elements.get_mut(index) {
                set_part(object, sub, value);
            }
        }
        keep_one_primary(elements, &selected, effort)?;
        let empty: Vec<usize> =
            selected.into_iter().filter(|&index| elements.get(index).is_some_and(is_empty_object)).collect();
        remove_at(&empty, current);
        Ok(())
    }
}

/// Adds to, replaces or removes the values of a multi-valued attribute.
fn edit_whole_array(
    path: &Path,
    op: Op,
    value: Option<&Value>,
    current: &mut Option<Value>,
    effort: &mut Effort<'_>,
) -> Result<(), ScimError> {
    let given = match value {
        Some(Value::Array(elements)) => elements.as_slice(),
        Some(one) => std::slice::from_ref(one),
        None => {
            *current = None;
            return Ok(());
        }
    };
    match (op, &mut *current) {
        (Op::Add, Some(Value::Array(elements))) => append(path, elements, given, effort)?,
        (Op::Add, _) => {
            let mut elements = Vec::with_capacity(given.len());
            append(path, &mut elements, given, effort)?;
            *current = Some(Value::Array(elements));
        }
        (Op::Replace, _) => *current = Some(Value::Array(given.to_vec())),
        (Op::Remove, Some(Value::Array(elements))) => remove_listed(elements, given, effort)?,
        (Op::Remove, _) => {}
    }
    if current.as_ref().and_then(Value::as_array).is_some_and(Vec::is_empty) {
        *current = None;
    }
    Ok(())
}

/// Sets or removes one sub-attribute of a single complex value.
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

/// Removes the values at `indexes`, which are in ascending order. Without any value left the attribute is unassigned.
fn remove_at(indexes: &[usize], current: &mut Option<Value>) {
    let Some(Value::Array(elements)) = current else { return };
    let mut indexes = indexes.iter().copied().peekable();
    let mut index = 0;
    elements.retain(|_| {
        let removed = indexes.next_if_eq(&index).is_some();
        index += 1;
        !removed
    });
    if elements.is_empty() {
        *current = None;
    }
}

fn is_empty_object(element: &Value) -> bool {
    element.as_object().is_some_and(Object::is_empty)
}

//! Validates a value against the definition of its attribute, and normalizes it for storage: names in the letter case of the
//! schema, booleans as booleans, and no unassigned attributes.

use std::collections::{HashMap, HashSet};
use std::fmt;

use serde_json::{Value, json};

use super::forms::{is_base64, is_uri_reference};
use super::{Attribute, Mutability, Returned, Type};
use crate::base::limits;
use crate::scim::date_time::instant;
use crate::scim::message::{kind_of, shown};
use crate::scim::{Object, Rules, ScimError};

/// The path of a value in its document, for error messages.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ValuePath<'a> {
    parent: Option<&'a ValuePath<'a>>,
    name: &'a str,
    /// The index in a multi-valued attribute.
    index: Option<usize>,
}

impl<'a> ValuePath<'a> {
    pub(crate) const fn top(name: &'a str) -> Self {
        Self { parent: None, name, index: None }
    }

    pub(crate) const fn under(&'a self, name: &'a str) -> Self {
        Self { parent: Some(self), name, index: None }
    }

    const fn nth(self, index: usize) -> Self {
        Self { index: Some(index), ..self }
    }
}

impl fmt::Display for ValuePath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            let separator = if parent.name.contains(':') { ':' } else { '.' };
            write!(f, "{parent}{separator}")?;
        }
        f.write_str(self.name)?;
        self.index.map_or(Ok(()), |index| write!(f, "[{index}]"))
    }
}

/// Validates and normalizes values, and collects messages about the values that the mode drops.
pub(crate) struct Normalizer<'a> {
    pub(crate) rules: Rules,
    pub(crate) dropped: &'a mut Vec<String>,
}

impl Normalizer<'_> {
    /// Normalizes a whole attribute; `None` if it is unassigned (RFC 7643 section 2.5).
    pub(crate) fn attribute(
        &mut self,
        attribute: &Attribute,
        at: ValuePath<'_>,
        value: Value,
    ) -> Result<Option<Value>, ScimError> {
        if !attribute.multi_valued {
            return self.element(attribute, at, value);
        }
        match value {
            Value::Null => Ok(None),
            Value::Array(elements) => {
                within_values(&at, elements.len())?;
                let mut kept = Vec::with_capacity(elements.len());
                for (index, element) in elements.into_iter().enumerate() {
                    let at = at.nth(index);
                    if element.is_null() {
                        return Err(mismatch(attribute, at, &element));
                    }
                    kept.extend(self.element(attribute, at, self.rules.expand_bare(attribute, element))?);
                }
                if kept.iter().filter(|element| is_primary(element)).count() > 1 {
                    return Err(ScimError::invalid_value(format!(
                        "{at} has more than one value with primary true; at most one value may be primary"
                    )));
                }
                merge_duplicates(&mut kept);
                Ok((!kept.is_empty()).then_some(Value::Array(kept)))
            }
            other => Err(mismatch_of(&format!("an array of {}", noun(attribute.r#type)), attribute, at, &other)),
        }
    }

    /// Normalizes one value of an attribute.
    pub(crate) fn element(
        &mut self,
        attribute: &Attribute,
        at: ValuePath<'_>,
        value: Value,
    ) -> Result<Option<Value>, ScimError> {
        let value = self.rules.expand_reference(attribute, &value).unwrap_or(value);
        match (attribute.r#type, value) {
            (_, Value::Null) => Ok(None),
            (Type::Complex, Value::Object(object)) => {
                let keep_read_only = self.rules.keep_read_only_parts;
                let object = self.parts(&attribute.sub_attributes, at, object, keep_read_only)?;
                Ok((!object.is_empty()).then_some(Value::Object(object)))
            }
            (Type::Boolean, Value::String(text)) if self.rules.booleans_as_strings => match boolean(&text) {
                Some(flag) => Ok(Some(Value::Bool(flag))),
                None => Err(mismatch(attribute, at, &Value::String(text))),
            },
            (kind, value) if has_type(kind, &value, self.rules) => Ok(Some(value)),
            (_, value) => Err(mismatch(attribute, at, &value)),
        }
    }

    /// Normalizes the attributes of a complex value or of an extension.
    pub(crate) fn parts(
        &mut self,
        attributes: &[Attribute],
        at: ValuePath<'_>,
        object: Object,
        keep_read_only: bool,
    ) -> Result<Object, ScimError> {
        let mut kept = Object::with_capacity(object.len());
        let mut seen = SeenNames::default();
        for (key, value) in object {
            seen.add(&key)?;
            match super::find_in(attributes, &key) {
                Some(known) if known.mutability == Mutability::ReadOnly && !keep_read_only => {
                    self.dropped.push(format!("{} is readOnly and was ignored", at.under(&known.name)));
                }
                Some(known) => {
                    if let Some(value) = self.attribute(known, at.under(&known.name), value)? {
                        kept.insert(known.name.clone(), value);
                    }
                }
                None if !self.rules.keep_unknown => return Err(unknown(at.under(&key))),
                None => {
                    if let Some(value) = self.unknown(at.under(&key), value)? {
                        kept.insert(key, value);
                    }
                }
            }
        }
        Ok(kept)
    }

    /// Normalizes the value of an attribute that is in no schema: without unassigned attributes, repeated names, and
    /// passwords at any depth.
    pub(crate) fn unknown(&mut self, at: ValuePath<'_>, value: Value) -> Result<Option<Value>, ScimError> {
        match value {
            Value::Null => Ok(None),
            Value::Array(elements) => {
                let one = |(index, element): (usize, Value)| match element {
                    // An element keeps its position even if it is empty.
                    Value::Object(_) => {
                        Ok(self.unknown(at.nth(index), element)?.unwrap_or(Value::Object(Object::new())))
                    }
                    other => Ok(other),
                };
                let kept = elements.into_iter().enumerate().map(one).collect::<Result<Vec<_>, ScimError>>()?;
                Ok((!kept.is_empty()).then_some(Value::Array(kept)))
            }
            Value::Object(object) => {
                let mut kept = Object::with_capacity(object.len());
                let mut seen = SeenNames::default();
                for (key, value) in object {
                    seen.add(&key)?;
                    let at = at.under(&key);
                    if key.eq_ignore_ascii_case("password") {
                        self.dropped.push(format!("{at} is not in a schema; the password was not stored"));
                    } else if let Some(value) = self.unknown(at, value)? {
                        kept.insert(key, value);
                    }
                }
                Ok((!kept.is_empty()).then_some(Value::Object(kept)))
            }
            other => Ok(Some(other)),
        }
    }
}

impl Rules {
    /// Returns a reference to a resource as an object, if it was sent as an ID alone or as an array with one element.
    pub(crate) fn expand_reference(self, attribute: &Attribute, value: &Value) -> Option<Value> {
        let points = self.resource_by_id
            && attribute.r#type == Type::Complex
            && !attribute.multi_valued
            && ["value", "$ref"].into_iter().all(|name| attribute.sub(name).is_some());
        match value {
            Value::String(id) if points && !id.trim().is_empty() => Some(json!({"value": id})),
            Value::Array(one) if points && one.len() == 1 => one.first().cloned(),
            _ => None,
        }
    }
}

impl Rules {
    /// Returns an element of a multi-valued complex attribute as an object, if it was sent as a string alone.
    fn expand_bare(self, attribute: &Attribute, element: Value) -> Value {
        let complex = attribute.r#type == Type::Complex && attribute.sub("value").is_some();
        match element {
            Value::String(text) if self.bare_values && complex => json!({"value": text}),
            other => other,
        }
    }
}

/// Detects names that are repeated in another letter case (RFC 7643 section 2.1: names are case-insensitive).
#[derive(Default)]
pub(crate) struct SeenNames(HashSet<String>);

impl SeenNames {
    pub(crate) fn add(&mut self, key: &str) -> Result<(), ScimError> {
        within_attributes(self.0.len() + 1)?;
        if self.0.insert(key.to_ascii_lowercase()) {
            return Ok(());
        }
        Err(ScimError::invalid_syntax(format!(
            "{key:?} is given twice; names that differ only in letter case are the same"
        )))
    }
}

/// Rejects an object with too many attributes.
pub(crate) fn within_attributes(count: usize) -> Result<(), ScimError> {
    if count <= limits::ATTRIBUTES_PER_OBJECT {
        return Ok(());
    }
    Err(ScimError::new(413, format!("an object has more than {} attributes, the limit", limits::ATTRIBUTES_PER_OBJECT)))
}

/// Rejects an attribute with too many values.
pub(crate) fn within_values(at: &impl fmt::Display, count: usize) -> Result<(), ScimError> {
    if count <= limits::VALUES_PER_ATTRIBUTE {
        return Ok(());
    }
    Err(ScimError::new(413, format!("{at} has {count} values; the limit is {}", limits::VALUES_PER_ATTRIBUTE)))
}

/// Returns the error for a name that is in no schema, in strict mode.
pub(crate) fn unknown(at: ValuePath<'_>) -> ScimError {
    ScimError::invalid_value(format!("{at} is not in a schema of this resource; remove it"))
}

/// Merges values with the same `type` and `value` into the first of them (RFC 7643 section 2.4).
pub(crate) fn merge_duplicates(elements: &mut Vec<Value>) {
    if elements.len() < 2 {
        return;
    }
    let mut places: HashMap<String, usize> = HashMap::with_capacity(elements.len());
    let mut united: Vec<Value> = Vec::with_capacity(elements.len());
    for element in elements.drain(..) {
        let place = *places.entry(identity(&element)).or_insert(united.len());
        match (united.get_mut(place), element) {
            (Some(Value::Object(first)), Value::Object(again)) => first.extend(again),
            (Some(_), _) => {}
            (None, element) => united.push(element),
        }
    }
    *elements = united;
}

/// Returns the identity of a value: its `type` and `value`, or all its attributes if it has no `value`.
pub(crate) fn identity(element: &Value) -> String {
    let part = |object: &Object, name: &str| object.get(name).map(Value::to_string).unwrap_or_default();
    match element {
        Value::Object(object) if object.contains_key("value") => {
            format!("{} {}", part(object, "type"), part(object, "value"))
        }
        Value::Object(object) => {
            // The order of the attributes does not matter.
            let mut parts: Vec<String> = object.iter().map(|(key, part)| format!("{key}:{part}")).collect();
            parts.sort_unstable();
            parts.join(",")
        }
        simple => simple.to_string(),
    }
}

/// Returns true for an element with `primary: true`.
pub(crate) fn is_primary(element: &Value) -> bool {
    element.get("primary").and_then(Value::as_bool).unwrap_or(false)
}

/// Parses `true` and `false` in any letter case.
pub(crate) fn boolean(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

fn has_type(kind: Type, value: &Value, rules: Rules) -> bool {
    match (kind, value) {
        (Type::Integer, Value::Number(number)) => number.is_i64() || number.is_u64(),
        (Type::Boolean, Value::Bool(_)) | (Type::Decimal, Value::Number(_)) | (Type::String, Value::String(_)) => true,
        (Type::Reference, Value::String(text)) => rules.loose_forms || is_uri_reference(text),
        (Type::DateTime, Value::String(text)) => instant(text).is_some(),
        (Type::Binary, Value::String(text)) => is_base64(text, rules.loose_forms),
        _ => false,
    }
}

fn noun(kind: Type) -> &'static str {
    match kind {
        Type::String => "strings",
        Type::Boolean => "booleans",
        Type::Decimal => "numbers",
        Type::Integer => "integers",
        Type::DateTime => "dateTimes",
        Type::Reference => "URIs",
        Type::Binary => "base64 strings",
        Type::Complex => "objects",
    }
}

fn mismatch(attribute: &Attribute, at: ValuePath<'_>, given: &Value) -> ScimError {
    let wanted = match attribute.r#type {
        Type::String => "a string",
        Type::Boolean => "a boolean",
        Type::Decimal => "a number",
        Type::Integer => "a whole number",
        Type::DateTime => "a dateTime such as \"2026-11-20T10:15:00Z\"",
        Type::Reference => "a URI in a string",
        Type::Binary => "base64 in a string",
        Type::Complex => "an object",
    };
    mismatch_of(wanted, attribute, at, given)
}

fn mismatch_of(wanted: &str, attribute: &Attribute, at: ValuePath<'_>, given: &Value) -> ScimError {
    // A password must not be returned, not even in an error about it.
    let given = if attribute.returned == Returned::Never { kind_of(given).to_owned() } else { shown(given) };
    ScimError::invalid_value(format!("{at} must be {wanted}, not {given}"))
}

#[cfg(test)]
mod tests;

//! Bulk requests (RFC 7644 section 3.7): parsing, references between operations, and the order of execution.
//!
//! Decisions that the RFC leaves open:
//! - operations are executed in the client's order, except that a POST is executed before the operations that refer to it;
//! - of resources that refer to each other in a circle, one is created without the reference whose ID is unknown, and
//!   receives it as soon as the ID is known ([`Step::Complete`]);
//! - a string that is `bulkId:…` as a whole is a reference anywhere in `data`; part of a longer string (a filter in a PATCH
//!   path, a `$ref`) is a reference if the request defines the name;
//! - `failOnErrors` must be at least 1; 0 and negative numbers are `invalidValue`.

use std::collections::HashMap;

use serde_json::Value;

use super::attr::get;
use super::message::{BULK_REQUEST, kind_of, shown};
use super::{Object, ScimError};
use crate::base::limits;

mod order;

pub use order::Step;

/// The beginning of a reference.
const PREFIX: &str = "bulkId:";

/// A bulk request.
#[derive(Debug, Clone, PartialEq)]
pub struct Bulk {
    /// The number of errors after which the remaining operations are skipped.
    pub fail_on_errors: Option<usize>,
    pub operations: Vec<Operation>,
    /// The positions of the operations that create resources, by `bulkId`.
    creators: HashMap<String, usize>,
}

/// One operation, as sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Operation {
    /// In upper case. Unknown methods are rejected on execution.
    pub method: String,
    pub bulk_id: Option<String>,
    /// The ETag that the resource must have.
    pub version: Option<String>,
    /// Relative to the SCIM URL.
    pub path: String,
    pub data: Option<Value>,
    /// The error in the operation itself, if it cannot be executed.
    pub error: Option<ScimError>,
}

/// The state of the resource that a `bulkId` refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BulkIdState<'a> {
    /// The resource exists and has this ID.
    Created(&'a str),
    /// The operation that creates it has not been executed yet.
    Pending,
    /// The operation failed or was skipped.
    Failed,
}

impl Bulk {
    /// Parses a bulk request of at most `most` operations.
    ///
    /// # Errors
    /// 400 `invalidSyntax` if the body is not a BulkRequest, 400 `invalidValue` for an invalid `failOnErrors`, 413 for too
    /// many operations. An error in one operation affects only that operation ([`Operation::error`]).
    pub fn parse(body: &Object, most: usize) -> Result<Self, ScimError> {
        let urns = get(body, "schemas").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        if !urns.into_iter().any(|urn| urn.eq_ignore_ascii_case(BULK_REQUEST)) {
            return Err(ScimError::invalid_syntax(format!(
                "schemas must be an array that contains \"{BULK_REQUEST}\""
            )));
        }
        let Some(Value::Array(elements)) = get(body, "Operations") else {
            return Err(ScimError::invalid_syntax("Operations must be an array of operations"));
        };
        if elements.len() > most {
            let count = elements.len();
            return Err(ScimError::new(413, format!("the request has {count} operations; maxOperations is {most}")));
        }
        let fail_on_errors = match get(body, "failOnErrors") {
            None | Some(Value::Null) => None,
            Some(given) => {
                let count = given.as_u64().filter(|count| *count > 0);
                let wrong =
                    || ScimError::invalid_value(format!("failOnErrors must be 1 or more, not {}", shown(given)));
                Some(usize::try_from(count.ok_or_else(wrong)?).unwrap_or(usize::MAX))
            }
        };
        let mut operations = elements.iter().map(Operation::parse).collect::<Result<Vec<_>, _>>()?;
        let mut creators = HashMap::new();
        for (at, operation) in operations.iter_mut().enumerate() {
            let Some(name) = operation.bulk_id.as_ref().filter(|_| operation.method == "POST") else { continue };
            if name.len() > limits::BULK_ID_BYTES {
                let long = format!("the bulkId {} is longer than {} bytes", quoted(name), limits::BULK_ID_BYTES);
                operation.error.get_or_insert(ScimError::invalid_value(long));
            } else if creators.contains_key(name) {
                let again =
                    ScimError::invalid_value(format!("the bulkId {} is used by more than one operation", quoted(name)));
                operation.error.get_or_insert(again);
            } else {
                creators.insert(name.clone(), at);
            }
        }
        Ok(Self { fail_on_errors, operations, creators })
    }

    /// Returns the position of the operation that creates the resource of a `bulkId`.
    #[must_use]
    pub fn creator(&self, name: &str) -> Option<usize> {
        self.creators.get(name).copied()
    }

    /// Resolves the references in a path.
    ///
    /// # Errors
    /// As [`Bulk::resolve`].
    pub fn resolve_path<'a>(&self, path: &str, known: &impl Fn(usize) -> BulkIdState<'a>) -> Result<String, ScimError> {
        let segments: Vec<String> = path
            .split('/')
            .map(|part| self.resolve_text(part, known))
            .map(|part| {
                part?.ok_or_else(|| {
                    ScimError::new(409, format!("{} refers to a resource that does not exist yet", quoted(path)))
                })
            })
            .collect::<Result<_, _>>()?;
        Ok(segments.join("/"))
    }

    /// Resolves the references in a value. References to resources that do not exist yet are omitted together with the
    /// array element or attribute that contains them.
    ///
    /// # Errors
    /// 400 `invalidValue` for an undefined `bulkId`, 409 for a resource whose operation failed.
    pub fn resolve<'a>(
        &self,
        value: &Value,
        known: &impl Fn(usize) -> BulkIdState<'a>,
    ) -> Result<Option<Value>, ScimError> {
        Ok(match value {
            Value::String(text) => self.resolve_text(text, known)?.map(Value::String),
            Value::Array(elements) => {
                let mut resolved = Vec::with_capacity(elements.len());
                for element in elements {
                    let whole = self.resolve(element, known)?;
                    let hurt = |one: &Value| one.as_object().map(Object::len) != element.as_object().map(Object::len);
                    resolved.extend(whole.filter(|one| !hurt(one)));
                }
                Some(Value::Array(resolved))
            }
            Value::Object(object) => {
                let mut resolved = Object::new();
                for (key, value) in object {
                    if let Some(value) = self.resolve(value, known)? {
                        resolved.insert(key.clone(), value);
                    }
                }
                (object.is_empty() || !resolved.is_empty()).then_some(Value::Object(resolved))
            }
            other => Some(other.clone()),
        })
    }

    /// Resolves the references in a text; `None` if one of the resources does not exist yet.
    fn resolve_text<'a>(
        &self,
        text: &str,
        known: &impl Fn(usize) -> BulkIdState<'a>,
    ) -> Result<Option<String>, ScimError> {
        let failed =
            |name: &str| ScimError::new(409, format!("the operation with bulkId {} created no resource", quoted(name)));
        let mut resolved = String::new();
        let mut rest = text;
        while let Some((before, name, after)) = self.next_reference(rest, rest.len() == text.len()) {
            resolved.push_str(before);
            let Some(creator) = self.creator(name) else {
                return Err(ScimError::invalid_value(format!(
                    "no POST in this request has the bulkId {}",
                    quoted(name)
                )));
            };
            match known(creator) {
                BulkIdState::Created(id) => resolved.push_str(id),
                BulkIdState::Pending => return Ok(None),
                BulkIdState::Failed => return Err(failed(name)),
            }
            rest = after;
        }
        resolved.push_str(rest);
        Ok(Some(resolved))
    }

    /// Finds the next reference in a text. Returns the text before it, its name, and the text after it.
    fn next_reference<'t>(&self, text: &'t str, from_start: bool) -> Option<(&'t str, &'t str, &'t str)> {
        if from_start && let Some(name) = text.strip_prefix(PREFIX) {
            let embedded = self.creator(name).is_none() && name.bytes().any(|byte| ENDS.contains(&byte));
            if !embedded {
                return Some(("", name, ""));
            }
        }
        let (mut from, mut end) = (0, 0);
        while let Some(found) = text.get(from..)?.find(PREFIX) {
            let start = from + found + PREFIX.len();
            // Many prefixes can share one end, which is searched for only once.
            if end < start {
                let length = text.as_bytes().get(start..)?.iter().position(|byte| ENDS.contains(byte));
                end = length.map_or(text.len(), |length| start + length);
            }
            let name = text.get(start..end)?;
            if name.len() <= limits::BULK_ID_BYTES && self.creator(name).is_some() {
                return Some((text.get(..from + found)?, name, text.get(end..)?));
            }
            from = start;
        }
        None
    }

    /// Returns the positions of the operations whose resources an operation refers to.
    #[must_use]
    pub fn needs(&self, operation: &Operation) -> Vec<usize> {
        let mut needs = Vec::new();
        for segment in operation.path.split('/') {
            self.needs_of_text(segment, &mut needs);
        }
        if let Some(data) = &operation.data {
            self.needs_of(data, &mut needs);
        }
        needs
    }

    fn needs_of(&self, value: &Value, needs: &mut Vec<usize>) {
        match value {
            Value::String(text) => self.needs_of_text(text, needs),
            Value::Array(elements) => elements.iter().for_each(|element| self.needs_of(element, needs)),
            Value::Object(object) => object.values().for_each(|value| self.needs_of(value, needs)),
            _ => {}
        }
    }

    fn needs_of_text(&self, text: &str, needs: &mut Vec<usize>) {
        let mut rest = text;
        while let Some((_, name, after)) = self.next_reference(rest, rest.len() == text.len()) {
            needs.extend(self.creator(name));
            rest = after;
        }
    }
}

/// The characters that end a name within a longer string.
const ENDS: &[u8] = b"\"/[]() ?&,'\\";

impl Operation {
    fn parse(element: &Value) -> Result<Self, ScimError> {
        let Value::Object(object) = element else {
            let given = kind_of(element);
            return Err(ScimError::invalid_syntax(format!(
                "each element of Operations must be an object, not {given}"
            )));
        };
        let mut error = None;
        let mut text = |name: &str| match get(object, name) {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => Some(text.clone()),
            Some(other) => {
                error = Some(ScimError::invalid_syntax(format!("{name} must be a string, not {}", shown(other))));
                None
            }
        };
        let method = text("method").map(|method| method.to_ascii_uppercase());
        let (bulk_id, version, path) = (text("bulkId"), text("version"), text("path"));
        let data = get(object, "data").filter(|data| !data.is_null()).cloned();
        let missing = match (method.as_deref(), &path) {
            (None, _) => Some("the operation has no method"),
            (_, None) => Some("the operation has no path"),
            (Some("POST"), _) if bulk_id.as_deref().is_none_or(str::is_empty) => Some("a POST needs a bulkId"),
            (Some("POST" | "PUT" | "PATCH"), _) if data.is_none() => Some("the operation has no data"),
            _ => None,
        };
        let error = error.or_else(|| missing.map(ScimError::invalid_syntax));
        let (method, path) = (method.unwrap_or_default(), path.unwrap_or_default());
        Ok(Self { method, bulk_id, version, path, data, error })
    }
}

/// Quotes a name for an error message.
fn quoted(name: &str) -> String {
    shown(&Value::from(name))
}

#[cfg(test)]
mod tests;

//! Bulk requests (RFC 7644 section 3.7): parse, cross references, and the order of work.
//!
//! Decisions where the RFC leaves room:
//! - operations are carried out in the client's order, but for a POST that something before it refers to: that one is
//!   carried out first;
//! - in a circle one resource is made without the reference that can't be known yet and gets it as soon as it is known
//!   ([`Step::Complete`]), so that circles are resolved;
//! - a string that is `bulkId:…` as a whole is a reference wherever it stands in `data`; within a longer string (a filter
//!   in a PATCH path, a `$ref`) it is one where the request defines the name;
//! - `failOnErrors` counts from 1; 0 and less are `invalidValue`.

use std::collections::HashMap;

use serde_json::Value;

use super::attr::get;
use super::message::{BULK_REQUEST, kind_of, shown};
use super::{Object, ScimError};
use crate::base::limits;

mod order;

pub use order::Step;

/// What a reference begins with.
const PREFIX: &str = "bulkId:";

/// A bulk request.
#[derive(Debug, Clone, PartialEq)]
pub struct Bulk {
    /// After how many errors the rest is left undone.
    pub fail_on_errors: Option<usize>,
    pub operations: Vec<Operation>,
    /// Which operation makes the resource of a `bulkId`.
    creators: HashMap<String, usize>,
}

/// One operation, as it was sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Operation {
    /// In upper case; what is no method is judged by whoever carries it out.
    pub method: String,
    pub bulk_id: Option<String>,
    /// The entity tag that the resource must have.
    pub version: Option<String>,
    /// Relative to the SCIM URL.
    pub path: String,
    pub data: Option<Value>,
    /// Why it can't be carried out at all.
    pub wrong: Option<ScimError>,
}

/// What is known of a `bulkId`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BulkIdState<'a> {
    /// The resource is there, under this id.
    Created(&'a str),
    /// Its operation comes later.
    Pending,
    /// Its operation failed, or is never carried out.
    Failed,
}

impl Bulk {
    /// Reads a bulk request of at most `most` operations.
    ///
    /// # Errors
    /// 400 `invalidSyntax` where it is no BulkRequest, 400 `invalidValue` for `failOnErrors`, 413 for too many
    /// operations. What is wrong with one operation is that operation's ([`Operation::wrong`]).
    pub fn parse(body: &Object, most: usize) -> Result<Self, ScimError> {
        let urns = get(body, "schemas").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        if !urns.into_iter().any(|urn| urn.eq_ignore_ascii_case(BULK_REQUEST)) {
            return Err(ScimError::invalid_syntax(format!("schemas must be an array that holds \"{BULK_REQUEST}\"")));
        }
        let Some(Value::Array(elements)) = get(body, "Operations") else {
            return Err(ScimError::invalid_syntax("Operations must be an array of operations"));
        };
        if elements.len() > most {
            let count = elements.len();
            return Err(ScimError::new(413, format!("there are {count} operations; maxOperations is {most}")));
        }
        let fail_on_errors = match get(body, "failOnErrors") {
            None | Some(Value::Null) => None,
            Some(given) => {
                let count = given.as_u64().filter(|count| *count > 0);
                let wrong =
                    || ScimError::invalid_value(format!("failOnErrors must be 1 or more, and was {}", shown(given)));
                Some(usize::try_from(count.ok_or_else(wrong)?).unwrap_or(usize::MAX))
            }
        };
        let mut operations = elements.iter().map(Operation::parse).collect::<Result<Vec<_>, _>>()?;
        let mut creators = HashMap::new();
        for (at, operation) in operations.iter_mut().enumerate() {
            let Some(name) = operation.bulk_id.as_ref().filter(|_| operation.method == "POST") else { continue };
            if name.len() > limits::BULK_ID_BYTES {
                let long = format!("the bulkId {} is longer than {} bytes", quoted(name), limits::BULK_ID_BYTES);
                operation.wrong.get_or_insert(ScimError::invalid_value(long));
            } else if creators.contains_key(name) {
                let again = ScimError::invalid_value(format!("the bulkId {} stands twice", quoted(name)));
                operation.wrong.get_or_insert(again);
            } else {
                creators.insert(name.clone(), at);
            }
        }
        Ok(Self { fail_on_errors, operations, creators })
    }

    /// The operation that makes the resource of a `bulkId`.
    #[must_use]
    pub fn creator(&self, name: &str) -> Option<usize> {
        self.creators.get(name).copied()
    }

    /// The references of a path, resolved.
    ///
    /// # Errors
    /// As [`Bulk::resolve`].
    pub fn resolve_path<'a>(&self, path: &str, known: &impl Fn(usize) -> BulkIdState<'a>) -> Result<String, ScimError> {
        let segments: Vec<String> = path
            .split('/')
            .map(|part| self.resolve_text(part, known))
            .map(|part| part?.ok_or_else(|| ScimError::new(409, format!("{} is not there yet", quoted(path)))))
            .collect::<Result<_, _>>()?;
        Ok(segments.join("/"))
    }

    /// A value with its references resolved. What refers to a resource that is not made yet is left out: the object of
    /// a list, the attribute of an object.
    ///
    /// # Errors
    /// 400 `invalidValue` for a reference to nothing, 409 for one to a resource whose operation failed.
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

    /// A text with its references resolved; none where one of them is not made yet.
    fn resolve_text<'a>(
        &self,
        text: &str,
        known: &impl Fn(usize) -> BulkIdState<'a>,
    ) -> Result<Option<String>, ScimError> {
        let failed =
            |name: &str| ScimError::new(409, format!("the operation with bulkId {} made nothing", quoted(name)));
        let mut resolved = String::new();
        let mut rest = text;
        while let Some((before, name, after)) = self.next_reference(rest, rest.len() == text.len()) {
            resolved.push_str(before);
            let Some(creator) = self.creator(name) else {
                return Err(ScimError::invalid_value(format!(
                    "no POST of this request has the bulkId {}",
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

    /// The next reference of a text: what is before it, its name, what is after it.
    fn next_reference<'t>(&self, text: &'t str, from_start: bool) -> Option<(&'t str, &'t str, &'t str)> {
        if from_start && let Some(name) = text.strip_prefix(PREFIX) {
            let embedded = self.creator(name).is_none() && name.bytes().any(|byte| ENDS.contains(&byte));
            if !embedded {
                return Some(("", name, ""));
            }
        }
        let mut from = 0;
        while let Some(found) = text.get(from..)?.find(PREFIX) {
            let start = from + found + PREFIX.len();
            let after = text.get(start..)?;
            let most = after.len().min(limits::BULK_ID_BYTES + 1);
            let window = after.as_bytes().get(..most)?;
            let length = window.iter().position(|byte| ENDS.contains(byte)).unwrap_or(most);
            // A name that may go on behind the window, or that the window cuts within a character, is no bulkId.
            if let Some((name, rest)) = after.split_at_checked(length)
                && self.creator(name).is_some()
            {
                return Some((text.get(..from + found)?, name, rest));
            }
            from = start;
        }
        None
    }

    /// The operations whose resources an operation refers to.
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

/// What ends a name within a longer string.
const ENDS: &[u8] = b"\"/[]() ?&,'\\";

impl Operation {
    fn parse(element: &Value) -> Result<Self, ScimError> {
        let Value::Object(object) = element else {
            let given = kind_of(element);
            return Err(ScimError::invalid_syntax(format!("one of Operations is {given}; each must be an object")));
        };
        let mut wrong = None;
        let mut text = |name: &str| match get(object, name) {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => Some(text.clone()),
            Some(other) => {
                wrong = Some(ScimError::invalid_syntax(format!("{name} must be a string, and was {}", shown(other))));
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
        let wrong = wrong.or_else(|| missing.map(ScimError::invalid_syntax));
        let (method, path) = (method.unwrap_or_default(), path.unwrap_or_default());
        Ok(Self { method, bulk_id, version, path, data, wrong })
    }
}

/// A name in a message.
fn quoted(name: &str) -> String {
    shown(&Value::from(name))
}

#[cfg(test)]
mod tests;

//! Applies validated operations to a document.
//!
//! One PATCH works on one copy of the document. Work that depends on two large numbers, operations and values, is counted
//! and limited ([`Work`]); what needs to be done only once, such as merging duplicate values, is done after the last
//! operation.

use std::collections::HashSet;

use serde_json::Value;

use super::destination::Destination;
use super::effort::Effort;
use super::{Operation, Patch, at_operation};
use crate::base::limits;
use crate::scim::attr::key_of;
use crate::scim::resource::Kind;
use crate::scim::schema::{Resolved, Schema, merge_duplicates};
use crate::scim::work::json_bytes;
use crate::scim::{Object, Rules, Schemas, ScimError, Work};

/// The steps that resolving and performing one operation takes at least.
const STEPS_PER_OPERATION: usize = 8;

impl Patch {
    /// Applies the operations to the document, all or none.
    ///
    /// # Errors
    /// 400 `noTarget`, `mutability` (also for removing a required attribute), `invalidValue`; 400 `tooMany` for operations
    /// that take more than [`limits::COMPARISONS`], 413 for a document that grows beyond [`limits::DOCUMENT_BYTES`].
    pub fn apply(&self, document: &Object, kind: Kind, schemas: &Schemas, rules: Rules) -> Result<Object, ScimError> {
        self.apply_within(document, kind, schemas, rules, &mut Work::up_to(limits::COMPARISONS))
    }

    /// Applies the operations as [`Patch::apply`] does, and counts their work against the given limit.
    ///
    /// # Errors
    /// As [`Patch::apply`].
    pub fn apply_within(
        &self,
        document: &Object,
        kind: Kind,
        schemas: &Schemas,
        rules: Rules,
        work: &mut Work,
    ) -> Result<Object, ScimError> {
        if self.document.is_empty() {
            return Ok(document.clone());
        }
        let effort = Effort::new(work);
        let mut application =
            Application { kind, schemas, rules, document: document.clone(), effort, edited: HashSet::new() };
        for operation in &self.document {
            application.perform(operation).map_err(|error| at_operation(operation.at, &error))?;
        }
        application.finish(document)
    }
}

/// A PATCH in progress.
struct Application<'a, 'w> {
    kind: Kind,
    schemas: &'a Schemas,
    rules: Rules,
    document: Object,
    effort: Effort<'w>,
    /// The multi-valued attributes that operations touched, each with the URN of its extension.
    edited: HashSet<(Option<&'a str>, &'a str)>,
}

impl<'a> Application<'a, '_> {
    fn perform(&mut self, operation: &'a Operation) -> Result<(), ScimError> {
        self.effort.spend(STEPS_PER_OPERATION)?;
        self.effort.spend_on_keys(&self.document)?;
        let Some(path) = &operation.path else { return Ok(()) };
        let destination = match self.schemas.resolve(self.kind, &path.attr) {
            Some(Resolved::Extension(extension)) => return self.remove_extension(extension),
            Some(Resolved::Attribute { extension: None, attribute, .. }) if attribute.name == "schemas" => {
                self.effort.spend(self.document.len())?;
                Schemas::maintain_schemas(self.kind, &mut self.document);
                Destination::of_schemas(attribute, path, self.rules).edit(
                    operation,
                    &mut self.document,
                    &mut self.effort,
                )?;
                return self.schemas.follow_schemas(self.kind, &mut self.document, self.rules);
            }
            Some(Resolved::Attribute { extension, attribute, sub }) => {
                Destination::known(extension, attribute, sub, path, self.rules)
            }
            None => Destination::unknown(self.kind, path, self.schemas, self.rules),
        };
        if destination.is_known_array() {
            self.edited.insert((destination.container, destination.name));
        }
        match destination.container {
            None => destination.edit(operation, &mut self.document, &mut self.effort),
            Some(urn) => self.edit_in_extension(urn, &destination, operation),
        }
    }

    fn edit_in_extension(
        &mut self,
        urn: &str,
        destination: &Destination<'_>,
        operation: &Operation,
    ) -> Result<(), ScimError> {
        let key = key_of(&self.document, urn).unwrap_or(urn).to_owned();
        let mut object = match self.document.get_mut(&key) {
            Some(Value::Object(object)) => std::mem::take(object),
            _ => Object::new(),
        };
        destination.edit(operation, &mut object, &mut self.effort)?;
        // An empty extension object is absent, and its URN is not in `schemas` (RFC 7643 section 3.3).
        if object.is_empty() {
            self.document.shift_remove(&key);
        } else {
            self.document.insert(key, Value::Object(object));
        }
        Ok(())
    }

    fn remove_extension(&mut self, extension: &Schema) -> Result<(), ScimError> {
        let Some(key) = key_of(&self.document, &extension.id).map(str::to_owned) else { return Ok(()) };
        match self.document.shift_remove(&key) {
            Some(Value::Object(object)) => extension.check_removal(&object),
            _ => Ok(()),
        }
    }

    /// Brings the changed document into its stored form, and checks it against the one before.
    fn finish(mut self, before: &Object) -> Result<Object, ScimError> {
        for (urn, name) in std::mem::take(&mut self.edited) {
            let object = match urn.map(|urn| key_of(&self.document, urn).map(str::to_owned)) {
                None => Some(&mut self.document),
                Some(key) => key.and_then(|key| self.document.get_mut(&key)).and_then(Value::as_object_mut),
            };
            let Some(object) = object else { continue };
            let key = key_of(object, name).unwrap_or(name).to_owned();
            if let Some(Value::Array(elements)) = object.get_mut(&key) {
                merge_duplicates(elements);
            }
        }
        Schemas::maintain_schemas(self.kind, &mut self.document);
        self.schemas.check_immutable(self.kind, before, &self.document)?;
        self.schemas.check_required(self.kind, &self.document)?;
        if before.get("userName") != self.document.get("userName") {
            Schemas::check_user_name(self.kind, &self.document, self.rules)?;
        }
        within_size(before, &self.document)?;
        Ok(self.document)
    }
}

/// Rejects a document that grew beyond the limit. Without one, PATCH after PATCH could build a resource that no single
/// request could send, and that every later request would have to read.
fn within_size(before: &Object, after: &Object) -> Result<(), ScimError> {
    let bytes = json_bytes(after);
    if bytes <= limits::DOCUMENT_BYTES || bytes <= json_bytes(before) {
        return Ok(());
    }
    Err(ScimError::new(
        413,
        format!("the resource would grow to {bytes} bytes; the largest has {}", limits::DOCUMENT_BYTES),
    ))
}

//! What a PUT may not change.

use serde_json::Value;

use super::{Attribute, Mutability, Schemas};
use crate::scim::resource::Kind;
use crate::scim::{Object, ScimError};

impl Schemas {
    /// Refuses a PUT that changes what was assigned to an immutable attribute (RFC 7644 section 3.5.1). `before` and
    /// `after` are stored documents.
    ///
    /// # Errors
    /// 400 `mutability`, naming the attribute.
    pub fn check_immutable(&self, kind: Kind, before: &Object, after: &Object) -> Result<(), ScimError> {
        if let Some(core) = self.core(kind) {
            unchanged(&core.id, &core.attributes, before, Some(after))?;
        }
        for extension in self.extensions(kind) {
            if let Some(before) = before.get(&extension.id).and_then(Value::as_object) {
                let after = after.get(&extension.id).and_then(Value::as_object);
                unchanged(&extension.id, &extension.attributes, before, after)?;
            }
        }
        Ok(())
    }
}

fn unchanged(place: &str, attributes: &[Attribute], before: &Object, after: Option<&Object>) -> Result<(), ScimError> {
    for attribute in attributes {
        let Some(was) = before.get(&attribute.name) else { continue };
        let is = after.and_then(|after| after.get(&attribute.name));
        if attribute.mutability == Mutability::Immutable && is != Some(was) {
            return Err(ScimError::mutability(format!(
                "{place}:{} is immutable and has another value already",
                attribute.name
            )));
        }
        // The values of a multi-valued attribute have no identity by which to tell which of them changed.
        if let (false, Value::Object(was)) = (attribute.multi_valued, was) {
            let is = is.and_then(Value::as_object);
            unchanged(&format!("{place}:{}", attribute.name), &attribute.sub_attributes, was, is)?;
        }
    }
    Ok(())
}

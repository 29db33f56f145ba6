//! Attributes that are returned on request (RFC 7643 section 7, `returned` "request").

use serde_json::Value;

use super::{Attribute, Returned, Schemas};
use crate::scim::resource::Kind;
use crate::scim::{AttrPath, Object};

impl Schemas {
    /// Returns the attributes of a stored document that are returned on request. The response to a POST or PUT contains
    /// them, since the request named them.
    #[must_use]
    pub fn on_request(&self, kind: Kind, document: &Object) -> Vec<AttrPath> {
        let mut all = Vec::new();
        for schema in self.extensions(kind) {
            let Some(object) = document.get(&schema.id).and_then(Value::as_object) else { continue };
            let path = |attribute: &Attribute, sub: Option<&Attribute>| AttrPath {
                schema: Some(schema.id.clone()),
                name: attribute.name.clone(),
                sub: sub.map(|sub| sub.name.clone()),
            };
            for attribute in schema.attributes.iter().filter(|attribute| object.contains_key(&attribute.name)) {
                if attribute.returned == Returned::Request {
                    all.push(path(attribute, None));
                }
                let subs = attribute.sub_attributes.iter().filter(|sub| sub.returned == Returned::Request);
                all.extend(subs.map(|sub| path(attribute, Some(sub))));
            }
        }
        all
    }
}

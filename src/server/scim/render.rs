//! From rows to the document that a client sees: `id`, `meta`, `members`, `groups` and their addresses are added here
//! and never stored.

use serde_json::{Value, json};

use super::dispatch::Call;
use crate::base::clock::rfc3339;
use crate::scim::projection::Projection;
use crate::scim::resource::{Member, Resource};
use crate::scim::{AttrPath, Kind, Object};
use crate::server::response::etag;
use crate::store::{StoredResource, UserGroup};

impl Call<'_> {
    /// The projection that the query asks for.
    pub(super) fn projection(&self) -> Result<Projection, crate::scim::ScimError> {
        Projection::parse(self.parameters.one("attributes")?, self.parameters.one("excludedAttributes")?)
    }

    /// The address of a resource.
    pub(super) fn location(&self, kind: Kind, id: &str) -> String {
        format!("{}/{}/{id}", self.base, kind.endpoint())
    }

    /// A resource as a client sees it who reads it.
    pub(super) fn document(&self, found: StoredResource, projection: &Projection) -> Object {
        self.document_with(found, projection, &[])
    }

    /// A resource as a client sees it who has just written these attributes of it.
    pub(super) fn document_with(&self, found: StoredResource, projection: &Projection, written: &[AttrPath]) -> Object {
        let StoredResource { resource, members, groups } = found;
        let Resource { id, kind, mut document, version, created, last_modified } = resource;
        let location = self.location(kind, &id);
        let meta = json!({
            "resourceType": kind.name(),
            "created": rfc3339(created),
            "lastModified": rfc3339(last_modified),
            "location": location,
            "version": etag(version),
        });
        let place = usize::from(document.keys().next().is_some_and(|key| key.eq_ignore_ascii_case("schemas")));
        document.shift_insert(place, "id".to_owned(), Value::String(id));
        match kind {
            Kind::Group if projection.wants("members") => {
                let members = members.into_iter().map(|member| self.member(member)).collect();
                document.insert("members".to_owned(), Value::Array(members));
            }
            Kind::User if projection.wants("groups") => {
                let groups = groups.iter().map(|group| self.group_of_user(group)).collect();
                document.insert("groups".to_owned(), Value::Array(groups));
            }
            _ => {}
        }
        document.insert("meta".to_owned(), meta);
        projection.apply(&mut document, kind, &self.access.schemas, written);
        document
    }

    fn member(&self, (member, kind): (Member, Kind)) -> Value {
        let mut shown = Object::new();
        let location = self.location(kind, &member.value);
        shown.insert("value".to_owned(), Value::String(member.value));
        if let Some(display) = member.display {
            shown.insert("display".to_owned(), Value::String(display));
        }
        shown.insert("type".to_owned(), Value::String(kind.name().to_owned()));
        shown.insert("$ref".to_owned(), Value::String(location));
        Value::Object(shown)
    }

    fn group_of_user(&self, one: &UserGroup) -> Value {
        let (location, how) = (self.location(Kind::Group, &one.group), one.type_name());
        json!({"value": one.group, "display": one.name, "type": how, "$ref": location})
    }
}

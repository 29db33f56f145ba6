//! Renders stored resources as the documents that clients see. `id`, `meta`, `members`, `groups` and their URLs are added
//! here and never stored.

use std::sync::Arc;

use axum::response::Response;
use http::StatusCode;
use serde_json::{Value, json};

use super::call::Call;
use crate::base::clock::rfc3339;
use crate::scim::projection::Projection;
use crate::scim::resource::{Member, Resource};
use crate::scim::{AttrPath, Kind, Object, ScimError};
use crate::server::response::{self, etag};
use crate::store::{Access, StoredResource, UserGroup};

impl Call<'_> {
    /// Returns the projection that the query specifies.
    pub(super) fn projection(&self) -> Result<Projection, ScimError> {
        Projection::parse(self.parameters.one("attributes")?, self.parameters.one("excludedAttributes")?)
    }

    /// Returns the URL of a resource.
    pub(super) fn location(&self, kind: Kind, id: &str) -> String {
        location(&self.base, kind, id)
    }

    /// Returns a renderer for this request. `written` are the attributes that the request has written.
    pub(super) fn renderer(&self, projection: &Projection, written: &[AttrPath]) -> Renderer {
        let (access, base) = (Arc::clone(&self.access), self.base.clone());
        Renderer { access, base, projection: projection.clone(), written: written.to_vec() }
    }

    /// Returns the response with one resource: its document, version and URL. Large resources are rendered on another
    /// thread.
    pub(super) async fn resource_response(
        &self,
        status: StatusCode,
        stored: StoredResource,
        projection: &Projection,
        written: &[AttrPath],
    ) -> Response {
        let (bytes, version) = (stored.relation_bytes(), stored.resource.version);
        let location = self.location(stored.resource.kind, &stored.resource.id);
        let renderer = self.renderer(projection, written);
        let respond = move || response::resource(status, &renderer.document(stored), version, &location);
        self.app.render_pool().render(bytes, respond).await
    }
}

fn location(base: &str, kind: Kind, id: &str) -> String {
    format!("{base}/{}/{id}", kind.endpoint())
}

/// Renders the resources of one response. It owns what it needs, so that it can run on another thread than the request.
pub(super) struct Renderer {
    access: Arc<Access>,
    /// The directory's SCIM URL.
    base: String,
    projection: Projection,
    written: Vec<AttrPath>,
}

impl Renderer {
    /// Returns the document of a resource.
    pub(super) fn document(&self, stored: StoredResource) -> Object {
        let StoredResource { resource, members, groups } = stored;
        let Resource { id, kind, mut document, version, created, last_modified } = resource;
        let meta = json!({
            "resourceType": kind.name(),
            "created": rfc3339(created),
            "lastModified": rfc3339(last_modified),
            "location": location(&self.base, kind, &id),
            "version": etag(version),
        });
        let after_schemas = usize::from(document.keys().next().is_some_and(|key| key.eq_ignore_ascii_case("schemas")));
        document.shift_insert(after_schemas, "id".to_owned(), Value::String(id));
        match kind {
            Kind::Group if self.projection.wants("members") => {
                let members = members.into_iter().map(|member| self.member(member)).collect();
                document.insert("members".to_owned(), Value::Array(members));
            }
            Kind::User if self.projection.wants("groups") => {
                let groups = groups.iter().map(|group| self.group_of_user(group)).collect();
                document.insert("groups".to_owned(), Value::Array(groups));
            }
            _ => {}
        }
        document.insert("meta".to_owned(), meta);
        self.projection.apply(&mut document, kind, &self.access.schemas, &self.written);
        document
    }

    fn member(&self, (member, kind): (Member, Kind)) -> Value {
        let mut shown = Object::new();
        let location = location(&self.base, kind, &member.value);
        shown.insert("value".to_owned(), Value::String(member.value));
        if let Some(display) = member.display {
            shown.insert("display".to_owned(), Value::String(display));
        }
        shown.insert("type".to_owned(), Value::String(kind.name().to_owned()));
        shown.insert("$ref".to_owned(), Value::String(location));
        Value::Object(shown)
    }

    fn group_of_user(&self, one: &UserGroup) -> Value {
        let (location, membership) = (location(&self.base, Kind::Group, &one.group), one.type_name());
        json!({"value": one.group, "display": one.name, "type": membership, "$ref": location})
    }
}

//! Directory users and groups: as the API shows them, as events do, and as the events of changes do. The payloads are in
//! `directory::payload`. A test compares the schemas with real responses.

#![expect(dead_code, reason = "only their schemas are used")]

use std::collections::BTreeMap;

use serde_json::Value;
use utoipa::ToSchema;

use super::component::{Schemas, Time, add, discriminators};

/// Adds the schemas of the objects that the API shows. Those of events follow from the events.
pub(super) fn schemas(schemas: &mut Schemas) {
    add::<DirectoryUser>(schemas);
    add::<DirectoryGroup>(schemas);
}

discriminators!(DirectoryUserObject DirectoryUser, DirectoryGroupObject DirectoryGroup);

#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum UserState {
    Active,
    Inactive,
}

/// A role from a group.
#[derive(ToSchema)]
struct Role {
    slug: String,
}

/// Declares the forms of a directory user, each with the properties that only this form has.
macro_rules! users {
    ($($(#[$doc:meta])+ $name:ident { $($(#[$meta:meta])+ $field:ident: $of:ty)? })+) => {
        $(
            $(#[$doc])+
            #[derive(ToSchema)]
            pub(super) struct $name {
                #[schema(inline)]
                object: DirectoryUserObject,
                id: String,
                directory_id: String,
                organization_id: String,
                idp_id: String,
                #[schema(required)]
                email: Option<String>,
                #[schema(required)]
                first_name: Option<String>,
                #[schema(required)]
                last_name: Option<String>,
                #[schema(required)]
                name: Option<String>,
                /// Deprecated and empty.
                emails: Vec<Value>,
                /// Deprecated and null.
                #[schema(required)]
                job_title: Option<String>,
                /// Deprecated and null.
                #[schema(required)]
                username: Option<String>,
                #[schema(inline)]
                state: UserState,
                /// Deprecated and empty.
                raw_attributes: BTreeMap<String, Value>,
                custom_attributes: BTreeMap<String, Value>,
                #[schema(nullable = false)]
                role: Option<Role>,
                #[schema(nullable = false)]
                roles: Option<Vec<Role>>,
                created_at: Time,
                updated_at: Time,
                $($(#[$meta])+ $field: $of,)?
            }
        )+
    };
}

users! {
    /// A directory user.
    DirectoryUser {
        /// Deprecated and empty.
        groups: Vec<Value>
    }
    /// A directory user as events show it.
    EventUser {}
    /// A directory user that changed.
    UpdatedUser {
        /// The former values of what changed; null for a new custom attribute.
        previous_attributes: BTreeMap<String, Value>
    }
}

/// Declares the forms of a directory group, each with the properties that only this form has.
macro_rules! groups {
    ($($(#[$doc:meta])+ $name:ident { $($(#[$meta:meta])+ $field:ident: $of:ty)? })+) => {
        $(
            $(#[$doc])+
            #[derive(ToSchema)]
            pub(super) struct $name {
                #[schema(inline)]
                object: DirectoryGroupObject,
                id: String,
                idp_id: String,
                directory_id: String,
                organization_id: String,
                name: String,
                /// Deprecated and empty.
                raw_attributes: BTreeMap<String, Value>,
                created_at: Time,
                updated_at: Time,
                $($(#[$meta])+ $field: $of,)?
            }
        )+
    };
}

groups! {
    /// A directory group.
    DirectoryGroup {}
    /// A directory group that changed.
    UpdatedGroup {
        /// The former values of what changed.
        previous_attributes: BTreeMap<String, Value>
    }
}

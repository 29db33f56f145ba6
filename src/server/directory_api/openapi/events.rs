//! Events: one schema for each name, with the `data` of that event. The payloads are in `directory::payload`. A test compares
//! the schemas with real events.

#![expect(dead_code, reason = "only their schemas are used")]

use std::borrow::Cow;

use utoipa::openapi::schema::OneOfBuilder;
use utoipa::openapi::{Ref, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::component::{Schemas, Time, add, discriminators};
use super::users::{DirectoryGroup, EventUser, UpdatedGroup, UpdatedUser};

/// Adds the schemas of all events.
pub(super) fn schemas(schemas: &mut Schemas) {
    add::<Event>(schemas);
}

discriminators!(
    EventObject Event,
    DirectoryObject Directory,
    DirectoryTokenObject DirectoryToken,
    OrganizationDomainObject OrganizationDomain,
    ActiveState Active,
    DeletingState Deleting
);

/// An event.
struct Event;

/// Declares the schema of each event, and the one of any event.
macro_rules! events {
    ($($(#[$doc:meta])+ $name:ident $wire_name:ident $wire:literal $data:ident,)+) => {
        $(
            #[derive(ToSchema)]
            enum $wire_name {
                #[schema(rename = $wire)]
                Only,
            }

            $(#[$doc])+
            #[derive(ToSchema)]
            struct $name {
                #[schema(inline)]
                object: EventObject,
                id: String,
                #[schema(inline)]
                event: $wire_name,
                data: $data,
                created_at: Time,
            }
        )+

        impl PartialSchema for Event {
            fn schema() -> RefOr<Schema> {
                let kinds = OneOfBuilder::new().description(Some("An event. `event` decides on its `data`."));
                let kinds = [$(<$name as ToSchema>::name()),+]
                    .iter()
                    .fold(kinds, |kinds, name| kinds.item(Ref::from_schema_name(name.as_ref())));
                Schema::OneOf(kinds.build()).into()
            }
        }

        impl ToSchema for Event {
            fn name() -> Cow<'static, str> {
                "Event".into()
            }

            fn schemas(schemas: &mut Schemas) {
                $(add::<$name>(schemas);)+
            }
        }
    };
}

events! {
    /// A directory was created.
    DsyncActivated ActivatedName "dsync.activated" ActivatedDirectory,
    /// A directory was removed.
    DsyncDeleted DeletedName "dsync.deleted" DeletedDirectory,
    /// A directory user was created.
    DsyncUserCreated UserCreatedName "dsync.user.created" EventUser,
    /// A directory user changed.
    DsyncUserUpdated UserUpdatedName "dsync.user.updated" UpdatedUser,
    /// A directory user was deleted, or deactivated in a directory that deletes such users.
    DsyncUserDeleted UserDeletedName "dsync.user.deleted" EventUser,
    /// A directory group was created.
    DsyncGroupCreated GroupCreatedName "dsync.group.created" DirectoryGroup,
    /// A directory group changed.
    DsyncGroupUpdated GroupUpdatedName "dsync.group.updated" UpdatedGroup,
    /// A directory group was deleted.
    DsyncGroupDeleted GroupDeletedName "dsync.group.deleted" DirectoryGroup,
    /// A directory user joined a group.
    DsyncGroupUserAdded GroupUserAddedName "dsync.group.user_added" Membership,
    /// A directory user left a group.
    DsyncGroupUserRemoved GroupUserRemovedName "dsync.group.user_removed" Membership,
    /// A token was created.
    DsyncTokenCreated TokenCreatedName "dsync.token.created" DirectoryToken,
    /// A token was revoked.
    DsyncTokenRevoked TokenRevokedName "dsync.token.revoked" DirectoryToken,
}

/// A directory that was created.
#[derive(ToSchema)]
struct ActivatedDirectory {
    #[schema(inline)]
    object: DirectoryObject,
    id: String,
    organization_id: String,
    /// The last segment of the SCIM URL.
    external_key: String,
    r#type: String,
    #[schema(inline)]
    state: ActiveState,
    name: String,
    domains: Vec<EventDomain>,
    created_at: Time,
    updated_at: Time,
}

/// A domain of the organization of a directory that was created.
#[derive(ToSchema)]
struct EventDomain {
    #[schema(inline)]
    object: OrganizationDomainObject,
    id: String,
    domain: String,
}

/// A directory that was removed.
#[derive(ToSchema)]
struct DeletedDirectory {
    #[schema(inline)]
    object: DirectoryObject,
    id: String,
    organization_id: String,
    r#type: String,
    #[schema(inline)]
    state: DeletingState,
    name: String,
    created_at: Time,
    updated_at: Time,
}

/// A directory user and a group that it joined or left.
#[derive(ToSchema)]
struct Membership {
    directory_id: String,
    user: EventUser,
    group: DirectoryGroup,
}

/// A token, without its value.
#[derive(ToSchema)]
struct DirectoryToken {
    #[schema(inline)]
    object: DirectoryTokenObject,
    id: String,
    directory_id: String,
    organization_id: String,
    /// The last four characters.
    token_suffix: String,
    created_at: Time,
}

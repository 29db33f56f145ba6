//! Payloads of test events, about a directory that does not exist.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::change::{DirectoryRef, UserWithProfile};
use super::model::{
    Directory, DirectoryGroup, DirectoryState, DirectoryUser, OrganizationDomain, Settings, Token, UserState,
};
use super::payload;
use super::profile::Profile;
use crate::events::EventName;
use crate::scim::Object;

/// Returns a payload of this event. `now` is the time of every change in it.
#[must_use]
pub fn data(name: EventName, now: Timestamp) -> Value {
    let directory = directory(now);
    let of = DirectoryRef::from(&directory);
    let group = payload::group(&of, &group("Treasury Analysts", now));
    let user = |department| payload::user(&of, &user(department, now));
    match name {
        EventName::Activated => payload::activated(&directory, &[domain(now)]),
        EventName::Deleted => payload::removed(&directory),
        EventName::UserCreated | EventName::UserDeleted => user("Treasury"),
        EventName::UserUpdated => {
            let after = user("Finance");
            payload::updated(&user("Treasury"), after.clone()).unwrap_or(after)
        }
        EventName::GroupCreated | EventName::GroupDeleted => group,
        EventName::GroupUpdated => {
            let renamed = DirectoryGroup { name: "Treasury Team".to_owned(), ..self::group("Treasury Analysts", now) };
            let renamed = payload::group(&of, &renamed);
            payload::updated(&group, renamed.clone()).unwrap_or(renamed)
        }
        EventName::GroupUserAdded | EventName::GroupUserRemoved => {
            json!({"directory_id": of.directory_id, "user": user("Treasury"), "group": group})
        }
        EventName::TokenCreated | EventName::TokenRevoked => {
            let (id, suffix) = ("directory_token_01M7W6C380PMF7VY0XCVQ9K09F".to_owned(), "a1b2".to_owned());
            payload::token(&of, &Token { id, suffix, created_at: now })
        }
    }
}

fn directory(now: Timestamp) -> Directory {
    Directory {
        id: "directory_01M7W6C380PMF7VY0XCVQ9K09E".to_owned(),
        organization_id: "org_01M7W6C38056FP8NCZSKKXJC45".to_owned(),
        name: "Test event".to_owned(),
        external_key: "Zp4QxT7mK2vLr9Bd".to_owned(),
        state: DirectoryState::Linked,
        settings: Settings::default(),
        created_at: now,
        updated_at: now,
    }
}

fn domain(now: Timestamp) -> OrganizationDomain {
    OrganizationDomain {
        id: "org_domain_01M7W6C380PMF7VY0XCVQ9K09D".to_owned(),
        domain: "northwind.example".to_owned(),
        state: super::model::DomainState::Verified,
        created_at: now,
        updated_at: now,
    }
}

fn group(name: &str, now: Timestamp) -> DirectoryGroup {
    DirectoryGroup {
        id: "directory_group_01M7W6YD60ZB3YR8RCV33C7MQX".to_owned(),
        idp_id: name.to_owned(),
        name: name.to_owned(),
        created_at: now,
        updated_at: now,
    }
}

fn user(department: &str, now: Timestamp) -> UserWithProfile {
    let email = "ines.moreau@northwind.example";
    let attributes = [("username", json!(email)), ("department_name", json!(department))];
    UserWithProfile {
        row: DirectoryUser {
            id: "directory_user_01M7W6N870DZS5HN1VFCMT00VF".to_owned(),
            idp_id: "00u7k2example9Qx5d7".to_owned(),
            state: UserState::Active,
            created_at: now,
            updated_at: now,
        },
        profile: Profile {
            email: Some(email.to_owned()),
            first_name: Some("Ines".to_owned()),
            last_name: Some("Moreau".to_owned()),
            name: Some("Ines Moreau".to_owned()),
            custom_attributes: attributes.into_iter().map(|(key, value)| (key.to_owned(), value)).collect::<Object>(),
        },
        groups: Vec::new(),
    }
}

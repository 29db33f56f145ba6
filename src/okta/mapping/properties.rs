//! Property test: a profile that was created needs no push.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{ApplyOn, CustomRow, Document, Mapping, Profile, ProfileValue, create_body, overlay};
use crate::okta::habits::{Habits, MultiValued};
use crate::scim::schema::USER;

/// Attributes of profiles: those that the template maps, and those of the custom rows.
const SOURCES: [&str; 16] = [
    "firstName",
    "lastName",
    "middleName",
    "email",
    "emailType",
    "displayName",
    "locale",
    "title",
    "primaryPhone",
    "primaryPhoneType",
    "city",
    "countryCode",
    "department",
    "manager",
    "managerId",
    "custom",
];

const ROWS: [&str; 10] = [
    "givenName",
    "middleName",
    "emails.value",
    "emails.type",
    "displayName",
    "phoneNumbers.value",
    "phoneNumbers.type",
    "addresses.locality",
    "department",
    "manager.value",
];

/// The external names and namespaces of custom rows, and the attribute of the profile.
const CUSTOM: [(&str, &str, &str); 8] = [
    ("roles", "list", USER),
    ("entitlements.^[type=='X'].value", "custom", USER),
    ("entitlements.^[type=='Y'].value", "title", USER),
    ("entitlements.^[primary==true].value", "city", USER),
    ("phoneNumbers.^[type=='mobile'].value", "custom", USER),
    ("badge", "custom", USER),
    ("tags", "list", "urn:example:User"),
    ("badge.number", "custom", "urn:example:User"),
];

fn profile() -> impl Strategy<Value = Profile> {
    let text = prop_oneof![Just(String::new()), "[a-z ]{1,4}", Just("mobile".to_owned())];
    let texts = prop::collection::btree_map(proptest::sample::select(&SOURCES[..]), text, 0..12);
    (texts, prop::collection::vec("[a-z]{0,3}", 0..3)).prop_map(|(texts, list)| {
        let mut profile: Profile = texts.into_iter().map(|(name, text)| (name.to_owned(), text.into())).collect();
        profile.insert("list".to_owned(), ProfileValue::List(list));
        profile
    })
}

fn habits() -> impl Strategy<Value = Habits> {
    let one_of = |words: &'static [&'static str]| proptest::sample::select(words);
    let values = (one_of(&["omit", "empty", "null"]), one_of(&["under-urn", "top"]), one_of(&["merge", "replace"]));
    values.prop_map(|(unset, core, multi)| {
        let mut habits = Habits::default();
        for (name, value) in [("unset-attributes", unset), ("core-custom", core), ("multi-valued", multi)] {
            habits.set(name, value).unwrap();
        }
        habits
    })
}

fn mapping() -> impl Strategy<Value = Mapping> {
    let without = proptest::sample::subsequence(&ROWS[..], 0..5);
    let custom = proptest::sample::subsequence(&CUSTOM[..], 0..=CUSTOM.len());
    (without, custom).prop_map(|(without, custom)| {
        let rows = custom.into_iter().map(|(name, source, namespace)| CustomRow {
            source: source.to_owned(),
            name: name.to_owned(),
            namespace: namespace.to_owned(),
            apply: ApplyOn::CreateAndUpdate,
            combine_groups: false,
        });
        rows.fold(Mapping::default(), |mapping, row| mapping.with(row).unwrap()).without(&without).unwrap()
    })
}

/// Compares two documents, and the order of their keys unless arrays are replaced.
fn same(left: Document, right: Document, habits: &Habits) -> Result<(), TestCaseError> {
    let (left, right) = (Value::Object(left), Value::Object(right));
    prop_assert_eq!(&left, &right);
    if habits.multi_valued == MultiValued::Merge {
        prop_assert_eq!(left.to_string(), right.to_string());
    }
    Ok(())
}

proptest! {
    #[test]
    fn a_push_after_a_create_changes_nothing(profile in profile(), mapping in mapping(), habits in habits()) {
        let id = Some("00u1");
        let mut server = create_body(&mapping, &profile, "a@b.c", id, "secret", &habits);
        server.shift_remove("password");
        server.insert("id".to_owned(), json!("7"));
        server.insert("meta".to_owned(), json!({"resourceType": "User"}));
        let pushed = overlay(server.clone(), &mapping, &profile, Some("a@b.c"), id, &habits);
        same(pushed, server, &habits)?;
    }

    #[test]
    fn a_second_push_changes_nothing(
        created in profile(),
        profile in profile(),
        mapping in mapping(),
        habits in habits(),
        create_only in proptest::sample::subsequence(&["familyName", "locale", "title"][..], 0..3),
    ) {
        let mapping = mapping.create_only(&create_only).unwrap();
        let server = create_body(&mapping, &created, "a@b.c", None, "secret", &habits);
        let push = |server| overlay(server, &mapping, &profile, None, None, &habits);
        let once = push(server);
        same(push(once.clone()), once, &habits)?;
    }

    #[test]
    fn a_change_is_one_of_the_attributes_that_are_sent(
        before in profile(),
        after in profile(),
        mapping in mapping(),
        habits in habits(),
        create_only in proptest::sample::subsequence(&["familyName", "locale", "title"][..], 0..3),
    ) {
        let mapping = mapping.create_only(&create_only).unwrap();
        let sent = |profile| mapping.attributes(profile, &habits, true);
        prop_assert_eq!(mapping.changes(&before, &after, &habits), sent(&before) != sent(&after));
        let mut renamed = before.clone();
        renamed.insert("title".to_owned(), "other".into());
        prop_assert_eq!(mapping.changes(&before, &renamed, &habits), sent(&before) != sent(&renamed));
    }
}

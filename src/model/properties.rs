//! Properties of the comparison: what counts as a difference, and what does not.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::document::{leaves, remove_leaf};
use super::*;
use crate::scim::resource::USER;
use crate::scim::schema::ENTERPRISE;
use crate::scim::{Kind, Object, Schemas};

/// Generates a user with a random selection of attributes.
fn user() -> impl Strategy<Value = Object> {
    let text = || "[a-zà-ž]{1,8}";
    let emails = prop::collection::btree_map("[a-z]{1,3}@x", prop::sample::select(vec!["work", "home", "other"]), 0..4);
    let optional = || prop::option::of(text());
    let names = (text(), text(), optional(), optional(), optional());
    (names, emails, prop::option::of(any::<bool>()), optional()).prop_map(|(names, emails, active, department)| {
        let (given, family, title, locale, external) = names;
        let emails: Vec<Value> = emails.into_iter().map(|(value, of)| json!({"value": value, "type": of})).collect();
        let Value::Object(mut user) = json!({
            "schemas": [USER],
            "userName": format!("{given}@example.com"),
            "name": {"givenName": given, "familyName": family},
            "emails": emails,
            "title": title,
            "locale": locale,
            "externalId": external,
            "active": active,
            ENTERPRISE: {"department": department},
        }) else {
            unreachable!()
        };
        user.retain(|_, value| !super::document::is_unassigned(value));
        user
    })
}

/// Changes what does not count: the order of elements and keys, letter case where the schema does not count it, further
/// keys, and null for attributes that are absent.
fn look_different(user: &Object) -> Object {
    let mut other: Object = user.clone().into_iter().rev().collect();
    for (key, value) in &mut other {
        match (key.as_str(), value) {
            ("emails", Value::Array(emails)) => {
                emails.reverse();
                emails.iter_mut().for_each(upper_case);
                emails.push(json!({"value": "own@example.com"}));
            }
            ("title" | "locale", value) => upper_case(value),
            ("name", value) => {
                upper_case(value);
                value["formatted"] = json!("Whatever");
            }
            _ => {}
        }
    }
    if let Some(name) = other.shift_remove("name") {
        other.insert("NAME".to_owned(), name);
    }
    for absent in ["title", "locale", "nickName", "phoneNumbers"] {
        other.entry(absent).or_insert(Value::Null);
    }
    other.insert("x509Certificates".to_owned(), json!([]));
    other.insert("meta".to_owned(), json!({"version": "2"}));
    other.insert("vendor".to_owned(), json!({"tier": 3}));
    other
}

fn upper_case(value: &mut Value) {
    match value {
        // A letter whose upper case has two letters does not fold to itself.
        Value::String(text) => *text = text.chars().map(|c| if c == 'ß' { c } else { one_upper(c) }).collect(),
        Value::Object(object) => object.values_mut().for_each(upper_case),
        _ => {}
    }
}

fn one_upper(c: char) -> char {
    let mut upper = c.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(one), None) if one.to_lowercase().eq([c]) => one,
        _ => c,
    }
}

fn differing(expected: &Object, observed: &Object) -> Vec<Divergence> {
    compare(Kind::User, Schemas::standard(), expected, observed).differing
}

proptest! {
    #[test]
    fn a_document_does_not_differ_from_itself(user in user()) {
        let found = compare(Kind::User, Schemas::standard(), &user, &user);
        prop_assert_eq!((found.differing, found.surplus), (vec![], vec![]));
    }

    #[test]
    fn another_look_is_no_difference(user in user()) {
        prop_assert_eq!(differing(&user, &look_different(&user)), vec![]);
    }

    #[test]
    fn a_dropped_attribute_is_exactly_one_difference(user in user(), choice in any::<prop::sample::Index>()) {
        let all: Vec<_> = leaves(Kind::User, Schemas::standard(), &user).into_values().collect();
        let dropped = choice.get(&all);
        let mut less = user.clone();
        remove_leaf(&mut less, &dropped.path);
        for observed in [less.clone(), look_different(&less)] {
            let found = differing(&user, &observed);
            prop_assert_eq!(found.len(), 1, "{:?}", &found);
            prop_assert_eq!((&found[0].path, found[0].kind), (&dropped.path, DifferenceKind::Missing));
        }
        // And nothing is expected of an attribute that no request sent.
        prop_assert_eq!(differing(&less, &user), vec![]);
    }

    #[test]
    fn another_value_is_exactly_one_difference(user in user(), choice in any::<prop::sample::Index>()) {
        let all: Vec<_> = leaves(Kind::User, Schemas::standard(), &user).into_values().collect();
        let changed = choice.get(&all);
        let value = match &changed.value {
            Value::Bool(flag) => json!(!flag),
            Value::Array(_) => return Ok(()),
            _ => json!("another value"),
        };
        let mut other = user.clone();
        super::document::set_leaf(&mut other, &super::document::Leaf { path: changed.path.clone(), value });
        let found = differing(&user, &other);
        prop_assert_eq!(found.len(), 1, "{:?}", &found);
        prop_assert_eq!((&found[0].path, found[0].kind), (&changed.path, DifferenceKind::Changed));
    }
}

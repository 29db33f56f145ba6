//! The work of one PATCH, counted: it grows with the request and the document, never with their product.

use super::*;
use crate::base::limits;
use crate::scim::Work;

/// A user with 1,000 e-mail values of 400 characters each, all of them `letter` but for the number at the end.
fn user_with_long_emails(letter: char) -> Object {
    let filler: String = std::iter::repeat_n(letter, 395).collect();
    let emails: Vec<Value> = (0..1_000).map(|n| json!({"value": format!("{filler}{n:05}"), "type": "work"})).collect();
    object(json!({"schemas": [USER], "userName": "ada", "emails": emails}))
}

/// Applies operations to a document and returns the outcome with the steps spent.
fn count(document: &Object, operations: Vec<Value>) -> (Result<Object, ScimError>, usize) {
    let patch = parse_as(Kind::User, Mode::Lenient, operations.into()).unwrap();
    let mut work = Work::up_to(limits::COMPARISONS);
    let outcome = patch.apply_within(document, Kind::User, Schemas::standard(), Mode::Lenient.into(), &mut work);
    (outcome, work.spent())
}

fn change_email(n: usize) -> Value {
    json!({"op": "replace", "path": format!("emails[value ew \"{n:05}\"].display"), "value": "d"})
}

#[test]
fn value_filters_over_long_values_run_out_of_comparisons() {
    let (outcome, spent) = count(&user_with_long_emails('é'), (0..1_000).map(change_email).collect());
    let error = outcome.unwrap_err();
    assert_eq!((error.status, error.scim_type), (400, Some(ScimType::TooMany)));
    assert!(error.detail.contains("more than 500000 comparisons"), "{}", error.detail);
    // The operation that exceeds the limit is stopped at the value that does.
    assert!(spent < limits::COMPARISONS + 1_000, "{spent}");
}

#[test]
fn each_value_is_folded_once_in_one_patch() {
    let document = user_with_long_emails('é');
    let steps = |operations| count(&document, (0..operations).map(change_email).collect()).1;
    let (one, two, three) = (steps(1), steps(2), steps(3));
    assert!(one > 190_000, "800,000 bytes are folded in the first operation: {one}");
    assert!(two - one < 20_000 && three - two == two - one, "{one} {two} {three}");
    // ASCII is compared without folding.
    assert!(count(&user_with_long_emails('e'), vec![change_email(1)]).1 < 10_000);
}

#[test]
fn adding_and_removing_an_extension_does_not_depend_on_the_rest_of_the_document() {
    let operations: Vec<Value> = (0..2_000)
        .map(|n| match n % 2 {
            0 => json!({"op": "add", "path": format!("{ENTERPRISE}:department"), "value": "x"}),
            _ => json!({"op": "remove", "path": ENTERPRISE}),
        })
        .collect();
    let small = object(json!({"schemas": [USER], "userName": "ada", "emails": [{"value": "a@x"}]}));
    let (outcome, of_small) = count(&small, operations.clone());
    assert_eq!(outcome.unwrap(), small);
    let (outcome, of_large) = count(&user_with_long_emails('é'), operations);
    assert!(outcome.is_ok());
    assert_eq!(of_small, of_large);
}

#[test]
fn lists_of_values_to_remove_are_looked_up() {
    let emails: Vec<Value> = (0..1_000).map(|n| json!({"value": format!("{n}@x"), "type": "work"})).collect();
    let document = object(json!({"schemas": [USER], "userName": "ada", "emails": emails}));
    let listed: Vec<Value> = (1..1_000).map(|n| json!({"value": format!("{n}@x")})).collect();
    let (outcome, spent) = count(&document, vec![json!({"op": "remove", "path": "emails", "value": listed})]);
    assert_eq!(outcome.unwrap()["emails"], json!([{"value": "0@x", "type": "work"}]));
    assert!(spent < 3_000, "{spent}");
}

#[test]
fn copies_into_many_values_are_counted() {
    let operation = json!({"op": "replace", "path": "emails[type eq \"work\"].display", "value": "x".repeat(60_000)});
    let (outcome, spent) = count(&user_with_long_emails('e'), vec![operation]);
    assert_eq!(outcome.unwrap_err().scim_type, Some(ScimType::TooMany));
    assert!(spent > limits::COMPARISONS);
}

#[test]
fn duplicates_are_merged_after_the_last_operation() {
    let emails = json!([{"value": "a", "type": "work", "display": "A"}, {"value": "b", "type": "work"}]);
    let document = object(json!({"schemas": [USER], "userName": "ada", "emails": emails}));
    let same = json!({"op": "replace", "path": "emails[type eq \"work\"].value", "value": "c"});
    let (outcome, _) = count(&document, vec![same.clone()]);
    assert_eq!(outcome.unwrap()["emails"], json!([{"value": "c", "type": "work", "display": "A"}]));
    let again = json!({"op": "replace", "path": "emails[display pr].value", "value": "d"});
    let (outcome, _) = count(&document, vec![same, again]);
    let expected = json!([{"value": "d", "type": "work", "display": "A"}, {"value": "c", "type": "work"}]);
    assert_eq!(outcome.unwrap()["emails"], expected);
}

#[test]
fn one_patch_sets_a_bounded_number_of_attributes() {
    let set: Object = (0..900).map(|n| (format!("a{n}"), json!(n))).collect();
    let operations = vec![json!({"op": "add", "value": set}); limits::PATCH_ATTRIBUTES / 900 + 1];
    let error = parse_as(Kind::User, Mode::Lenient, operations.into()).unwrap_err();
    assert_eq!(error.status, 413);
    assert!(error.detail.contains("more than 20000 attributes"), "{}", error.detail);
}

#[test]
fn a_document_does_not_grow_beyond_what_one_request_can_send() {
    let mut document = object(json!({"schemas": [USER], "userName": "ada"}));
    let add = |n: usize| vec![json!({"op": "add", "value": {format!("note{n}"): "x".repeat(1_000_000)}})];
    for n in 0..2 {
        document = count(&document, add(n)).0.unwrap();
    }
    let error = count(&document, add(2)).0.unwrap_err();
    assert_eq!(error.status, 413);
    assert!(error.detail.contains("2048000"), "{}", error.detail);
}

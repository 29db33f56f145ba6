use serde_json::json;

use super::*;
use crate::scim::resource::Kind;
use crate::scim::schema::{ENTERPRISE, USER};
use crate::scim::{Mode, Schemas};

fn accept(mode: Mode, rest: &Value) -> Result<(Object, Vec<String>), ScimError> {
    let mut body = Object::from_iter([("schemas".to_owned(), json!([USER])), ("userName".to_owned(), "a".into())]);
    body.extend(rest.as_object().unwrap().clone());
    let accepted = Schemas::standard().accept(Kind::User, body, mode.into())?;
    Ok((accepted.document, accepted.dropped))
}

#[test]
fn unknown_attributes_are_kept_without_unassigned_values_and_passwords() {
    for (sent, kept) in [
        (json!({"shoe": null}), json!({})),
        (json!({"shoe": []}), json!({})),
        (json!({"shoe": {}}), json!({})),
        (json!({"shoe": {"size": null, "laces": [], "maker": {}}}), json!({})),
        (json!({"urn:example:shoe": {"size": null}}), json!({})),
        (json!({"shoe": {"size": 7, "gone": null}}), json!({"shoe": {"size": 7}})),
        (json!({"shoes": [{"size": null}, {"size": 7}, "x"]}), json!({"shoes": [{}, {"size": 7}, "x"]})),
        (json!({"shoe": {"Password": "s3cret", "size": 7}}), json!({"shoe": {"size": 7}})),
        (json!({"shoes": [{"password": "s3cret", "size": 7}]}), json!({"shoes": [{"size": 7}]})),
        (json!({ENTERPRISE: {"shoe": {"password": "s3cret", "size": 7}}}), json!({ENTERPRISE: {"shoe": {"size": 7}}})),
        (json!({"name": {"shoe": [], "givenName": "A"}}), json!({"name": {"givenName": "A"}})),
    ] {
        let (document, dropped) = accept(Mode::Lenient, &sent).unwrap();
        let secret = sent.to_string().contains("s3cret");
        assert_eq!(dropped.iter().any(|what| what.contains("password")), secret, "{sent}");
        let rest = document.into_iter().filter(|(key, _)| !["schemas", "userName"].contains(&key.as_str()));
        assert_eq!(Value::Object(rest.collect()), kept, "{sent}");
    }
    let twice = accept(Mode::Lenient, &json!({"shoe": [{"size": 1, "SIZE": 2}]})).unwrap_err();
    assert_eq!((twice.status, twice.scim_type), (400, Some(crate::scim::ScimType::InvalidSyntax)));
}

#[test]
fn a_path_is_not_an_attribute_name_in_a_body() {
    for (sent, way_out) in [
        (json!({"name.givenName": "A"}), "\"name\": \"givenName\""),
        (json!({format!("{USER}:password"): "s3cret"}), "\"password\""),
        (json!({format!("{}:Password", USER.to_uppercase()): "s3cret"}), "\"password\""),
        (json!({format!("{ENTERPRISE}:manager.value"): "m"}), "User\": \"manager\": \"value\""),
    ] {
        for mode in [Mode::Lenient, Mode::Strict] {
            let error = accept(mode, &sent).unwrap_err();
            assert_eq!((error.status, error.scim_type), (400, Some(crate::scim::ScimType::InvalidValue)), "{sent}");
            assert!(error.detail.contains(way_out) && !error.detail.contains("s3cret"), "{sent}: {}", error.detail);
        }
    }
    let error = accept(Mode::Strict, &json!({USER: {"password": "s3cret"}})).unwrap_err();
    assert!(error.detail.contains("must be at the top level") && !error.detail.contains("s3cret"), "{error}");
}

#[test]
fn strict_mode_validates_references_and_binaries() {
    for (good, text) in [
        (true, "https://example.com/a?b=c#d"),
        (true, "../Users/1"),
        (true, "urn:uuid:1"),
        (true, "//example.com"),
        (true, "www.example.com"),
        (true, "a%20b"),
        (true, ""),
        (false, "a b"),
        (false, "a%2"),
        (false, "a%zz"),
        (false, "<a>"),
        (false, "ünï"),
        (false, "1a:b"),
        (false, ":a"),
        (false, "a\nb"),
    ] {
        for body in [json!({"profileUrl": text}), json!({"photos": [{"value": text}]})] {
            assert_eq!(accept(Mode::Strict, &body).is_ok(), good, "{body}");
            assert!(accept(Mode::Lenient, &body).is_ok(), "{body}");
        }
    }
    for (strict, lenient, text) in [
        (true, true, "TUlJ"),
        (true, true, "TUk="),
        (true, true, "TUk"),
        (false, true, "TU\nlJ"),
        (false, true, "-_8"),
        (false, false, "T"),
        (false, false, "not base64!"),
        (false, false, "+_8"),
    ] {
        let body = json!({"x509Certificates": [{"value": text}]});
        assert_eq!(accept(Mode::Strict, &body).is_ok(), strict, "{text:?}");
        assert_eq!(accept(Mode::Lenient, &body).is_ok(), lenient, "{text:?}");
    }
}

#[test]
fn errors_name_the_array_element() {
    for (sent, place) in [
        (json!({"emails": [{"value": "a"}, {"value": 7}]}), "emails[1].value must be a string"),
        (json!({"emails": [{"value": "a"}, null]}), "emails[1] must be an object"),
        (json!({"emails": "a"}), "emails must be an array"),
        (json!({ENTERPRISE: {"manager": {"value": 7}}}), "User:manager.value must be a string"),
    ] {
        let detail = accept(Mode::Lenient, &sent).unwrap_err().detail;
        assert!(detail.contains(place), "{sent}: {detail}");
    }
}

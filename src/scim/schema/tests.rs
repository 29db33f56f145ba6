use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::scim::{Mode, ScimError, ScimType};

fn object(value: Value) -> Object {
    match value {
        Value::Object(object) => object,
        other => panic!("{other} is no object"),
    }
}

fn accept(kind: Kind, mode: Mode, body: Value) -> Result<Accepted, ScimError> {
    Schemas::standard().accept(kind, object(body), mode.into())
}

fn kept(body: Value) -> Value {
    Value::Object(accept(Kind::User, Mode::Lenient, body).unwrap().document)
}

fn path(text: &str) -> AttrPath {
    text.parse().unwrap()
}

#[test]
fn the_definitions_equal_those_of_the_rfc() {
    let schemas = Schemas::standard();
    let of = |kind, text: &str| schemas.find(kind, &path(text)).unwrap_or_else(|| panic!("{text}"));
    let user_name = of(Kind::User, "USERNAME");
    assert!(user_name.required && !user_name.case_exact && user_name.uniqueness == "server");
    assert_eq!(of(Kind::User, "password").returned, Returned::Never);
    assert_eq!(of(Kind::User, "groups.value").mutability, Mutability::ReadOnly);
    assert_eq!(of(Kind::Group, "members.$ref").reference_types, ["User", "Group"]);
    assert_eq!(of(Kind::User, "x509Certificates.value").r#type, Type::Binary);
    assert!(of(Kind::User, "externalId").case_exact && of(Kind::Group, "id").case_exact);
    assert_eq!(of(Kind::User, "meta.created").r#type, Type::DateTime);
    assert_eq!(of(Kind::User, &format!("{ENTERPRISE}:manager.displayName")).mutability, Mutability::ReadOnly);
    for (kind, text) in [
        (Kind::Group, "userName"),
        (Kind::User, "members"),
        (Kind::User, "department"),
        (Kind::User, "name.nick"),
        (Kind::User, ENTERPRISE),
        (Kind::User, &format!("{GROUP}:displayName")),
        (Kind::Group, &format!("{ENTERPRISE}:department")),
    ] {
        assert_eq!(schemas.find(kind, &path(text)), None, "{text}");
    }
    assert!(matches!(schemas.resolve(Kind::User, &path(ENTERPRISE)), Some(Resolved::Extension(_))));
    let names: Vec<&str> = schemas.all.iter().map(|schema| schema.name.as_str()).collect();
    assert_eq!(names, ["User", "Group", "EnterpriseUser"]);
    assert_eq!(schemas.all[0].attributes.len(), 21);
}

#[test]
fn a_body_from_okta_is_stored_without_password_and_groups() {
    let accepted = accept(
        Kind::User,
        Mode::Lenient,
        json!({"schemas": [USER], "userName": "a@b", "name": {"givenName": "Ä", "familyName": "B"},
            "emails": [{"primary": true, "value": "a@b", "type": "work"}], "displayName": "Ä B", "locale": "en-US",
            "externalId": "00u", "groups": [], "password": "1mz050nq", "active": true}),
    )
    .unwrap();
    assert_eq!(
        serde_json::to_string(&accepted.document).unwrap(),
        format!(
            "{{\"schemas\":[\"{USER}\"],\"userName\":\"a@b\",\"name\":{{\"givenName\":\"Ä\",\"familyName\":\"B\"}},\
             \"emails\":[{{\"primary\":true,\"value\":\"a@b\",\"type\":\"work\"}}],\"displayName\":\"Ä B\",\
             \"locale\":\"en-US\",\"externalId\":\"00u\",\"active\":true}}"
        )
    );
    assert!(accepted.password_set);
    assert_eq!((accepted.members, accepted.dropped.len()), (None, 0));
}

#[test]
fn names_are_normalized_and_unassigned_values_omitted() {
    let body = json!({"SCHEMAS": [USER.to_lowercase()], "USERNAME": "a", "Title": null, "emails": [], "name": {},
        "NAME2": {"Odd": null}, "gone": null, "nickName": "", "addresses": [{"LOCALITY": "X", "region": null}],
        "active": "False", "id": 7, "meta": "x", "list": []});
    assert_eq!(
        kept(body),
        json!({"schemas": [USER], "userName": "a", "nickName": "", "addresses": [{"locality": "X"}], "active": false})
    );
}

#[test]
fn schemas_lists_the_extensions_that_are_present() {
    let body = |schemas: Value, rest: Value| {
        let mut body = object(json!({"schemas": schemas, "userName": "a"}));
        body.extend(object(rest));
        Value::Object(body)
    };
    let acme = "urn:example:acme:1.0:User";
    let cases = [
        (body(json!([USER]), json!({ENTERPRISE: {"division": "N"}})), json!([USER, ENTERPRISE])),
        (
            body(json!([ENTERPRISE, USER]), json!({ENTERPRISE.to_lowercase(): {"division": "N"}})),
            json!([ENTERPRISE, USER]),
        ),
        (body(json!([USER, ENTERPRISE]), json!({})), json!([USER])),
        (body(json!([USER, ENTERPRISE]), json!({ENTERPRISE: {"division": null}})), json!([USER])),
        (body(json!([USER, USER]), json!({acme: {"x": 1}})), json!([USER, acme])),
        (body(json!([acme, USER]), json!({acme: {"x": 1}})), json!([acme, USER])),
    ];
    for (body, expected) in cases {
        assert_eq!(kept(body.clone())["schemas"], expected, "{body}");
    }
    let said = accept(Kind::User, Mode::Lenient, body(json!([USER, acme]), json!({}))).unwrap().dropped;
    assert!(said[0].contains(acme), "{said:?}");
    let strict = accept(Kind::User, Mode::Strict, body(json!([USER, acme]), json!({}))).unwrap_err();
    assert_eq!(strict.scim_type, Some(ScimType::InvalidValue));
}

#[test]
fn invalid_bodies_are_rejected_in_both_modes() {
    let base = |rest: Value| {
        let mut body = object(json!({"schemas": [USER], "userName": "a"}));
        body.extend(object(rest));
        Value::Object(body)
    };
    for (body, word) in [
        (json!({"totalResults": 1, "Resources": ["..."], "resources": ["..."], "active": false}), "schemas"),
        (json!({"userName": "a"}), "schemas"),
        (json!({"schemas": [], "userName": "a"}), "schemas"),
        (json!({"schemas": USER, "userName": "a"}), "schemas"),
        (json!({"schemas": [USER, 7], "userName": "a"}), "schemas"),
        (json!({"schemas": [GROUP], "userName": "a"}), "schemas"),
        (json!({"schemas": [USER]}), "userName"),
        (base(json!({"userName": null})), "userName"),
        (base(json!({"userName": " "})), "userName"),
        (base(json!({"userName": []})), "userName"),
        (base(json!({"title": 7})), "title"),
        (base(json!({"title": []})), "title"),
        (base(json!({"active": "maybe"})), "active"),
        (base(json!({"active": 1})), "active"),
        (base(json!({"emails": {"value": "x"}})), "emails"),
        (base(json!({"emails": "x"})), "emails"),
        (base(json!({"emails": [7]})), "emails"),
        (base(json!({"addresses": ["x"]})), "addresses"),
        (base(json!({"emails": [null]})), "emails"),
        (base(json!({"emails": [{"value": 7}]})), "emails[0].value"),
        (base(json!({"emails": [{"primary": true}, {"primary": true}]})), "primary"),
        (base(json!({"name": "x"})), "name"),
        (base(json!({"name": {"givenName": ["x"]}})), "name.givenName"),
        (base(json!({"profileUrl": {}})), "profileUrl"),
        (base(json!({"password": 7})), "password"),
        (base(json!({"x509Certificates": [{"value": "%"}]})), "x509Certificates[0].value"),
        (base(json!({ENTERPRISE: "x"})), ENTERPRISE),
        (base(json!({ENTERPRISE: {"manager": {"value": 7}}})), "manager.value"),
    ] {
        for mode in [Mode::Lenient, Mode::Strict] {
            let error = accept(Kind::User, mode, body.clone()).unwrap_err();
            assert_eq!((error.status, error.scim_type), (400, Some(ScimType::InvalidValue)), "{body}");
            assert!(error.detail.contains(word), "{body}: {}", error.detail);
        }
    }
    let twice = accept(Kind::User, Mode::Lenient, base(json!({"USERNAME": "b"}))).unwrap_err();
    assert_eq!(twice.scim_type, Some(ScimType::InvalidSyntax));
    let group = accept(Kind::Group, Mode::Lenient, json!({"schemas": [GROUP], "members": []})).unwrap_err();
    assert!(group.detail.starts_with("displayName is required"));
}

#[test]
fn strict_mode_rejects_unknown_attributes_and_booleans_as_strings() {
    for rest in [
        json!({"shoe": 1}),
        json!({"name": {"nick": "x"}}),
        json!({"emails": [{"nope": 1}]}),
        json!({ENTERPRISE: {"desk": 1}}),
        json!({"urn:example:acme:1.0:User": {"x": 1}}),
        json!({"active": "true"}),
    ] {
        let mut body = object(json!({"schemas": [USER], "userName": "a"}));
        body.extend(object(rest.clone()));
        let error = accept(Kind::User, Mode::Strict, Value::Object(body.clone())).unwrap_err();
        assert_eq!(error.scim_type, Some(ScimType::InvalidValue), "{rest}");
        assert!(accept(Kind::User, Mode::Lenient, Value::Object(body)).is_ok(), "{rest}");
    }
    let manager =
        json!({"schemas": [USER], "userName": "a", ENTERPRISE: {"manager": {"value": "m", "displayName": "M"}}});
    assert_eq!(kept(manager.clone())[ENTERPRISE], manager[ENTERPRISE]);
    let strict = accept(Kind::User, Mode::Strict, manager).unwrap();
    assert_eq!(strict.document[ENTERPRISE], json!({"manager": {"value": "m"}}));
    assert_eq!(strict.dropped.len(), 1);
}

#[test]
fn members_are_separated_and_deduplicated() {
    let group = |members: Value| json!({"schemas": [GROUP], "displayName": "G", "members": members});
    let accepted = accept(
        Kind::Group,
        Mode::Strict,
        group(json!([{"value": "a", "display": null, "type": "User", "$ref": "../Users/a"}, {"value": "b", "display": "B"},
            {"value": "a", "display": "again"}])),
    )
    .unwrap();
    assert_eq!(
        accepted.members.unwrap(),
        [Member { value: "a".into(), display: None }, Member { value: "b".into(), display: Some("B".into()) }]
    );
    assert_eq!(Value::Object(accepted.document), json!({"schemas": [GROUP], "displayName": "G"}));
    for members in [
        json!([{"display": "x"}]),
        json!([{"value": ""}]),
        json!([{"value": 7}]),
        json!(["a"]),
        json!({"value": "a"}),
        json!("a"),
        json!([{"value": "a", "display": 7}]),
    ] {
        let error = accept(Kind::Group, Mode::Lenient, group(members.clone())).unwrap_err();
        assert_eq!(error.scim_type, Some(ScimType::InvalidValue), "{members}");
    }
    let many = vec![json!({"value": "a"}); crate::base::limits::MEMBERS_PER_REQUEST + 1];
    assert_eq!(accept(Kind::Group, Mode::Lenient, group(many.into())).unwrap_err().status, 413);
}

#[test]
fn a_declared_extension_is_applied() {
    let urn = "urn:example:acme:2.0:User";
    let definition = json!({"id": urn, "name": "Acme", "attributes": [
        {"name": "badge", "type": "integer", "required": true, "uniqueness": "server"},
        {"name": "desk-no"}, {"name": "seen", "type": "dateTime", "multiValued": true}]});
    let schemas = Schemas::standard().with_extension(&definition).unwrap();
    let run = |extension: Value| {
        let body = object(json!({"schemas": [USER], "userName": "a", urn: extension}));
        schemas.accept(Kind::User, body, Mode::Strict.into())
    };
    let good = json!({"badge": 7, "desk-no": "x", "seen": ["2011-05-13T04:42:34Z"]});
    assert_eq!(run(good.clone()).unwrap().document[urn], good);
    for bad in
        [json!({"badge": 7.5}), json!({"badge": "7"}), json!({"desk-no": "x"}), json!({"badge": 1, "seen": ["now"]})]
    {
        assert_eq!(run(bad.clone()).unwrap_err().scim_type, Some(ScimType::InvalidValue), "{bad}");
    }
    assert_eq!(schemas.find(Kind::User, &path(&format!("{urn}:desk-no"))).unwrap().r#type, Type::String);
    assert_eq!(discovery::resource_types(&schemas)[0]["schemaExtensions"][1]["schema"], urn);
    for bad in [
        json!({}),
        json!({"id": "acme", "attributes": [{"name": "x"}]}),
        json!({"id": urn, "attributes": []}),
        json!({"id": urn, "attributes": [{"name": "1x"}]}),
        json!({"id": urn, "attributes": [{"name": "x"}, {"name": "X"}]}),
        json!({"id": urn, "attributes": [{"name": "x", "type": "text"}]}),
        json!({"id": urn, "attributes": [{"name": "x", "type": "complex"}]}),
        json!({"id": urn, "attributes": [{"name": "x", "uniqueness": "maybe"}]}),
        json!({"id": ENTERPRISE.to_lowercase(), "attributes": [{"name": "x"}]}),
    ] {
        assert!(Schemas::standard().with_extension(&bad).is_err(), "{bad}");
    }
}

#[test]
fn a_put_can_set_an_immutable_attribute_once() {
    let urn = "urn:example:acme:2.0:User";
    let schemas = Schemas::standard()
        .with_extension(&json!({"id": urn, "attributes": [
            {"name": "badge", "mutability": "immutable"},
            {"name": "desk", "type": "complex", "subAttributes": [{"name": "no", "mutability": "immutable"}, {"name": "floor"}]}]}))
        .unwrap();
    let change = |before: Value, after: Value| {
        let document = |extension: Value| object(json!({"userName": "a", urn: extension}));
        schemas.check_immutable(Kind::User, &document(before), &document(after)).map_err(|error| error.scim_type)
    };
    let refused = Err(Some(ScimType::Mutability));
    assert_eq!(change(json!({}), json!({"badge": "1", "desk": {"no": "1"}})), Ok(()));
    assert_eq!(change(json!({"badge": "1"}), json!({"badge": "1", "desk": {"floor": "2"}})), Ok(()));
    assert_eq!(change(json!({"badge": "1"}), json!({"badge": "2"})), refused);
    assert_eq!(change(json!({"badge": "1"}), json!({})), refused);
    assert_eq!(change(json!({"desk": {"no": "1", "floor": "1"}}), json!({"desk": {"no": "1"}})), Ok(()));
    assert_eq!(change(json!({"desk": {"no": "1"}}), json!({"desk": {"no": "2"}})), refused);
}

#[test]
fn immutable_sub_attributes_of_multi_valued_attributes_are_protected() {
    let urn = "urn:example:acme:2.0:User";
    let car =
        json!([{"name": "value"}, {"name": "type"}, {"name": "plate", "mutability": "immutable"}, {"name": "hue"}]);
    let cars = json!({"name": "cars", "type": "complex", "multiValued": true, "subAttributes": car});
    let schemas = Schemas::standard().with_extension(&json!({"id": urn, "attributes": [cars]})).unwrap();
    let before =
        json!([{"value": "a", "plate": "1", "hue": "red"}, {"value": "a", "type": "t", "plate": "2"}, {"plate": "3"}]);
    for (after, holds) in [
        (json!([{"value": "a", "type": "t", "plate": "2"}, {"value": "a", "plate": "1", "hue": "blue"}]), true),
        (json!([{"value": "b", "plate": "9"}, {"plate": "4"}]), true),
        (json!([{"value": "a", "plate": "2"}]), false),
        (json!([{"value": "a", "type": "t"}]), false),
        (Value::Null, true),
    ] {
        let document = |cars: &Value| object(json!({"userName": "a", urn: {"cars": cars}}));
        let result = schemas.check_immutable(Kind::User, &document(&before), &document(&after));
        assert_eq!(result.is_ok(), holds, "{after}: {result:?}");
    }
}

#[test]
fn required_sub_attributes_are_required_if_their_parent_is_present() {
    let urn = "urn:example:acme:2.0:User";
    let parts = json!([{"name": "value", "required": true}, {"name": "hue"}]);
    let schemas = Schemas::standard()
        .with_extension(&json!({"id": urn, "attributes": [
            {"name": "seat", "type": "complex", "subAttributes": parts},
            {"name": "cars", "type": "complex", "multiValued": true, "subAttributes": parts},
        ]}))
        .unwrap();
    for (extension, lacking) in [
        (json!({}), None),
        (json!({"seat": {"value": "a"}, "cars": [{"value": "b"}]}), None),
        (json!({"seat": {"hue": "red"}}), Some("seat.value")),
        (json!({"seat": {"value": " ", "hue": "red"}}), Some("seat.value")),
        (json!({"cars": [{"value": "b"}, {"value": null, "hue": "red"}]}), Some("cars[1].value")),
    ] {
        let body = object(json!({"schemas": [USER], "userName": "a", urn: extension}));
        let error = schemas.accept(Kind::User, body, Mode::Lenient.into()).err();
        assert_eq!(error.is_some(), lacking.is_some(), "{error:?}");
        if let (Some(error), Some(lacking)) = (error, lacking) {
            let wanted = format!("{urn}:{lacking} is required, but is missing or empty");
            assert_eq!((error.scim_type, error.detail), (Some(ScimType::InvalidValue), wanted));
        }
    }
}

#[test]
fn implied_characteristics_are_set() {
    let schemas = Schemas::standard()
        .with_extension(&json!({"id": "urn:example:acme:2.0:User", "attributes": [
            {"name": "pin", "mutability": "writeOnly", "returned": "always"},
            {"name": "seat", "type": "complex", "subAttributes": [
                {"name": "home", "type": "reference"}, {"name": "key", "type": "binary"}, {"name": "pin", "mutability": "writeOnly"}]},
        ]}))
        .unwrap();
    let of = |name: &str| schemas.find(Kind::User, &path(&format!("urn:example:acme:2.0:User:{name}"))).unwrap();
    assert_eq!((of("pin").returned, of("seat.pin").returned), (Returned::Never, Returned::Never));
    assert!(of("seat.home").case_exact && of("seat.key").case_exact && !of("seat").case_exact);
    assert_eq!(of("seat.home").reference_types, ["external"]);
}

#[test]
fn read_only_attributes_are_kept_only_inside_writable_ones() {
    let urn = "urn:example:acme:2.0:User";
    let score = json!({"name": "score", "mutability": "readOnly"});
    let schemas =
        Schemas::standard().with_extension(&json!({"id": urn, "attributes": [score, {"name": "x"}]})).unwrap();
    for mode in [Mode::Lenient, Mode::Strict] {
        let body = object(json!({"schemas": [USER], "userName": "a", urn: {"score": "9", "x": "1"},
            ENTERPRISE: {"manager": {"value": "m", "displayName": "M"}}}));
        let accepted = schemas.accept(Kind::User, body, mode.into()).unwrap();
        assert_eq!(accepted.document[urn], json!({"x": "1"}), "{mode:?}");
        let kept = accepted.document[ENTERPRISE]["manager"].get("displayName").is_some();
        assert_eq!(kept, mode == Mode::Lenient, "{mode:?}");
    }
}

#[test]
fn discovery_returns_the_definitions_used_for_validation() {
    let shown = discovery::schemas(Schemas::standard());
    assert_eq!(shown[0]["id"], USER);
    let back: Schema = serde_json::from_value(shown[2].clone()).unwrap();
    assert_eq!(&back, &Schemas::standard().all[2]);
    let config = discovery::service_provider_config(discovery::Supported::default());
    for name in ["patch", "bulk", "filter", "changePassword", "sort", "etag"] {
        assert!(config[name]["supported"].is_boolean(), "{name}");
    }
    assert_eq!(config["filter"]["maxResults"], crate::base::limits::PAGE_SIZE);
}

/// Any JSON; some keys are attribute names of the schemas.
pub(in crate::scim) fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e9..1e9_f64).prop_map(Value::from),
        "[a-z@.]{0,6}|True|false|\\PC{0,4}".prop_map(Value::from),
        proptest::sample::select(vec![USER, GROUP, ENTERPRISE]).prop_map(Value::from),
    ];
    let key = prop_oneof![
        proptest::sample::select(vec![
            "schemas",
            "userName",
            "USERNAME",
            "name",
            "givenName",
            "emails",
            "value",
            "type",
            "primary",
            "active",
            "password",
            "members",
            "groups",
            "id",
            "meta",
            "displayName",
            ENTERPRISE,
            "manager",
            "photos",
            "$ref",
            "name.givenName",
            "emails[type eq \"work\"].value",
            "urn:x:y:User",
        ])
        .prop_map(str::to_owned),
        "\\PC{0,4}",
    ];
    leaf.prop_recursive(4, 32, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::vec((key.clone(), inner), 0..5)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

/// An object with valid `schemas` and a valid required name.
pub(in crate::scim) fn any_body() -> impl Strategy<Value = Object> {
    (any_json(), any::<bool>()).prop_map(|(json, fill)| {
        let mut body = match json {
            Value::Object(object) => object,
            other => Object::from_iter([("emails".to_owned(), other)]),
        };
        if fill {
            body.retain(|key, _| !["schemas", "username", "displayname"].contains(&key.to_lowercase().as_str()));
            body.insert("schemas".to_owned(), json!([USER, GROUP]));
            body.insert("userName".to_owned(), "x".into());
            body.insert("displayName".to_owned(), "x".into());
        }
        body
    })
}

/// The body that Okta's knowledge base shows for custom roles, and bare strings.
#[test]
fn the_forms_of_custom_roles_are_accepted_in_lenient_mode() {
    let roles = json!([{"type": "A", "value": "a"}, {"value": "b"}]);
    let forms = [
        json!({USER: {"roles": [{"type": "A", "value": "a"}, "b"]}}),
        json!({USER.to_uppercase(): {"Roles": ["b"]}, "roles": [{"type": "A", "value": "a"}]}),
        json!({"roles": [{"type": "A", "value": "a"}, "b", "b"]}),
    ];
    for mut body in forms {
        body["schemas"] = json!([USER]);
        body["userName"] = "a".into();
        assert_eq!(kept(body.clone()), json!({"schemas": [USER], "userName": "a", "roles": roles}), "{body}");
        let error = accept(Kind::User, Mode::Strict, body).unwrap_err();
        assert_eq!(error.scim_type, Some(ScimType::InvalidValue));
    }
    let both = json!({"schemas": [USER], "userName": "a", "title": "top", "name": {"givenName": "A", "familyName": "B"},
        USER: {"TITLE": "urn", "name": {"givenName": "C"}, "password": "secret"}});
    let accepted = accept(Kind::User, Mode::Lenient, both).unwrap();
    assert_eq!(accepted.document["title"], "urn");
    assert_eq!(accepted.document["name"], json!({"givenName": "C", "familyName": "B"}));
    assert!(accepted.password_set && !accepted.document.contains_key("password"));
    for wrong in
        [json!({USER: "x"}), json!({USER: {"title": "a", "Title": "b"}}), json!({USER: {USER: {"title": "a"}}})]
    {
        let mut body = wrong;
        body["schemas"] = json!([USER]);
        body["userName"] = "a".into();
        assert_eq!(accept(Kind::User, Mode::Lenient, body.clone()).unwrap_err().status, 400, "{body}");
    }
}

proptest! {
    #[test]
    fn attributes_under_the_core_urn_are_those_at_the_top(body in any_body(), user in any::<bool>()) {
        let kind = if user { Kind::User } else { Kind::Group };
        let (top, under): (Object, Object) =
            body.clone().into_iter().partition(|(key, _)| key.eq_ignore_ascii_case("schemas"));
        let mut moved = top;
        moved.insert(kind.urn().to_owned(), Value::Object(under));
        let accept = |body: Object, mode: Mode| Schemas::standard().accept(kind, body, mode.into()).ok();
        let document = |accepted: Option<Accepted>| accepted.map(|accepted| Value::Object(accepted.document));
        prop_assert!(accept(moved.clone(), Mode::Strict).is_none());
        prop_assert_eq!(document(accept(moved, Mode::Lenient)), document(accept(body, Mode::Lenient)));
    }

    #[test]
    fn an_accepted_document_is_accepted_again_unchanged(body in any_body(), user in any::<bool>(), strict in any::<bool>()) {
        let kind = if user { Kind::User } else { Kind::Group };
        let rules = if strict { Mode::Strict } else { Mode::Lenient }.into();
        if let Ok(first) = Schemas::standard().accept(kind, body, rules) {
            for key in ["id", "meta", "password"] {
                prop_assert!(!first.document.contains_key(key));
            }
            let second = Schemas::standard().accept(kind, first.document.clone(), rules).unwrap();
            prop_assert_eq!(second.document, first.document);
        }
    }
}

//! Declared characteristics take effect (RFC 7643 sections 2 and 7), tested with an extension that declares every one: types,
//! mutability, returned, uniqueness, required, case. Each requirement has one row or assertion.

use reqwest::Method;
use scimulate::directory::Settings;
use scimulate::scim::Mode;
use serde_json::{Value, json};

use crate::support::reference::{PATCH_OP, Reply, Server, USER, filter};

const URN: &str = "urn:example:params:scim:schemas:extension:acme:2.0:User";

fn definition() -> Value {
    let of = |name: &str, more: Value| {
        let mut attribute = json!({"name": name, "type": "string", "description": name});
        attribute.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        attribute
    };
    json!({"id": URN, "name": "Acme", "description": "Everything", "attributes": [
        of("badge", json!({"uniqueness": "server"})),
        of("code", json!({"uniqueness": "global", "caseExact": true})),
        of("tags", json!({"multiValued": true, "caseExact": true})),
        of("floor", json!({"type": "integer"})),
        of("rate", json!({"type": "decimal"})),
        of("hired", json!({"type": "dateTime"})),
        of("key", json!({"type": "binary", "caseExact": true})),
        of("home", json!({"type": "reference"})),
        of("remote", json!({"type": "boolean"})),
        of("origin", json!({"mutability": "immutable"})),
        of("score", json!({"mutability": "readOnly"})),
        of("pin", json!({"mutability": "writeOnly"})),
        of("card", json!({"returned": "always"})),
        of("notes", json!({"returned": "request"})),
        of("desk", json!({"required": true})),
        of("seat", json!({"type": "complex", "subAttributes": [
            of("row", json!({"caseExact": true})), of("value", json!({"returned": "always"})), of("since", json!({"mutability": "immutable"})),
        ]})),
        of("cars", json!({"type": "complex", "multiValued": true, "subAttributes": [
            of("value", json!({"required": true})), of("plate", json!({"mutability": "immutable"})), of("hue", json!({"returned": "request"})),
        ]})),
    ]})
}

/// A directory with the extension.
struct Acme {
    server: Server,
    url: String,
    bearer: String,
}

impl Acme {
    async fn start(mode: Mode) -> Self {
        let server = Server::start().await;
        let settings = Settings { schemas: vec![definition()], mode, ..Settings::default() };
        let (url, token) = server.another_directory_with("Acme", settings).await;
        Self { server, url, bearer: format!("Bearer {token}") }
    }

    async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Reply {
        let headers = [("authorization", self.bearer.as_str())];
        let path = if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.url) };
        self.server.send_with(method, &path, &headers, body.map(|body| body.to_string())).await
    }

    async fn get(&self, path: &str) -> Value {
        let reply = self.send(Method::GET, path, None).await;
        assert_eq!(reply.status, 200, "{path}: {}", reply.text);
        reply.json()
    }

    async fn create(&self, name: &str, acme: Value) -> Reply {
        self.send(Method::POST, "/Users", Some(body(name, acme))).await
    }

    async fn patch(&self, path: &str, op: &str, attribute: &str, value: Value) -> Reply {
        let operation = json!({"op": op, "path": format!("{URN}:{attribute}"), "value": value});
        self.send(Method::PATCH, path, Some(json!({"schemas": [PATCH_OP], "Operations": [operation]}))).await
    }
}

fn body(name: &str, mut acme: Value) -> Value {
    if acme.get("desk").is_none() {
        acme["desk"] = json!("1");
    }
    json!({"schemas": [USER, URN], "userName": name, URN: acme})
}

#[tokio::test]
async fn every_writable_attribute_can_be_written_and_read() {
    let acme = Acme::start(Mode::Lenient).await;
    let path = format!("/Users/{}", acme.create("ann", json!({})).await.id());
    for (name, first, second) in [
        ("badge", json!("a"), json!("b")),
        ("tags", json!(["a", "A"]), json!(["b"])),
        ("floor", json!(-3), json!(9_007_199_254_740_993_i64)),
        ("rate", json!(1.5), json!(-0.25)),
        ("hired", json!("2020-01-01T00:00:00.5+02:00"), json!("2020-01-01T00:00:00Z")),
        ("key", json!("AAEC"), json!("/w")),
        ("home", json!("https://example.com/a"), json!("../Users/1")),
        ("remote", json!(true), json!(false)),
        ("card", json!("a"), json!("b")),
        ("seat", json!({"row": "a", "value": "1"}), json!({"row": "b", "value": "2"})),
    ] {
        for (op, value) in [("add", &first), ("replace", &second)] {
            let reply = acme.patch(&path, op, name, value.clone()).await;
            assert_eq!(reply.status, 200, "MUT-012: {op} {name}: {}", reply.text);
            assert_eq!(&acme.get(&path).await[URN][name], value, "MUT-012, TYPE-001 to TYPE-007, MV-008: {op} {name}");
        }
        let put = body("ann", json!({name: first.clone()}));
        assert_eq!(acme.send(Method::PUT, &path, Some(put)).await.json()[URN][name], first, "MUT-012: PUT {name}");
        assert_eq!(acme.patch(&path, "remove", name, Value::Null).await.status, 200, "MUT-012: remove {name}");
        assert_eq!(acme.get(&path).await[URN].get(name), None, "MUT-012: remove {name}");
    }
    for (name, wrong) in [
        ("floor", json!(1.5)),
        ("floor", json!("1")),
        ("rate", json!("1.5")),
        ("hired", json!("2020-01-01")),
        ("hired", json!("2020-01-01T00:00Z")),
        ("hired", json!("2020-01-01T00:00:00Z[UTC]")),
        ("floor", json!(1.0)),
        ("floor", json!(18_446_744_073_709_551_616.0)),
        ("cars", json!([{"plate": "1"}])),
        ("key", json!("not base64!")),
        ("home", json!(7)),
        ("remote", json!("perhaps")),
        ("tags", json!("a")),
        ("tags", json!([1])),
        ("seat", json!("a")),
    ] {
        let reply = acme.create("bob", json!({name: wrong})).await;
        reply.is_scim_error(400, Some("invalidValue")); // TYPE-011
    }
}

#[tokio::test]
async fn mutability_and_returned_take_effect() {
    let acme = Acme::start(Mode::Strict).await;
    let created =
        acme.create("ann", json!({"pin": "1234", "card": "c", "notes": "n", "seat": {"row": "r", "value": "v"}})).await;
    let path = format!("/Users/{}", created.id());
    assert_eq!(created.json()[URN].get("pin"), None, "MUT-003");
    // readOnly: ignored in bodies, rejected in PATCH.
    let ignored = acme.create("bob", json!({"score": "9"})).await;
    assert_eq!((ignored.status, ignored.json()[URN].get("score")), (201, None), "MUT-001, CRE-006");
    for op in ["add", "replace", "remove"] {
        acme.patch(&path, op, "score", json!("9")).await.is_scim_error(400, Some("mutability")); // MUT-001
    }
    let lenient = Acme::start(Mode::Lenient).await;
    let ignored = lenient.create("bob", json!({"score": "9"})).await;
    assert_eq!(ignored.json()[URN].get("score"), None, "MUT-001: lenient");
    let set = lenient.patch(&format!("/Users/{}", ignored.id()), "add", "score", json!("9")).await;
    set.is_scim_error(400, Some("mutability")); // MUT-001
    // immutable: can be set once.
    assert_eq!(acme.patch(&path, "add", "origin", json!("x")).await.status, 200, "PAT-020, MUT-002");
    assert_eq!(acme.patch(&path, "replace", "origin", json!("x")).await.status, 200, "MUT-002: the same again");
    for op in ["add", "replace", "remove"] {
        acme.patch(&path, op, "origin", json!("y")).await.is_scim_error(400, Some("mutability")); // PAT-055, MUT-002
    }
    let put = |acme: Value| body("ann", acme);
    assert_eq!(acme.send(Method::PUT, &path, Some(put(json!({"origin": "x"})))).await.status, 200, "PUT-005");
    let changed = acme.send(Method::PUT, &path, Some(put(json!({"origin": "y"})))).await;
    changed.is_scim_error(400, Some("mutability")); // PUT-006
    let other = format!("/Users/{}", acme.create("cid", json!({})).await.id());
    let set = acme.send(Method::PUT, &other, Some(body("cid", json!({"origin": "z"})))).await;
    assert_eq!((set.status, &set.json()[URN]["origin"]), (200, &json!("z")), "PUT-007");
    // immutable: cannot be removed with the extension, nor changed in a value of a multi-valued attribute.
    let remove = json!({"schemas": [PATCH_OP], "Operations": [{"op": "remove", "path": URN}]});
    acme.send(Method::PATCH, &path, Some(remove)).await.is_scim_error(400, Some("mutability")); // MUT-002
    let car = json!([{"value": "a", "plate": "1"}]);
    assert_eq!(acme.patch(&other, "replace", "cars", car).await.status, 200, "MUT-002");
    for (op, at, value) in [
        ("add", "cars", json!({"value": "a", "plate": "2"})),
        ("replace", "cars", json!([{"value": "a", "plate": "2"}])),
        ("replace", "cars[value eq \"a\"]", json!({"value": "a", "plate": "2"})),
        ("replace", "cars[value eq \"a\"].plate", json!("2")),
        ("remove", "cars[value eq \"a\"].plate", Value::Null),
    ] {
        acme.patch(&other, op, at, value).await.is_scim_error(400, Some("mutability")); // MUT-002
    }
    // returned
    let full = json!({"origin": "x", "card": "c", "notes": "n", "pin": "1", "seat": {"row": "r", "value": "v"}});
    assert_eq!(acme.send(Method::PUT, &path, Some(put(full))).await.status, 200);
    for (id, query, wanted) in [
        (
            "MUT-006, PRJ-005",
            String::new(),
            json!({"desk": "1", "card": "c", "origin": "x", "seat": {"row": "r", "value": "v"}}),
        ),
        ("MUT-004", "?attributes=userName".to_owned(), json!({"card": "c"})),
        ("MUT-004", format!("?excludedAttributes={URN}"), json!({"card": "c"})),
        ("MUT-006, PRJ-005", format!("?attributes={URN}:notes"), json!({"card": "c", "notes": "n"})),
        ("MUT-005", format!("?attributes={URN}:pin"), json!({"card": "c"})),
        ("PRJ-018", format!("?attributes={URN}:seat.row"), json!({"card": "c", "seat": {"row": "r", "value": "v"}})),
        (
            "PRJ-018",
            format!("?excludedAttributes={URN}:seat.value,{URN}:desk,{URN}:origin"),
            json!({"card": "c", "seat": {"row": "r", "value": "v"}}),
        ),
    ] {
        assert_eq!(acme.get(&format!("{path}{query}")).await[URN], wanted, "{id}: {query}");
    }
    let asked = acme.get(&format!("/Users?{}", filter(&format!("{URN}:notes eq \"n\"")))).await;
    assert_eq!(asked["totalResults"], 1, "PRJ-019");
    let pin = acme.send(Method::GET, &format!("/Users?{}", filter(&format!("{URN}:pin eq \"1\""))), None).await;
    pin.is_scim_error(400, Some("invalidFilter")); // FLT-059
}

#[tokio::test]
async fn a_write_returns_the_on_request_attributes_that_it_assigned() {
    let acme = Acme::start(Mode::Strict).await;
    let wrote = acme.create("dan", json!({"notes": "n", "cars": [{"value": "a", "hue": "red"}]})).await;
    let at = format!("/Users/{}", wrote.id());
    assert_eq!(
        (&wrote.json()[URN]["notes"], &wrote.json()[URN]["cars"][0]["hue"]),
        (&json!("n"), &json!("red")),
        "MUT-006"
    );
    let read = acme.get(&at).await;
    assert_eq!((read[URN].get("notes"), read[URN]["cars"][0].get("hue")), (None, None), "MUT-006");
    let patched = acme.patch(&at, "replace", "notes", json!("m")).await.json();
    assert_eq!((&patched[URN]["notes"], patched[URN]["cars"][0].get("hue")), (&json!("m"), None), "MUT-006");
    let patched = acme.patch(&at, "replace", "desk", json!("2")).await.json();
    assert_eq!(patched[URN].get("notes"), None, "MUT-006");
    let shaped =
        acme.send(Method::PUT, &format!("{at}?attributes=userName"), Some(body("dan", json!({"notes": "m"})))).await;
    assert_eq!(shaped.json().get(URN), None, "MUT-006: {}", shaped.text);
}

#[tokio::test]
async fn missing_required_and_unknown_attributes_are_rejected() {
    let acme = Acme::start(Mode::Strict).await;
    for (id, desk) in [("null", Value::Null), ("empty", json!("")), ("an array", json!([]))] {
        let reply = acme.create("ann", json!({"desk": desk, "floor": 1})).await;
        assert_eq!((reply.status, reply.json()["scimType"].as_str()), (400, Some("invalidValue")), "MUT-009: {id}");
    }
    let path = format!("/Users/{}", acme.create("ann", json!({})).await.id());
    acme.patch(&path, "remove", "desk", Value::Null).await.is_scim_error(400, Some("mutability")); // PAT-029
    acme.patch(&path, "replace", "desk", Value::Null).await.is_scim_error(400, Some("invalidValue")); // PAT-065
    let bare = json!({"schemas": [USER], "userName": "ann"});
    assert_eq!(acme.send(Method::PUT, &path, Some(bare)).await.status, 200, "PUT-015: the extension is not required");
    for (id, body) in [
        ("RES-028", json!({"schemas": [USER], "userName": "x", "shoeSize": 7})),
        ("RES-009", json!({"schemas": [USER, "urn:nobody:2.0:User"], "userName": "x"})),
        ("RES-009", json!({"schemas": [USER], "userName": "x", "urn:nobody:2.0:User": {"a": 1}})),
    ] {
        let reply = acme.send(Method::POST, "/Users", Some(body)).await;
        assert_eq!((reply.status, reply.json()["scimType"].as_str()), (400, Some("invalidValue")), "{id}");
    }
    let listed = acme.send(Method::GET, &format!("/Users?{}", filter("shoeSize eq 7")), None).await;
    listed.is_scim_error(400, Some("invalidFilter")); // FLT-058
}

#[tokio::test]
async fn values_are_compared_by_their_type() {
    let acme = Acme::start(Mode::Lenient).await;
    for (name, floor, rate, hired, tag) in [
        ("a", json!(9), json!(0.5), "2020-01-01T01:00:00+02:00", "X"),
        ("b", json!(10), json!(10), "2020-01-01T00:00:00Z", "x"),
        ("c", json!(-1), json!(-2.5), "2020-01-01T00:00:00.001Z", "y"),
    ] {
        acme.create(name, json!({"floor": floor, "rate": rate, "hired": hired, "tags": [tag, "z"]})).await.id();
    }
    let names = |list: &Value| {
        list["Resources"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["userName"].as_str().unwrap().to_owned())
            .collect::<String>()
    };
    for (id, text, wanted) in [
        ("FLT-010", "floor gt 9", "b"),
        ("FLT-010", "floor ge 9.0", "ab"),
        ("FLT-010", "floor eq 9.0", "a"),
        ("FLT-010", "rate lt 0.5", "c"),
        ("FLT-010", "rate le 1e1", "abc"),
        ("FLT-010", "rate ne 10", "ac"),
        ("FLT-009", "hired lt \"2020-01-01T00:00:00Z\"", "a"),
        ("FLT-009", "hired gt \"2019-12-31T23:00:00-01:00\"", "c"),
        ("FLT-009", "hired eq \"2019-12-31T23:00:00Z\"", "a"),
        ("MUT-010, FLT-027", "tags eq \"x\"", "b"),
        ("MUT-010, FLT-032", "tags eq \"z\"", "abc"),
    ] {
        let list = acme.get(&format!("/Users?{}", filter(&format!("{URN}:{text}")))).await;
        assert_eq!(names(&list), wanted, "{id}: {text}");
    }
    for (by, wanted) in [("floor", "cab"), ("rate", "cab"), ("hired", "abc"), ("tags", "abc")] {
        assert_eq!(names(&acme.get(&format!("/Users?sortBy={URN}:{by}")).await), wanted, "SRT-004, SRT-008: {by}");
    }
    for text in ["floor co \"1\"", "rate sw \"1\"", "remote gt true", "key gt \"a\"", "seat eq \"x\"", "floor eq \"9\""]
    {
        let reply = acme.send(Method::GET, &format!("/Users?{}", filter(&format!("{URN}:{text}"))), None).await;
        assert_eq!(
            (reply.status, reply.json()["scimType"].as_str()),
            (400, Some("invalidFilter")),
            "FLT-012, FLT-013: {text}"
        );
    }
}

#[tokio::test]
async fn the_extension_is_served_as_declared() {
    let acme = Acme::start(Mode::Lenient).await;
    let served = acme.get(&format!("/Schemas/{URN}")).await;
    for (declared, served) in
        definition()["attributes"].as_array().unwrap().iter().zip(served["attributes"].as_array().unwrap())
    {
        for (key, value) in declared.as_object().unwrap().iter().filter(|(key, _)| *key != "subAttributes") {
            assert_eq!(&served[key], value, "{declared}");
        }
    }
    let types = acme.get("/ResourceTypes/User").await;
    let extensions: Vec<&Value> =
        types["schemaExtensions"].as_array().unwrap().iter().map(|one| &one["schema"]).collect();
    assert!(extensions.contains(&&json!(URN)), "DISC-016: {extensions:?}");
    // Another directory does not have the extension.
    assert_eq!(acme.server.get(&format!("/Schemas/{URN}")).await.status, 404);
}

#[tokio::test]
async fn uniqueness_is_enforced() {
    let acme = Acme::start(Mode::Lenient).await;
    let ann = format!("/Users/{}", acme.create("ann", json!({"badge": "B1", "code": "c"})).await.id());
    let bob = format!("/Users/{}", acme.create("bob", json!({"badge": "B2", "code": "C"})).await.id());
    // caseExact decides which values are equal.
    for taken in [json!({"badge": "b1"}), json!({"badge": "B1"}), json!({"code": "c"})] {
        acme.create("cid", taken.clone()).await.is_scim_error(409, Some("uniqueness")); // MUT-007
        let put = acme.send(Method::PUT, &bob, Some(body("bob", taken))).await;
        put.is_scim_error(409, Some("uniqueness"));
    }
    acme.patch(&bob, "replace", "badge", json!("b1")).await.is_scim_error(409, Some("uniqueness"));
    assert_eq!(acme.get("/Users").await["totalResults"], 2, "CRE-009");
    assert_eq!(acme.get(&bob).await[URN]["badge"], "B2", "PUT-011");
    assert_eq!(acme.send(Method::PUT, &ann, Some(body("ann", json!({"badge": "b1"})))).await.status, 200, "PUT-012");
    assert_eq!(acme.patch(&bob, "replace", "code", json!("c")).await.status, 200, "what was given up is free");
    assert_eq!(acme.send(Method::DELETE, &bob, None).await.status, 204);
    acme.create("cid", json!({"badge": "B2", "code": "c"})).await.id();
}

/// RFC 7644 section 5: `admin` and the same name with an invisible character must not be two users.
#[tokio::test]
async fn strict_directories_reject_user_names_with_invisible_characters() {
    let strict = Acme::start(Mode::Strict).await;
    let reply = strict.create("admin", json!({"badge": "1"})).await;
    assert_eq!(reply.status, 201, "{}", reply.text);
    let path = format!("/Users/{}", reply.id());
    for name in ["admin\u{200b}", "ad\u{ad}min", "admin ", "admin\u{a0}"] {
        let detail = strict.create(name, json!({"badge": "2"})).await.is_scim_error(400, Some("invalidValue"));
        assert!(detail.contains("U+"), "{detail}");
        let rename =
            json!({"schemas": [PATCH_OP], "Operations": [{"op": "replace", "path": "userName", "value": name}]});
        strict.send(Method::PATCH, &path, Some(rename)).await.is_scim_error(400, Some("invalidValue"));
        let replace = Some(body(name, json!({"badge": "1"})));
        strict.send(Method::PUT, &path, replace).await.is_scim_error(400, Some("invalidValue"));
    }
    let lenient = Acme::start(Mode::Lenient).await;
    assert_eq!(lenient.create("admin ", json!({"badge": "1"})).await.status, 201);
}

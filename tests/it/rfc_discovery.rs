//! Discovery (RFC 7644 section 4, RFC 7643 sections 2, 5 to 8): the documents are complete, consistent and true. Each
//! requirement has one row or assertion, with its ID.

use std::collections::HashSet;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::reference::{GROUP, LIST, Server, USER, user};

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const CONFIG: &str = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";

#[tokio::test]
async fn the_configuration_is_complete_and_true() {
    let server = Server::start().await;
    let config = server.get("/ServiceProviderConfig").await.json();
    assert_eq!(config["schemas"], json!([CONFIG]), "DISC-001");
    for feature in ["patch", "bulk", "filter", "changePassword", "sort", "etag"] {
        assert_eq!(config[feature]["supported"], true, "DISC-002, DISC-011: {feature}");
    }
    assert!(config["bulk"]["maxOperations"].as_u64().unwrap() >= 1_000, "DISC-003");
    assert!(config["bulk"]["maxPayloadSize"].as_u64().unwrap() >= 1_000_000, "DISC-003");
    assert!(config["filter"]["maxResults"].as_u64().unwrap() >= 1_000, "DISC-004");
    let schemes = config["authenticationSchemes"].as_array().unwrap();
    assert!(!schemes.is_empty(), "DISC-005");
    for scheme in schemes {
        assert_eq!(scheme["type"], "oauthbearertoken", "DISC-006, AUT-014");
        assert!(scheme["name"].is_string() && scheme["description"].is_string(), "DISC-005");
        assert!(scheme["specUri"].as_str().unwrap().starts_with("https://"), "DISC-010");
    }
    assert_eq!(config["meta"]["resourceType"], "ServiceProviderConfig", "DISC-008");
    let id = server.user("ann@example.com").await;
    let one = format!("/Users/{id}");
    let nick = json!([{"op": "add", "path": "nickName", "value": "x"}]);
    assert_eq!(server.patch(&one, nick).await.status, 200, "DISC-011: patch");
    assert!(server.get(&one).await.header("etag").is_some(), "DISC-011: etag");
    assert_eq!(server.get("/Users?filter=nickName%20eq%20%22x%22").await.json()["totalResults"], 1, "DISC-011: filter");
    let secret = json!([{"op": "replace", "path": "password", "value": "n3w-secret"}]);
    assert_eq!(server.patch(&one, secret).await.status, 200, "DISC-011: changePassword");
}

#[tokio::test]
async fn discovery_is_read_only_rejects_filters_and_ignores_other_parameters() {
    let server = Server::start().await;
    let paths = [
        "/ServiceProviderConfig".to_owned(),
        "/ResourceTypes".to_owned(),
        "/ResourceTypes/User".to_owned(),
        "/Schemas".to_owned(),
        format!("/Schemas/{USER}"),
    ];
    for path in &paths {
        for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            let reply = server.send(method, path, Some(&json!({}))).await;
            reply.is_scim_error(405, None);
            assert_eq!(reply.header("allow"), Some("GET, HEAD"), "DISC-009, DISC-019, DISC-025: {path}");
        }
        server.get(&format!("{path}?filter=id%20pr")).await.is_scim_error(403, None); // DISC-028
        let plain = server.get(path).await;
        assert_eq!((plain.status, plain.header("content-type")), (200, Some("application/scim+json")), "{path}");
        let query = "?sortBy=id&sortOrder=descending&startIndex=2&count=1&attributes=id&excludedAttributes=name";
        let asked = server.get(&format!("{path}{query}")).await;
        assert_eq!((asked.status, asked.json()), (200, plain.json()), "DISC-029, DISC-031: {path}");
    }
    for path in ["/ResourceTypes/Nothing", "/Schemas/urn:nothing", "/Schemas/User", "/ServiceProviderConfig/1"] {
        server.get(path).await.is_scim_error(404, None); // DISC-018, DISC-024
    }
}

#[tokio::test]
async fn lists_are_complete_and_each_entry_is_at_its_location() {
    let server = Server::start().await;
    for path in ["/ResourceTypes", "/Schemas"] {
        let list = server.get(path).await.json();
        let all = list["Resources"].as_array().unwrap();
        assert_eq!(list["schemas"], json!([LIST]), "DISC-013, DISC-021");
        assert_eq!(list["totalResults"], all.len(), "DISC-030: {path}");
        for one in all {
            let location = one["meta"]["location"].as_str().unwrap();
            assert_eq!(&server.get(location).await.json(), one, "DISC-017, DISC-022, DISC-032");
            let shouted = format!("{path}/{}", one["id"].as_str().unwrap().to_uppercase());
            assert_eq!(&server.get(&shouted).await.json(), one, "DISC-023");
        }
    }
    let config = server.get("/ServiceProviderConfig").await.json();
    assert_eq!(server.get(config["meta"]["location"].as_str().unwrap()).await.json(), config, "DISC-032");
    let schemas = server.get("/Schemas").await.json();
    let known: HashSet<&str> =
        schemas["Resources"].as_array().unwrap().iter().map(|schema| schema["id"].as_str().unwrap()).collect();
    assert!(!known.iter().any(|urn| urn.contains(":api:messages:")), "DISC-026");
    for name in ["ServiceProviderConfig", "ResourceType", "Schema"] {
        let urn = format!("urn:ietf:params:scim:schemas:core:2.0:{name}");
        let schema = server.get(&format!("/Schemas/{urn}")).await.json();
        assert_eq!(schema["id"], urn, "DISC-027");
        let path = match name {
            "ServiceProviderConfig" => "/ServiceProviderConfig".to_owned(),
            "ResourceType" => "/ResourceTypes/User".to_owned(),
            _ => format!("/Schemas/{USER}"),
        };
        let document = server.get(&path).await.json();
        let definitions = schema["attributes"].as_array().unwrap();
        for (key, value) in
            document.as_object().unwrap().iter().filter(|(key, _)| !["schemas", "meta"].contains(&key.as_str()))
        {
            let definition = definitions.iter().find(|one| one["name"] == key.as_str());
            declared(key, value, definition.unwrap_or_else(|| panic!("SCHM-019: {name} {key}")));
        }
    }
    let types = server.get("/ResourceTypes").await.json();
    let mut names = Vec::new();
    for one in types["Resources"].as_array().unwrap() {
        names.push(one["name"].as_str().unwrap());
        let endpoint = one["endpoint"].as_str().unwrap();
        assert!(endpoint.starts_with('/') && one["description"].is_string(), "DISC-014, SCHM-011");
        assert_eq!(server.get(endpoint).await.status, 200, "DISC-014");
        assert!(known.contains(one["schema"].as_str().unwrap()), "DISC-015");
        for extension in one["schemaExtensions"].as_array().unwrap() {
            assert!(known.contains(extension["schema"].as_str().unwrap()), "DISC-016");
            assert!(extension["required"].is_boolean(), "DISC-016");
        }
    }
    assert_eq!(names, ["User", "Group"], "DISC-020");
}

/// Asserts the rules of RFC 7643 section 7 for the definition of one attribute.
fn assert_definition(at: &str, attribute: &Value, may_nest: bool) {
    let text = |key: &str| attribute[key].as_str().unwrap_or_else(|| panic!("{at}: {key} of {attribute}"));
    let name = text("name");
    let place = format!("{at}:{name}");
    let rest = name.strip_prefix('$').unwrap_or(name);
    let legal = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    assert!(rest.starts_with(|c: char| c.is_ascii_alphabetic()) && rest.chars().all(legal), "SCHM-002: {place}");
    let types = ["string", "boolean", "decimal", "integer", "dateTime", "reference", "binary", "complex"];
    assert!(types.contains(&text("type")), "SCHM-003: {place}");
    assert!(["readOnly", "readWrite", "immutable", "writeOnly"].contains(&text("mutability")), "SCHM-004: {place}");
    assert!(["always", "never", "default", "request"].contains(&text("returned")), "SCHM-005: {place}");
    assert!(["none", "server", "global"].contains(&text("uniqueness")), "SCHM-006: {place}");
    for flag in ["multiValued", "required", "caseExact"] {
        assert!(attribute[flag].is_boolean(), "SCHM-007: {place} {flag}");
    }
    assert!(!text("description").is_empty(), "SCHM-011: {place}");
    if text("mutability") == "writeOnly" {
        assert_eq!(text("returned"), "never", "SCHM-021: {place}");
    }
    if let Some(values) = attribute.get("canonicalValues") {
        assert!(values.as_array().unwrap().iter().all(Value::is_string), "SCHM-010: {place}");
    }
    assert_eq!(text("type") == "reference", attribute.get("referenceTypes").is_some(), "SCHM-009: {place}");
    let parts = attribute.get("subAttributes");
    assert_eq!(text("type") == "complex", parts.is_some(), "SCHM-008: {place}");
    for part in parts.into_iter().flat_map(|parts| parts.as_array().unwrap()) {
        assert!(may_nest, "SCHM-008: {place}");
        assert_definition(&place, part, false);
    }
}

#[tokio::test]
async fn schemas_equal_those_of_the_rfc() {
    let server = Server::start().await;
    let list = server.get("/Schemas").await.json();
    for schema in list["Resources"].as_array().unwrap() {
        let id = schema["id"].as_str().unwrap();
        assert!(id.starts_with("urn:"), "SCHM-001: {id}");
        assert!(schema["name"].is_string() && schema["description"].is_string(), "SCHM-001, SCHM-011: {id}");
        let attributes = schema["attributes"].as_array().unwrap();
        assert!(!attributes.is_empty(), "SCHM-001: {id}");
        for attribute in attributes {
            assert_definition(id, attribute, true);
        }
    }
    let of = |urn: &str, name: &str| -> Value {
        let schema = list["Resources"].as_array().unwrap().iter().find(|schema| schema["id"] == urn).unwrap();
        schema["attributes"].as_array().unwrap().iter().find(|one| one["name"] == name).cloned().unwrap_or_default()
    };
    for (id, urn, name, wanted) in [
        ("SCHM-012", USER, "userName", json!({"required": true, "uniqueness": "server", "caseExact": false})),
        ("SCHM-013", USER, "password", json!({"mutability": "writeOnly", "returned": "never"})),
        ("SCHM-014", USER, "groups", json!({"mutability": "readOnly", "multiValued": true})),
        ("SCHM-015", GROUP, "displayName", json!({"required": true})),
        ("SCHM-016", GROUP, "members", json!({"multiValued": true, "type": "complex"})),
    ] {
        let attribute = of(urn, name);
        for (key, value) in wanted.as_object().unwrap() {
            assert_eq!(&attribute[key], value, "{id}: {name} {key}");
        }
    }
    for part in of(GROUP, "members")["subAttributes"].as_array().unwrap() {
        assert_eq!(part["mutability"], "immutable", "SCHM-016: {part}");
    }
    for name in ["employeeNumber", "costCenter", "organization", "division", "department", "manager"] {
        assert!(of(ENTERPRISE, name).is_object(), "SCHM-017: {name}");
    }
}

/// Asserts that a value conforms to its definition, including nested values.
fn declared(place: &str, value: &Value, attribute: &Value) {
    let many = attribute["multiValued"].as_bool().unwrap();
    assert_eq!(many, value.is_array(), "MV-001, SCHM-020: {place}");
    let values = if many { value.as_array().unwrap().as_slice() } else { std::slice::from_ref(value) };
    for value in values {
        let fits = match attribute["type"].as_str().unwrap() {
            "boolean" => value.is_boolean(),
            "integer" => value.is_i64(),
            "decimal" => value.is_number(),
            "complex" => value.is_object(),
            _ => value.is_string(),
        };
        assert!(fits, "SCHM-020: {place} is {value}");
        for (key, part) in value.as_object().into_iter().flatten() {
            let parts = attribute["subAttributes"].as_array().unwrap();
            let part_of = parts.iter().find(|part| part["name"] == key.as_str());
            declared(&format!("{place}.{key}"), part, part_of.unwrap_or_else(|| panic!("SCHM-019: {place}.{key}")));
        }
    }
}

#[tokio::test]
async fn responses_conform_to_the_schemas() {
    let server = Server::start().await;
    let mut body = user("ann@example.com");
    body["schemas"] = json!([USER, ENTERPRISE]);
    body[ENTERPRISE] = json!({"employeeNumber": "7", "manager": {"value": "x"}});
    let id = server.post("/Users", body).await.id();
    let group = server.group("Team", &[&id]).await;
    let common = ["schemas", "id", "externalId", "meta"];
    for (path, urn) in [(format!("/Users/{id}"), USER), (format!("/Groups/{group}"), GROUP)] {
        let resource = server.get(&path).await.json();
        let attributes = async |urn: &str| server.get(&format!("/Schemas/{urn}")).await.json()["attributes"].clone();
        let core = attributes(urn).await;
        for (key, value) in resource.as_object().unwrap().iter().filter(|(key, _)| !common.contains(&key.as_str())) {
            let (definitions, values) = if key.starts_with("urn:") {
                (attributes(key).await, value.as_object().unwrap().clone())
            } else {
                (core.clone(), serde_json::Map::from_iter([(key.clone(), value.clone())]))
            };
            for (key, value) in &values {
                let definition = definitions.as_array().unwrap().iter().find(|one| one["name"] == key.as_str());
                declared(key, value, definition.unwrap_or_else(|| panic!("SCHM-019: {key}")));
            }
        }
        for urn in resource["schemas"].as_array().unwrap() {
            assert_eq!(server.get(&format!("/Schemas/{}", urn.as_str().unwrap())).await.status, 200, "SCHM-024");
        }
    }
}

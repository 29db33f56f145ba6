//! The directory API over HTTP: directories, directory users and groups, in the shapes of WorkOS.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::reference::{Reply, Server, user};

impl Server {
    /// Sends a request to the directory API with the API key.
    pub(crate) async fn api(&self, method: Method, path: &str, body: Option<&Value>) -> Reply {
        let url = format!("{}{path}", self.reference.base_url());
        let key = format!("Bearer {}", self.api_key);
        let headers = [("authorization", key.as_str()), ("content-type", "application/json")];
        self.send_with(method, &url, &headers, body.map(ToString::to_string)).await
    }

    /// Reads from the directory API, and asserts success.
    pub(crate) async fn api_get(&self, path: &str) -> Value {
        let reply = self.api(Method::GET, path, None).await;
        assert_eq!(reply.status, 200, "{path}: {}", reply.text);
        reply.json()
    }
}

fn keys(object: &Value) -> Vec<&str> {
    object.as_object().unwrap().keys().map(String::as_str).collect()
}

fn names(page: &Value) -> Vec<&str> {
    let name = |object: &'_ Value| object["name"].as_str().is_some();
    let data = page["data"].as_array().unwrap();
    assert!(data.iter().all(name), "{page}");
    data.iter().map(|object| object["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn objects_have_every_property_that_the_clients_need() {
    let server = Server::start().await;
    let ann = server.post("/Users", user("ann@example.com")).await.id();
    server.group("Crew", &[&ann]).await;
    let directories = server.api_get("/directories").await;
    assert_eq!(directories["list_metadata"], json!({"before": null, "after": null}));
    let directory = &directories["data"][0];
    let id = directory["id"].as_str().unwrap();
    assert_eq!(
        keys(directory),
        ["object", "id", "organization_id", "external_key", "type", "state", "name", "created_at", "updated_at"]
    );
    assert_eq!((&directory["type"], &directory["state"]), (&json!("okta scim v2.0"), &json!("linked")));
    assert_eq!(server.api_get(&format!("/directories/{id}")).await, *directory);

    let users = server.api_get(&format!("/directory_users?directory={id}")).await;
    let ann = &users["data"][0];
    assert_eq!(
        keys(ann),
        [
            "object",
            "id",
            "directory_id",
            "organization_id",
            "idp_id",
            "email",
            "first_name",
            "last_name",
            "name",
            "emails",
            "job_title",
            "username",
            "state",
            "raw_attributes",
            "custom_attributes",
            "created_at",
            "updated_at",
            "groups",
        ]
    );
    assert_eq!(
        (&ann["object"], &ann["state"], &ann["groups"]),
        (&json!("directory_user"), &json!("active"), &json!([]))
    );
    assert_eq!(server.api_get(&format!("/directory_users/{}", ann["id"].as_str().unwrap())).await, *ann);

    let groups = server.api_get(&format!("/directory_groups?user={}", ann["id"].as_str().unwrap())).await;
    let crew = &groups["data"][0];
    let expected = [
        "object",
        "id",
        "idp_id",
        "directory_id",
        "organization_id",
        "name",
        "raw_attributes",
        "created_at",
        "updated_at",
    ];
    assert_eq!(keys(crew), expected);
    assert_eq!(server.api_get(&format!("/directory_groups/{}", crew["id"].as_str().unwrap())).await, *crew);
    let members = server.api_get(&format!("/directory_users?group={}", crew["id"].as_str().unwrap())).await;
    assert_eq!(members["data"], json!([ann]));
}

#[tokio::test]
async fn lists_are_paged_in_every_order() {
    let server = Server::start().await;
    for n in 0..5 {
        server.group(&format!("g{n}"), &[]).await;
    }
    let newest = server.api_get("/directory_groups?limit=2").await;
    assert_eq!(names(&newest), ["g4", "g3"]);
    let cursor = newest["list_metadata"]["after"].as_str().unwrap();
    assert!(newest["list_metadata"]["before"].is_null());
    let next = server.api_get(&format!("/directory_groups?limit=2&order=desc&after={cursor}")).await;
    assert_eq!(names(&next), ["g2", "g1"]);
    let back = next["list_metadata"]["before"].as_str().unwrap();
    let previous = server.api_get(&format!("/directory_groups?limit=5&before={back}")).await;
    assert_eq!(names(&previous), ["g4", "g3"]);
    let oldest = server.api_get("/directory_groups?limit=2&order=asc").await;
    assert_eq!(names(&oldest), ["g0", "g1"]);
    // In normal order the cursors are named by time: `before` leads to older objects.
    let normal = server.api_get("/directory_groups?limit=2&order=normal").await;
    assert_eq!((names(&normal), &normal["list_metadata"]["after"]), (vec!["g4", "g3"], &Value::Null));
    let older = normal["list_metadata"]["before"].as_str().unwrap();
    let older = server.api_get(&format!("/directory_groups?limit=2&order=normal&before={older}")).await;
    assert_eq!(names(&older), ["g2", "g1"]);
    let newer = older["list_metadata"]["after"].as_str().unwrap();
    let newer = server.api_get(&format!("/directory_groups?limit=2&order=normal&after={newer}")).await;
    assert_eq!(names(&newer), ["g4", "g3"]);
    let empty = server.api_get("/directory_users").await;
    assert_eq!(empty, json!({"object": "list", "data": [], "list_metadata": {"before": null, "after": null}}));
}

#[tokio::test]
async fn errors_have_the_shape_of_workos_and_never_that_of_scim() {
    let server = Server::start().await;
    let directory = server.api_get("/directories").await["data"][0]["id"].as_str().unwrap().to_owned();
    for (path, status, code) in [
        ("/directory_users?limit=0".to_owned(), 422, "invalid_request_parameters"),
        ("/directory_users?limit=101".to_owned(), 422, "invalid_request_parameters"),
        ("/directory_users?order=up".to_owned(), 422, "invalid_request_parameters"),
        ("/directory_users?after=nonsense".to_owned(), 422, "invalid_request_parameters"),
        ("/directory_users?after=a&before=b".to_owned(), 422, "invalid_request_parameters"),
        ("/directory_users?email=a@example.com".to_owned(), 422, "invalid_request_parameters"),
        ("/directory_users?idp_id=00u1".to_owned(), 422, "invalid_request_parameters"),
        ("/directory_users?limit=%zz".to_owned(), 422, "invalid_request_parameters"),
        ("/directory_users?directory=directory_x".to_owned(), 404, "entity_not_found"),
        (format!("/directory_users?directory={directory}&group=directory_group_x"), 404, "entity_not_found"),
        ("/directory_groups?user=x".to_owned(), 404, "entity_not_found"),
        ("/directory_users/directory_user_01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(), 404, "entity_not_found"),
        ("/directory_groups/x".to_owned(), 404, "entity_not_found"),
        ("/directories/x".to_owned(), 404, "entity_not_found"),
        ("/directories/x/y/z".to_owned(), 404, "entity_not_found"),
        ("/directories/%zz".to_owned(), 404, "entity_not_found"),
        ("/directories?after=directory_01ARZ3NDEKTSV4RRFFQ69G5FA".to_owned(), 422, "invalid_request_parameters"),
    ] {
        let reply = server.api(Method::GET, &path, None).await;
        let body = reply.json();
        assert_eq!((reply.status, &body["code"]), (status, &json!(code)), "{path}: {}", reply.text);
        assert!(body["message"].is_string() && body.get("schemas").is_none(), "{}", reply.text);
        assert!(reply.header("x-request-id").is_some());
        assert_eq!(reply.header("content-type"), Some("application/json"));
    }
    let reply = server.api(Method::PATCH, "/directory_users", None).await;
    assert_eq!((reply.status, reply.header("allow")), (405, Some("GET, HEAD")));
    let long = format!("/directories?search={}", "x".repeat(60_000));
    let reply = server.api(Method::GET, &long, None).await;
    assert_eq!((reply.status, &reply.json()["code"]), (414, &json!("request_refused")));
}

/// A request without a live key learns nothing, not even which paths and objects exist.
#[tokio::test]
async fn a_wrong_key_is_refused_and_nothing_else_is_said() {
    let server = Server::start().await;
    let directory = server.api_get("/directories").await["data"][0]["id"].as_str().unwrap().to_owned();
    let known = format!("/directories/{directory}");
    let mut bodies = Vec::new();
    for path in [known.as_str(), "/directories/x", "/directory_users?limit=0", "/events", "/directories/x/y"] {
        for authorization in [None, Some("Bearer sk_wrong"), Some("Basic c2s6")] {
            let url = format!("{}{path}", server.reference.base_url());
            let headers: Vec<(&str, &str)> = vec![("authorization", authorization.unwrap_or(""))];
            let reply = server.send_with(Method::GET, &url, &headers, None).await;
            assert_eq!(reply.status, 401, "{path}");
            bodies.push(reply.text);
        }
    }
    assert!(bodies.iter().all(|body| body == r#"{"message":"Unauthorized"}"#), "{bodies:?}");
}

#[tokio::test]
async fn an_organization_is_created_changed_and_removed() {
    let server = Server::start().await;
    let body = json!({
        "name": "Acme", "external_id": "ext-1", "metadata": {"tier": "gold"},
        "domain_data": [{"domain": "Acme.example", "state": "verified"}],
    });
    let created = server.api(Method::POST, "/organizations", Some(&body)).await;
    assert_eq!(created.status, 201, "{}", created.text);
    let created = created.json();
    assert_eq!(
        keys(&created),
        [
            "object",
            "id",
            "name",
            "domains",
            "metadata",
            "external_id",
            "allow_profiles_outside_organization",
            "created_at",
            "updated_at",
        ]
    );
    let domain = &created["domains"][0];
    assert_eq!((&domain["domain"], &domain["state"]), (&json!("acme.example"), &json!("verified")));
    let path = format!("/organizations/{}", created["id"].as_str().unwrap());
    assert_eq!(server.api_get(&path).await, created);
    assert_eq!(server.api_get("/organizations/external_id/ext-1").await, created);
    assert_eq!(server.api_get("/organizations?domains=acme.example").await["data"], json!([created]));

    let change = json!({"name": "Acme 2", "metadata": {"tier": null, "size": "9"}, "external_id": null});
    let changed = server.api(Method::PUT, &path, Some(&change)).await;
    assert_eq!(changed.status, 200, "{}", changed.text);
    let changed = changed.json();
    assert_eq!((&changed["name"], &changed["external_id"]), (&json!("Acme 2"), &Value::Null));
    assert_eq!((&changed["metadata"], &changed["domains"]), (&json!({"size": "9"}), &created["domains"]));

    let long = "x".repeat(601);
    let many: serde_json::Map<String, Value> = (0..51).map(|n| (n.to_string(), json!("x"))).collect();
    for (body, status, code) in [
        (json!({}), 422, "invalid_request_parameters"),
        (json!({"name": ""}), 422, "invalid_request_parameters"),
        (json!({"name": 1}), 422, "invalid_request_parameters"),
        (
            json!({"name": "x", "domain_data": [{"domain": "x.example", "state": "no"}]}),
            422,
            "invalid_request_parameters",
        ),
        (json!({"name": "x", "domains": ["no domain"]}), 422, "invalid_request_parameters"),
        (json!({"name": "x", "domain_data": [], "domains": [""]}), 422, "invalid_request_parameters"),
        (json!({"name": "x", "external_id": "x".repeat(129)}), 422, "invalid_request_parameters"),
        (json!({"name": "x", "metadata": {"a": long}}), 400, "invalid_metadata"),
        (json!({"name": "x", "metadata": many}), 400, "invalid_metadata"),
        (json!({"name": "x", "domains": ["acme.example"]}), 409, "domain_already_used"),
    ] {
        let reply = server.api(Method::POST, "/organizations", Some(&body)).await;
        assert_eq!((reply.status, &reply.json()["code"]), (status, &json!(code)), "{body}: {}", reply.text);
    }
    let other = json!({"name": "Other", "external_id": "ext-2"});
    assert_eq!(server.api(Method::POST, "/organizations", Some(&other)).await.status, 201);
    let taken = server.api(Method::PUT, &path, Some(&json!({"external_id": "ext-2"}))).await;
    assert_eq!((taken.status, &taken.json()["code"]), (400, &json!("external_id_already_used")));
    let url = format!("{}/organizations", server.reference.base_url());
    let key = format!("Bearer {}", server.api_key);
    let broken = server.send_with(Method::POST, &url, &[("authorization", &key)], Some("{".to_owned())).await;
    assert_eq!((broken.status, &broken.json()["code"]), (400, &json!("invalid_json")));

    assert_eq!(server.api(Method::DELETE, &path, None).await.status, 202);
    assert_eq!(server.api(Method::GET, &path, None).await.status, 404);
    assert_eq!(server.api(Method::DELETE, &path, None).await.status, 404);
    assert_eq!(server.api(Method::PUT, &path, Some(&json!({}))).await.status, 404);
}

/// The routes of ours: what WorkOS keeps in its dashboard.
#[tokio::test]
async fn a_directory_is_created_used_and_removed_over_http() {
    let server = Server::start().await;
    let organization = server.organization_id.clone();
    let body = json!({"organization_id": organization, "name": "Second", "settings": {"on_deactivate": "delete"}});
    let made = server.api(Method::POST, "/scimulate/directories", Some(&body)).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let made = made.json();
    let (url, token) = (made["scim_url"].as_str().unwrap(), made["token"].as_str().unwrap());
    let users = format!("{url}/Users");
    let create = async |token: &str, name: &str| {
        let authorization = format!("Bearer {token}");
        let headers = [("authorization", authorization.as_str())];
        server.send_with(Method::POST, &users, &headers, Some(user(name).to_string())).await.status
    };
    assert_eq!(create(token, "ann@example.com").await, 201);
    let id = made["id"].as_str().unwrap();
    let rotated = server.api(Method::POST, &format!("/scimulate/directories/{id}/tokens"), None).await;
    assert_eq!(rotated.status, 201, "{}", rotated.text);
    let second = rotated.json()["token"].as_str().unwrap().to_owned();
    assert_eq!((create(token, "bob@example.com").await, create(&second, "cid@example.com").await), (201, 201));
    let revoke = json!({"revoke_old": true});
    let third = server.api(Method::POST, &format!("/scimulate/directories/{id}/tokens"), Some(&revoke)).await.json();
    assert_eq!(
        (create(&second, "dan@example.com").await, create(third["token"].as_str().unwrap(), "eve@example.com").await),
        (401, 201)
    );
    for (body, status) in [
        (json!({"name": "x"}), 422),
        (json!({"organization_id": organization, "name": "x", "settings": {"on_deactivate": "no"}}), 422),
        (json!({"organization_id": "org_x", "name": "x"}), 404),
    ] {
        assert_eq!(server.api(Method::POST, "/scimulate/directories", Some(&body)).await.status, status, "{body}");
    }

    assert_eq!(server.api(Method::DELETE, &format!("/directories/{id}"), None).await.status, 202);
    assert_eq!(create(third["token"].as_str().unwrap(), "fay@example.com").await, 401);
    assert_eq!(server.api(Method::GET, &format!("/directory_users?directory={id}"), None).await.status, 404);
    let deleted = server.api_get("/events?events=dsync.deleted").await;
    assert_eq!(
        (&deleted["data"][0]["data"]["id"], &deleted["data"][0]["data"]["state"]),
        (&json!(id), &json!("deleting"))
    );
    let last = server.api_get("/events?order=desc&limit=1").await;
    assert_eq!(last["data"][0]["event"], "dsync.deleted", "no events of its users and tokens");
}

/// A label replaces the key in the URL; a host name replaces it altogether. Locations have the form that the client used.
#[tokio::test]
async fn a_directory_has_a_label_and_a_host_name() {
    let server = Server::start().await;
    let settings = json!({"label": "acme-okta", "host": "scim.acme.example"});
    let body = json!({"organization_id": server.organization_id, "name": "Acme", "settings": settings});
    let made = server.api(Method::POST, "/scimulate/directories", Some(&body)).await.json();
    let authorization = format!("Bearer {}", made["token"].as_str().unwrap());
    let base = server.reference.base_url();
    let send = async |method: Method, path: &str, host: Option<&str>, body: Option<String>| {
        let mut headers = vec![("authorization", authorization.as_str())];
        headers.extend(host.map(|host| ("host", host)));
        server.send_with(method, &format!("{base}/scim/v2/{path}"), &headers, body).await
    };
    let ann = send(Method::POST, "acme-okta/Users", None, Some(user("ann@example.com").to_string())).await;
    let location = ann.header("location").unwrap().to_owned();
    assert!(location.starts_with(&format!("{base}/scim/v2/acme-okta/Users/")), "{location}");
    let by_host = send(Method::GET, "Users?count=1", Some("SCIM.acme.example:443"), None).await;
    assert_eq!(by_host.status, 200, "{}", by_host.text);
    let found = by_host.json();
    let location = found["Resources"][0]["meta"]["location"].as_str().unwrap();
    assert!(location.starts_with("http://SCIM.acme.example:443/scim/v2/Users/"), "{location}");
    assert_eq!(send(Method::GET, "acme-okta/Users", Some("scim.acme.example"), None).await.status, 200);
    for (path, host) in
        [("Users", None), ("Users", Some("other.example")), ("acme/Users", None), ("Acme-Okta/Users", None)]
    {
        send(Method::GET, path, host, None).await.is_scim_error(401, None);
    }
    let again = server.api(Method::POST, "/scimulate/directories", Some(&body)).await;
    assert_eq!((again.status, &again.json()["code"]), (409, &json!("address_already_used")));
    let wrong = json!({"organization_id": server.organization_id, "name": "x", "settings": {"label": "Users"}});
    assert_eq!(server.api(Method::POST, "/scimulate/directories", Some(&wrong)).await.status, 422);
}

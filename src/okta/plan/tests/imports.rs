//! Connection tests and imports.

use super::*;

#[test]
fn testing_the_connection_and_each_save_send_one_request() {
    let mut stage = Stage::new(Oin);
    assert_eq!(stage.act(json!({"do": "test-connection"})), ["GET /Users?startIndex=1&count=2"]);
    stage.org.app_mut("app").unwrap().import_groups = true;
    let both = ["GET /Users?startIndex=1&count=2", "GET /Groups?startIndex=1&count=100"];
    assert_eq!(stage.act(json!({"do": "save-connection"})), both);
    assert_eq!(stage.act(json!({"do": "save-to-app", "sync-password": true})), both);
    assert!(stage.org.app("app").unwrap().to_app.sync_password);
}

#[test]
fn an_import_reads_pages() {
    let mut stage = Stage::new(Aiw);
    let page = |_: &mut Server, request: &Request| {
        let first = request.path.contains("startIndex=1&");
        let name = if first { "ada@example.com" } else { "zoe@example.com" };
        respond(
            200,
            &json!({"totalResults": 101, "startIndex": 1, "itemsPerPage": 1, "Resources": [{"id": "x", "userName": name}]}),
        )
    };
    let sent = stage.act_on(json!({"do": "import"}), page);
    assert_eq!(sent, ["GET /Users?startIndex=1&count=100", "GET /Users?startIndex=101&count=100"]);
    assert_eq!(stage.act(json!({"do": "confirm-import", "people": ["ada"]})), [""; 0]);
    assert_eq!(stage.external_id("ada"), Some("x"));
}

#[test]
fn inactive_users_count_as_removed() {
    let mut stage = Stage::new(Aiw);
    for (id, active) in [("a", true), ("b", false)] {
        let user = json!({"id": id, "userName": id, "active": active});
        stage.server.resources.insert(format!("/Users/{id}"), user);
    }
    stage.act(json!({"do": "import"}));
    let app = stage.org.app("app").unwrap();
    assert_eq!((app.imported_users.len(), app.import_removed), (1, 1));
}

#[test]
fn groups_that_okta_pushed_are_not_imported() {
    let mut stage = Stage::prepared(Aiw);
    stage.org.app_mut("app").unwrap().import_groups = true;
    stage.server.resources.insert("/Groups/x".into(), json!({"id": "x", "displayName": "theirs"}));
    let sent = stage.act(json!({"do": "import"}));
    assert_eq!(sent, ["GET /Users?startIndex=1&count=100", "GET /Groups?startIndex=1&count=100"]);
    let known = stage.org.app("app").unwrap().known_groups.clone().unwrap();
    assert_eq!(known.keys().collect::<Vec<_>>(), ["theirs"]);
}

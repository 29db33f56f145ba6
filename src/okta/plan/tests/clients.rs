//! The differences between the clients.

use super::*;
use crate::okta::ClientKind::Oiw;

#[test]
fn a_catalog_app_without_patch_writes_by_get_and_put() {
    let mut stage = Stage::with(Oin, "catalog-writes=put");
    stage.prepare();
    stage.act(json!({"do": "save-to-app", "sync-password": true}));
    stage.act(json!({"do": "change-password", "person": "ada"}));
    stage.act(json!({"do": "unassign", "people": ["ada"]}));
    stage.act(json!({"do": "push-now", "group": "eng"}));
    stage.act(json!({"do": "rename-group", "group": "eng", "to": "ops"}));
    assert!(stage.sent.iter().all(|request| request.method != Method::Patch));
    assert_eq!(stage.server.members("id3"), ["id2"]);
    assert_eq!(stage.server.resources["/Users/id1"]["active"], false);
}

#[test]
fn an_oin_wizard_app_reads_the_schemas() {
    let mut stage = Stage::new(Oiw);
    assert_eq!(stage.act(json!({"do": "test-connection"})), ["GET /Users?startIndex=1&count=2"]);
    let sent = stage.act(json!({"do": "save-connection"}));
    assert_eq!(sent, ["GET /Users?startIndex=1&count=2", "GET /Schemas"]);
    stage.act(json!({"do": "assign", "people": ["ada"]}));
    assert_eq!(stage.act(json!({"do": "unassign", "people": ["ada"]})), ["PATCH /Users/id1 replace"]);
}

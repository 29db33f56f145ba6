//! Long PATCH requests, which are applied before they reach the writer, and large membership changes.

use std::sync::Arc;

use futures::future::join_all;
use serde_json::{Value, json};

use super::{Bench, deleting, keep, member, object, status};
use crate::directory::Command;
use crate::scim::message::PATCH_OP;
use crate::scim::patch::{MembersEdit, Patch};
use crate::scim::resource::Kind;
use crate::store::{Expected, Store, Write};

impl Bench<'_> {
    pub(super) fn patch(&self, id: &str, operations: &[Value]) -> Write {
        let body = object(json!({"schemas": [PATCH_OP], "Operations": operations}));
        let patch = Patch::parse(&body, Kind::User, id, &self.access.schemas, self.access.rules).unwrap();
        let command = Command::Patch { kind: Kind::User, id: id.to_owned(), patch };
        Write { directory: Arc::clone(&self.access), expected: Expected::Any, command }
    }

    /// A long PATCH that adds one e-mail address.
    fn long_patch(&self, id: &str, n: usize) -> Write {
        let address = json!({"value": format!("mail{n}@x.example"), "type": format!("type{n}")});
        let mut operations = vec![json!({"op": "add", "path": "emails", "value": [address]})];
        let paths = ["title", "nickName", "displayName", "locale", "userType"];
        operations.extend(paths.map(|path| json!({"op": "replace", "path": path, "value": format!("{path}{n}")})));
        self.patch(id, &operations)
    }

    async fn emails(&self, id: &str) -> usize {
        let found = self.store.read(&self.access, Kind::User, id, false).await.unwrap().unwrap();
        found.resource.document["emails"].as_array().unwrap().len()
    }
}

/// Long PATCHes of one user that race each other are all applied, although each is prepared on a snapshot.
pub(crate) async fn long_patches_race(store: &dyn Store) {
    let bench = Bench::new(store, keep()).await;
    let id = bench.user("ann").await;
    let before = store.figures();
    let patches: Vec<Write> = (0..24).map(|n| bench.long_patch(&id, n)).collect();
    let results = join_all(patches.into_iter().map(|patch| store.write(patch))).await;
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    assert_eq!(bench.emails(&id).await, 24);
    assert!(store.figures().prepared - before.prepared >= 24);
    let found = store.read(&bench.access, Kind::User, &id, false).await.unwrap().unwrap();
    assert_eq!(found.resource.version, 25);
}

/// Long PATCHes in one sequence each see what the one before wrote.
pub(crate) async fn long_patches_in_order(store: &dyn Store) {
    let bench = Bench::new(store, keep()).await;
    let id = bench.user("ann").await;
    let patches = (0..5).map(|n| bench.long_patch(&id, n)).collect();
    let results = store.write_all(patches, None).await;
    let versions: Vec<u64> = results.into_iter().map(|written| written.unwrap().resource.unwrap().version).collect();
    assert_eq!(versions, [2, 3, 4, 5, 6]);
    assert_eq!(bench.emails(&id).await, 5);
}

/// A long PATCH reports the same errors as a short one.
pub(crate) async fn long_patches_fail(store: &dyn Store) {
    let bench = Bench::new(store, keep()).await;
    let id = bench.user("ann").await;
    assert_eq!(status(store.write(bench.long_patch("01ARZ3NDEKTSV4RRFFQ69G5FAV", 1)).await), 404);
    let stale = Write { expected: Expected::Version(7), ..bench.long_patch(&id, 1) };
    assert_eq!(status(store.write(stale).await), 412);
    let without_target = json!({"op": "remove", "path": "emails[type eq \"work\"]"});
    assert_eq!(status(store.write(bench.patch(&id, &vec![without_target; 5])).await), 400);
    assert_eq!(bench.log().await, ["activated", "token.created", "user.created"]);
}

/// A PUT of a large group removes members in group order, with one event for each directory user.
pub(crate) async fn large_groups_shrink(store: &dyn Store) {
    const MEMBERS: usize = 200;
    let bench = Bench::new(store, deleting()).await;
    let mut ids = Vec::new();
    for n in 0..MEMBERS {
        ids.push(bench.user(&format!("user{n}")).await);
    }
    let inner = bench.group("Inner", &[]).await;
    let everyone: Vec<&str> = ids.iter().map(String::as_str).chain([inner.as_str()]).collect();
    let group = bench.group("Everyone", &everyone).await;
    // A deactivated user has no directory user in this mode, so nothing is reported when it leaves.
    bench.put(&ids[7], json!({"userName": "user7", "active": false})).await.unwrap();
    let replace = async |members: &[String]| {
        let members = members.iter().map(|id| member(id)).collect();
        let document = object(json!({"displayName": "Everyone"}));
        bench.send(Command::Replace { kind: Kind::Group, id: group.clone(), document, members }).await.unwrap()
    };
    let before = bench.events().await.len();
    // Every second member stays, in another order; the order of the group is kept.
    let mut staying: Vec<String> = ids.iter().step_by(2).cloned().collect();
    let kept = staying.clone();
    staying.reverse();
    assert_eq!(replace(&staying).await.events, MEMBERS / 2 - 1);
    assert_eq!(bench.members(&group).await, kept);
    assert_eq!(replace(&[]).await.events, MEMBERS / 2);
    assert!(bench.members(&group).await.is_empty());
    let leaving: Vec<String> = bench.events().await[before..]
        .iter()
        .map(|event| {
            assert_eq!(event.event, "dsync.group.user_removed");
            event.data["user"]["custom_attributes"]["username"].as_str().unwrap().to_owned()
        })
        .collect();
    let first = (0..MEMBERS).filter(|n| n % 2 == 1 && *n != 7);
    let expected: Vec<String> = first.chain((0..MEMBERS).step_by(2)).map(|n| format!("user{n}")).collect();
    assert_eq!(leaving, expected);
    assert_eq!(bench.edit(&group, vec![MembersEdit::Add(vec![member(&ids[7])])]).await.unwrap().events, 0);
}

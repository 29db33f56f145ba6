//! The life cycle of directory users and groups.

use std::slice;

use serde_json::json;

use super::{Bench, deleting, keep, member, status, strict};
use crate::directory::Command;
use crate::scim::patch::MembersEdit;
use crate::scim::resource::Kind;
use crate::store::{Expected, Store, Write};

/// In `delete` mode, a deactivated user has no directory user, and a reactivated one gets a new one with its memberships.
pub(crate) async fn coming_back(store: &dyn Store) {
    let bench = Bench::new(store, deleting()).await;
    let here = json!({"userName": "ann", "externalId": "00u1", "active": true});
    let away = json!({"userName": "ann", "externalId": "00u1", "active": false});
    let id = bench.create_user(here.clone()).await.unwrap();
    let group = bench.group("Sales", &[]).await;
    assert_eq!(bench.put(&id, away).await.unwrap().events, 1);
    assert_eq!(bench.edit(&group, vec![MembersEdit::Add(vec![member(&id)])]).await.unwrap().events, 0);
    assert_eq!(bench.members(&group).await, slice::from_ref(&id));
    assert_eq!(bench.put(&id, here).await.unwrap().events, 2);
    assert_eq!(bench.edit(&group, vec![MembersEdit::Remove(vec![id.clone()])]).await.unwrap().events, 1);
    let events = bench.events().await;
    let users: Vec<(&str, &str)> = events
        .iter()
        .filter_map(|event| Some((event.event.as_str(), event.data.get("id")?.as_str()?)))
        .filter(|(name, _)| name.starts_with("dsync.user"))
        .collect();
    let [(created, first), (deleted, same), (again, second)] = users[..] else { panic!("{users:?}") };
    assert_eq!((created, deleted, again), ("dsync.user.created", "dsync.user.deleted", "dsync.user.created"));
    assert_eq!(first, same);
    assert_ne!(first, second);
    let away = json!({"userName": "ann", "active": false});
    bench.put(&id, away).await.unwrap();
    assert_eq!(bench.delete(Kind::User, &id).await.unwrap().events, 0);
}

/// A user that is created inactive has a directory user at once (`keep` mode), or only once it is active (`delete` mode).
pub(crate) async fn coming_in_inactive(store: &dyn Store) {
    let away = json!({"userName": "ann", "active": false});
    let keeping = Bench::new(store, keep()).await;
    keeping.create_user(away.clone()).await.unwrap();
    assert_eq!(keeping.events().await.last().unwrap().data["state"], "inactive");
    let deleting = Bench::new(store, deleting()).await;
    let id = deleting.create_user(away).await.unwrap();
    assert_eq!(deleting.log().await, ["activated", "token.created"]);
    deleting.put(&id, json!({"userName": "ann", "active": true})).await.unwrap();
    assert_eq!(deleting.log().await, ["activated", "token.created", "user.created"]);
}

/// A renamed group keeps its `idp_id`, which remains in use.
pub(crate) async fn a_group_is_renamed(store: &dyn Store) {
    let bench = Bench::new(store, keep()).await;
    let id = bench.group("Old", &[]).await;
    let document = super::object(json!({"displayName": "New"}));
    let command = Command::Replace { kind: Kind::Group, id: id.clone(), document, members: Vec::new() };
    bench.send(command).await.unwrap();
    let event = bench.events().await.pop().unwrap();
    assert_eq!(event.event, "dsync.group.updated");
    assert_eq!((&event.data["name"], &event.data["idp_id"]), (&json!("New"), &json!("Old")));
    assert_eq!(event.data["previous_attributes"], json!({"name": "Old"}));
    assert_eq!(bench.search(Kind::Group, r#"displayName eq "new""#).await, [id]);
    assert!(bench.search(Kind::Group, r#"displayName eq "Old""#).await.is_empty());
    let document = super::object(json!({"displayName": "Old"}));
    let command = Command::Create { kind: Kind::Group, document, members: Vec::new() };
    assert_eq!(status(bench.send(command).await), 409);
}

/// Unknown members are dropped and reported (lenient) or rejected (strict). A group cannot be its own member.
pub(crate) async fn unknown_members(store: &dyn Store) {
    let bench = Bench::new(store, keep()).await;
    let other = Bench::new(store, keep()).await;
    let (ann, stranger) = (bench.user("ann").await, other.user("bob").await);
    let group = bench.group("Sales", &[]).await;
    let inner = bench.group("Inner", &[]).await;
    let add = |ids: &[&str]| vec![MembersEdit::Add(ids.iter().map(|id| member(id)).collect())];
    let written = bench.edit(&group, add(&[&ann, &stranger, "x", &inner])).await.unwrap();
    assert_eq!(written.dropped_members, [stranger.clone(), "x".to_owned()]);
    assert_eq!(written.events, 1);
    assert_eq!(bench.members(&group).await, [ann, inner]);
    assert_eq!(status(bench.edit(&group, add(&[&group])).await), 400);

    let strict = Bench::new(store, strict()).await;
    let group = strict.group("Sales", &[]).await;
    assert_eq!(status(strict.edit(&group, add(&[&stranger])).await), 400);
    assert_eq!(strict.log().await, ["activated", "token.created", "group.created"]);
}

/// A stale version is rejected without any change. A missing resource takes precedence.
pub(crate) async fn expected_versions(store: &dyn Store) {
    let bench = Bench::new(store, keep()).await;
    let id = bench.user("ann").await;
    let delete = |id: &str, version| Write {
        directory: bench.access.clone(),
        expected: Expected::Version(version),
        command: Command::Delete { kind: Kind::User, id: id.to_owned() },
    };
    assert_eq!(status(store.write(delete(&id, 2)).await), 412);
    assert_eq!(status(store.write(delete("01ARZ3NDEKTSV4RRFFQ69G5FAV", 2)).await), 404);
    store.write(delete(&id, 1)).await.unwrap();
}

/// Directories do not see each other's resources, and a user cannot be read as a group.
pub(crate) async fn directories_are_apart(store: &dyn Store) {
    let bench = Bench::new(store, keep()).await;
    let other = Bench::new(store, keep()).await;
    let id = bench.user("ann").await;
    assert!(store.read(&other.access, Kind::User, &id, true).await.unwrap().is_none());
    assert!(store.read(&bench.access, Kind::Group, &id, true).await.unwrap().is_none());
    assert!(store.read(&bench.access, Kind::User, &id.to_lowercase(), true).await.unwrap().is_none());
    assert_eq!(status(other.put(&id, json!({"userName": "ann"})).await), 404);
    assert_eq!(status(other.delete(Kind::User, &id).await), 404);
    assert!(store.read(&bench.access, Kind::User, &id, true).await.unwrap().is_some());
}

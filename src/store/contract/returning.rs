//! Users that get a directory user later than their SCIM user, in `delete` mode, with the memberships that they then have.

use std::slice;

use serde_json::{Value, json};

use super::{Bench, deleting, keep, large, member, object, status, user_groups};
use crate::directory::{Command, Settings, payload};
use crate::events::OnDeactivate;
use crate::scim::patch::MembersEdit;
use crate::scim::resource::Kind;
use crate::store::{AdminCommand, Store};

fn ann(active: bool) -> Value {
    json!({"userName": "ann", "externalId": "00u1", "active": active})
}

impl Bench<'_> {
    /// Replaces a group, and returns the number of events.
    async fn put_group(&self, id: &str, name: &str, members: &[&str]) -> usize {
        let document = object(json!({"displayName": name}));
        let members = members.iter().map(|id| member(id)).collect();
        let command = Command::Replace { kind: Kind::Group, id: id.to_owned(), document, members };
        self.send(command).await.unwrap().events
    }

    /// Returns the events after the first `from`: the name of each, and of its group if it has one.
    async fn log_from(&self, from: usize) -> Vec<String> {
        let events = self.events().await;
        let described = events[from..].iter().map(|event| {
            let name = event.event.trim_start_matches("dsync.");
            event.data["group"]["name"].as_str().map_or(name.to_owned(), |group| format!("{name} {group}"))
        });
        described.collect()
    }
}

/// A user that returns gets a new directory user, then one `user_added` for each group that it is a direct member of by
/// then, in the order in which the groups were created.
pub(crate) async fn memberships_are_announced(store: &dyn Store) {
    let bench = Bench::new(store, deleting()).await;
    let (id, bob) = (bench.create_user(ann(true)).await.unwrap(), bench.user("bob").await);
    let first = bench.group("First", &[]).await;
    let left = bench.group("Left", &[&id]).await;
    let second = bench.group("Second", &[&bob, &id]).await;
    let third = bench.group("Third", &[]).await;
    bench.group("Without", &[&bob]).await;
    bench.group("Outer", &[&second]).await;
    bench.put(&id, ann(false)).await.unwrap();
    let away = bench.events().await.len();
    // While it is away, memberships change without events.
    user_groups::join(&bench, &third, &[&id]).await;
    user_groups::join(&bench, &first, &[&id]).await;
    user_groups::leave(&bench, &left, &id).await;
    assert_eq!(bench.log_from(away).await, Vec::<String>::new());
    bench.put_group(&second, "Renamed", &[&bob, &id]).await;

    let before = bench.events().await.len();
    assert_eq!(bench.put(&id, ann(true)).await.unwrap().events, 4);
    let expected = ["user.created", "group.user_added First", "group.user_added Renamed", "group.user_added Third"];
    assert_eq!(bench.log_from(before).await, expected);
    let events = bench.events().await;
    let [created, added @ ..] = &events[before..] else { panic!("no events") };
    assert_eq!((&created.data["idp_id"], &created.data["state"]), (&json!("00u1"), &json!("active")));
    for event in added {
        let Value::Object(data) = &event.data else { panic!("{event:?}") };
        assert_eq!(data.keys().collect::<Vec<_>>(), ["directory_id", "user", "group"]);
        assert_eq!((&data["directory_id"], &data["user"]), (&created.data["directory_id"], &created.data));
    }
    // The group is the one that the log knows, as it was last reported.
    let renamed = events.iter().find(|event| event.event == "dsync.group.updated").unwrap();
    let mut group = renamed.data.clone();
    group.as_object_mut().unwrap().remove("previous_attributes");
    assert_eq!(added[1].data["group"], group);
    // Everything is known now, so a change of something else, or adding the user again, reports no membership.
    let titled = json!({"userName": "ann", "externalId": "00u1", "active": true, "title": "Lead"});
    assert_eq!(bench.put(&id, titled).await.unwrap().events, 1);
    assert_eq!(bench.edit(&first, vec![MembersEdit::Add(vec![member(&id)])]).await.unwrap().events, 0);
    assert_eq!(bench.edit(&first, vec![MembersEdit::Remove(vec![id])]).await.unwrap().events, 1);
}

/// A group that drops an inactive user reports nothing, then or when the user returns. The user is reported once when it is
/// added again, by PUT or by PATCH.
pub(crate) async fn dropped_while_away(store: &dyn Store) {
    let bench = Bench::new(store, deleting()).await;
    let (id, bob) = (bench.create_user(ann(true)).await.unwrap(), bench.user("bob").await);
    let by_put = bench.group("By PUT", &[&bob, &id]).await;
    let by_patch = bench.group("By PATCH", &[&id]).await;
    bench.put(&id, ann(false)).await.unwrap();
    assert_eq!(bench.put_group(&by_put, "By PUT", &[&bob]).await, 0);
    assert_eq!(bench.members(&by_put).await, slice::from_ref(&bob));
    assert_eq!(bench.edit(&by_patch, vec![MembersEdit::Remove(vec![id.clone()])]).await.unwrap().events, 0);
    let before = bench.events().await.len();
    assert_eq!(bench.put(&id, ann(true)).await.unwrap().events, 1);
    for _ in 0..2 {
        bench.put_group(&by_put, "By PUT", &[&bob, &id]).await;
        user_groups::join(&bench, &by_patch, &[&id]).await;
    }
    let expected = ["user.created", "group.user_added By PUT", "group.user_added By PATCH"];
    assert_eq!(bench.log_from(before).await, expected);
}

/// A user that was created inactive is announced with its memberships once a PATCH activates it. A rejected activation
/// announces nothing.
pub(crate) async fn created_inactive(store: &dyn Store) {
    let bench = Bench::new(store, deleting()).await;
    bench.user("bob").await;
    let id = bench.create_user(ann(false)).await.unwrap();
    let before = bench.events().await.len();
    let group = bench.group("Sales", &[&id]).await;
    assert_eq!(bench.log_from(before).await, ["group.created"]);
    let taken = json!({"userName": "bob", "active": true});
    assert_eq!(status(bench.put(&id, taken).await), 409);
    let titled = json!({"userName": "ann", "externalId": "00u1", "active": false, "title": "Lead"});
    assert_eq!(bench.put(&id, titled).await.unwrap().events, 0);
    assert_eq!(bench.members(&group).await, slice::from_ref(&id));
    let activate = json!({"op": "replace", "value": {"active": true}});
    assert_eq!(store.write(bench.patch(&id, &[activate])).await.unwrap().events, 2);
    assert_eq!(bench.log_from(before).await, ["group.created", "user.created", "group.user_added Sales"]);
}

/// In `keep` mode the directory user stays: its memberships change with events while it is inactive, and its return
/// announces none of them. A directory that keeps only from now on announces those of users that it had deleted.
pub(crate) async fn kept_while_away(store: &dyn Store) {
    let bench = Bench::new(store, keep()).await;
    let id = bench.create_user(ann(true)).await.unwrap();
    bench.group("Sales", &[&id]).await;
    let before = bench.events().await.len();
    bench.put(&id, ann(false)).await.unwrap();
    bench.group("Trade", &[&id]).await;
    bench.put(&id, ann(true)).await.unwrap();
    let expected = ["user.updated", "group.created", "group.user_added Trade", "user.updated"];
    assert_eq!(bench.log_from(before).await, expected);

    let set = async |settings: Settings| {
        let id = bench.access.directory.id.clone();
        store.administer(AdminCommand::SetDirectory { id, settings }).await.unwrap();
    };
    set(deleting()).await;
    let before = bench.events().await.len();
    bench.put(&id, ann(false)).await.unwrap();
    set(keep()).await;
    bench.put(&id, ann(true)).await.unwrap();
    let expected = ["user.deleted", "user.created", "group.user_added Sales", "group.user_added Trade"];
    assert_eq!(bench.log_from(before).await, expected);
}

/// The memberships of a user in many groups are announced in one transaction, each once and in order.
pub(crate) async fn many_groups(store: &dyn Store) {
    const GROUPS: usize = 150;
    let bench = Bench::new(store, deleting()).await;
    let id = bench.create_user(ann(true)).await.unwrap();
    let everyone = large::users(&bench, 3).await;
    let mut groups = Vec::new();
    for n in 0..GROUPS {
        groups.push(bench.group(&format!("{n}"), &[&everyone[n % 3]]).await);
    }
    for group in groups.iter().rev() {
        user_groups::join(&bench, group, &[&id]).await;
    }
    bench.put(&id, ann(false)).await.unwrap();
    let (before, commits) = (bench.events().await.len(), store.figures().commits);
    assert_eq!(bench.put(&id, ann(true)).await.unwrap().events, GROUPS + 1);
    assert_eq!(store.figures().commits, commits + 1);
    let expected: Vec<String> = (0..GROUPS).map(|n| format!("group.user_added {n}")).collect();
    assert_eq!(bench.log_from(before + 1).await, expected);
}

/// In `delete-retained` mode a returning user has its former ID, and no event tells of its memberships. While it is away it
/// is not shown, and changes of its memberships yield no events.
pub(crate) async fn a_retained_user_returns(store: &dyn Store) {
    let settings = Settings { on_deactivate: OnDeactivate::DeleteRetained, ..Settings::default() };
    let bench = Bench::new(store, settings).await;
    let id = bench.create_user(ann(true)).await.unwrap();
    let sales = bench.group("Sales", &[&id]).await;
    let other = bench.group("Other", &[]).await;
    let created = bench.events().await.into_iter().find(|event| event.event == "dsync.user.created").unwrap();
    let shown = created.data["id"].as_str().unwrap().to_owned();
    let before = bench.events().await.len();
    bench.put(&id, ann(false)).await.unwrap();
    assert_eq!(bench.log_from(before).await, ["user.deleted"]);
    assert!(store.directory_user(&shown).await.unwrap().is_none());
    user_groups::join(&bench, &other, &[&id]).await;
    user_groups::leave(&bench, &sales, &id).await;
    user_groups::join(&bench, &sales, &[&id]).await;
    let renamed = json!({"userName": "anna", "externalId": "00u1", "active": false});
    bench.put(&id, renamed).await.unwrap();
    assert_eq!(bench.log_from(before).await, ["user.deleted"]);
    bench.put(&id, ann(true)).await.unwrap();
    assert_eq!(bench.log_from(before).await, ["user.deleted", "user.created"]);
    let returned = bench.events().await.pop().unwrap();
    assert_eq!((&returned.data["id"], &returned.data["state"]), (&json!(shown), &json!("active")));
    assert_eq!(store.directory_user(&shown).await.unwrap().unwrap().user.row.id, shown);
    // Its membership is still there: leaving the group is reported.
    user_groups::leave(&bench, &sales, &id).await;
    assert_eq!(bench.log_from(before).await[2..], ["group.user_removed Sales"]);
    // A user that is deleted while it is away was reported before.
    bench.put(&id, ann(false)).await.unwrap();
    bench.delete(Kind::User, &id).await.unwrap();
    assert_eq!(bench.log_from(before).await[3..], ["user.deleted"]);
}

/// The role of a user follows from its direct memberships: in its own events, in those of memberships, and when it is read.
pub(crate) async fn roles_follow_groups(store: &dyn Store) {
    let users = serde_json::from_value(json!({
        "roles": {
            "groups": [{"group": "Admins", "role": "admin"}, {"group": "Sales", "role": "seller"}],
            "default": "member", "multiple": true,
        },
        "custom_attributes": {"nick": "nickName"},
    }));
    let bench = Bench::new(store, Settings { users: users.unwrap(), ..Settings::default() }).await;
    let shown = |user: &Value| (user["role"]["slug"].clone(), user["roles"].as_array().map_or(0, Vec::len));
    let last = async || bench.events().await.pop().unwrap().data;
    let id = bench.create_user(ann(true)).await.unwrap();
    assert_eq!(shown(&last().await), (json!("member"), 1));
    assert_eq!(last().await["custom_attributes"]["nick"], Value::Null);
    let sales = bench.group("Sales", &[&id]).await;
    assert_eq!(shown(&last().await["user"]), (json!("seller"), 1));
    bench.group("Admins", &[&id]).await;
    assert_eq!(shown(&last().await["user"]), (json!("admin"), 2));
    bench
        .put(&id, json!({"userName": "ann", "externalId": "00u1", "active": true, "nickName": "Annie"}))
        .await
        .unwrap();
    let updated = last().await;
    assert_eq!(shown(&updated), (json!("admin"), 2));
    assert_eq!(updated["previous_attributes"], json!({"custom_attributes": {"nick": null}}));
    user_groups::leave(&bench, &sales, &id).await;
    assert_eq!(shown(&last().await["user"]), (json!("admin"), 1));
    let found = store.directory_user(updated["id"].as_str().unwrap()).await.unwrap().unwrap();
    assert_eq!(shown(&payload::api_user(&found.directory, &found.user)), (json!("admin"), 1));
    bench.delete(Kind::User, &id).await.unwrap();
    assert_eq!(shown(&last().await), (json!("admin"), 1));
}

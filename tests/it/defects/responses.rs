//! Observations of what responses show, and of groups without members.

use serde_json::{Value, json};

use super::{Battery, counters, id_of, parsed, pick};
use crate::support::reference::{GROUP, filter, user};

impl Battery<'_> {
    /// Observes the responses about a user in a group, and what a deactivation changes.
    pub(super) async fn responses(&mut self) {
        let server = self.server;
        let mut body = user("eve.same@example.com");
        body["displayName"] = json!("Eve");
        let reply = server.post("/Users", body).await;
        let seen = parsed(&reply);
        self.observe("another create shows", pick(&seen, &["schemas", "userName", "displayName"]));
        let path = format!("/Users/{}", seen["id"].as_str().unwrap_or_default());
        self.observe("read of the returned id", server.get(&path).await.status);
        let eve = id_of(server, &reply, "eve.same@example.com").await;
        let mut other = user("fay.same@example.com");
        other.as_object_mut().unwrap().shift_remove("externalId");
        let reply = server.post("/Users", other).await;
        let fay = id_of(server, &reply, "fay.same@example.com").await;
        self.group_responses(&eve).await;
        let path = format!("/Users/{eve}");
        let reply = server.put(&path, parsed(&server.get(&path).await)).await;
        self.observe("put of what GET returned", reply.status);
        let reply = server.patch(&path, json!([{"op": "replace", "value": {"active": false}}])).await;
        self.observe("deactivation", json!([reply.status, parsed(&reply).is_object()]));
        self.observe("read of an inactive user", server.get(&path).await.status);
        self.observe("another user", parsed(&server.get(&format!("/Users/{fay}")).await)["active"].clone());
        let error = parsed(&server.get("/Users/020202").await);
        self.observe("status in an error", error["status"].clone());
        let twice = format!("/Users?{}", filter("userName eq \"fay.same@example.com\""));
        self.observe("lookup of another user", counters(&server.get(&twice).await));
    }

    async fn group_responses(&mut self, eve: &str) {
        let server = self.server;
        let empty = json!({"schemas": [GROUP], "displayName": "Nobody", "members": []});
        self.observe("empty group", server.post("/Groups", empty).await.status);
        let member = json!([{"value": eve}]);
        let reply = server.post("/Groups", json!({"schemas": [GROUP], "displayName": "Eves", "members": member})).await;
        let group = parsed(&reply);
        self.observe("group create shows", group["displayName"].clone());
        let Some(path) = group["id"].as_str().map(|id| format!("/Groups/{id}")) else { return };
        self.observe("read of a group", server.get(&path).await.status);
        let operations = json!([{"op": "remove", "path": format!("members[value eq \"{eve}\"]")}]);
        self.observe("members in the response to a PATCH", shown_members(&server.patch(&path, operations).await));
        let put = json!({"schemas": [GROUP], "displayName": "Eves", "members": []});
        let reply = server.put(&path, put).await;
        self.observe("put of an empty group", reply.status);
        let put = json!({"schemas": [GROUP], "displayName": "Eves", "members": member});
        self.observe("members in the response to a PUT", shown_members(&server.put(&path, put).await));
    }

    /// Observes what every event has, and whether creates cause one.
    pub(super) fn envelopes(&mut self, events: &[Value]) {
        let named = events.iter().any(|event| event["data"]["directory_id"].is_string());
        self.observe("events name their directory", named);
        let created = events.iter().any(|event| event["event"] == "dsync.user.created");
        self.observe("events about created users", created);
    }
}

/// Returns the number of members that a response shows, null if it shows none.
fn shown_members(reply: &crate::support::reference::Reply) -> Value {
    parsed(reply)["members"].as_array().map_or(Value::Null, |members| members.len().into())
}

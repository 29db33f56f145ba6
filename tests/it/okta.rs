//! The simulator's requests against the recorded ones: method, path, headers, and the bytes of the body.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use scimulate::okta::action::Action;
use scimulate::okta::mapping::Mapping;
use scimulate::okta::org::{AppUser, GroupPushMapping, MappingState};
use scimulate::okta::plan::{Job, Step};
use scimulate::okta::{ClientKind, Habits, Org};
use scimulate::wire::{Exchange, Request, Response};
use serde_json::{Value, json};

/// A recorded request.
struct Recorded {
    method: String,
    path: String,
    headers: BTreeMap<String, String>,
    body: Option<String>,
}

fn recorded(id: &str) -> Recorded {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/idp/okta").join(format!("{id}.json"));
    let record: Value =
        serde_json::from_slice(&std::fs::read(&file).unwrap_or_else(|_| panic!("{}", file.display()))).unwrap();
    let path = record["path"].as_str().unwrap();
    let path = ["/scim/v2", "/identity/scim/v2", "/scim", "/v2"]
        .iter()
        .find_map(|base| path.strip_prefix(base))
        .unwrap_or(path);
    let headers = record["headers"].as_object().into_iter().flatten();
    Recorded {
        method: record["method"].as_str().unwrap().to_owned(),
        path: path.to_owned(),
        headers: headers.map(|(name, value)| (name.to_lowercase(), value.as_str().unwrap().to_owned())).collect(),
        body: record["body_raw"].as_str().map(str::to_owned),
    }
}

/// An org with one app, the data of one case, and the server's responses.
struct Case {
    org: Org,
    habits: Habits,
    /// The response to every GET of a resource.
    server: Value,
    /// The resources that every lookup returns.
    matches: Vec<Value>,
}

impl Case {
    fn new(client: ClientKind) -> Self {
        Self { org: Org::with_app("app", client), habits: Habits::default(), server: json!({}), matches: Vec::new() }
    }

    fn person(mut self, key: &str, okta_id: &str, profile: &[(&str, &str)], external_id: Option<&str>) -> Self {
        self.org.add_person(key, profile.iter().copied()).unwrap();
        self.org.set_okta_id(key, okta_id).unwrap();
        if let Some(id) = external_id {
            self.org.restore_account("app", key, AppUser::linked(id)).unwrap();
        }
        self
    }

    /// Adds a person who is provisioned. The key is the `id` in the target, the login is the `display`.
    fn member(self, id: &str, login: &str) -> Self {
        self.person(id, "00u", &[("login", login)], Some(id))
    }

    /// Adds a group that is pushed as `id`. `members` are its members in Okta, `pushed` those in the target.
    fn pushed(mut self, name: &str, id: &str, members: &[&str], pushed: &[&str]) -> Self {
        self.org.add_group(name, members).unwrap();
        let pushed = pushed.iter().map(|id| (self.org.person_id(id).unwrap(), (*id).to_owned())).collect();
        let mapping = GroupPushMapping {
            group: name.to_owned(),
            state: MappingState::Active,
            target_id: Some(id.to_owned()),
            name: name.to_owned(),
            pushed,
        };
        self.org.restore_push("app", mapping).unwrap();
        self
    }

    fn server(mut self, document: Value) -> Self {
        self.server = document;
        self
    }

    /// Performs an action and returns the requests.
    fn act(mut self, mut action: Value) -> Vec<Request> {
        if serde_json::from_value::<Action>(action.clone()).is_err() {
            action["app"] = json!("app");
        }
        let action: Action = serde_json::from_value(action).unwrap();
        let mut sent = Vec::new();
        for spec in self.org.act(&action, &self.habits).unwrap().into_iter().flatten() {
            let Some(mut job) = Job::new(&self.org, spec, &self.habits) else { continue };
            let mut last: Option<Exchange> = None;
            loop {
                match job.step(last.take().as_ref()) {
                    Step::Send(request) => {
                        sent.push(request.clone());
                        last = Some(self.respond(request));
                    }
                    Step::Done(_) => break,
                    other => panic!("{other:?}"),
                }
            }
            self.org.record(job.spec(), job.result(), None);
        }
        sent
    }

    fn respond(&self, request: Request) -> Exchange {
        let body = match (request.method.as_str(), request.subject().1) {
            ("GET", None) => json!({"totalResults": self.matches.len(), "startIndex": 1, "Resources": self.matches}),
            ("POST", _) => json!({"id": "made"}),
            _ => self.server.clone(),
        };
        Exchange {
            url: request.path.clone(),
            request,
            sent_headers: Vec::new(),
            outcome: Ok(Response { status: 200, headers: Vec::new(), body: body.to_string().into_bytes() }),
            at: Timestamp::UNIX_EPOCH,
            duration: std::time::Duration::ZERO,
            simulated: None,
        }
    }
}

/// Asserts that a request has the bytes of a record. `{id}` in the record means `id`.
#[track_caller]
fn same(sent: &[Request], record: &str, id: &str) {
    let recorded = recorded(record);
    let path = recorded.path.replace("{id}", id);
    let fits = |request: &&Request| request.method.as_str() == recorded.method && request.path == path;
    let all: Vec<_> = sent.iter().map(|request| (request.method.as_str(), &request.path)).collect();
    let body = |request: &Request| request.body.as_ref().map(|body| String::from_utf8(body.clone()).unwrap());
    let expected = recorded.body.as_ref().map(|body| body.replace("{id}", id));
    let candidates: Vec<&Request> = sent.iter().filter(fits).collect();
    assert!(!candidates.is_empty(), "{record}: no {} {path} among {all:?}", recorded.method);
    let bodies: Vec<_> = candidates.iter().map(|request| with_password_of(expected.as_ref(), body(request))).collect();
    assert!(bodies.contains(&expected), "{record}: {bodies:#?}\n{expected:#?}");
    for (name, value) in &recorded.headers {
        // These values belong to the recording: credentials, host, length and tunnel.
        if ["authorization", "host", "content-length", "connection"].contains(&name.as_str()) {
            continue;
        }
        let ours = candidates[0].headers.iter().find(|(ours, _)| ours.eq_ignore_ascii_case(name));
        assert_eq!(ours.map(|(_, value)| value), Some(value), "{record}: {name}");
    }
}

/// Copies the recorded password into our body. Both are random, so only position and length can be compared.
fn with_password_of(recorded: Option<&String>, ours: Option<String>) -> Option<String> {
    let of = |body: Option<&String>| {
        let value: Value = serde_json::from_str(body?).ok()?;
        let deep = value["Operations"][0]["value"]["password"].as_str();
        value["password"].as_str().or(deep).map(str::to_owned)
    };
    match (of(recorded), of(ours.as_ref())) {
        (Some(theirs), Some(mine)) => ours.map(|body| body.replace(&format!("{mine:?}"), &format!("{theirs:?}"))),
        _ => ours,
    }
}

fn test_user() -> Case {
    let profile = [("firstName", "Test"), ("lastName", "User"), ("email", "test.user@okta.local")];
    Case::new(ClientKind::Oin).person("u", "00ujl29u0le5T6Aj10h7", &profile, None)
}

#[test]
fn creates() {
    let assign = json!({"do": "assign", "people": ["u"]});
    let sent = test_user().act(assign.clone());
    same(&sent, "ref20-filter", "");
    same(&sent, "ref20-post-user", "");
    let mut without = test_user();
    without.habits.set("external-id", "left-out").unwrap();
    same(&without.act(assign.clone()), "ref20-post-user-no-externalid", "");
    let jane = [("firstName", "Jane"), ("lastName", "Doe"), ("email", "jane.doe@example.com"), ("locale", "en_US")];
    let mut jane = Case::new(ClientKind::Oin).person("u", "00uv931EiyRsnwOGa0g3", &jane, None);
    jane.habits.set("space", "+").unwrap();
    let sent = jane.act(assign.clone());
    same(&sent, "doc2018-post-user", "");
    assert!(sent[0].path.starts_with("/Users?filter=userName+eq+%22jane.doe%40example.com%22&"), "{}", sent[0].path);
    let email = "test.joiner@lanternfieldgoods.co.uk";
    let joiner = [("firstName", "test"), ("lastName", "joiner"), ("email", email)];
    let mut joiner = Case::new(ClientKind::Aiw).person("u", "00u18ep2sjmnGT1wk698", &joiner, None);
    joiner.org.app_mut("app").unwrap().mapping =
        Mapping::default().without(&["displayName", "locale", "emails.type"]).unwrap();
    same(&joiner.act(assign), "rostr-create-2", "");
}

#[test]
fn deactivations_and_passwords() {
    let id = "23a35c27-23d3-4c03-b4c5-6443c09e7173";
    let assigned = || Case::new(ClientKind::Oin).member(id, "u@example.com");
    let sent = assigned().act(json!({"do": "unassign", "people": [id]}));
    for record in
        ["doc2018-patch-deactivate", "ref20-patch-deactivate", "metatavu97-deactivate", "sentry27199-deactivate"]
    {
        same(&sent, record, id);
    }
    assert_eq!(sent[0].body.as_ref().unwrap().len(), 118);
    let mut synced = assigned();
    synced.org.app_mut("app").unwrap().to_app.sync_password = true;
    same(&synced.act(json!({"do": "change-password", "person": id})), "django-scim2-password", id);
}

/// The document of the recorded server, with its keys in order as far as it is known.
fn octocat() -> Value {
    json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "id": "5fc0c238-1112-11e8-8e45-920c87bdbd75",
        "externalId": "00u1dhhb1fkIGP7RL1d8", "userName": "octocat@github.com", "displayName": "Mona Octocat",
        "name": {"givenName": "Mona", "familyName": "Octocat", "formatted": "Mona Octocat"},
        "emails": [{"value": "octocat@github.com", "primary": true}], "active": true,
        "meta": {"resourceType": "User", "created": "2018-02-13T15:05:24.000-08:00",
            "lastModified": "2018-02-13T15:05:55.000-08:00",
            "location": "https://api.github.com/scim/v2/organizations/octo-org/Users/5fc0c238-1112-11e8-8e45-920c87bdbd75"}})
}

#[test]
fn puts_of_users() {
    let id = "5fc0c238-1112-11e8-8e45-920c87bdbd75";
    let jane = [("firstName", "Jane"), ("lastName", "Smith"), ("email", "jane@test.com")];
    for (action, record, length) in [
        (json!({"do": "assign", "people": ["u"]}), "firezone-3", 607),
        (json!({"do": "unassign", "people": ["u"]}), "firezone-5", 579),
    ] {
        let external_id = (length == 579).then_some(id);
        let mut case =
            Case::new(ClientKind::Aiw).person("u", "00u6a15d23T9AeHhF5d7", &jane, external_id).server(octocat());
        case.matches = vec![octocat()];
        let sent = case.act(action);
        let put = sent.last().unwrap();
        assert_eq!((put.method.as_str(), put.path.as_str()), ("PUT", format!("/Users/{id}").as_str()));
        // The tool that wrote the dump sorted the keys: keys are compared as sets, bytes by their number.
        let recorded: Value = serde_json::from_str(&recorded(record).body.unwrap()).unwrap();
        assert_eq!(put.json().unwrap(), recorded);
        assert_eq!(put.body.as_ref().unwrap().len(), length);
    }
}

/// The samples of Okta's reference, from GETs that we reconstructed: each is the PUT with other values of the attributes
/// that Okta maps.
#[test]
fn puts_of_users_from_reconstructed_responses() {
    let id = "23a35c27-23d3-4c03-b4c5-6443c09e7173";
    let login = "test.user@okta.local";
    let another = [("firstName", "Another"), ("middleName", "Excited"), ("lastName", "User"), ("email", login)];
    let reconstructed = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "id": id, "userName": login,
        "name": {"givenName": "Test", "middleName": "Calm", "familyName": "User"},
        "emails": [{"primary": true, "value": "before@okta.local", "type": "home", "display": login}],
        "active": true, "groups": [], "meta": {"resourceType": "User"}});
    let put = |multi_valued: &str| {
        let mut case = Case::new(ClientKind::Oin)
            .person("u", "00ujl29u0le5T6Aj10h7", &another, Some(id))
            .server(reconstructed.clone());
        case.habits.set("external-id", "left-out").unwrap();
        case.habits.set("multi-valued", multi_valued).unwrap();
        case.org.app_mut("app").unwrap().mapping = Mapping::default().without(&["displayName", "locale"]).unwrap();
        case.act(json!({"do": "force-sync"}))
    };
    same(&put("merge"), "ref20-put-user", "");
    let replaced = put("replace").last().unwrap().json().unwrap();
    assert_eq!(replaced["emails"], json!([{"primary": true, "value": login, "type": "work"}]));

    let id = "sample";
    let login = "jane.doe@example.com";
    let jane = [("firstName", "Jane"), ("lastName", "Doe"), ("email", login), ("locale", "en_US")];
    let sent = Case::new(ClientKind::Aiw)
        .person("u", "00uq2kqg7YTkFo3cY0g3", &jane, Some(id))
        .server(json!({"id": id, "externalId": "00uv931EiyRsnwOGa0g3",
            "meta": {"resourceType": "User", "created": "04-12-2018 00:00:00", "lastModified": "04-12-2018 00:00:00",
                "version": "v1.0"},
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "before@example.com",
            "displayName": "Before", "locale": "en", "active": true, "password": "TkdFNVdIVkxhM2c9",
            "emails": [{"value": "before@example.com", "type": "home", "primary": true}],
            "name": {"familyName": "Before", "givenName": "Before"}}))
        .act(json!({"do": "force-sync"}));
    same(&sent, "doc2018-put-user", id);
}

#[test]
fn membership_patches() {
    let case = Case::new(ClientKind::Oin);
    let case = ["removeUser1", "removeUser2", "addUser1", "addUser2"]
        .iter()
        .fold(case, |case, id| case.member(id, &format!("{id}@example.com")));
    let before = ["removeUser1", "removeUser2"];
    let sent = case.pushed("g", "x", &before, &before).act(json!({
        "do": "change-group", "group": "g", "add": ["addUser1", "addUser2"], "remove": before}));
    same(&sent, "doc2018-patch-members", "x");

    let (old, new) = ("89bb1940-b905-4575-9e7f-6f887cfb368e", "23a35c27-23d3-4c03-b4c5-6443c09e7173");
    let group = "abf4dd94-a4c0-4f67-89c9-76b03340cb9b";
    let case = Case::new(ClientKind::Oin).member(old, "x").member(new, "test.user@okta.local");
    let sent = case
        .pushed("Test SCIMv2", group, &[old], &[old])
        .act(json!({"do": "change-group", "group": "Test SCIMv2", "add": [new], "remove": [old]}));
    same(&sent, "ref20-patch-members", group);
    same(&sent, "ref20-patch-rename", group);

    let person = "2900df44-a197-4ca6-bad2-3c1b5641ac8e";
    let group = "47381c23-a95a-4341-b653-8674c974805b";
    let sent = Case::new(ClientKind::Oin)
        .member(person, "ABaker@Gradle.Example")
        .pushed("g", group, &[], &[])
        .act(json!({"do": "add-to-group", "group": "g", "people": [person]}));
    same(&sent, "scimsdk419-add", group);
}

#[test]
fn full_pushes_and_renames() {
    let push_now = json!({"do": "push-now", "group": "g"});
    let case = Case::new(ClientKind::Oin)
        .member("addUser1", "addUser1@example.com")
        .member("addUser2", "addUser2@example.com");
    same(&case.pushed("g", "x", &["addUser1", "addUser2"], &[]).act(push_now.clone()), "doc2018-patch-fullpush", "x");
    same(&Case::new(ClientKind::Oin).pushed("g", "x", &[], &[]).act(push_now), "scimsdk757-empty-replace", "x");
    for (record, id, name) in [
        ("doc2018-patch-rename", "619435534e58458c8c92e86d1e07d2f8", "New Group Name"),
        ("goscim57-rename", "79fe65ca-65db-4840-85a9-12283543b2b8", "Jeff.Scim.Test"),
    ] {
        let rename = json!({"do": "rename-group", "group": "g", "to": name});
        same(&Case::new(ClientKind::Oin).pushed("g", id, &[], &[]).act(rename), record, id);
    }
    let mut pathless = Case::new(ClientKind::Oin).pushed("org-cd1:viewer", "org-cd1:viewer", &[], &[]);
    pathless.habits.set("replace-members", "value-with-name").unwrap();
    same(&pathless.act(json!({"do": "push-now", "group": "org-cd1:viewer"})), "scimgw113-replace", "");
}

#[test]
fn puts_of_groups() {
    let id = "0123456789abcdef0123456789abcdef";
    let members = ["978dc5c3d4aa4014a3678e9d30ef093a", "54c76a50f48c42e38c10f350f8e6055e"];
    let (bob, pete) = ("bob@ad.oktatest.com", "pete@ad.oktatest.com");
    let group = "urn:ietf:params:scim:schemas:core:2.0:Group";
    let sent = Case::new(ClientKind::Aiw)
        .member(members[0], bob)
        .member(members[1], pete)
        .pushed("SCIM_test1", id, &members, &[])
        .server(
            json!({"schemas": [group], "id": id, "displayName": "SCIM_test1", "members": [], "meta": {"version": "1"}}),
        )
        .act(json!({"do": "push-now", "group": "SCIM_test1"}));
    same(&sent, "doc2018-put-group", id);
    assert_eq!(sent.last().unwrap().body.as_ref().unwrap().len(), 293);

    let (id, person) = ("611e64cc-95db-4d7a-844e-8b54dc794245", "09829117-292e-4169-8e97-0b637d5edcd6");
    let sent = Case::new(ClientKind::Aiw)
        .member(person, "Another1")
        .pushed("Some Group", id, &[person], &[])
        .server(json!({"members": [{"value": person, "display": "Another1", "type": "User"}], "id": id,
            "schemas": [group], "displayName": "Some Group", "externalId": "some-group-id"}))
        .act(json!({"do": "push-now", "group": "Some Group"}));
    same(&sent, "sid697-put-group", id);

    let id = "fc0a8962-65c4-4402-aae5-bd2fcbe19f40";
    let members = ["e07986cd-6ce9-47f0-8ba7-c7d316311653", "6c320c45-0033-4d10-bdda-3c711d720025"];
    let sent = Case::new(ClientKind::Aiw)
        .member(members[0], "a")
        .member(members[1], "b")
        .pushed("KOTestGroup Test", id, &members, &members)
        .server(json!({"schemas": [group], "id": id, "displayName": "KOTestGroup Test",
            "members": [{"value": members[0]}, {"value": members[1]}]}))
        .act(json!({"do": "push-now", "group": "KOTestGroup Test"}));
    same(&sent, "scimgw95-put-group", id);
}

#[test]
fn first_pushes_and_deletions() {
    let push = |name: &str| {
        let mut case = Case::new(ClientKind::Aiw).server(json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "id": "made", "displayName": name, "members": []}));
        case.org.add_group(name, &[] as &[&str]).unwrap();
        case.act(json!({"do": "push-group", "group": name}))
    };
    same(&push("SID"), "sid247-post-group", "");
    same(&push("Test SCIMv2"), "ref20-post-group", "");
    same(&push("APP-Rostr-Admins"), "rostr-group-7", "");
    let sent = Case::new(ClientKind::Oin)
        .pushed("g", "x", &[], &[])
        .act(json!({"do": "unlink-group", "group": "g", "delete": true}));
    same(&sent, "doc2018-delete-group", "x");
}

#[test]
fn headers_have_the_recorded_order() {
    let names = |request: &Request| request.headers.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    let sent = test_user().act(json!({"do": "assign", "people": ["u"]}));
    let with_body = [
        "Accept",
        "Accept-Charset",
        "Content-Type",
        "User-Agent",
        "Authorization",
        "Content-Length",
        "Host",
        "Connection",
        "Accept-Encoding",
    ];
    assert_eq!(names(&sent[1]), with_body);
    let without = ["Accept", "Accept-Charset", "User-Agent", "Authorization", "Host", "Connection", "Accept-Encoding"];
    assert_eq!(names(&sent[0]), without);
}

//! A tenant with a thousand people and groups that no run created, most of them odd.

use std::sync::LazyLock;

use scimulate::Server;
use scimulate::wire::Client;
use serde_json::{Value, json};

use crate::support::harness::{reference, target_of};
use crate::support::reference::{GROUP, USER};

const PEOPLE: usize = 900;
const GROUPS: usize = 100;

/// The server with the tenant.
pub(super) static TENANT: LazyLock<Server> = LazyLock::new(|| {
    let server = reference(&[]);
    let people = (0..PEOPLE).map(|at| operation("/Users", at, &person(at)));
    let groups = (0..GROUPS).map(|at| operation("/Groups", PEOPLE + at, &group(at)));
    let operations: Vec<Value> = people.chain(groups).collect();
    let body = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations});
    // The lock may be taken within a runtime.
    std::thread::scope(|scope| {
        let create = || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(Client::new(target_of(&server)).unwrap().post("/Bulk", &body)).json().unwrap()
        };
        let reply = scope.spawn(create).join().unwrap();
        let created = |result: &&Value| result["status"] == "201";
        let results = reply["Operations"].as_array().unwrap();
        let failed: Vec<&Value> = results.iter().filter(|result| !created(result)).take(3).collect();
        assert!(failed.is_empty() && results.len() == PEOPLE + GROUPS, "{failed:?}");
    });
    server
});

fn operation(path: &str, at: usize, data: &Value) -> Value {
    json!({"method": "POST", "path": path, "bulkId": format!("{at}"), "data": data})
}

fn person(at: usize) -> Value {
    let name = match at % 7 {
        0 => format!("odd{at}"),
        1 => format!("ODD.{at}@EXAMPLE.COM"),
        2 => format!("odd.o'{at}+x@example.com"),
        3 => format!("odd \"{at}\" \\ & <b>"),
        4 => format!("öddß{at}@exämple.com"),
        5 => format!("odd{at}{}", "x".repeat(200)),
        _ => format!("odd-{at}@example.com"),
    };
    let mut user = json!({"schemas": [USER], "userName": name});
    let more = match at % 6 {
        0 => json!({}),
        1 => json!({"active": false, "name": {}}),
        2 => json!({"displayName": "::error::\u{202e}", "externalId": "the same"}),
        3 => json!({"emails": [{"value": "shared@example.com"}, {"value": "other@example.com", "type": "other"}]}),
        4 => json!({"name": {"familyName": "O'Brien \"B\""}, "title": null, "locale": "de-CH"}),
        _ => json!({"active": true, "nickName": "n".repeat(1_000), "phoneNumbers": [{"value": "1"}]}),
    };
    user.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    user
}

fn group(at: usize) -> Value {
    let members: Vec<Value> = match at % 4 {
        0 => Vec::new(),
        1 => (0..PEOPLE / 9).map(|person| json!({"value": format!("bulkId:{person}")})).collect(),
        _ => vec![json!({"value": format!("bulkId:{at}")})],
    };
    let name = match at % 3 {
        0 => format!("odd \"{at}\" & co"),
        1 => format!("ODD {at}"),
        _ => format!("öddities/{at}%"),
    };
    json!({"schemas": [GROUP], "displayName": name, "members": members})
}

//! Requirements on filters (RFC 7644 section 3.4.2.2, figure 1), one row each: the users that a filter selects, and the
//! filters that are rejected. Every row is sent as GET and to `.search`.

use serde_json::{Value, json};

use crate::support::reference::{Server, USER, filter};

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const SEARCH: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";

async fn people() -> Server {
    let server = Server::start().await;
    for body in [
        json!({
            "schemas": [USER, ENTERPRISE], "userName": "Ann@example.com", "externalId": "Ext-A", "active": true,
            "name": {"givenName": "Ann", "familyName": "Straße"}, "title": "says \"hi\" and ] or )", "nickName": "a\\b/c",
            "emails": [
                {"type": "work", "value": "ann@work.example", "primary": true}, {"type": "home", "value": "ann@home.example"},
            ],
            ENTERPRISE: {"employeeNumber": "7", "department": "Tour", "manager": {"value": "m1"}},
        }),
        json!({
            "schemas": [USER], "userName": "bob+tag@example.com", "externalId": "ext-a", "active": false,
            "name": {"givenName": "Bob"}, "title": "é",
            "emails": [{"type": "work", "value": "bob@home.example"}, {"type": "home", "value": "bob@work.example"}],
        }),
        json!({"schemas": [USER], "userName": "cid@example.com", "title": "Lead", "locale": "en-US"}),
    ] {
        server.post("/Users", body).await.id();
    }
    server
}

/// Returns the first letters of the selected users.
fn initials(list: &Value) -> String {
    let of = |one: &Value| one["userName"].as_str().unwrap()[..1].to_lowercase();
    list["Resources"].as_array().unwrap().iter().map(of).collect()
}

const SELECTED: &[(&str, &str, &str)] = &[
    ("FLT-001", "userName eq \"cid@example.com\"", "c"),
    ("FLT-001", "title eq \"lea\"", ""),
    ("FLT-002", "title ne \"lead\"", "ab"),
    ("FLT-002", "locale ne \"en-US\"", "ab"),
    ("FLT-003", "userName co \"tag\"", "b"),
    ("FLT-004", "userName sw \"example\"", ""),
    ("FLT-004", "userName sw \"bob\"", "b"),
    ("FLT-005", "emails.value ew \"work.example\"", "ab"),
    ("FLT-006", "locale pr", "c"),
    ("FLT-007", "emails pr", "ab"),
    ("FLT-008", "name pr", "ab"),
    ("FLT-008", "name.familyName pr", "a"),
    ("FLT-009", "meta.created gt \"2020-01-01T00:00:00Z\"", "abc"),
    ("FLT-009", "meta.created lt \"2020-01-01T00:00:00.5+02:00\"", ""),
    ("FLT-009", "meta.lastModified ge \"2020-01-01T00:00:00-05:00\"", "abc"),
    ("FLT-011", "userName gt \"b\"", "bc"),
    ("FLT-011", "userName le \"ANN@example.com\"", "a"),
    ("FLT-014", "active eq true", "a"),
    ("FLT-014", "active ne true", "bc"),
    ("FLT-014", "active eq false", "b"),
    ("FLT-015", "locale eq null", "ab"),
    ("FLT-015", "locale ne null", "c"),
    ("FLT-016", "active pr and title eq \"é\"", "b"),
    ("FLT-017", "locale pr or active eq true", "ac"),
    ("FLT-018", "not (active eq true)", "bc"),
    ("FLT-019", "userName sw \"a\" or userName sw \"b\" and active eq true", "a"),
    ("FLT-020", "not (userName sw \"a\") and active pr", "b"),
    ("FLT-021", "(userName sw \"a\" or userName sw \"b\") and active eq false", "b"),
    ("FLT-021", "((((((((((userName sw \"a\"))))))))))", "a"),
    ("FLT-023", "not (not (not (active eq true)))", "bc"),
    ("FLT-024", "userName SW \"a\" Or NOT (active Pr)", "ac"),
    ("FLT-025", "USERNAME eq \"cid@example.com\"", "c"),
    ("FLT-026", "userName eq \"ANN@EXAMPLE.COM\"", "a"),
    ("FLT-027", "externalId eq \"ext-a\"", "b"),
    ("FLT-028", "name.familyName eq \"STRASSE\"", ""),
    ("FLT-028", "title eq \"É\"", "b"),
    ("FLT-029", "name.givenName eq \"ann\"", "a"),
    ("FLT-030", "emails co \"ann@work\"", "a"),
    ("FLT-032", "emails.type eq \"home\"", "ab"),
    ("FLT-033", "emails[type eq \"work\" and value ew \"work.example\"]", "a"),
    ("FLT-034", "emails.type eq \"work\" and emails.value ew \"work.example\"", "ab"),
    ("FLT-035", "emails[not (type eq \"home\") and value pr and value ne \"x\"]", "ab"),
    ("FLT-035", "emails[primary eq true or value sw \"bob@w\"]", "ab"),
    ("FLT-037", "emails[type eq \"work\"] and active eq false or locale pr", "bc"),
    ("FLT-039", "urn:ietf:params:scim:schemas:core:2.0:User:userName sw \"cid\"", "c"),
    ("FLT-040", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq \"tour\"", "a"),
    ("FLT-040", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value eq \"m1\"", "a"),
    ("FLT-041", "URN:IETF:params:scim:schemas:extension:enterprise:2.0:user:Department pr", "a"),
    ("FLT-043", "schemas eq \"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User\"", "a"),
    ("FLT-044", "meta.resourceType eq \"User\"", "abc"),
    ("FLT-044", "meta.version eq \"W/\\\"1\\\"\"", "abc"),
    ("FLT-044", "meta.location co \"/Users/\"", "abc"),
    ("FLT-044", "meta.location ne \"http://x/Users/1\" and meta.location sw \"http\"", "abc"),
    ("FLT-044", "meta[location ew \"/Users/nobody\"]", ""),
    ("FLT-054", "userName   eq  \"cid@example.com\"", "c"),
    ("FLT-018", "not(active eq true)", "bc"),
    ("FLT-045", "id pr", "abc"),
    ("FLT-045", "id ne \"x\" and id gt \"0\" and id co \"0\" and id sw \"0\"", "abc"),
    ("FLT-053", "title eq \"\\u00e9\"", "b"),
    ("FLT-053", "nickName eq \"a\\\\b\\/c\"", "a"),
    ("FLT-053", "title co \"\\\"HI\\\"\"", "a"),
    ("FLT-055", "title eq \"says \\\"hi\\\" and ] or )\"", "a"),
    ("FLT-056", "userName eq \"bob+tag@example.com\"", "b"),
    ("FLT-057", "title eq \"é\"", "b"),
];

const REFUSED: &[(&str, &str)] = &[
    ("FLT-012", "active gt true"),
    ("FLT-012", "x509Certificates.value gt \"a\""),
    ("FLT-013", "active co \"tru\""),
    ("FLT-014", "active eq 1"),
    ("FLT-022", "not active eq true"),
    ("FLT-031", "name eq \"x\""),
    ("FLT-036", "emails[type eq \"work\"].value eq \"x\""),
    ("FLT-038", "emails[type[value pr]]"),
    ("FLT-042", "department eq \"Tour\""),
    ("FLT-015", "title gt null"),
    ("FLT-015", "title co null"),
    ("FLT-031", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User eq \"x\""),
    ("FLT-044", "meta.created gt \"2020-01-01\""),
    ("FLT-046", "groups.$ref pr"),
    ("FLT-046", "groups[$ref co \"x\"]"),
    ("FLT-047", "userName is \"x\""),
    ("FLT-048", "userName eq \"x"),
    ("FLT-048", "(userName pr"),
    ("FLT-048", "userName pr)"),
    ("FLT-048", "userName eq"),
    ("FLT-048", "userName eq \"x\" trailing"),
    ("FLT-048", "and userName pr"),
    ("FLT-048", "userName eq \"x\"or userName pr"),
    ("FLT-048", "emails[type eq \"work\""),
    ("FLT-048", "()"),
    ("FLT-053", "userName eq \"\\ud800\""),
    ("FLT-053", "userName eq \"\\q\""),
    ("FLT-054", "userName\teq \"x\""),
    ("FLT-054", "userName eq\n\"x\""),
    ("FLT-049", ""),
    ("FLT-050", "userName eq ann"),
    ("FLT-051", "userName pr \"x\""),
    ("FLT-052", "userName eq 'x'"),
    ("FLT-059", "password eq \"x\""),
    ("FLT-059", "password pr"),
    ("FLT-059", "not (password pr)"),
];

#[tokio::test]
async fn filters_select_the_users_that_the_rfc_specifies() {
    let server = people().await;
    for (id, text, wanted) in SELECTED {
        let list = server.get(&format!("/Users?{}", filter(text))).await;
        assert_eq!(list.status, 200, "{id}: {text}: {}", list.text);
        let list = list.json();
        assert_eq!((initials(&list).as_str(), &list["totalResults"]), (*wanted, &json!(wanted.len())), "{id}: {text}");
        let search = server.post("/Users/.search", json!({"schemas": [SEARCH], "filter": text})).await.json();
        assert_eq!(search, list, "FLT-063, SRCH-010, {id}: {text}");
        // The returned attributes do not affect the match.
        let bare = server.get(&format!("/Users?attributes=userName&{}", filter(text))).await.json();
        assert_eq!(initials(&bare), *wanted, "PRJ-019, {id}: {text}");
    }
}

#[tokio::test]
async fn invalid_filters_are_rejected() {
    let server = people().await;
    for (id, text) in REFUSED {
        let reply = server.get(&format!("/Users?{}", filter(text))).await;
        assert_eq!((reply.status, reply.json()["scimType"].as_str()), (400, Some("invalidFilter")), "{id}: {text}");
        let reply = server.post("/Users/.search", json!({"schemas": [SEARCH], "filter": text})).await;
        assert_eq!((reply.status, reply.json()["scimType"].as_str()), (400, Some("invalidFilter")), "{id}: {text}");
    }
    let many = vec!["userName pr"; 3_000].join(" or ");
    let reply = server.get(&format!("/Users?{}", filter(&many))).await;
    assert!(matches!(reply.status, 400 | 414), "FLT-061: {}", reply.status);
    let search = server.post("/Users/.search", json!({"schemas": [SEARCH], "filter": many})).await;
    search.is_scim_error(400, Some("invalidFilter"));
}

#[tokio::test]
async fn groups_are_filtered_by_name_and_member() {
    let server = people().await;
    let list = server.get("/Users").await.json();
    let ann = list["Resources"][0]["id"].as_str().unwrap().to_owned();
    let team = server.group("Team", &[&ann]).await;
    server.group("Other", &[]).await;
    for (id, text, wanted) in [
        ("FLT-064", "displayName eq \"TEAM\"".to_owned(), 1),
        ("FLT-064", format!("members[value eq \"{ann}\"]"), 1),
        ("FLT-046", format!("members.value eq \"{ann}\""), 1),
        ("FLT-046", "members pr".to_owned(), 1),
        ("FLT-045", format!("id eq \"{team}\""), 1),
        ("FLT-027", format!("id eq \"{}\"", team.to_lowercase()), 0),
        ("FLT-044", format!("meta.location eq \"{}/Groups/{team}\"", server.scim_url), 1),
        ("FLT-044", format!("meta.location eq \"{}/Users/{team}\"", server.scim_url), 0),
        ("FLT-064", "externalId pr".to_owned(), 0),
        ("FLT-044", "meta.resourceType eq \"User\"".to_owned(), 0),
    ] {
        let list = server.get(&format!("/Groups?{}", filter(&text))).await.json();
        assert_eq!(list["totalResults"], wanted, "{id}: {text}");
    }
    let in_team = server.get(&format!("/Users?{}", filter(&format!("groups.value eq \"{team}\"")))).await.json();
    assert_eq!(initials(&in_team), "a", "FLT-046");
}

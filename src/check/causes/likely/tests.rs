use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::*;
use crate::check::sample;
use crate::report::{ExchangeReport, Level, Verdict};

const GET: Value = Value::Null;

/// Builds an exchange whose request has the media type of SCIM if it has a body.
fn exchange(method: &str, path: &str, request: Value, status: u16, response: Value) -> ExchangeReport {
    let mut exchange = sample::exchange(method, path, request, status, response);
    if exchange.request_body.is_some() {
        let media_type = "application/scim+json; charset=utf-8";
        exchange.request_headers.push(("Content-Type".to_owned(), media_type.to_owned()));
    }
    exchange
}

fn result(id: &str, exchanges: Vec<ExchangeReport>) -> ScenarioReport {
    ScenarioReport { id: id.to_owned(), exchanges, ..ScenarioReport::default() }
}

/// Returns a finding about the last write, or the first request, which the last exchange shows.
fn finding(requirement: Requirement, id: &str, part: &str, actual: &str, exchanges: &[ExchangeReport]) -> Finding {
    let write = exchanges.iter().rposition(|exchange| exchange.method != "GET").unwrap_or_default();
    Finding {
        id: String::new(),
        requirement: requirement.id().to_owned(),
        client: None,
        level: Level::Okta,
        source: String::new(),
        verdict: Verdict::Deviation,
        title: String::new(),
        part: part.to_owned(),
        observation: String::new(),
        expected: String::new(),
        actual: actual.to_owned(),
        why: String::new(),
        fix: String::new(),
        cause: None,
        accepted: false,
        results: vec![id.to_owned()],
        exchanges: exchanges.to_vec(),
        decisive: vec![write, exchanges.len().saturating_sub(1)],
        repeat: String::new(),
        case: None,
        attempts: None,
    }
}

fn cause_of(requirement: Requirement, part: &str, exchanges: Vec<ExchangeReport>) -> Option<LikelyCause> {
    let mut findings = [finding(requirement, "a", part, "", &exchanges)];
    name(&mut findings, &[result("a", exchanges)], None);
    findings[0].cause.take()
}

/// A mistake, the requirement that it violates, exchanges that show it, and similar ones that do not.
type Example = (&'static str, Requirement, &'static str, Vec<ExchangeReport>, Vec<ExchangeReport>);

fn user() -> Value {
    json!({"userName": "ada@x", "emails": [], "active": true})
}

fn post(status: u16, response: Value) -> ExchangeReport {
    exchange("POST", "/Users", user(), status, response)
}

fn put(path: &str, body: Value) -> ExchangeReport {
    exchange("PUT", path, body.clone(), 200, body)
}

fn patch(operation: &Value, status: u16) -> ExchangeReport {
    exchange("PATCH", "/Groups/9", json!({"Operations": [operation]}), status, GET)
}

fn get(path: &str, status: u16, response: Value) -> ExchangeReport {
    exchange("GET", path, GET, status, response)
}

/// A lookup by userName that returns users of these names.
fn lookup(name: &str, found: &[&str]) -> ExchangeReport {
    let filter = crate::wire::encode::component(&format!("userName eq {}", json!(name)));
    let resources: Vec<Value> = found.iter().map(|name| json!({"id": name, "userName": name})).collect();
    get(&format!("/Users?filter={filter}&count=100"), 200, json!({"Resources": resources}))
}

fn list(count: u64, total: u64, per_page: u64, listed: usize) -> ExchangeReport {
    let body = json!({"totalResults": total, "itemsPerPage": per_page, "Resources": vec![json!({"id": "1"}); listed]});
    get(&format!("/Users?startIndex=1&count={count}"), 200, body)
}

fn members(ids: &[&str]) -> Value {
    ids.iter().map(|id| json!({"value": id})).collect()
}

fn group(ids: &[&str]) -> ExchangeReport {
    get("/Groups/9", 200, json!({"id": "9", "displayName": "crew", "members": members(ids)}))
}

fn change(before: &[&str], op: &str, sent: &[&str], after: &[&str]) -> Vec<ExchangeReport> {
    let write = match (op, sent) {
        ("put", _) => exchange("PUT", "/Groups/9", json!({"members": members(sent)}), 200, GET),
        ("remove", [id]) => patch(&json!({"op": "remove", "path": format!("members[value eq \"{id}\"]")}), 204),
        _ => patch(&json!({"op": op, "path": "members", "value": members(sent)}), 204),
    };
    vec![group(before), write, group(after)]
}

fn scim_error(detail: &str) -> Value {
    json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": "400", "detail": detail})
}

#[allow(clippy::too_many_lines, reason = "one element for each row of the table")]
fn examples() -> Vec<Example> {
    use Requirement as R;
    let created = json!({"id": "1", "userName": "ada@x"});
    let detail = |text: &str| scim_error(text);
    let stored = |password: bool| {
        let mut body = created.clone();
        if password {
            body["password"] = json!("***");
        }
        get("/Users/1", 200, body)
    };
    let wrong = |path: Option<&str>, status| {
        let mut operation = json!({"op": "replace", "value": {"displayName": "b"}});
        if let Some(path) = path {
            operation["path"] = json!(path);
        }
        patch(&operation, status)
    };
    let active = |value: Value| get("/Users/1", 200, json!({"id": "1", "active": value}));
    let kept = json!({"id": "1", "userName": "ada@x", "title": "a"});
    let taken = exchange("PUT", "/Users/1", user(), 200, created.clone());
    vec![
        (
            "media-type-not-parsed",
            R::CreateAccepted,
            "status",
            vec![post(400, detail("userName is required"))],
            vec![post(400, detail("userName must be a login"))],
        ),
        ("redirected", R::CreateAccepted, "status", vec![post(308, GET)], vec![post(404, GET)]),
        (
            "create-answers-list",
            R::CreateBody,
            "resource",
            vec![post(200, json!({"Resources": []}))],
            vec![post(200, json!({"user": {}}))],
        ),
        (
            "attribute-refused",
            R::CreateAccepted,
            "status",
            vec![post(400, detail("emails: unknown type"))],
            vec![post(500, detail("emails: unknown type"))],
        ),
        (
            "filter-ignored",
            R::LookupMatches,
            "results",
            vec![lookup("ada@x", &["ada@x", "ben@x"]), lookup("ben@x", &["ada@x", "ben@x"]), lookup("cyd@x", &[])],
            vec![lookup("ada@x", &["ada@x", "ben@x"]), lookup("ben@x", &["ben@x"]), lookup("cyd@x", &[])],
        ),
        (
            "substring-match",
            R::LookupMatches,
            "results",
            vec![lookup("ann@x", &["ann@x", "joann@x"])],
            vec![lookup("ann@x", &["ann@x", "joann@x", "ben@x"])],
        ),
        (
            "apostrophe-in-filter",
            R::LookupApostrophe,
            "match",
            vec![lookup("ada@x", &["ada@x"]), lookup("o'neil@x", &[])],
            vec![lookup("ada@x", &[]), lookup("o'neil@x", &[])],
        ),
        (
            "plus-decoded-twice",
            R::LookupPlus,
            "match",
            vec![lookup("ada@x", &["ada@x"]), lookup("a+b@x", &[])],
            vec![lookup("a+b@x", &["a+b@x"]), lookup("ada@x", &[])],
        ),
        (
            "text-not-utf-8",
            R::LookupFinds,
            "match",
            vec![lookup("ada@x", &["ada@x"]), lookup("łuk@x", &[])],
            vec![lookup("łuk@x", &["łuk@x"]), lookup("ada@x", &[])],
        ),
        (
            "inactive-hidden",
            R::LookupInactive,
            "match",
            vec![get("/Users/1", 200, json!({"id": "1", "userName": "ada@x", "active": false})), lookup("ada@x", &[])],
            vec![get("/Users/1", 404, GET), lookup("ada@x", &[])],
        ),
        (
            "case-sensitive",
            R::LookupIgnoresCase,
            "match",
            vec![lookup("Ada@x", &["Ada@x"]), lookup("ada@x", &[])],
            vec![lookup("Ada@x", &["Ada@x"]), lookup("ben@x", &[])],
        ),
        (
            "index-not-updated",
            R::LookupRenamed,
            "match",
            vec![get("/Users/1", 200, created.clone()), lookup("ada@x", &[])],
            vec![get("/Users/1", 200, json!({"id": "1", "userName": "before@x"})), lookup("ada@x", &[])],
        ),
        ("bare-array", R::JsonBody, "body", vec![get("/Users", 200, json!([]))], vec![get("/Users", 200, json!("x"))]),
        ("total-of-page", R::ListTotal, "totalResults", vec![list(100, 100, 100, 100)], vec![list(100, 3, 3, 3)]),
        ("count-echoed", R::ItemsPerPage, "itemsPerPage", vec![list(100, 3, 100, 3)], vec![list(100, 3, 4, 3)]),
        ("created-with-200", R::CreateStatus, "status", vec![post(200, created.clone())], vec![post(202, GET)]),
        (
            "conflict-unhandled",
            R::CreateConflict,
            "status",
            vec![post(500, json!("duplicate key"))],
            vec![post(400, json!("exists"))],
        ),
        (
            "no-uniqueness",
            R::CreateConflict,
            "status",
            vec![post(201, created.clone()), post(201, json!({"id": "2"}))],
            vec![post(201, created.clone()), post(400, GET)],
        ),
        (
            "create-upserts",
            R::CreateConflict,
            "status",
            vec![post(201, created.clone()), post(200, created.clone())],
            vec![post(201, created.clone()), post(400, GET)],
        ),
        (
            "uniqueness-in-create-only",
            R::PutConflict,
            "status",
            vec![post(409, detail("taken")), taken.clone()],
            vec![post(201, created.clone()), taken],
        ),
        ("password-stored", R::PasswordReturned, "password", vec![stored(true)], vec![stored(false)]),
        (
            "password-repeated",
            R::PasswordReturned,
            "password",
            vec![post(201, json!({"id": "1", "password": "***"})), stored(false)],
            vec![post(201, json!({"id": "1", "password": "***"}))],
        ),
        (
            "html-errors",
            R::ErrorSchema,
            "body",
            vec![get("/Users/1", 404, json!("<!doctype html>"))],
            vec![get("/Users/1", 404, detail("<none>, sorry"))],
        ),
        (
            "errors-without-body",
            R::ErrorSchema,
            "body",
            vec![get("/Users/1", 401, GET)],
            vec![get("/Users/1", 404, detail("no"))],
        ),
        (
            "errors-of-the-framework",
            R::ErrorSchema,
            "body",
            vec![get("/Users/1", 404, json!({"error": "no"}))],
            vec![get("/Users/1", 404, detail("no"))],
        ),
        (
            "errors-in-text",
            R::ErrorSchema,
            "body",
            vec![get("/Users/1", 404, json!("no"))],
            vec![get("/Users/1", 404, detail("no"))],
        ),
        (
            "path-required",
            R::PathlessPatch,
            "displayName",
            vec![wrong(Some("members"), 204), wrong(None, 204)],
            vec![wrong(None, 204)],
        ),
        (
            "patch-body-not-read",
            R::PatchStored,
            "active",
            vec![wrong(Some("members"), 204), wrong(None, 204)],
            vec![wrong(None, 204), wrong(None, 204)],
        ),
        ("boolean-as-text", R::ActiveBoolean, "active", vec![active(json!("True"))], vec![active(json!("enabled"))]),
        (
            "add-replaces",
            R::AddMembers,
            "members",
            change(&["1", "2"], "add", &["3"], &["3"]),
            change(&["1", "2"], "add", &["3"], &["1", "2"]),
        ),
        (
            "add-takes-first",
            R::AddMembers,
            "members",
            change(&["1"], "add", &["2", "3"], &["1", "2"]),
            change(&["1"], "add", &["2", "3"], &["1"]),
        ),
        (
            "replace-merges",
            R::PutMembers,
            "members",
            change(&["1", "2"], "put", &["2", "3"], &["1", "2", "3"]),
            change(&["1", "2"], "put", &["2", "3"], &["1", "2"]),
        ),
        (
            "remove-empties",
            R::RemoveMember,
            "members",
            change(&["1", "2"], "remove", &["1"], &[]),
            change(&["1", "2"], "remove", &["1"], &["1", "2"]),
        ),
        (
            "put-forgets",
            R::AttributesSurvive,
            "title",
            vec![put("/Users/1", kept.clone()), get("/Users/1", 200, created.clone())],
            vec![put("/Users/1", created.clone()), get("/Users/1", 200, created.clone())],
        ),
        (
            "put-writes-groups",
            R::MembershipsSurvive,
            "members",
            vec![put("/Users/1", json!({"groups": []})), group(&[])],
            vec![put("/Users/1", json!({"title": "a"})), group(&[])],
        ),
        (
            "id-not-parsed",
            R::UnknownUser,
            "status",
            vec![get("/Users/x", 500, json!("invalid UUID"))],
            vec![get("/Users/x", 403, json!("invalid UUID"))],
        ),
        (
            "missing-user-not-handled",
            R::UnknownUser,
            "status",
            vec![get("/Users/x", 500, GET)],
            vec![get("/Users/x", 403, GET)],
        ),
        (
            "missing-user-as-success",
            R::UnknownUser,
            "status",
            vec![get("/Users/x", 200, GET)],
            vec![get("/Users/x", 200, created)],
        ),
    ]
}

#[test]
fn each_mistake_is_named_by_its_evidence_and_not_by_similar_one() {
    for (row, requirement, part, shown, near) in examples() {
        let cause = cause_of(requirement, part, shown);
        assert_eq!(cause.as_ref().map(|cause| cause.name.as_str()), Some(row));
        let cause = cause_of(requirement, part, near);
        assert_ne!(cause.as_ref().map(|cause| cause.name.as_str()), Some(row), "{cause:?}");
    }
}

/// Returns the cause of an accepted token. The statuses are those of a read and a create with the wrong one, and of a
/// read without one.
fn token_cause(read: u16, create: u16, without: u16) -> Option<String> {
    let of = |id: &str, exchange| result(&format!("security/authentication/{id}"), vec![exchange]);
    let results = [
        of("read-wrong", get("/Users", read, GET)),
        of("create-wrong", post(create, GET)),
        of("read-without", get("/Users", without, GET)),
        of("create-without", post(without, GET)),
    ];
    let mut findings = [finding(Requirement::WrongToken, &results[0].id, "status", "", &[])];
    name(&mut findings, &results, None);
    findings[0].cause.take().map(|cause| cause.name)
}

#[test]
fn a_wrong_token_is_accepted_for_two_reasons() {
    assert_eq!(token_cause(401, 201, 401).as_deref(), Some("route-unprotected"));
    assert_eq!(token_cause(200, 201, 401).as_deref(), Some("token-not-compared"));
    assert_eq!(token_cause(200, 201, 200), None);
}

#[test]
fn every_row_has_an_example() {
    let tokens = ["route-unprotected", "token-not-compared"];
    let tested: BTreeSet<&str> = examples().iter().map(|(row, ..)| *row).chain(tokens).collect();
    let rows: BTreeSet<&str> = ROWS.iter().map(|row| row.name).collect();
    assert_eq!(tested, rows);
    assert_eq!(rows.len(), ROWS.len(), "a name occurs twice");
}

#[test]
fn the_media_type_is_not_blamed_if_one_create_was_understood() {
    let refused = || post(400, scim_error("userName is required"));
    let other = exchange("POST", "/Users", json!({"userName": "ben@x"}), 201, json!({"userName": "ben@x"}));
    assert!(cause_of(Requirement::CreateAccepted, "status", vec![refused()]).is_some());
    assert_eq!(cause_of(Requirement::CreateAccepted, "status", vec![other, refused()]), None);
    // Okta's suite sends application/json.
    let mut plain = exchange("POST", "/Users", user(), 201, user());
    plain.request_headers = vec![("Content-Type".to_owned(), "application/json".to_owned())];
    let cause = cause_of(Requirement::CreateAccepted, "status", vec![plain, post(500, GET)]).unwrap();
    assert_eq!(
        cause.evidence,
        "creates with Content-Type application/json succeed, those with application/scim+json do not"
    );
}

#[test]
fn the_fix_names_one_framework_if_the_responses_reveal_it() {
    let refused = || vec![post(400, scim_error("userName is required"))];
    let any = cause_of(Requirement::CreateAccepted, "status", refused()).unwrap().fix;
    for framework in ["Express: ", "Flask: ", "Django: ", "Spring: ", "Rails: ", "ASP.NET: "] {
        assert!(any.contains(framework), "{any}");
    }
    let header = |name: &str, value: &str| Framework::of_headers(&[(name.to_owned(), value.to_owned())]);
    assert_eq!(header("server", "Werkzeug/3.0 Python/3.12"), Some(Framework::Flask));
    assert_eq!(header("x-powered-by", "PHP/8"), None);
    let mut findings = [finding(Requirement::CreateAccepted, "a", "status", "", &refused())];
    name(&mut findings, &[result("a", refused())], header("x-powered-by", "Express"));
    let fix = findings[0].cause.take().unwrap().fix;
    assert!(fix.contains("Express: `express.json(") && !fix.contains("Flask"), "{fix}");
    let page = get("/Users/9", 404, json!("<pre>Cannot GET /Users/9</pre>"));
    let cause = cause_of(Requirement::ErrorSchema, "body", vec![page]).unwrap();
    assert!(cause.fix.ends_with("Express: `app.use((err, req, res, next) => …)` after the routes."), "{}", cause.fix);
}

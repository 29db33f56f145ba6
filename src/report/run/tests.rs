use super::*;
use crate::report::exchange::ExchangeReport;
use crate::report::level::Level;
use crate::report::result::StepReport;

pub(crate) const ID: &str = "oin/create-status:wrong-status:user";

pub(crate) fn result(id: &str, verdict: Verdict) -> ScenarioReport {
    let failed = verdict != Verdict::Passed;
    ScenarioReport {
        id: id.to_owned(),
        name: "A name".to_owned(),
        why: "Okta looks first. Then it creates.".to_owned(),
        tags: vec!["@server".to_owned()],
        verdict,
        accepted: None,
        sentence: "POST /Users returned 200".to_owned(),
        requirements: failed.then(|| "oin/create-status".to_owned()).into_iter().collect(),
        findings: failed.then(|| ID.to_owned()).into_iter().collect(),
        duration_ms: 12,
        steps: vec![StepReport {
            text: "Then Okta accepts every response".to_owned(),
            verdict,
            message: None,
            expected: Some("201".to_owned()),
            actual: Some("200".to_owned()),
            findings: Vec::new(),
            at: "features/okta/create.feature:12".to_owned(),
            exchanges: vec![0],
        }],
        exchanges: vec![exchange()],
        events: Vec::new(),
        repeat: format!("scimulate check http://127.0.0.1:1 --name '^{id}$'"),
        ..ScenarioReport::default()
    }
}

pub(crate) fn exchange() -> ExchangeReport {
    ExchangeReport {
        by: "okta".to_owned(),
        method: "POST".to_owned(),
        url: "http://127.0.0.1:1/Users".to_owned(),
        request_headers: vec![("Accept".to_owned(), "application/scim+json".to_owned())],
        request_body: None,
        status: Some(200),
        response_body: Some("text".into()),
        failure: None,
        duration_ms: 3,
        simulated: None,
        curl: "curl -X POST http://127.0.0.1:1/Users".to_owned(),
    }
}

pub(crate) fn finding(id: &str, verdict: Verdict, level: Level, results: &[&str]) -> Finding {
    Finding {
        id: id.to_owned(),
        requirement: id.split(':').next().unwrap().to_owned(),
        client: None,
        level,
        source: "SUITE".to_owned(),
        verdict,
        title: "A create of a user returns 201.".to_owned(),
        part: "status".to_owned(),
        observation: "POST /Users returned 200".to_owned(),
        expected: "201".to_owned(),
        actual: "200".to_owned(),
        why: "Okta's published suite asks for 201.".to_owned(),
        fix: "Return 201 with the new user.".to_owned(),
        cause: None,
        accepted: false,
        results: results.iter().map(|id| (*id).to_owned()).collect(),
        exchanges: vec![exchange()],
        decisive: vec![0],
        repeat: "scimulate check http://127.0.0.1:1".to_owned(),
        case: None,
        attempts: None,
    }
}

/// Returns a run of both clients. Its findings are those of the results that deviate.
pub(crate) fn run(results: Vec<ScenarioReport>) -> Run {
    let failed: Vec<&str> =
        results.iter().filter(|result| result.verdict == Verdict::Deviation).map(|result| result.id.as_str()).collect();
    let findings =
        if failed.is_empty() { Vec::new() } else { vec![finding(ID, Verdict::Deviation, Level::Okta, &failed)] };
    let client = |client: Client| ClientReport { client, not_possible: None };
    Run {
        version: "0.1.0".to_owned(),
        target: "http://127.0.0.1:1".to_owned(),
        profile: "okta".to_owned(),
        seed: 7,
        run_id: "k3".to_owned(),
        duration_ms: 40,
        requests: 3,
        clients: vec![client(Client::Oin), client(Client::Aiw)],
        is_selection: false,
        is_interrupted: false,
        fail_on: vec![FailOn::Deviation],
        remarks: Vec::new(),
        findings,
        scenarios: results,
        ..Run::default()
    }
}

#[test]
fn the_json_report_has_the_promised_fields_and_is_read_back() {
    let run = run(vec![result("okta/create/new@oin", Verdict::Deviation), result("okta/a/b", Verdict::Passed)]);
    let json = run.to_json();
    assert_eq!((&json["format"], &json["seed"], &json["profile"]), (&2.into(), &7.into(), &"okta".into()));
    assert_eq!((&json["summary"]["passed"], &json["summary"]["deviation"]), (&1.into(), &1.into()));
    let fields = |value: &Value, names: &[&str]| {
        for field in names {
            assert!(!value[*field].is_null(), "{field} is missing in {value}");
        }
    };
    fields(&json, &["version", "target", "conclusion", "run_id"]);
    fields(
        &json["findings"][0],
        &[
            "id",
            "requirement",
            "level",
            "title",
            "expected",
            "actual",
            "why",
            "fix",
            "accepted",
            "results",
            "exchanges",
        ],
    );
    fields(
        &json["scenarios"][0],
        &["id", "name", "tags", "verdict", "requirements", "findings", "duration_ms", "steps", "exchanges"],
    );
    let text = json.to_string();
    assert_eq!(Run::from_json(serde_json::from_str(&text).unwrap()).unwrap(), run);
    // A report of an earlier version has no command and no clients of findings.
    let mut before = json.clone();
    before.as_object_mut().unwrap().remove("command");
    assert_eq!(Run::from_json(before).unwrap(), run);
    let old = Run::from_json(serde_json::json!({"format": 1})).unwrap_err().to_string();
    assert!(old.contains("format 1"), "{old}");
    assert!(Run::from_json(serde_json::json!({})).is_err());
}

#[test]
fn the_conclusion_says_for_which_client_the_server_works() {
    let passed = || result("okta/create/new@oin", Verdict::Passed);
    let both = "as a catalog app (OIN) and as an app made with the App Integration Wizard (AIW)";
    assert_eq!(run(vec![passed()]).conclusion(), format!("Works with Okta {both}."));
    let deviating = run(vec![passed(), result("okta/push-groups/rename@aiw", Verdict::Deviation)]);
    assert_eq!(
        deviating.conclusion(),
        "Works with Okta as a catalog app (OIN); would not work as an app made with the App Integration Wizard (AIW)."
    );
    let found = |id: &str, level| {
        let mut run = run(vec![passed()]);
        run.findings = vec![finding(id, Verdict::Deviation, level, &["okta/create/new@oin"])];
        run.conclusion()
    };
    // A scenario without a client is played once, for both.
    let mut once = run(vec![passed(), result("okta/lookups/other-case", Verdict::Deviation)]);
    once.findings =
        vec![finding("okta/pathless-patch:changed@oin", Verdict::Deviation, Level::Okta, &["okta/lookups/other-case"])];
    once.findings[0].client = Some(Client::Oin);
    assert_eq!(
        once.conclusion(),
        "Works with Okta as an app made with the App Integration Wizard (AIW); would not work as a catalog app (OIN)."
    );
    assert_eq!(
        found("security/password-returned:extra:user", Level::Security),
        format!("Works with Okta {both}; 1 security problem.")
    );
    assert_eq!(
        found("events/users:missing:event", Level::Must),
        format!("Works with Okta {both}; other events follow than expected.")
    );
    assert_eq!(
        found("okta/lookup-quotes:missing:group", Level::Okta),
        format!("Works with Okta {both}, except for names with double quotes.")
    );
    let mut selected = run(vec![passed(), result("okta/a/b@oin", Verdict::NotObserved)]);
    selected.is_selection = true;
    assert_eq!(selected.conclusion(), "1 of 1 selected results passed; 1 more not judged.");
    let open = run(vec![passed(), result("okta/create/x@oin", Verdict::Inconclusive)]);
    assert!(open.conclusion().starts_with("Inconclusive: 1 of 2"), "{}", open.conclusion());
    assert!(run(Vec::new()).conclusion().contains("nothing was judged"));
    // A run that ended early and found something says nothing about the client whose results are open.
    let mut stopped = run(vec![
        result("okta/push-groups/rename@oin", Verdict::Deviation),
        result("okta/create/x@aiw", Verdict::Inconclusive),
    ]);
    let renamed = ["okta/push-groups/rename@oin"];
    stopped.findings = vec![finding("okta/group-renamed:changed:group", Verdict::Deviation, Level::Okta, &renamed)];
    assert_eq!(
        stopped.conclusion(),
        "Would not work with Okta as a catalog app (OIN). Not decided as an app made with the App Integration Wizard (AIW)."
    );
    stopped.is_interrupted = true;
    assert_eq!(stopped.exit().0, 130);
}

#[test]
fn the_exit_code_is_1_if_and_only_if_a_finding_fails_the_run() {
    let mut one = run(vec![result("okta/a/b@oin", Verdict::Deviation)]);
    assert_eq!(one.exit().0, 1);
    one.findings[0].accepted = true;
    assert_eq!(one.exit().0, 0);
    let mut weak = run(vec![result("okta/a/b@oin", Verdict::Weak)]);
    weak.findings = vec![finding(ID, Verdict::Weak, Level::Must, &["okta/a/b@oin"])];
    assert_eq!(weak.exit().0, 0);
    weak.fail_on = vec![FailOn::Weak];
    assert_eq!(weak.exit().0, 1);
    let mut open = run(vec![result("okta/a/b@oin", Verdict::Inconclusive)]);
    assert_eq!(open.exit(), (3, "1 result inconclusive".to_owned()));
    open.fail_on.push(FailOn::Inconclusive);
    assert_eq!(open.exit().0, 1);
    let mut stopped = run(vec![result("okta/a/b@oin", Verdict::Passed)]);
    stopped.stopped = Some("no time".to_owned());
    assert_eq!(stopped.exit(), (3, "the run ended early".to_owned()));
}

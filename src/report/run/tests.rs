use super::*;

pub(crate) fn result(id: &str, verdict: Verdict) -> ScenarioReport {
    ScenarioReport {
        id: id.to_owned(),
        name: "A name".to_owned(),
        why: "Okta looks first. Then it creates.".to_owned(),
        tags: vec!["@server".to_owned()],
        verdict,
        sentence: "the server answered 200 where 201 was expected".to_owned(),
        duration_ms: 12,
        steps: vec![StepReport {
            text: "Then the server answers as Okta needs".to_owned(),
            verdict,
            message: None,
            expected: Some("201".to_owned()),
            actual: Some("200".to_owned()),
            at: "features/okta/create.feature:12".to_owned(),
            exchanges: vec![0],
        }],
        exchanges: vec![ExchangeReport {
            by: "okta".to_owned(),
            method: "POST".to_owned(),
            url: "http://127.0.0.1:1/Users".to_owned(),
            request_headers: Vec::new(),
            request_body: None,
            status: Some(200),
            response_body: None,
            failure: None,
            duration_ms: 3,
            curl: "curl -X POST http://127.0.0.1:1/Users".to_owned(),
        }],
        events: Vec::new(),
        repeat: format!("scimulate check http://127.0.0.1:1 --name '^{id}$'"),
    }
}

pub(crate) fn run(results: Vec<ScenarioReport>) -> Run {
    Run {
        version: "0.1.0".to_owned(),
        target: "http://127.0.0.1:1".to_owned(),
        seed: 7,
        run_id: "k3".to_owned(),
        duration_ms: 40,
        scenarios: results,
        leftovers: Vec::new(),
        stopped: None,
    }
}

#[test]
fn the_json_report_has_the_promised_fields() {
    let json = run(vec![result("okta/create/new@oin", Verdict::Passed)]).to_json();
    assert_eq!(json["format"], 1);
    assert_eq!(json["version"], "0.1.0");
    assert_eq!(json["seed"], 7);
    assert_eq!(json["summary"]["passed"], 1);
    assert_eq!(json["summary"]["deviation"], 0);
    let scenario = &json["scenarios"][0];
    for field in ["id", "name", "tags", "verdict", "duration_ms", "steps", "exchanges"] {
        assert!(!scenario[field].is_null(), "{field} is missing");
    }
    assert_eq!(scenario["verdict"], "passed");
}

#[test]
fn the_verdict_with_the_highest_weight_decides_the_conclusion() {
    let passed = || result("okta/create/new@oin", Verdict::Passed);
    assert_eq!(run(vec![passed()]).conclusion(), "Okta would work with this server: the one result passed.");
    let deviating = run(vec![passed(), result("okta/push-groups/rename@aiw", Verdict::Deviation)]);
    assert_eq!(
        deviating.conclusion(),
        "Okta would not fully work with this server: 1 of 2 results deviates, in push-groups."
    );
    let unheard = run(vec![passed(), result("okta/create/new@oin#events", Verdict::Deviation)]);
    assert_eq!(
        unheard.conclusion(),
        "Okta would work with this server, but other events follow than expected: 1 of 2 results deviates, in create."
    );
    let open = run(vec![passed(), result("okta/create/x@oin", Verdict::Inconclusive)]);
    assert!(open.conclusion().contains("stays open"), "{}", open.conclusion());
    assert!(run(Vec::new()).conclusion().contains("nothing was judged"));
}

//! docs/scenarios.md and the JSON schema, compared with the format of scenarios.

use std::collections::BTreeSet;
use std::path::Path;

use scimulate::sim::scenario::schema::schema;
use scimulate::sim::scenario::verbs::{table, verbs};
use scimulate::sim::shipped;
use serde_json::{Value, json};

use super::run;
use crate::support::process;
use crate::support::reference::Server;
use crate::support::schema::errors;

const PAGE: &str = "docs/scenarios.md";

fn page() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE)).unwrap()
}

/// Returns the scenarios on the page.
fn examples(page: &str) -> Vec<&str> {
    page.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect()
}

fn as_json(scenario: &str) -> Value {
    serde_json::to_value(toml::from_str::<toml::Table>(scenario).unwrap()).unwrap()
}

#[tokio::test]
async fn every_example_of_the_page_is_played_without_an_error() {
    let (server, page, schema) = (Server::start().await, page(), schema());
    let examples = examples(&page);
    assert!(examples.len() >= 8, "{}", examples.len());
    for (number, example) in examples.into_iter().enumerate() {
        let file = tempfile::Builder::new().suffix(".toml").tempfile().unwrap();
        std::fs::write(file.path(), example).unwrap();
        let id = format!("e{number}");
        let ran = run(&server, &[file.path().to_str().unwrap(), "--run-id", &id]).await;
        assert_eq!(ran.code, 0, "{example}\n{}{}", ran.stdout, ran.stderr);
        assert!(!ran.stderr.contains("warning"), "{}", ran.stderr);
        assert_eq!(errors(&schema, &as_json(example)), Vec::<String>::new(), "{example}");
    }
}

#[test]
fn every_verb_has_an_example_and_every_key_a_row() {
    let page = page();
    let rows: String = page.lines().filter(|line| line.starts_with("| `")).collect::<Vec<&str>>().join("\n");
    let has_row = |key: &str| rows.contains(&format!("`{key}`"));
    for verb in verbs() {
        let example = format!("\ndo = \"{}\"\n", verb.name);
        assert!(examples(&page).iter().any(|text| text.contains(&example)), "{PAGE} has no example of {}", verb.name);
        for field in verb.fields {
            assert!(has_row(&field.name), "{PAGE} has no row for {} of {}", field.name, verb.name);
        }
        assert!(!verb.about.is_empty(), "{} has no description in src/okta/action.rs", verb.name);
    }
    let schema = schema();
    let keys = [
        "/properties",
        "/definitions/AppEntry/properties",
        "/definitions/FaultEntry/properties",
        "/definitions/PopulationEntry/properties",
    ];
    for key in keys.iter().flat_map(|at| schema.pointer(at).unwrap().as_object().unwrap().keys()) {
        assert!(has_row(key), "{PAGE} has no row for {key}");
    }
}

/// Writes the table anew if the environment says `INSTA_UPDATE=always`, as for snapshots.
#[test]
fn the_table_of_verbs_is_up_to_date() {
    let (begin, end) = ("<!-- verbs: begin -->\n", "<!-- verbs: end -->");
    let text = page();
    let (head, rest) = text.split_once(begin).unwrap();
    let (have, tail) = rest.split_once(end).unwrap();
    let want = table();
    if have != want && std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE);
        std::fs::write(file, format!("{head}{begin}{want}{end}{tail}")).unwrap();
    } else {
        assert_eq!(have, want, "write it anew with INSTA_UPDATE=always");
    }
}

#[test]
fn every_shipped_scenario_matches_the_schema_that_run_prints() {
    let (code, stdout, _) = process::run(&["run", "--schema"]);
    let schema: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(code, 0);
    for name in shipped::names() {
        let scenario = as_json(&shipped::text(&name).unwrap().1);
        assert_eq!(errors(&schema, &scenario), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn the_schema_rejects_what_the_parser_rejects() {
    let schema = schema();
    let good = json!({"name": "x", "app": [{"label": "a"}], "people": {"ada": {"title": "b"}},
        "fault": [{"status": 502, "from": "2027-01-01"}], "set": {"a": 1},
        "timeline": [{"do": "assign", "people": ["ada"], "expect-task": "", "at": "2027-01-01 09:00"}]});
    assert_eq!(errors(&schema, &good), Vec::<String>::new());
    let mistakes = [
        ("/timeline/0", json!({"do": "asign", "people": ["ada"]})),
        ("/timeline/0", json!({"do": "assign"})),
        ("/timeline/0", json!({"do": "assign", "people": "ada"})),
        ("/timeline/0", json!({"do": "assign", "people": ["ada"], "gruop": "x"})),
        ("/timeline/0", json!({"people": ["ada"]})),
        ("/app/0", json!({"label": "a", "client": "okta"})),
        ("/app/0", json!({"lable": "a"})),
        ("/people/ada", json!({"title": 1})),
        ("/fault/0", json!({"status": "bad"})),
        ("/fault/0", json!({"statsu": 502})),
        ("", json!({"name": "x", "app": []})),
    ];
    let parse = |scenario: &Value| {
        let text = toml::to_string(scenario).unwrap();
        scimulate::sim::Scenario::parse("s.toml", &text).map(drop).map_err(|error| error.to_string())
    };
    assert_eq!(parse(&good), Ok(()));
    let mut seen = BTreeSet::new();
    for (at, value) in mistakes {
        let mut wrong = good.clone();
        *wrong.pointer_mut(at).unwrap() = value.clone();
        assert!(!errors(&schema, &wrong).is_empty(), "the schema accepts {value}");
        assert!(seen.insert(parse(&wrong).unwrap_err()), "{value}");
    }
}

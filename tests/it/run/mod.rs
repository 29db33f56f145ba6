//! The shipped scenarios, run by the real binary against the reference.

use std::collections::BTreeSet;
use std::process::Command;

use scimulate::sim::shipped;
use serde_json::Value;

use crate::support::reference::Server;

struct Outcome {
    code: i32,
    stdout: String,
    stderr: String,
    report: Value,
}

async fn run(server: &Server, arguments: &[&str]) -> Outcome {
    run_at(&server.scim_url, &server.token, arguments).await
}

async fn run_at(url: &str, token: &str, arguments: &[&str]) -> Outcome {
    let report = tempfile::NamedTempFile::new().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_scimulate"));
    command.arg("run").args(arguments).args(["--url", url, "--token", token, "--json"]).arg(report.path());
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Outcome {
        code: output.status.code().unwrap(),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
        report: serde_json::from_slice(&std::fs::read(report.path()).unwrap()).unwrap_or_default(),
    }
}

/// Returns the kind of a request.
fn kind(exchange: &Value) -> String {
    let (method, url) = (exchange["method"].as_str().unwrap(), exchange["url"].as_str().unwrap());
    let of = if url.contains("/Groups") { "group" } else { "user" };
    let path = url.rsplit_once("/Users").or(url.rsplit_once("/Groups")).unwrap().1;
    let body = &exchange["request_body"];
    let operations: BTreeSet<String> = body["Operations"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|operation| {
            let value = operation["value"].as_object();
            match (operation["op"].as_str().unwrap(), operation["path"].as_str(), value) {
                (op, Some(path), _) => format!("{op} {}", path.split('[').next().unwrap()),
                (_, None, Some(value)) if value.contains_key("displayName") => "rename".to_owned(),
                (_, None, Some(value)) if value.contains_key("password") => "password".to_owned(),
                (_, None, Some(value)) => format!("active {}", value["active"]),
                other => panic!("{other:?}"),
            }
        })
        .collect();
    let operations: Vec<String> = operations.into_iter().collect();
    match (method, path) {
        ("GET", "?startIndex=1&count=2") => "connection test".to_owned(),
        ("GET", path) if path.starts_with("?filter") => format!("{of} lookup"),
        ("GET", path) if path.starts_with("?startIndex") => format!("{of} import"),
        ("GET", _) => format!("{of} get"),
        ("POST", _) => format!("{of} create"),
        ("PUT", _) if of == "user" => format!("user put active {}", body["active"]),
        ("PATCH", _) => format!("{of} patch {}", operations.join(", ")),
        (method, _) => format!("{of} {}", method.to_lowercase()),
    }
}

/// Runs every scenario twice, and returns the kinds of requests that were sent.
async fn kinds(client: &str) -> BTreeSet<String> {
    let server = Server::start().await;
    let mut kinds = BTreeSet::new();
    for name in shipped::names() {
        for round in ["an empty store", "the store of the first run"] {
            let ran = run(&server, &[&name, "--client", client]).await;
            assert_eq!(ran.code, 0, "{name} against {round}: {}{}", ran.stdout, ran.stderr);
            assert_eq!(ran.report["verdict"], "passed");
            let actions = ran.report["actions"].as_array().unwrap();
            kinds.extend(actions.iter().flat_map(|action| action["exchanges"].as_array().unwrap()).map(kind));
        }
    }
    kinds
}

#[tokio::test]
async fn the_scenarios_cover_every_request_of_a_catalog_app() {
    let expected = [
        "connection test",
        "group create",
        "group delete",
        "group get",
        "group import",
        "group lookup",
        "group patch add members",
        "group patch add members, remove members",
        "group patch remove members",
        "group patch rename",
        "group patch replace members",
        "user create",
        "user get",
        "user import",
        "user lookup",
        "user patch active false",
        "user patch active true",
        "user patch password",
        "user put active true",
    ];
    assert_eq!(kinds("oin").await.into_iter().collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn the_scenarios_cover_every_request_of_a_wizard_app() {
    let expected = [
        "connection test",
        "group create",
        "group delete",
        "group get",
        "group import",
        "group lookup",
        "group put",
        "user create",
        "user get",
        "user import",
        "user lookup",
        "user put active false",
        "user put active true",
    ];
    assert_eq!(kinds("aiw").await.into_iter().collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn an_error_that_okta_would_show_exits_with_1() {
    let server = Server::start().await;
    let ran = run_at(&server.scim_url, "wrong", &["suspension"]).await;
    assert_eq!(ran.code, 1);
    assert!(ran.stdout.contains("deviation: Error while verifying if user"), "{}", ran.stdout);
    assert!(ran.stdout.contains("Unauthorized. Errors reported by remote server"), "{}", ran.stdout);
    assert_eq!(ran.report["actions"][0]["verdict"], "deviation");
    assert!(!ran.report.to_string().contains("wrong"), "the token is in the report");
}

#[tokio::test]
async fn an_unreachable_target_exits_with_3() {
    let ran = run_at("http://127.0.0.1:1/scim/v2", "t", &["suspension"]).await;
    assert_eq!(ran.code, 3, "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains("no connection to 127.0.0.1:1"), "{}", ran.stdout);
}

#[tokio::test]
async fn the_same_seed_sends_the_same_bytes() {
    let bodies = async |seed: &str| {
        let server = Server::start().await;
        let ran = run(&server, &["suspension", "--seed", seed]).await;
        let bodies: Vec<Value> = ran.report["actions"][0]["exchanges"]
            .as_array()
            .unwrap()
            .iter()
            .map(|exchange| exchange["request_body"].clone())
            .collect();
        bodies
    };
    assert_eq!(bodies("7").await, bodies("7").await);
    assert_ne!(bodies("7").await, bodies("8").await);
}

#[tokio::test]
async fn invalid_input_exits_with_2_and_names_the_fix() {
    let wrong = tempfile::Builder::new().suffix(".toml").tempfile().unwrap();
    let text = "name = \"x\"\n[[app]]\nlabel = \"a\"\n[[timeline]]\ndo = \"assign\"\npeople = [\"bob\"]\n";
    std::fs::write(wrong.path(), text).unwrap();
    let file = wrong.path().to_str().unwrap().to_owned();
    for (arguments, words) in [
        (vec![file.as_str()], format!("{file}:5: there is no person \"bob\"")),
        (vec!["nope"], "joiner-mover-leaver".to_owned()),
        (vec!["suspension", "--habit", "spaec=+"], "there is no habit".to_owned()),
        (vec!["suspension", "--habit", "space=tab"], "%20|+".to_owned()),
    ] {
        let ran = run_at("http://127.0.0.1:1", "t", &arguments).await;
        assert_eq!(ran.code, 2, "{}", ran.stderr);
        assert!(ran.stderr.contains(&words), "{} lacks {words}", ran.stderr);
    }
}

#[tokio::test]
async fn habits_are_listed_and_take_effect() {
    let output = Command::new(env!("CARGO_BIN_EXE_scimulate")).args(["habits", "--json"]).output();
    let rows: Value = serde_json::from_slice(&output.unwrap().stdout).unwrap();
    let row = rows.as_array().unwrap().iter().find(|row| row["name"] == "suspend").unwrap();
    assert_eq!(row["values"], "nothing|deactivate");
    let server = Server::start().await;
    let ran = run(&server, &["suspension", "--habit", "suspend=deactivate"]).await;
    assert_eq!(ran.report["actions"][1]["exchanges"][0]["method"], "PATCH");
}

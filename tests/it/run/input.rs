//! The input of `run`: scenario files, flags and the list.

use std::process::Command;

use serde_json::Value;

use super::{run, run_at, scenario};
use crate::support::process;
use crate::support::reference::Server;

#[tokio::test]
async fn invalid_input_exits_with_2_and_names_the_fix() {
    let wrong = tempfile::Builder::new().suffix(".toml").tempfile().unwrap();
    let text = "name = \"x\"\n[[app]]\nlabel = \"a\"\n[[timeline]]\ndo = \"assign\"\npeople = [\"bob\"]\n";
    std::fs::write(wrong.path(), text).unwrap();
    let file = wrong.path().to_str().unwrap().to_owned();
    for (arguments, words) in [
        (vec![file.as_str()], format!("{file}:6: there is no person \"bob\"")),
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
    assert_eq!(ran.report["scenarios"][1]["exchanges"][0]["method"], "PATCH");
}

#[test]
fn the_list_describes_each_scenario_and_needs_no_target() {
    let (code, stdout, _) = process::run(&["run", "--list"]);
    assert_eq!((code, stdout.lines().count()), (0, scimulate::sim::shipped::names().len()));
    assert!(stdout.contains("rehire               A person leaves and comes back. "), "{stdout}");
    let (code, _, stderr) = process::run(&["run", "rehire"]);
    assert_eq!(code, 2);
    assert!(stderr.contains("--url <URL>"), "{stderr}");
}

#[tokio::test]
async fn attributes_that_are_probably_mistakes_are_named() {
    let file = scenario(
        "tittle = \"x\"\nmobilePhone = \"1\"\ntitle = \"y\"\nbadge = \"7\"\n[[timeline]]\ndo = \"update-profile\"\nperson = \"ada\"\n\
         set = { fristName = \"A\", secondEmail = \"a@x.com\" }\n[[app.custom]]\nsource = \"badge\"\nname = \"badge\"\nnamespace = \"urn:x\"\n",
    );
    let server = Server::start().await;
    let name = file.path().to_str().unwrap();
    let ran = run(&server, &[name]).await;
    let warnings: Vec<&str> = ran.stderr.lines().filter_map(|line| line.strip_prefix("warning: ")).collect();
    assert_eq!(
        warnings,
        [
            format!(
                "{name}:6: `mobilePhone` is never sent, because no attribute mapping of an app uses it; delete it, or add a row with [[app.custom]]"
            ),
            format!("{name}:5: `tittle` is not an attribute of Okta's user profile; did you mean title?"),
            format!("{name}:12: `fristName` is not an attribute of Okta's user profile; did you mean firstName?"),
        ]
    );
    assert_eq!(ran.code, 0, "{}", ran.stdout);
}

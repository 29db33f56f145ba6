//! `run --journal`: the file, its refusals, and a process that is killed.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{Outcome, run, scenario};
use crate::support::process::scimulate;
use crate::support::reference::Server;

const TIMELINE: &str = "[people.ben]\n[people.cyd]\n[groups]\ncrew = [\"ada\", \"ben\"]\n\
    [[timeline]]\ndo = \"assign\"\npeople = [\"ada\", \"ben\", \"cyd\"]\n\
    [[timeline]]\ndo = \"push-group\"\ngroup = \"crew\"\n\
    [[timeline]]\ndo = \"deactivate-person\"\nperson = \"cyd\"\n";

struct Journaled {
    _folder: tempfile::TempDir,
    file: PathBuf,
    scenario: tempfile::NamedTempFile,
}

impl Journaled {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { file: folder.path().join("journal"), _folder: folder, scenario: scenario(TIMELINE) }
    }

    fn arguments<'a>(&'a self, more: &[&'a str]) -> Vec<&'a str> {
        let first = [self.scenario.path().to_str().unwrap(), "--journal", self.file.to_str().unwrap()];
        [&first[..], more].concat()
    }

    async fn run(&self, server: &Server, more: &[&str]) -> Outcome {
        run(server, &self.arguments(more)).await
    }

    fn lines(&self) -> Vec<String> {
        std::fs::read_to_string(&self.file).unwrap().lines().map(str::to_owned).collect()
    }

    fn write(&self, lines: &[String]) {
        std::fs::write(&self.file, lines.join("\n") + "\n").unwrap();
    }
}

#[tokio::test]
async fn a_finished_run_sends_nothing_again_and_has_the_same_report() {
    let (server, journaled) = (Server::start().await, Journaled::new());
    let first = journaled.run(&server, &[]).await;
    assert_eq!(first.code, 0, "{}{}", first.stdout, first.stderr);
    let handled = server.get("/Users").await.json()["Resources"].clone();
    let again = journaled.run(&server, &["--concurrency", "3"]).await;
    assert_eq!((again.code, again.verdicts()), (0, first.verdicts()), "{}", again.stdout);
    assert!(again.stderr.contains("Continuing the run of the journal, which has 12 responses."), "{}", again.stderr);
    assert_eq!(again.stdout.matches("  from the journal").count(), 12, "{}", again.stdout);
    assert_eq!(server.get("/Users").await.json()["Resources"], handled);
    let statuses = |ran: &Outcome| {
        let actions = ran.report["scenarios"].as_array().unwrap();
        let exchanges = actions.iter().flat_map(|action| action["exchanges"].as_array().unwrap());
        exchanges.map(|exchange| (exchange["status"].clone(), exchange["request_body"].clone())).collect::<Vec<_>>()
    };
    assert_eq!(statuses(&again), statuses(&first));
}

#[tokio::test]
async fn a_journal_has_no_secrets_and_only_its_owner_can_read_it() {
    let (server, journaled) = (Server::start().await, Journaled::new());
    assert_eq!(journaled.run(&server, &[]).await.code, 0);
    let text = journaled.lines().join("\n");
    assert!(!text.contains(&server.token), "the token");
    let bodies = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let passwords: Vec<Value> = bodies.map(|line| line["sending"]["body"]["password"].clone()).collect();
    assert!(passwords.iter().all(|password| password.is_null() || password == "***"), "{passwords:?}");
    assert_eq!(passwords.iter().filter(|password| password.is_string()).count(), 3);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&journaled.file).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[tokio::test]
async fn a_journal_of_another_run_is_refused() {
    let (server, other, journaled) = (Server::start().await, Server::start().await, Journaled::new());
    assert_eq!(journaled.run(&server, &[]).await.code, 0);
    for (more, words) in [
        (&["--seed", "2"][..], "the seed is 1 there, and 2 here"),
        (&["--run-id", "r"], "the run ID is none there, and r here"),
        (&["--client", "aiw"], "the client is oin there, and aiw here"),
        (&["--habit", "space=+"], "the list of habits that were set is none there, and space=+ here"),
    ] {
        let ran = journaled.run(&server, more).await;
        assert_eq!(ran.code, 2, "{more:?} {}", ran.stdout);
        assert!(ran.stderr.replace('\n', " ").contains(words), "{}", ran.stderr);
    }
    let ran = journaled.run(&other, &[]).await;
    assert!(ran.code == 2 && ran.stderr.contains("the URL is "), "{}", ran.stderr);
    std::fs::write(journaled.scenario.path(), format!("{}{TIMELINE}# changed\n", super::HEAD)).unwrap();
    let ran = journaled.run(&server, &[]).await;
    assert!(ran.code == 2 && ran.stderr.contains("the SHA-256 of the scenario"), "{}", ran.stderr);
    assert_eq!(other.get("/Users").await.json()["totalResults"], 0);
}

#[tokio::test]
async fn a_torn_last_line_is_dropped_and_a_damaged_line_is_named() {
    let (server, journaled) = (Server::start().await, Journaled::new());
    assert_eq!(journaled.run(&server, &[]).await.code, 0);
    let lines = journaled.lines();
    std::fs::write(&journaled.file, format!("{}\n{{\"sendi", lines[..6].join("\n"))).unwrap();
    assert_eq!(journaled.run(&server, &[]).await.code, 0);
    assert!(journaled.lines().iter().all(|line| serde_json::from_str::<Value>(line).is_ok()));
    let mut damaged = lines.clone();
    damaged[3].truncate(20);
    journaled.write(&damaged);
    let ran = journaled.run(&server, &[]).await;
    assert_eq!(ran.code, 2, "{}", ran.stdout);
    assert!(ran.stderr.contains("line 4 of the journal "), "{}", ran.stderr);
    damaged.remove(3);
    journaled.write(&damaged);
    let ran = journaled.run(&server, &[]).await;
    assert!(ran.code == 2 && ran.stderr.contains("is damaged"), "a line is missing: {}", ran.stderr);
    journaled.write(&["{}".to_owned()]);
    let ran = journaled.run(&server, &[]).await;
    assert!(ran.code == 2 && ran.stderr.contains("is not a journal of"), "{}", ran.stderr);
}

/// Starts the run and kills it when its output has this number of lines.
fn kill_after(server: &Server, arguments: &[&str], report: &Path, lines: usize) {
    let flags = ["--url", &server.scim_url, "--token", &server.token, "--json", report.to_str().unwrap()];
    let mut child = scimulate(&[&["run"], arguments, &flags[..]].concat()).spawn().unwrap();
    let stdout = BufReader::new(child.stdout.take().unwrap());
    let _ = stdout.lines().nth(lines);
    child.kill().unwrap();
    child.wait().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_is_killed_can_be_continued() {
    let (server, journaled) = (Server::start().await, Journaled::new());
    let report = tempfile::NamedTempFile::new().unwrap();
    for lines in [0, 2, 4, 8] {
        tokio::task::block_in_place(|| kill_after(&server, &journaled.arguments(&[]), report.path(), lines));
    }
    let ran = journaled.run(&server, &[]).await;
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    let users = server.get("/Users").await.json();
    let users = users["Resources"].as_array().unwrap();
    let mut found: Vec<(&str, bool)> =
        users.iter().map(|user| (user["userName"].as_str().unwrap(), user["active"].as_bool().unwrap())).collect();
    found.sort_unstable();
    assert_eq!(found, [("ada@example.com", true), ("ben@example.com", true), ("cyd@example.com", false)]);
    let groups = server.get("/Groups").await.json();
    assert_eq!((&groups["totalResults"], groups["Resources"][0]["members"].as_array().unwrap().len()), (&1.into(), 2));
}

#[tokio::test]
async fn a_request_in_flight_when_the_run_was_killed_is_no_fault_of_the_target() {
    const AUDITED: &str = "department = \"Engineering\"\n[people.ben]\ndepartment = \"Sales\"\n[audit]\n\
        [[timeline]]\ndo = \"assign\"\npeople = [\"ada\", \"ben\"]\n\
        [[timeline]]\ndo = \"update-profile\"\nperson = \"ben\"\nset = { department = \"Engineering\" }\n\
        [[timeline]]\ndo = \"update-profile\"\nperson = \"ada\"\nset = { department = \"Sales\" }\n";
    let server = Server::start().await;
    let journaled = Journaled { scenario: scenario(AUDITED), ..Journaled::new() };
    assert_eq!(journaled.run(&server, &[]).await.code, 0);
    // As if the run had been killed after the target performed the last PUT, and before the response was recorded.
    let lines = journaled.lines();
    let last = lines.iter().rposition(|line| line.contains("\"sending\"") && line.contains("\"PUT\"")).unwrap();
    journaled.write(&lines[..=last]);
    let ran = journaled.run(&server, &[]).await;
    assert_eq!(ran.code, 0, "{}", ran.stdout);
    assert!(ran.stdout.contains("the target stores what it accepted"), "{}", ran.stdout);
}

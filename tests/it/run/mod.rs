//! `scimulate run`, the real binary: scenarios against the reference, broken targets, and the printed text.

mod actions;
mod audit;
mod audit_details;
mod audit_lookups;
mod faults;
mod input;
mod journal;
mod live;
mod load;
mod mistakes;
mod output;
mod page;
mod result;
mod scenarios;
mod workos;

use std::process::Command;

use scimulate::report::{Run, junit};
use serde_json::Value;

use crate::support::reference::Server;

/// An app of one client and one person, `ada`.
const HEAD: &str = "name = \"x\"\n[[app]]\nlabel = \"app\"\n[people.ada]\n";

struct Outcome {
    code: i32,
    stdout: String,
    stderr: String,
    report: Value,
}

impl Outcome {
    /// Returns the verdict of each action.
    fn verdicts(&self) -> Vec<&str> {
        let actions = self.report["scenarios"].as_array().unwrap();
        actions.iter().map(|action| action["verdict"].as_str().unwrap()).collect()
    }

    /// Returns the printed text from one action to the next.
    fn action(&self, number: usize) -> &str {
        let (_, from) = self.stdout.split_once(&format!("{number}. ")).unwrap();
        from.split_once(&format!("\n{}. ", number + 1)).map_or(from, |(action, _)| action)
    }
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
    let report = std::fs::read(report.path()).unwrap();
    let report: Value = serde_json::from_slice(&report).unwrap_or_default();
    if !report.is_null() {
        is_read_back(&report, output.status.code().unwrap());
    }
    Outcome { code: output.status.code().unwrap(), stdout: text(output.stdout), stderr: text(output.stderr), report }
}

/// Asserts that the report is of the common model: read and written again it is the same, it gives the exit code, and JUnit and
/// text render from it.
fn is_read_back(report: &Value, code: i32) {
    assert_eq!((&report["format"], &report["command"]), (&2.into(), &"run".into()));
    let read = Run::from_json(report.clone()).unwrap();
    assert_eq!(read.to_json(), *report);
    assert_eq!(i32::from(read.exit().0), code, "{report:#}");
    let xml = junit::render(&read).unwrap();
    assert_eq!(xml.matches("<testcase ").count(), read.scenarios.len());
    assert!(xml.contains("<testsuites name=\"scimulate run\"") && read.to_string().contains(&read.conclusion()));
}

/// Writes a scenario file with [`HEAD`] and these lines.
fn scenario(tail: &str) -> tempfile::NamedTempFile {
    let file = tempfile::Builder::new().suffix(".toml").tempfile().unwrap();
    std::fs::write(file.path(), format!("{HEAD}{tail}")).unwrap();
    file
}

//! `scimulate run`, the real binary: scenarios against the reference, broken targets, and the printed text.

mod input;
mod live;
mod output;
mod result;
mod scenarios;

use std::process::Command;

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
        let actions = self.report["actions"].as_array().unwrap();
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
    Outcome {
        code: output.status.code().unwrap(),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
        report: serde_json::from_slice(&std::fs::read(report.path()).unwrap()).unwrap_or_default(),
    }
}

/// Writes a scenario file with [`HEAD`] and these lines.
fn scenario(tail: &str) -> tempfile::NamedTempFile {
    let file = tempfile::Builder::new().suffix(".toml").tempfile().unwrap();
    std::fs::write(file.path(), format!("{HEAD}{tail}")).unwrap();
    file
}

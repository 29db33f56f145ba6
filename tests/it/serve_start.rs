//! First contact with `serve`: defaults, addresses, tokens, and hints that work when they are pasted.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::support::process::{Serve, run, scimulate};
use crate::support::reference::client;

async fn status(url: &str, token: &str) -> u16 {
    client().get(url).bearer_auth(token).send().await.unwrap().status().as_u16()
}

/// Runs a command in a folder: exit code, stdout, stderr.
fn run_in(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = scimulate(arguments).current_dir(folder).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// `serve` with the text that it prints for people.
struct Shown {
    child: Child,
    text: String,
}

impl Shown {
    fn start(folder: &Path, more: &[&str]) -> Self {
        let listen: &[&str] = if more.contains(&"--listen") { &[] } else { &["--listen", "0"] };
        let mut command = scimulate(&[&["serve"], listen, more].concat());
        let mut child = command.current_dir(folder).stderr(Stdio::null()).spawn().unwrap();
        let mut text = String::new();
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            text += &(line.unwrap() + "\n");
            if text.ends_with("Press Ctrl-C to stop.\n") {
                break;
            }
        }
        Self { child, text }
    }

    /// Returns the text that follows this label.
    fn value(&self, label: &str) -> &str {
        let line = self.text.lines().find_map(|line| line.trim_start().strip_prefix(label));
        line.unwrap_or_else(|| panic!("{label}: {}", self.text)).trim()
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn commands_default_to_the_store_of_serve_and_hints_can_be_pasted() {
    let folder = tempfile::tempdir().unwrap();
    let (code, _, err) = run_in(folder.path(), &["directory", "list"]);
    assert_eq!((code, err.as_str()), (2, "error: there is no store in scimulate.db; to create one: scimulate serve\n"));

    for (data, flags) in [("scimulate.db", &[][..]), ("my store.db", &["--data", "my store.db"])] {
        let first = Shown::start(folder.path(), flags);
        let token = first.value("SCIM token").strip_suffix("  (shown only once)").unwrap().to_owned();
        assert!(folder.path().join(data).exists());
        let url = format!("{}/Users", first.value("SCIM URL"));
        assert_eq!(status(&url, &token).await, 200);
        drop(first);

        let second = Shown::start(folder.path(), flags);
        for (label, printed) in [("SCIM token", "SCIM token"), ("API key", "API key")] {
            let hint = second.value(label).split_once("for a new one: ").unwrap().1;
            let pasted = hint.replacen("scimulate", env!("CARGO_BIN_EXE_scimulate"), 1);
            let output = Command::new("sh").args(["-c", &pasted]).current_dir(folder.path()).output().unwrap();
            assert!(output.status.success(), "{hint}: {}", String::from_utf8_lossy(&output.stderr));
            assert!(String::from_utf8(output.stdout).unwrap().starts_with(printed), "{hint}");
        }
    }
    assert_eq!(run_in(folder.path(), &["backup", "copy.db"]).0, 0);
    assert_eq!(run_in(folder.path(), &["api-key", "list"]).0, 0);
    assert_eq!(run_in(folder.path(), &["verify-store"]).0, 0);
}

#[tokio::test]
async fn the_token_of_an_ephemeral_store_can_be_given() {
    let serving = Serve::start(&["--token", "my-own-token"]);
    assert_eq!(serving.token, "my-own-token");
    assert_eq!(status(&format!("{}/Users", serving.scim_url), "my-own-token").await, 200);
    assert_eq!(status(&format!("{}/Users", serving.scim_url), "another").await, 401);

    let folder = tempfile::tempdir().unwrap();
    let (code, _, err) = run_in(folder.path(), &["serve", "--listen", "0", "--token", "t"]);
    assert_eq!(code, 2, "{err}");
    assert!(err.contains("--ephemeral") && err.contains("rotate-token"), "{err}");
    assert!(!folder.path().join("scimulate.db").exists());

    // SCIMULATE_TOKEN is meant for every command, so it is ignored where it cannot be used.
    let log = folder.path().join("log");
    let general = [("SCIMULATE_TOKEN", "general-token")];
    let ephemeral = Serve::logging(&log, &[], &general);
    assert_eq!(ephemeral.token, "general-token");
    let store = folder.path().join("s.db");
    let kept = Serve::with_variables(&store, &general);
    assert!(!kept.token.is_empty() && kept.token != "general-token");
}

#[test]
fn an_unusable_path_is_reported_with_one_cause() {
    let folder = tempfile::tempdir().unwrap();
    let nowhere = folder.path().join("nowhere/s.db");
    let (code, out, err) = run(&["serve", "--listen", "0", "--data", nowhere.to_str().unwrap()]);
    assert_eq!((code, out.as_str()), (3, ""));
    let parent = folder.path().join("nowhere");
    let expected =
        format!("error: the store {} cannot be created: there is no folder {}\n", nowhere.display(), parent.display());
    assert_eq!(err, expected);
    let (code, _, err) = run(&["serve", "--listen", "0", "--data", folder.path().to_str().unwrap()]);
    assert_eq!(code, 2, "{err}");
    assert_eq!(err, format!("error: {} is not a scimulate store: it is not a file\n", folder.path().display()));
}

#[test]
fn a_port_alone_is_an_address() {
    let folder = tempfile::tempdir().unwrap();
    for listen in ["0", ":0"] {
        let shown = Shown::start(folder.path(), &["--ephemeral", "--listen", listen]);
        assert!(shown.value("SCIM URL").starts_with("http://127.0.0.1:"), "{}", shown.text);
    }
}

//! The command line as scripts see it: precedence of settings, exit codes, output.

use std::path::Path;
use std::process::{Command, Output};

use scimulate::server::{InProcess, defects};
use serde_json::Value;

/// Runs the binary with these environment variables and no others.
fn scimulate(words: &[&str], env: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_scimulate"));
    command.args(words).env_clear().envs(env.iter().copied());
    command.output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

#[test]
fn a_setting_comes_from_flag_environment_or_file() {
    let folder = tempfile::tempdir().unwrap();
    let (config, report) = (folder.path().join("c.toml"), folder.path().join("r.json"));
    let text = format!("[fuzz]\nseed = 3\ncases = 2\njson = {:?}\n", report.display().to_string());
    std::fs::write(&config, text).unwrap();
    let config = config.to_str().unwrap();
    let seed_and_cases = |words: &[&str], env: &[(&str, &str)]| {
        let output = scimulate(words, env);
        assert_eq!(output.status.code(), Some(0), "{}{}", stdout(&output), stderr(&output));
        let report = json(&report);
        (report["seed"].as_u64().unwrap(), report["cases"]["played"].as_u64().unwrap())
    };
    assert_eq!(seed_and_cases(&["fuzz", "--config", config], &[]), (3, 2));
    assert_eq!(seed_and_cases(&["fuzz"], &[("SCIMULATE_CONFIG", config), ("SCIMULATE_FUZZ_SEED", "4")]), (4, 2));
    let env = [("SCIMULATE_FUZZ_SEED", "4"), ("SCIMULATE_FUZZ_CASES", "1")];
    assert_eq!(seed_and_cases(&["fuzz", "--config", config, "--seed", "5"], &env), (5, 1));
}

#[test]
fn a_file_in_the_working_directory_is_used_without_a_flag() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("scimulate.toml"), "[fuzz]\nseed = 3\ncases = 1\njson = \"r.json\"\n").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_scimulate"));
    let output = command.arg("fuzz").env_clear().current_dir(folder.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}{}", stdout(&output), stderr(&output));
    assert_eq!(json(&folder.path().join("r.json"))["seed"], 3);
    std::fs::write(folder.path().join("other.toml"), "[fuzz]\nseed = 4\ncases = 1\njson = \"r.json\"\n").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_scimulate"));
    let output =
        command.args(["fuzz", "--config", "other.toml"]).env_clear().current_dir(folder.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(json(&folder.path().join("r.json"))["seed"], 4, "--config replaces it");
}

#[test]
fn an_error_in_the_file_names_file_line_and_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("c.toml");
    for (text, message) in [
        ("[check]\ntag = \"x\"\n", ":2: [check] has no setting `tag`; there are: url, profile"),
        ("[fuzz]\nkeep = 1\n", ":2: `keep` is a switch: write `keep = true`"),
        ("[fuzz]\n\ntime-limit = \"soon\"\n", ":3: invalid value 'soon' for '--time-limit"),
    ] {
        std::fs::write(&config, text).unwrap();
        let output = scimulate(&["fuzz", "--config", config.to_str().unwrap()], &[]);
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr(&output).contains(&format!("{}{message}", config.display())), "{}", stderr(&output));
    }
}

#[test]
fn completions_contain_the_commands_and_usage_errors_end_with_2() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = scimulate(&["completions", shell], &[]);
        assert_eq!(output.status.code(), Some(0));
        assert!(stdout(&output).contains("verify-store"), "{shell}");
    }
    assert_eq!(scimulate(&["completions", "tcsh"], &[]).status.code(), Some(2));
    assert_eq!(scimulate(&["fuzz", "not a url"], &[]).status.code(), Some(2));
    assert_eq!(scimulate(&["fuzz", "--cases", "0"], &[]).status.code(), Some(2));
}

#[test]
fn fuzz_ends_with_3_if_the_target_cannot_be_used() {
    let output = scimulate(&["fuzz", "http://127.0.0.1:1/scim"], &[]);
    assert_eq!(output.status.code(), Some(3));
    assert!(stderr(&output).contains("no connection to 127.0.0.1:1"), "{}", stderr(&output));
    let reference = InProcess::start(Vec::new()).unwrap();
    let output = scimulate(&["fuzz", &reference.scim_url, "--token", "wrong"], &[]);
    assert_eq!(output.status.code(), Some(3));
    assert!(stderr(&output).contains("are the credentials right?"), "{}", stderr(&output));
}

#[test]
fn fuzz_prints_and_saves_a_finding_with_a_command_that_repeats_it() {
    let reference = InProcess::start(vec![defects::by_name("id-as-number").unwrap()]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let save = folder.path().join("findings");
    let words = ["fuzz", &reference.scim_url, "--seed", "7", "--cases", "30", "--save", save.to_str().unwrap()];
    // SCIMULATE_TOKEN sets the token of every command.
    let env = [("SCIMULATE_TOKEN", reference.token.expose())];
    let output = scimulate(&words, &env);
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(1), "{text}{}", stderr(&output));
    let repeat = format!("repeat    scimulate fuzz {} --token \"$TOKEN\" --seed 7 --cases ", reference.scim_url);
    assert!(text.contains(&repeat) && text.contains("curl "), "{text}");
    assert!(!text.contains(reference.token.expose()), "a token is never printed");
    let finding = json(&save.join("finding-1.json"));
    assert_eq!(finding["requirement"], "fuzz/malformed");
    assert!(std::fs::read_to_string(save.join("finding-1.sh")).unwrap().contains("curl "));

    // The printed command repeats the finding. How far it is shrunk depends on the machine's speed, so that is not compared.
    let again = finding["repeat"].as_str().unwrap().replace("\"$TOKEN\"", reference.token.expose());
    let words: Vec<&str> = again.split(' ').skip(1).chain(["--save", save.to_str().unwrap()]).collect();
    assert_eq!(scimulate(&words, &[]).status.code(), Some(1));
    let repeated = json(&save.join("finding-1.json"));
    // The names that the first run left keep the second from creating its canary, so a case shows it there.
    assert_eq!(repeated["requirement"], finding["requirement"]);
}

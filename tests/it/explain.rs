//! `scimulate explain`, and reports for CI systems.

use crate::support::process::Serve;

fn run(args: &[&str], env: &[(&str, &str)]) -> (i32, String, String) {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_scimulate"));
    let out = command.args(args).envs(env.iter().copied()).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (out.status.code().unwrap(), text(out.stdout), text(out.stderr))
}

#[test]
fn every_kind_of_id_is_explained() {
    for (id, parts) in [
        (
            "okta/deactivated",
            &["requirement okta/deactivated", "  fix ", "REF20", "deviation with every --profile"][..],
        ),
        (
            "okta/deactivated:changed:user",
            &["finding okta/deactivated:changed:user", "a value differs", "deactivation-ignored", "other results"],
        ),
        ("rfc/create-response", &["weak with --profile okta", "https://www.rfc-editor.org/rfc/rfc7644#section-3.3"]),
        (
            "okta/deactivate/unassign@aiw",
            &[
                "scenario okta/deactivate/unassign@aiw",
                "When ada is unassigned",
                "--name '^okta",
                "judges    ",
                " okta/deactivated (okta): ",
            ],
        ),
        ("okta/deactivate/unassign", &["scenario okta/deactivate/unassign@oin"]),
        ("fuzz/lost:GET:Users", &["rule of fuzz fuzz/lost", "rfc7644#section-3.3"]),
        ("joiner-mover-leaver", &["scenario of run joiner-mover-leaver", "about", "run joiner-mover-leaver --url"]),
        ("group-rounds", &["habit group-rounds", "Confidence: "]),
        (
            "pathless-patch-ignored",
            &["defect pathless-patch-ignored", "violates", "serve --defect pathless-patch-ignored"],
        ),
    ] {
        let (code, stdout, stderr) = run(&["explain", id], &[]);
        assert_eq!(code, 0, "{id}: {stderr}");
        for part in parts {
            assert!(stdout.contains(part), "no {part:?} in\n{stdout}");
        }
    }
}

#[test]
fn an_unknown_id_names_the_nearest_and_exits_with_2() {
    for (id, near) in [
        ("deactivated", "okta/deactivated"),
        ("deactivatd", "okta/deactivated"),
        ("okta/deactivated:gone", "okta/deactivated"),
        ("pathless-patch", "pathless-patch-ignored"),
    ] {
        let (code, stdout, stderr) = run(&["explain", id], &[]);
        assert_eq!((code, stdout.as_str()), (2, ""), "{id}");
        assert!(stderr.contains(near), "{id}: {stderr}");
    }
}

#[test]
fn a_job_of_github_gets_annotations_and_a_summary() {
    let serve = Serve::start(&["--defect", "deactivation-ignored"]);
    let folder = tempfile::tempdir().unwrap();
    let (summary, file) = (folder.path().join("summary.md"), folder.path().join("report.md"));
    std::fs::write(&summary, "before\n").unwrap();
    let (summary_path, file_path) = (summary.to_str().unwrap(), file.to_str().unwrap());
    let name = "^okta/deactivate/unassign@oin$";
    let flags = ["check", &serve.scim_url, "--token", &serve.token, "--name", name, "--markdown", file_path];
    let (code, stdout, _) = run(&flags, &[("GITHUB_ACTIONS", "true"), ("GITHUB_STEP_SUMMARY", summary_path)]);
    assert_eq!(code, 1, "{stdout}");
    assert!(stdout.contains("\n::error title=okta/deactivated%3Achanged%3Auser::"), "{stdout}");
    let (summary, file) = (std::fs::read_to_string(&summary).unwrap(), std::fs::read_to_string(&file).unwrap());
    assert_eq!(summary, format!("before\n{file}"));
    assert!(file.contains("### `okta/deactivated:changed:user`"), "{file}");
    assert!(!file.contains(&serve.token), "the token is printed");
    let (_, stdout, _) = run(&flags, &[("GITHUB_ACTIONS", "")]);
    assert!(!stdout.contains("::error"), "{stdout}");
}

#[test]
fn a_job_of_github_gets_annotations_of_run_and_fuzz_too() {
    let serve = Serve::start(&["--defect", "counters-as-strings"]);
    let summary = tempfile::NamedTempFile::new().unwrap();
    let env = [("GITHUB_ACTIONS", "true"), ("GITHUB_STEP_SUMMARY", summary.path().to_str().unwrap())];
    let target = [serve.scim_url.as_str(), "--token", serve.token.as_str()];
    let (code, stdout, _) = run(&[&["fuzz"], &target[..], &["--seed", "1", "--cases", "40"]].concat(), &env);
    assert!(code == 1 && stdout.contains("\n::error title=fuzz/"), "{stdout}");
    let (code, stdout, _) =
        run(&[&["run", "joiner-mover-leaver", "--pace", "virtual", "--url"], &target[..]].concat(), &env);
    assert!(code == 1 && stdout.contains("\n::error title="), "{stdout}");
    let summary = std::fs::read_to_string(summary.path()).unwrap();
    assert!(summary.contains("## scimulate fuzz\n") && summary.contains("## scimulate run\n"), "{summary}");
    assert!(!summary.contains(&serve.token), "the token is printed");
}

#[test]
fn reports_list_the_scenarios_about_what_okta_alone_decides() {
    let folder = tempfile::tempdir().unwrap();
    let (json, markdown) = (folder.path().join("r.json"), folder.path().join("r.md"));
    let files = ["--json", json.to_str().unwrap(), "--markdown", markdown.to_str().unwrap()];
    let name = "^okta/(suspend/|deactivate/unassign@oin)";
    let (code, stdout, _) = run(&[&["check", "--name", name], &files[..]].concat(), &[]);
    assert_eq!(code, 0, "{stdout}");
    let report: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(json).unwrap()).unwrap();
    let listed = report["documentation"].as_array().unwrap();
    assert!(listed.iter().any(|scenario| scenario["id"] == "okta/suspend/suspend@aiw"), "{listed:?}");
    assert!(!report["scenarios"].to_string().contains("okta/suspend"), "{report}");
    let markdown = std::fs::read_to_string(markdown).unwrap();
    assert!(markdown.contains("- `okta/suspend/suspend@aiw`: "), "{markdown}");
}

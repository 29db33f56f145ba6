//! What a target sends is data: it is escaped in every output, bounded in memory, and repeats no secret of the user.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures::future::BoxFuture;
use scimulate::base::limits::KEPT_BODY_BYTES;
use scimulate::server::defects::Upstream;
use scimulate::wire::{Auth, Service, Target};
use serde_json::{Value, json};

use crate::support::harness::check_target;
use crate::support::process::{run, scimulate};
use crate::support::proxy;
use crate::support::reference::{ERROR, LIST};
use crate::support::toy::{Toy, respond};

const TOKEN: &str = "s3cret+t0ken/9";
const HEADER: &str = "h3ader-value";
/// A color, a command to a CI system, a reordering character and one that XML excludes.
const EVIL: &str = "\u{1b}[31mred\n::error::forged\r\u{202e}##[error]x\u{fffe}";

/// A target that repeats the user's secrets in every response.
#[derive(Debug)]
struct Echo;

impl Upstream for Echo {
    fn call(&self, request: http::Request<Bytes>) -> BoxFuture<'_, http::Response<Bytes>> {
        let percent = percent_encoding::utf8_percent_encode(TOKEN, percent_encoding::NON_ALPHANUMERIC);
        let detail = format!("{EVIL} {TOKEN} {} {percent} {HEADER}", STANDARD.encode(TOKEN));
        let list = request.method() == http::Method::GET && request.uri().path().ends_with("/Users");
        let (status, body) = if list {
            (200, json!({"schemas": [LIST], "totalResults": 0, "Resources": [], "note": &detail}))
        } else {
            (400, json!({"schemas": [ERROR], "status": "400", "detail": &detail, TOKEN: "key"}))
        };
        let response = http::Response::builder().status(status).header("Content-Type", "application/scim+json");
        let text = if request.method() == http::Method::POST { detail } else { body.to_string() };
        Box::pin(std::future::ready(response.body(Bytes::from(text)).unwrap()))
    }
}

/// Asserts that an output repeats no secret and forges nothing.
fn is_clean(name: &str, output: &str) {
    let percent = percent_encoding::utf8_percent_encode(TOKEN, percent_encoding::NON_ALPHANUMERIC).to_string();
    for secret in [TOKEN, HEADER, &STANDARD.encode(TOKEN), &percent] {
        assert!(!output.contains(secret), "{name} contains {secret}:\n{output}");
    }
    assert!(!output.lines().any(|line| line.trim_start().starts_with("::")), "{name}:\n{output}");
}

#[test]
fn no_output_repeats_a_secret_or_obeys_the_target() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let address = runtime.block_on(proxy::serve(Arc::new(Echo)));
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let url = format!("http://{address}/scim");
    let (json_file, junit_file, fuzz_file, save) = (file("r.json"), file("r.xml"), file("f.json"), file("save"));
    let header = format!("X-Key: {HEADER}");
    let target = ["--token", TOKEN, "--header", &header];
    let check =
        ["check", &url, "--name", "okta/(create|push-groups|acceptance)", "--json", &json_file, "--junit", &junit_file];
    let (code, stdout, stderr) = run(&[&check[..], &target].concat());
    assert_eq!(code, 1, "{stdout}{stderr}");
    for (name, output) in [("stdout", &stdout), ("stderr", &stderr)] {
        is_clean(name, output);
        assert!(!output.contains(['\u{1b}', '\r', '\u{202e}']) && !output.contains("##["), "{name}:\n{output}");
    }
    assert!(stdout.contains("\\u{1b}[31mred"), "{stdout}");
    let junit = std::fs::read_to_string(junit_file).unwrap();
    is_clean("JUnit", &junit);
    assert!(!junit.contains('\u{fffe}') && junit.contains("\\u{202e}"), "{junit}");
    let report = std::fs::read_to_string(json_file).unwrap();
    is_clean("JSON", &report);
    let report: Value = serde_json::from_str(&report).unwrap();
    // In JSON, what the target sent is kept as it was sent.
    assert!(report.to_string().contains("\\u001b[31mred"));

    let fuzz = ["fuzz", &url, "--cases", "20", "--seed", "3", "--json", &fuzz_file, "--save", &save];
    let (_, stdout, stderr) = run(&[&fuzz[..], &target].concat());
    is_clean("stdout of fuzz", &stdout);
    is_clean("stderr of fuzz", &stderr);
    is_clean("JSON of fuzz", &std::fs::read_to_string(fuzz_file).unwrap());
    for entry in std::fs::read_dir(save).unwrap() {
        is_clean("a saved finding", &std::fs::read_to_string(entry.unwrap().path()).unwrap());
    }
}

#[test]
fn no_output_of_run_repeats_a_secret_or_obeys_the_target() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let address = runtime.block_on(proxy::serve(Arc::new(Echo)));
    let folder = tempfile::tempdir().unwrap();
    let json_file = folder.path().join("r.json").to_str().unwrap().to_owned();
    let (url, header) = (format!("http://{address}/scim"), format!("X-Key: {HEADER}"));
    for secret in [["--token", TOKEN], ["--basic", &format!("ann:{TOKEN}")]] {
        let flags = ["run", "joiner-mover-leaver", "--url", &url, "-v", "--header", &header, "--json", &json_file];
        let (code, stdout, stderr) = run(&[&flags[..], &secret].concat());
        assert_eq!(code, 1, "{stdout}{stderr}");
        assert!(stdout.contains("Okta shows the administrator") && stdout.contains("***"), "{stdout}");
        for (name, output) in [("stdout", &stdout), ("stderr", &stderr)] {
            is_clean(name, output);
            assert!(!output.contains(['\u{1b}', '\r', '\u{202e}']), "{name}:\n{output}");
        }
        is_clean("JSON", &std::fs::read_to_string(&json_file).unwrap());
    }
}

#[test]
fn without_a_url_the_reference_is_named_and_flags_about_a_server_are_errors() {
    for command in ["check", "fuzz"] {
        let brief = if command == "check" { ["--name", "^okta/deactivate/unassign@oin$"] } else { ["--cases", "1"] };
        let (code, _, stderr) = run(&[&[command][..], &brief].concat());
        assert_eq!(code, 0, "{stderr}");
        assert!(stderr.starts_with("No URL given: ") && stderr.contains("not your server\n"), "{stderr}");
        for flags in [&["--token", "t0kenvalue"][..], &["--basic", "u:p"], &["--header", "A: b"], &["--insecure"]] {
            let (code, _, stderr) = run(&[&[command][..], flags].concat());
            assert_eq!(code, 2, "{command} {flags:?}: {stderr}");
            assert!(stderr.contains(flags[0]) && stderr.contains("there is no URL"), "{stderr}");
        }
        let output = scimulate(&[command]).env("SCIMULATE_TOKEN", "t0kenvalue").output().unwrap();
        assert_eq!(output.status.code(), Some(2));
    }
    let (code, _, stderr) = run(&["check", "http://ann:p4ssw0rd@127.0.0.1:1/scim"]);
    assert_eq!(code, 2);
    assert!(stderr.contains("--basic USER:PASS") && !stderr.contains("p4ssw0rd"), "{stderr}");
}

#[tokio::test(start_paused = true)]
async fn large_responses_do_not_accumulate_in_the_report() {
    let server = Arc::new(Toy::default());
    let service = Service::new(tower::service_fn(move |request: http::Request<Bytes>| {
        let response = server.handle(&request);
        async move {
            let status = response.status().as_u16();
            let body = http_body_util::BodyExt::collect(response.into_body()).await.unwrap().to_bytes();
            let mut body: Value = serde_json::from_slice(&body).unwrap_or_else(|_| json!({}));
            body["padding"] = json!("x".repeat(4 * KEPT_BODY_BYTES));
            Ok(respond(status, &body))
        }
    }));
    let target = Target::in_process("http://target/scim", Auth::None, service);
    let run = check_target(target).tags("@server").name("^okta/(create|deactivate)/").run_here().await.unwrap();
    let exchanges: Vec<_> = run.scenarios.iter().flat_map(|result| &result.exchanges).collect();
    assert!(exchanges.len() > 20);
    for exchange in exchanges {
        let size = |body: &Option<Value>| body.as_ref().map_or(0, |body| body.to_string().len());
        assert!(size(&exchange.response_body) < 2 * KEPT_BODY_BYTES, "{} {}", exchange.method, exchange.url);
        assert!(exchange.curl.len() < 2 * KEPT_BODY_BYTES, "{} {}", exchange.method, exchange.url);
    }
}

use serde_json::json;

use super::*;
use crate::okta::org::{JobKind, JobSpec};
use crate::wire::{Method, Response};

fn job(person: &str) -> JobSpec {
    JobSpec { app: "app".into(), kind: JobKind::ProvisionUser { person: person.into() } }
}

fn exchange(method: Method, path: &str, sent: Option<&serde_json::Value>, body: &str) -> Exchange {
    let response = Response { status: 200, headers: Vec::new(), body: body.as_bytes().to_vec() };
    Exchange {
        request: Request::scim(method, path, sent),
        url: format!("http://target{path}"),
        sent_headers: Vec::new(),
        outcome: Ok(response),
        at: jiff::Timestamp::UNIX_EPOCH,
        duration: Duration::from_millis(7),
        simulated: None,
    }
}

fn console(detail: Detail) -> Console<Vec<u8>> {
    Console::new(Vec::new(), detail, Pace::Real, None)
}

fn printed(console: &Console<Vec<u8>>) -> String {
    text::plain(&String::from_utf8(console.state().out.clone()).unwrap())
}

#[tokio::test(start_paused = true)]
async fn a_request_is_printed_before_its_response_and_mentioned_while_it_is_slow() {
    let console = console(Detail::Requests);
    let get = exchange(Method::Get, "/Users/1", None, "{}");
    console.sending(&job("ada"), &get.request);
    assert_eq!(printed(&console), "   GET /Users/1");
    let _ = tokio::time::timeout(Duration::from_secs(16), console.report_slow_requests()).await;
    assert_eq!(printed(&console), "   GET /Users/1  … no response yet after 5 s  … 15 s");
    console.received(&job("ada"), &get);
    assert_eq!(printed(&console), "   GET /Users/1  … no response yet after 5 s  … 15 s  200  7 ms\n");
}

#[test]
fn responses_of_parallel_jobs_repeat_their_request() {
    let console = console(Detail::Requests);
    let (one, two) = (exchange(Method::Get, "/Users/1", None, "{}"), exchange(Method::Get, "/Users/2", None, "{}"));
    console.sending(&job("ada"), &one.request);
    console.sending(&job("ben"), &two.request);
    console.received(&job("ada"), &one);
    console.received(&job("ben"), &two);
    let lines = ["   GET /Users/1", "   GET /Users/2", "   GET /Users/1  200  7 ms", "   GET /Users/2  200  7 ms", ""];
    assert_eq!(printed(&console), lines.join("\n"));
}

#[test]
fn a_put_is_printed_as_what_changed_and_passwords_are_not() {
    let console = console(Detail::Bodies);
    let read = json!({"id": "1", "active": true, "title": "A\u{202e}"});
    console.received(&job("ada"), &exchange(Method::Get, "/Users/1", None, &read.to_string()));
    let written = json!({"id": "1", "active": false, "title": "A\u{202e}", "password": "s3cret"});
    console.received(&job("ada"), &exchange(Method::Put, "/Users/1", Some(&written), "<h1>\u{1b}[31m</h1>"));
    let out = printed(&console);
    assert!(out.contains("< {\n") && out.contains("<   \"title\": \"A\\u{202e}\"\n"), "{out}");
    let put = out.split_once("PUT").unwrap().1;
    assert!(put.contains("> changed since the GET\n"), "{put}");
    assert!(put.contains("> active: true -> false\n") && put.contains("> password: (none) -> \"***\"\n"), "{put}");
    assert!(put.contains("< <h1>\\u{1b}[31m</h1>\n") && !put.contains("title") && !put.contains("s3cret"), "{put}");
}

#[test]
fn a_wait_says_its_reason_and_its_length() {
    let wait = |retry_after: Option<&str>| Wait {
        duration: Duration::from_mins(5),
        reason: WaitReason::TooManyRequests { retry_after: retry_after.map(str::to_owned), attempt: 2, attempts: 10 },
    };
    for (header, pace, expected) in [
        (None, Pace::Real, "429 without Retry-After: Okta waits 5 minutes (attempt 2 of 10 follows)"),
        (Some("300"), Pace::Real, "429 with Retry-After: 300: Okta waits 5 minutes (attempt 2 of 10 follows)"),
        (None, Pace::Virtual, "Okta would wait 5 minutes, which is skipped"),
        (Some("Sat, 1"), Pace::Real, "with Retry-After: Sat, 1, which Okta ignores because it is not an integer"),
    ] {
        let words = wait_words(&wait(header), pace);
        assert!(words.contains(expected), "{words}");
    }
}

#[test]
fn the_result_alone_prints_nothing_else() {
    let console = console(Detail::Result);
    let get = exchange(Method::Get, "/Users/1", None, "{}");
    let action = crate::okta::Action::RetryTasks { app: "app".into() };
    let at = Some(jiff::civil::date(2027, 3, 1).at(9, 0, 0, 0));
    console.action_begins(1, &TimelineEntry { action, expect_task: None, at, line: 1 });
    console.sending(&job("ada"), &get.request);
    console.received(&job("ada"), &get);
    assert_eq!(printed(&console), "");
}

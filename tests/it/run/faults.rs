//! Faults that a scenario simulates, and its parameters.

use serde_json::{Value, json};

use super::{Outcome, run, scenario};
use crate::support::reference::Server;

/// Plays an assignment at 9 o'clock with these lines of a fault, then a retry at 12 o'clock.
async fn play(fault: &str, expect: &str) -> Outcome {
    let file = scenario(&format!(
        "[[fault]]\n{fault}\n[[timeline]]\nat = \"2027-03-01 09:00\"\ndo = \"assign\"\npeople = [\"ada\"]\n{expect}\n\
         [[timeline]]\nat = \"2027-03-01 12:00\"\ndo = \"retry-tasks\"\n"
    ));
    let server = Server::start().await;
    run(&server, &[file.path().to_str().unwrap(), "--pace", "virtual"]).await
}

/// Returns status and mark of each exchange of an action.
fn exchanges(ran: &Outcome, action: usize) -> Vec<(Value, Value)> {
    let exchanges = ran.report["scenarios"][action]["exchanges"].as_array().unwrap();
    exchanges.iter().map(|exchange| (exchange["status"].clone(), exchange["simulated"].clone())).collect()
}

#[tokio::test]
async fn each_fault_gives_its_task_and_the_retry_after_it_succeeds() {
    let until = "to = \"2027-03-01 11:00\"";
    for (fault, task, status, mark) in [
        ("unreachable = true", "Error while verifying if user exists: null", json!(null), "simulated: unreachable"),
        ("status = 502", "Bad Gateway", json!(502), "simulated: response"),
        ("wrong-token = true", "Unauthorized", json!(401), "simulated: wrong token"),
        ("delay = 60", "no complete response within 60 s", json!(null), "simulated: delay"),
        ("status = 200\ndelay = 61", "no complete response within 60 s", json!(null), "simulated: response"),
    ] {
        let fault = format!("{fault}\n{until}");
        let ran = play(&fault, &format!("expect-task = \"{task}\"")).await;
        assert_eq!((ran.code, ran.verdicts()), (0, vec!["passed", "passed"]), "{fault}: {}", ran.stdout);
        assert_eq!(exchanges(&ran, 0), [(status, json!(mark))], "{fault}");
        assert_eq!(exchanges(&ran, 1), [(json!(200), json!(null)), (json!(201), json!(null))], "{fault}");
        assert!(ran.action(1).contains(&format!("({mark})")), "{}", ran.stdout);
        let unexpected = play(&fault, "").await;
        assert_eq!((unexpected.code, unexpected.verdicts()), (1, vec!["deviation", "passed"]), "{}", unexpected.stdout);
        let other = play(&fault, "expect-task = \"Forbidden\"").await;
        assert_eq!(other.verdicts()[0], "deviation", "another task: {}", other.stdout);
    }
    let ran = play(&format!("delay = 5\n{until}"), "").await;
    assert_eq!((ran.code, exchanges(&ran, 0).len()), (0, 2), "a delay below Okta's time limit: {}", ran.stdout);
    let absent = play("status = 502\nfrom = \"2027-03-01 10:00\"", "expect-task = \"\"").await;
    assert_eq!((absent.code, absent.verdicts()), (1, vec!["deviation", "passed"]), "{}", absent.stdout);
}

#[tokio::test]
async fn waits_advance_the_clock_until_the_fault_has_ended() {
    for (fault, attempts) in [
        ("status = 429\nto = \"2027-03-01 09:30\"", 3),
        ("status = 429\nretry-after = 600\nto = \"2027-03-01 09:30\"", 2),
        ("status = 429\nretry-after = 1800\nto = \"2027-03-01 09:30\"", 1),
    ] {
        let ran = play(fault, "").await;
        assert_eq!(ran.code, 0, "{}", ran.stdout);
        let busy = exchanges(&ran, 0).iter().filter(|(status, _)| status == 429).count();
        assert_eq!(busy, attempts, "{fault}: {}", ran.stdout);
        assert!(ran.stdout.contains("1. 2027-03-01 09:00  assign"), "{}", ran.stdout);
    }
}

#[tokio::test]
async fn a_delay_advances_the_clock() {
    let until = |end: &str| format!("delay = 40\nto = \"2027-03-01 {end}\"");
    // The lookup takes the clock to 09:00:40, and the create to 09:01:20.
    for (end, late) in [("09:00:40", 1), ("09:00:41", 2), ("09:02", 2)] {
        let ran = play(&until(end), "").await;
        let marks: Vec<Value> = exchanges(&ran, 0).into_iter().map(|(_, mark)| mark).collect();
        assert_eq!((ran.code, marks.len()), (0, 2), "{}", ran.stdout);
        assert_eq!(marks.iter().filter(|mark| **mark == "simulated: delay").count(), late, "until {end}: {marks:?}");
    }
    // Okta gives up after 60 s, so that the fault is over when the administrator retries.
    let fault = "[[fault]]\ndelay = 90\nto = \"2027-03-01 09:01\"";
    let file = scenario(&format!(
        "{fault}\n[[timeline]]\nat = \"2027-03-01 09:00\"\ndo = \"assign\"\npeople = [\"ada\"]\nexpect-task = \"within 60 s\"\n\
         [[timeline]]\ndo = \"retry-tasks\"\n"
    ));
    let journal = tempfile::tempdir().unwrap().path().join("journal");
    std::fs::create_dir_all(journal.parent().unwrap()).unwrap();
    let (server, file, journal) =
        (Server::start().await, file.path().to_str().unwrap().to_owned(), journal.to_str().unwrap().to_owned());
    let arguments = [file.as_str(), "--pace", "virtual", "--journal", &journal];
    let first = run(&server, &arguments).await;
    assert_eq!((first.code, first.verdicts()), (0, vec!["passed", "passed"]), "{}", first.stdout);
    // The delay of a response that the journal has advances the clock as well.
    let again = run(&server, &arguments).await;
    assert_eq!((again.code, again.verdicts()), (0, vec!["passed", "passed"]), "{}", again.stdout);
    assert_eq!(exchanges(&again, 1), exchanges(&first, 1));
}

#[tokio::test]
async fn parameters_are_inserted_and_set_by_the_command_line() {
    let file =
        scenario("title = \"${title}\"\n[set]\ntitle = \"Chief\"\n[[timeline]]\ndo = \"assign\"\npeople = [\"ada\"]\n");
    let (server, file) = (Server::start().await, file.path().to_str().unwrap().to_owned());
    for (arguments, title) in [(&["--run-id", "a"][..], "Chief"), (&["--set", "title=It's", "--run-id", "b"], "It's")] {
        let ran = run(&server, &[&[file.as_str()], arguments].concat()).await;
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        assert_eq!(ran.report["scenarios"][0]["exchanges"][1]["request_body"]["title"], title);
    }
    let ran = run(&server, &[&file, "--set", "titel=x"]).await;
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("there is no parameter `titel`; did you mean `title`?"), "{}", ran.stderr);
    assert_eq!(run(&server, &[&file, "--set", "title"]).await.code, 2);
}

#[tokio::test]
async fn a_fault_that_meets_no_request_is_named_at_the_end() {
    let late = "status = 502\nfrom = \"2027-03-01 10:00\"\nto = \"2027-03-01 11:00\"";
    let ran = play(late, "").await;
    let remarks = ran.report["remarks"].to_string();
    let words =
        "it is in effect from 2027-03-01 10:00 until 2027-03-01 11:00, and all requests were sent at 2027-03-01 09:00";
    assert!(remarks.contains(&format!(":5: the fault met no request: {words}")), "{remarks}");
    assert!(ran.stdout.contains("warning: ") && ran.stdout.contains(words), "{}", ran.stdout);
    let covered = "unreachable = true\nto = \"2027-03-01 11:00\"\n[[fault]]\nstatus = 502";
    let ran = play(covered, "expect-task = \"\"").await;
    let remarks = ran.report["remarks"].to_string();
    assert!(!remarks.contains(":5:") && !remarks.contains(":8:"), "the second fault meets the retry: {remarks}");
    let ran = play(&format!("{covered}\nto = \"2027-03-01 11:00\""), "expect-task = \"\"").await;
    let remarks = ran.report["remarks"].to_string();
    assert!(remarks.contains(":8: the fault met no request") && remarks.contains("another fault"), "{remarks}");
}

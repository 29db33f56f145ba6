//! Unusual but sound servers: behavior that the RFCs and Okta leave open must not be reported as a deviation, or as a violated
//! MUST. Each test checks the reference behind some of it, see `traits`; most of them in a tenant of a thousand others, with its
//! events or without.

use std::time::Duration;

use http::Method;
use scimulate::okta::habits::{SWITCHES, Values};
use scimulate::report::{Run, ScenarioReport, Verdict};

use self::sound::{Busy, Sound, check};
use self::tenant::TENANT;
use crate::support::harness::{check_of, ids, reference, report_of, verdicts};

mod concurrency;
mod sound;
mod tenant;
mod traits;

const GOOD: [Verdict; 3] = [Verdict::Passed, Verdict::Note, Verdict::NotObserved];

/// Returns the results with other verdicts than these, with their sentences.
fn other_than(run: &Run, fine: &[Verdict]) -> String {
    let others = run.scenarios.iter().filter(|result| !fine.contains(&result.verdict));
    let lines = others.map(|result| format!("{:?} {}: {}", result.verdict, result.id, result.sentence));
    lines.collect::<Vec<_>>().join("\n")
}

/// Asserts that no result has another verdict, that enough are judged, and that nothing is left behind.
#[track_caller]
fn assert_sound(name: &str, run: &Run, fine: &[Verdict], judged: usize) {
    let story = other_than(run, fine);
    assert!(run.stopped.is_none(), "{name}: {:?}", run.stopped);
    assert!(story.is_empty(), "{name}\n{story}");
    let count = ids(run, Verdict::Passed).len() + ids(run, Verdict::Note).len();
    assert!(count >= judged, "{name}: {count} results are judged");
    assert_eq!(run.leftovers, Vec::<String>::new(), "{name}");
}

#[test]
fn unspecified_behavior_is_not_a_deviation() {
    let odd = vec![traits::strange_ids, traits::keys_in_another_order, traits::more_attributes, traits::plain_json];
    let run = check(&TENANT, Sound { changes: odd, ..Sound::default() }, true, |check| check);
    assert_sound("strange ids", &run, &GOOD, 60);
    let terse = vec![
        traits::patch_of_a_user_without_body,
        traits::lists_without_members,
        traits::bare_members,
        traits::location_on_another_host,
    ];
    let run = check(&reference(&[]), Sound { changes: terse, ..Sound::default() }, true, |check| check);
    assert_sound("terse", &run, &[Verdict::Passed, Verdict::NotObserved], 60);
    let tolerated = vec![traits::lower_case_lists, traits::location_of_a_proxy, traits::strangers_without_active];
    let run = check(&TENANT, Sound { changes: tolerated, ..Sound::default() }, false, |check| check);
    assert_sound("lower-case lists", &run, &GOOD, 60);
}

#[test]
fn what_a_server_never_keeps_is_a_note_at_most() {
    for (name, change) in traits::SPARSE {
        // Sentry removes the users that are deactivated.
        let is_sentry = name.starts_with("userName");
        let defects: &[&str] = if is_sentry { &["deactivated-user-deleted"] } else { &[] };
        let sound = Sound { changes: vec![*change], defects, ..Sound::default() };
        // Groups say nothing about a user's attributes.
        let tags = if name.starts_with("users without ") { "not @groups" } else { "@server" };
        // A check among a thousand others takes several times as long, so one does.
        let own = (!name.starts_with("a displayName")).then(|| reference(&[]));
        let run = check(own.as_ref().unwrap_or(&TENANT), sound, true, |check| check.tags(tags));
        // Okta's published suite asks for the names, and its test plan for the same user. They are the only ones that do.
        let of_suite = |result: &&ScenarioReport| result.id.starts_with("oin/") && is_sentry;
        let weak = run.scenarios.iter().filter(|result| result.verdict == Verdict::Weak);
        let (of_suite, others): (Vec<_>, Vec<_>) = weak.partition(of_suite);
        assert!(others.is_empty(), "{name}: {others:?}");
        assert_eq!(!of_suite.is_empty(), is_sentry, "{name}");
        assert_sound(name, &run, &[&GOOD[..], &[Verdict::Weak]].concat(), if tags == "@server" { 40 } else { 25 });
    }
}

#[test]
fn what_a_server_does_not_have_is_not_a_deviation() {
    fn no_groups(request: &http::request::Parts, status: u16) -> Option<u16> {
        request.uri.path().contains("/Groups").then_some(status)
    }
    let fine = [&GOOD[..], &[Verdict::NotSupported]].concat();
    let users_only: [sound::Refusal; 2] = [|request| no_groups(request, 404), |request| no_groups(request, 501)];
    for (refuses, with_events) in users_only.into_iter().zip([true, false]) {
        let run = check(&TENANT, Sound { refuses: vec![refuses], ..Sound::default() }, with_events, |check| check);
        assert_sound("users only", &run, &fine, 35);
        assert!(run.clients.iter().all(|client| client.not_possible.is_none()), "{:?}", run.clients);
    }
    let sound = Sound {
        refuses: vec![|request| {
            (request.method == Method::PUT && request.uri.path().contains("/Groups/")).then_some(405)
        }],
        ..Sound::default()
    };
    let run = check(&TENANT, sound, true, |check| check);
    assert_sound("no PUT of groups", &run, &fine, 60);
    let possible: Vec<bool> = run.clients.iter().map(|client| client.not_possible.is_none()).collect();
    assert_eq!(possible, [true, false], "{:?}", run.clients);
}

#[test]
fn a_busy_server_is_not_blamed() {
    let rounds = [(Busy::Every(20, Some("2")), true), (Busy::Every(20, None), false), (Busy::Above(5), true)];
    for (busy, with_events) in rounds {
        let run = check(&TENANT, Sound { busy, ..Sound::default() }, with_events, |check| check);
        assert_sound(&format!("{busy:?}"), &run, &GOOD, 60);
    }
}

#[test]
fn a_slow_server_is_not_blamed() {
    let sound = Sound { latency: Duration::from_secs(8), ..Sound::default() };
    let run = check(&TENANT, sound, true, |check| check.concurrency(1));
    assert_sound("slow", &run, &GOOD, 60);
}

#[test]
fn the_verdict_does_not_depend_on_the_population() {
    let server = reference(&["lookup-lists-a-user-twice", "put-members-adds"]);
    let with = report_of(check_of(&server).tags("@server"));
    let without = report_of(check_of(&server).tags("@server").max_users(60));
    let skipped: Vec<String> = ids(&without, Verdict::Skipped);
    assert!(skipped.iter().any(|id| id == "okta/import/page") && skipped.len() < 20, "{skipped:?}");
    let judged =
        |run| -> Vec<(String, Verdict)> { verdicts(run).into_iter().filter(|(id, _)| !skipped.contains(id)).collect() };
    assert_eq!(judged(&with), judged(&without));
    let findings = |run: &Run| run.findings().iter().map(|finding| finding.id.clone()).collect::<Vec<_>>();
    assert_eq!(findings(&with), findings(&without));
}

#[test]
fn the_verdict_does_not_depend_on_the_habits_of_okta() {
    let others = |values: &Values| match values {
        Values::OneOf(values) => values.iter().skip(1).map(|value| value.word.to_owned()).collect(),
        Values::Number { min, max, .. } => vec![min.to_string(), max.to_string()],
        Values::Fixed(_) => Vec::new(),
    };
    let habits: Vec<(&str, Vec<String>)> = SWITCHES.iter().map(|habit| (habit.name, others(&habit.values))).collect();
    let rounds = habits.iter().map(|(_, values)| values.len()).max().unwrap();
    for round in 0..rounds {
        let chosen: Vec<(&str, &String)> =
            habits.iter().filter_map(|(name, values)| Some((*name, values.get(round)?))).collect();
        let set =
            |check| chosen.iter().fold(check, |check: scimulate::Check, (name, value)| check.habit(*name, *value));
        let with_events = round % 2 == 0;
        let run = check(&TENANT, Sound::default(), with_events, set);
        // The events of scenarios in which Okta sends other requests are not judged.
        let (skipped, others): (Vec<_>, Vec<_>) =
            run.scenarios.iter().partition(|result| result.verdict == Verdict::Skipped);
        assert!(skipped.iter().all(|result| result.id.ends_with("#events")), "{skipped:?}");
        assert!(
            others.iter().any(|result| result.is_about_events() && result.verdict == Verdict::Passed) == with_events
        );
        assert_sound(&format!("{chosen:?}"), &run, &[&GOOD[..], &[Verdict::Skipped]].concat(), 40);
    }
}

//! Every check can fail: each result of a `@server` scenario deviates under at least one defect of the reference. The
//! snapshot lists the deviations of each defect and is reviewed by hand: a defect may affect only scenarios about it.

use std::collections::BTreeSet;
use std::sync::Mutex;

use scimulate::cli::Exit;
use scimulate::cli::check::exit;
use scimulate::report::Verdict;

use crate::support::harness::{REPORTED, check_of, ids, reference, report_of};

/// The defects that are needed besides the reported ones for every result to fail at least once.
const OTHERS: [&str; 14] = [
    // Requests and responses.
    "capital-lookup-refused",
    "unknown-user-200",
    "wrong-token-accepted",
    "group-put-ignored",
    "group-lookup-finds-nothing",
    "group-delete-ignored",
    "members-not-returned",
    "lookup-finds-nothing",
    "create-without-body",
    "put-ignored",
    // Events.
    "user-change-events-missing",
    "membership-events-missing",
    "group-events-missing",
    "created-event-inactive",
];

#[test]
fn every_result_fails_under_some_defect() {
    let defects = [&REPORTED[..], &OTHERS].concat();
    let rows = Mutex::new(Vec::new());
    let next = std::sync::atomic::AtomicUsize::new(0);
    // Two at a time: each run needs one thread, and its reference two.
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(name) = defects.get(next.fetch_add(1, std::sync::atomic::Ordering::SeqCst)) {
                    let server = reference(&[name]);
                    let run = report_of(check_of(&server).tags("@server"));
                    assert_eq!(exit(&run), Exit::Deviations, "{name}");
                    let all: Vec<String> = run.scenarios.iter().map(|result| result.id.clone()).collect();
                    rows.lock().unwrap().push((*name, ids(&run, Verdict::Deviation), all));
                }
            });
        }
    });
    let mut rows = rows.into_inner().unwrap();
    rows.sort_by_key(|(name, ..)| defects.iter().position(|known| known == name));
    let noticed: BTreeSet<&String> = rows.iter().flat_map(|(_, deviating, _)| deviating).collect();
    let never: BTreeSet<&String> = rows.iter().flat_map(|(.., all)| all).filter(|id| !noticed.contains(id)).collect();
    assert!(never.is_empty(), "no defect makes these deviate: {never:#?}");
    let table: Vec<String> =
        rows.iter().map(|(name, deviating, _)| format!("{name}\n    {}", deviating.join("\n    "))).collect();
    insta::with_settings!({snapshot_path => "../../snapshots/check", prepend_module_to_snapshot => false}, {
        insta::assert_snapshot!("defects", table.join("\n"));
    });
}

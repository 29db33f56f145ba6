//! `run` under load: a rate, several jobs at once, generated people, and the latencies in the result.

use serde_json::Value;

use super::{run, run_at};
use crate::support::reference::Server;

#[tokio::test]
async fn a_load_run_reports_latencies_by_operation() {
    let server = Server::start().await;
    let arguments = ["big-company", "--set", "people=12", "--rate", "1000", "--concurrency", "4", "-q"];
    let ran = run(&server, &arguments).await;
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    let load = &ran.report["load"];
    assert_eq!((&load["rate"], &load["concurrency"]), (&1000.into(), &4.into()));
    let rows: Vec<(&str, u64)> = load["operations"].as_array().unwrap().iter().map(row).collect();
    let group = rows.iter().find(|(operation, _)| *operation == "group push").unwrap().1;
    assert_eq!(
        rows,
        [("lookup", 12), ("create", 12), ("read", 12), ("update", 12), ("deactivate", 12), ("group push", group)]
    );
    assert_eq!(load["requests"], ran.report["requests"]);
    assert!(
        ran.stdout.contains("  operation     requests       p50       p90       p99       max\n"),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.contains("\npassed big-company: 4 actions, "), "the conclusion follows: {}", ran.stdout);
    let plain = run(&server, &["big-company", "--set", "people=3", "--run-id", "r"]).await;
    assert!(plain.report["load"].is_null() && !plain.stdout.contains("p90"), "{}", plain.stdout);
    let users = server.get("/Users?filter=userName%20co%20%22.r@%22").await.json();
    assert_eq!(users["totalResults"], 3, "the run ID is part of generated names");
}

fn row(row: &Value) -> (&str, u64) {
    for (less, more) in [("p50_us", "p90_us"), ("p90_us", "p99_us"), ("p99_us", "max_us")] {
        assert!(row[less].as_u64() <= row[more].as_u64(), "{row}");
    }
    (row["operation"].as_str().unwrap(), row["requests"].as_u64().unwrap())
}

#[tokio::test]
async fn a_population_that_is_too_large_names_the_limit() {
    let ran = run_at("http://127.0.0.1:1", "t", &["big-company", "--set", "people=1000001"]).await;
    assert_eq!(ran.code, 2, "{}", ran.stdout);
    assert!(ran.stderr.contains("at most 1,000,000 people"), "{}", ran.stderr);
}

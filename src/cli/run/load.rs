//! The load of a run as a table.

use std::fmt::Write as _;

use crate::base::counted;
use crate::report::LoadReport;

/// The share of the rate, in percent, from which it counts as kept.
const KEPT: u32 = 95;

/// Renders the latencies in milliseconds, and the requests per second.
pub(super) fn render(load: &LoadReport) -> String {
    let mut out = String::from("Latency in ms, from the intended start of a request to the end of its response\n");
    let _ =
        writeln!(out, "  {:<12} {:>9} {:>9} {:>9} {:>9} {:>9}", "operation", "requests", "p50", "p90", "p99", "max");
    for row in &load.operations {
        let [p50, p90, p99, max] = [row.p50_us, row.p90_us, row.p99_us, row.max_us].map(milliseconds);
        let _ = writeln!(out, "  {:<12} {:>9} {p50:>9} {p90:>9} {p99:>9} {max:>9}", row.operation, row.requests);
    }
    let requests = counted(usize::try_from(load.requests).unwrap_or(usize::MAX), "request");
    let seconds = milliseconds(load.duration_ms);
    let _ = write!(out, "  {requests} in {seconds} s: {} per second", load.requests_per_second);
    let is_late = |rate: &u32| load.requests_per_second * 100.0 < f64::from(*rate) * f64::from(KEPT);
    if let Some(rate) = load.rate.filter(is_late) {
        let _ = write!(out, ", less than --rate {rate}. Raise --concurrency, or the target is the limit");
    }
    out.push('\n');
    out
}

/// Returns thousandths with a decimal point.
fn milliseconds(thousandths: u64) -> String {
    format!("{}.{:03}", thousandths / 1_000, thousandths % 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::OperationLoad;

    #[test]
    fn a_rate_that_was_not_kept_is_named() {
        let row = OperationLoad {
            operation: "lookup".into(),
            requests: 50,
            p50_us: 1_234,
            p90_us: 2_000,
            p99_us: 10_000,
            max_us: 1_000_005,
        };
        let load = LoadReport {
            rate: Some(100),
            concurrency: 1,
            duration_ms: 1_000,
            requests: 50,
            requests_per_second: 50.0,
            operations: vec![row],
        };
        let text = render(&load);
        assert!(text.contains("  lookup              50     1.234     2.000    10.000  1000.005\n"), "{text}");
        assert!(text.ends_with("50 requests in 1.000 s: 50 per second, less than --rate 100. Raise --concurrency, or the target is the limit\n"));
        assert!(render(&LoadReport { rate: Some(50), ..load }).ends_with("50 per second\n"));
    }
}

//! The load of a played scenario: requests per second, and latencies by operation.

use serde::{Deserialize, Serialize};

/// The load of a run with `--rate` or `--concurrency`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct LoadReport {
    /// The requests per second that the user asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<u32>,
    /// The number of jobs at once.
    pub concurrency: usize,
    /// The time from the first request to the last response.
    pub duration_ms: u64,
    pub requests: u64,
    /// Rounded to one decimal.
    pub requests_per_second: f64,
    pub operations: Vec<OperationLoad>,
}

/// The latencies of one operation, from the intended start of a request to the end of its response, in microseconds.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct OperationLoad {
    /// `create`, `lookup`, `read`, `update`, `deactivate`, `group push` or `connection`.
    pub operation: String,
    pub requests: u64,
    pub p50_us: u64,
    pub p90_us: u64,
    pub p99_us: u64,
    pub max_us: u64,
}

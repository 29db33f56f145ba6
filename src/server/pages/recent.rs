//! The last requests, for the overview.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use http::{Method, Uri};
use jiff::Timestamp;

use super::super::query::Parameters;

/// The number of requests that are kept. The overview shows all of them.
const KEPT: usize = 20;
/// The longest part of a request line that is kept, in characters.
const SHOWN: usize = 300;

/// A request that was handled.
#[derive(Debug, Clone)]
pub(super) struct RecentRequest {
    pub(super) at: Timestamp,
    /// The method and the path, and of the query only the filter: other parameters could be credentials.
    pub(super) line: String,
    pub(super) status: u16,
    pub(super) duration: Duration,
}

/// The last requests to SCIM endpoints and to the directory API.
#[derive(Debug, Default)]
pub(in crate::server) struct RecentRequests(Mutex<VecDeque<RecentRequest>>);

impl RecentRequests {
    /// Adds a request.
    pub(in crate::server) fn add(&self, at: Timestamp, method: &Method, uri: &Uri, status: u16, duration: Duration) {
        let request = RecentRequest { at, line: line(method, uri), status, duration };
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.truncate(KEPT - 1);
        kept.push_front(request);
    }

    /// Returns the requests, newest first.
    pub(super) fn newest_first(&self) -> Vec<RecentRequest> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

fn line(method: &Method, uri: &Uri) -> String {
    let filter = uri.query().filter(|query| query.contains("filter=")).and_then(|query| {
        let parameters = Parameters::parse(Some(query)).ok()?;
        parameters.one("filter").ok()?.map(|filter| format!("?filter={filter}"))
    });
    format!("{method} {}{}", uri.path(), filter.unwrap_or_default()).chars().take(SHOWN).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_requests_are_kept_without_what_could_be_a_credential() {
        let recent = RecentRequests::default();
        for number in 0..=KEPT {
            let uri = format!("/scim/v2/KEY/Users/{number}?access_token=secret&filter=userName%20eq%20%22a%22");
            recent.add(Timestamp::UNIX_EPOCH, &Method::GET, &uri.parse().unwrap(), 200, Duration::ZERO);
        }
        let lines: Vec<String> = recent.newest_first().into_iter().map(|request| request.line).collect();
        assert_eq!(lines.len(), KEPT);
        assert_eq!(lines[0], format!("GET /scim/v2/KEY/Users/{KEPT}?filter=userName eq \"a\""));
        let long = format!("/{}", "x".repeat(2 * SHOWN));
        recent.add(Timestamp::UNIX_EPOCH, &Method::GET, &long.parse().unwrap(), 404, Duration::ZERO);
        assert_eq!(recent.newest_first()[0].line.len(), SHOWN);
    }
}

//! Recognizes failures of connections that were kept. A receiver may close such a connection at any moment, also while the
//! next request is on its way, so such a failure says nothing about the receiver.

use std::collections::HashMap;
use std::error::Error;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use http::Extensions;
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpInfo;
use reqwest::Response;

use crate::base::limits;

/// The time for which a connection is kept for the next event. A receiver may close it earlier, even at the moment of its next
/// use; then the request is repeated on a new connection.
pub(super) const IDLE_TIME: Duration = Duration::from_secs(1);

/// The longest time between two responses on one connection: the rest of the first response, the pause, and the second request.
const LONGEST: Duration = limits::WEBHOOK_TIMEOUT.saturating_mul(2).saturating_add(IDLE_TIME);

/// The addresses of both ends, which identify a connection.
type Ends = (SocketAddr, SocketAddr);

/// The connections that have carried a response, each with the time of its last one.
#[derive(Debug, Default)]
pub(super) struct UsedConnections(Mutex<HashMap<Ends, Instant>>);

impl UsedConnections {
    /// Remembers the connection of a response.
    pub(super) fn remember(&self, response: &Response) {
        let Some(ends) = ends(response.extensions()) else { return };
        let mut used = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Before the map grows, it forgets connections that are closed by now.
        if used.len() == used.capacity() {
            used.retain(|_, at| at.elapsed() < LONGEST);
        }
        used.insert(ends, Instant::now());
    }

    /// Returns whether a request failed because its connection was closed or reset, and the connection had been used before.
    pub(super) fn explain(&self, error: &reqwest::Error) -> bool {
        let is_closed = find::<hyper::Error>(error).is_some_and(|error| !error.is_parse() && !error.is_user());
        let connection = find::<legacy::Error>(error).and_then(legacy::Error::connect_info);
        let mut extensions = Extensions::new();
        if let Some(connection) = connection {
            connection.get_extras(&mut extensions);
        }
        let used = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        is_closed && ends(&extensions).is_some_and(|ends| used.contains_key(&ends))
    }
}

fn ends(extensions: &Extensions) -> Option<Ends> {
    extensions.get().map(|info: &HttpInfo| (info.local_addr(), info.remote_addr()))
}

/// Returns the outermost cause of this type.
fn find<E: Error + 'static>(error: &reqwest::Error) -> Option<&E> {
    let mut cause = error.source();
    while let Some(found) = cause {
        if let Some(wanted) = found.downcast_ref() {
            return Some(wanted);
        }
        cause = found.source();
    }
    None
}

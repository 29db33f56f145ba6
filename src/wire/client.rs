//! Sends requests and records the exchanges.

use super::exchange::{Exchange, Request};

/// A client of one target.
#[derive(Debug, Clone)]
pub struct Client {}

impl Client {
    /// Sends a request. It always comes back, within the target's timeout.
    pub async fn send(&self, _request: Request) -> Exchange {
        todo!()
    }
}

//! Asks the ledger before each write, and proves a resource before its first change: a GET must return its ID with the
//! run ID in a name.

use std::time::Duration;

use super::client::Client;
use super::exchange::Exchange;
use super::failure::{Failure, NotOurs};
use super::ownership::Permission;
use super::request::{Method, Request};

/// The pauses before a GET is repeated that was answered 404, because a server may show a new resource only later.
const PAUSES: [Duration; 3] = [Duration::from_millis(200), Duration::from_secs(1), Duration::from_secs(3)];
/// The number of resources of a collection that were never shown, after which the next one is not waited for.
const NEVER_SHOWN: usize = 3;

impl Client {
    /// Sends a request. Returns within the target's timeout and the time limit; before the first change of a resource a
    /// proof is sent, which has those limits too.
    pub async fn send(&self, request: Request) -> Exchange {
        let refused = authorize(self, &request).await.err();
        self.transmit(request, refused).await
    }

    /// Proves a resource that this run created, as before its first change.
    ///
    /// # Errors
    /// The resource is not the run's ([`Failure::NotOurs`]), or there was no response.
    pub async fn prove(&self, path: &str) -> Result<(), Failure> {
        authorize(self, &Request::scim(Method::Delete, path, None)).await
    }
}

/// Checks a request before it is sent. Sends a proof if the request is the first change of a resource.
async fn authorize(client: &Client, request: &Request) -> Result<(), Failure> {
    let Some(ledger) = client.ledger() else { return Ok(()) };
    match ledger.permission(request) {
        Permission::Granted => return Ok(()),
        Permission::Denied(reason) => return Err(Failure::NotOurs(reason)),
        Permission::NeedsProof => {}
    }
    let path = request.path.split(['?', '#']).next().unwrap_or_default();
    let mut pauses = PAUSES.into_iter();
    loop {
        let exchange = client.transmit(Request::scim(Method::Get, path, None), None).await;
        let response = exchange.outcome?;
        match ledger.permission(request) {
            Permission::Granted => return Ok(()),
            Permission::Denied(reason) => return Err(Failure::NotOurs(reason)),
            Permission::NeedsProof => {}
        }
        let is_patient = response.status == 404 && ledger.never_shown(request) < NEVER_SHOWN;
        let Some(pause) = pauses.next().filter(|_| is_patient) else {
            let reason = unproven(request, response.status, &ledger.run_id(), is_patient);
            ledger.unproven(request, reason.clone(), response.status == 404);
            return Err(Failure::NotOurs(reason));
        };
        tokio::time::sleep(pause).await;
    }
}

fn unproven(request: &Request, status: u16, run_id: &str, waited: bool) -> NotOurs {
    let (collection, id) = request.subject();
    let id = id.unwrap_or_default();
    match status {
        200..300 => {
            let seen = format!("another id, or no userName, displayName or externalId with the run ID {run_id}");
            NotOurs::Unproven { collection, id, seen }
        }
        404 => {
            let seen = if waited { "404, also after 4.2 s" } else { "404" };
            NotOurs::Unproven { collection, id, seen: seen.to_owned() }
        }
        status => NotOurs::Unread { collection, id, status },
    }
}

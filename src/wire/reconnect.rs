//! Diagnoses requests of a check that got no response: it tells a request that the target cannot handle from a target that
//! is down, and from a network that failed once.
//!
//! After a cut or refused connection a request is sent once more; a write only if a GET shows that it had no effect. If the
//! connection is cut again, a probe decides: if the target responds to it, the target is at fault
//! ([`Failure::CutAgain`]); if it does not respond to [`PROBES`], the run ends. A request of the simulated Okta
//! without a response within Okta's own limit is a fault too ([`Failure::Unanswered`]); its route is not used again.

use std::time::Duration;

use super::client::Client;
use super::diagnosis::Diagnosis;
use super::effect;
use super::exchange::Exchange;
use super::failure::{CauseKind, Failure};
use super::ledger::naming_attribute;
use super::politeness::Origin;
use super::request::{Method, Request};
use crate::base::limits;

/// A short list, which any server can return.
const PROBE: &str = "/Users?count=1";
/// The probes without a response after which the run ends.
const PROBES: usize = 3;
/// The pause between two probes, so that they take 5 s.
const PAUSE: Duration = Duration::from_millis(2_500);
/// The most times that a request is repeated after the target was down and responds again.
const ROUNDS: usize = 3;
/// The response of the target to probes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Probed {
    AtOnce,
    /// An earlier probe got no response.
    Later,
    Never,
}

impl Client {
    /// Sends a request without asking the ledger, or records the reason why it is not sent.
    pub(super) async fn transmit(&self, request: Request, refused: Option<Failure>) -> Exchange {
        let Some(diagnosis) = self.diagnosis().filter(|_| refused.is_none()) else {
            return self.transmit_politely(request, refused).await;
        };
        if let Some(refused) = diagnosis.refusal(&request) {
            return self.transmit_politely(request, Some(refused)).await;
        }
        let mut exchange = self.transmit_politely(request.clone(), None).await;
        match exchange.outcome {
            Err(Failure::Timeout(limit)) => {
                let responds = self.probe().await != Probed::Never;
                if responds && self.origin() == Origin::Okta && limit >= limits::OKTA_TIMEOUT {
                    diagnosis.unanswered(&request, limit);
                    exchange.outcome = Err(Failure::Unanswered(limit));
                }
                exchange
            }
            Err(ref failure) if is_broken(failure) => self.transmit_again(request, exchange, &diagnosis).await,
            _ => exchange,
        }
    }

    /// Repeats a request whose connection was cut or refused.
    async fn transmit_again(&self, request: Request, first: Exchange, diagnosis: &Diagnosis) -> Exchange {
        let mut exchange = first;
        for _ in 0..ROUNDS {
            let effect = self.effect_of(&request, &exchange).await;
            if effect != Some(false) {
                let responds = self.probe().await != Probed::Never;
                if effect == Some(true) && responds && diagnosis.cut_after_effect(&request) {
                    exchange.outcome = exchange.outcome.map_err(again);
                }
                return exchange;
            }
            exchange = self.transmit_politely(request.clone(), None).await;
            if !exchange.outcome.as_ref().is_err_and(is_broken) {
                return exchange;
            }
            match self.probe().await {
                Probed::AtOnce => {
                    exchange.outcome = exchange.outcome.map_err(again);
                    return exchange;
                }
                Probed::Later => {}
                Probed::Never => return exchange,
            }
        }
        exchange
    }

    /// Returns true if a request took effect although its connection was cut, `None` if that is not known.
    async fn effect_of(&self, request: &Request, exchange: &Exchange) -> Option<bool> {
        let unsent = matches!(exchange.outcome, Err(Failure::Connect(_)));
        if unsent || matches!(request.method, Method::Get | Method::Head | Method::Options) {
            return Some(false);
        }
        let (collection, id) = request.subject();
        let sent = request.json();
        let path = match (request.method, &id) {
            (Method::Post, None) => {
                let attribute = naming_attribute(&collection);
                let name = sent.as_ref()?.get(attribute)?;
                format!("/{collection}?filter={}", super::encode::component(&format!("{attribute} eq {name}")))
            }
            (Method::Put | Method::Patch | Method::Delete, Some(_)) => {
                request.path.split(['?', '#']).next().unwrap_or_default().to_owned()
            }
            _ => return None,
        };
        let now = self.observer().transmit_politely(Request::scim(Method::Get, path, None), None).await;
        match (request.method, now.status()?) {
            (Method::Delete, 404) => Some(true),
            (Method::Delete, 200) => Some(false),
            (Method::Post, 200) => Some(!now.json()?.get("Resources")?.as_array()?.is_empty()),
            (method, 200) => effect::is_visible(method, sent.as_ref()?, &now.json()?),
            _ => None,
        }
    }

    /// Sends probes until the target responds. Without a response to any of them the run ends.
    async fn probe(&self) -> Probed {
        let client = self.observer();
        let mut last = None;
        for number in 0..PROBES {
            if number > 0 {
                tokio::time::sleep(PAUSE).await;
            }
            let probe = Request::scim(Method::Get, PROBE, None);
            match client.transmit_politely(probe, None).await.outcome {
                Ok(_) if number == 0 => return Probed::AtOnce,
                Ok(_) => return Probed::Later,
                Err(failure) => last = Some(failure),
            }
        }
        let last = last.map(|failure| failure.to_string()).unwrap_or_default();
        self.stop().give_up(format!(
            "the server stopped responding: {PROBES} requests GET {PROBE} within 5 s got no response, the last one: {last}"
        ));
        Probed::Never
    }
}

fn again(failure: Failure) -> Failure {
    match failure {
        Failure::Cut(cause) | Failure::Connect(cause) => Failure::CutAgain(cause),
        other => other,
    }
}

/// Returns true if the connection was cut or refused, for no reason that another request would meet as well.
fn is_broken(failure: &Failure) -> bool {
    matches!(failure, Failure::Cut(cause) | Failure::Connect(cause) if cause.kind == CauseKind::Other)
}

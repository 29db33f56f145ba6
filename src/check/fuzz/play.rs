//! Plays one case against a target until the first violation.

use std::collections::BTreeSet;

use super::case::{Act, Body, Case, Expect, Placeholders, create, read};
use super::fault::Fault;
use super::oracle::{self, Violation};
use crate::scim::Kind;
use crate::wire::{Client, Exchange, Failure, Method, NotOurs, Request, Response};

/// The number of alternative names a create tries when an earlier run left a resource with its name.
const OTHER_NAMES: usize = 3;
/// The beginning of IDs that the server did not assign.
const FICTITIOUS: &str = "unknown-";

/// The result of playing a case.
#[derive(Debug, Clone, Default)]
pub struct CaseRun {
    pub exchanges: Vec<Exchange>,
    /// The first violation; the last exchange shows it.
    pub violation: Option<Violation>,
    /// The rules that the responses were judged by.
    pub judged: BTreeSet<Fault>,
    /// The reason why the case ended early without a violation: no connection, or the run was stopped.
    pub stopped: Option<Failure>,
    /// True if the target accepted the create, so that the acts refer to an existing resource.
    pub resource_created: bool,
}

/// Plays a case. `name` must be unique to the case and the attempt, and the client must have a separate stop.
pub async fn play(client: &Client, case: &Case, name: &str) -> CaseRun {
    let values = Placeholders {
        name: name.to_owned(),
        id: format!("{FICTITIOUS}{name}"),
        companion: format!("{FICTITIOUS}{name}-2"),
    };
    let recognizable = case.create.as_ref().is_some_and(|body| body.has_name(case.kind));
    let mut player = Player { client, run: CaseRun::default(), values, recognizable };
    // `None` means that the case ended early; the violation or the failure is in `run`.
    let _ = player.play(case).await;
    player.run
}

struct Player<'a> {
    client: &'a Client,
    run: CaseRun,
    values: Placeholders,
    /// True if the name of the resource contains the run ID.
    recognizable: bool,
}

impl Player<'_> {
    async fn play(&mut self, case: &Case) -> Option<()> {
        if case.companion
            && let Some(id) = self.create(Kind::User, &companion(), "-c").await?
        {
            self.values.companion = id;
        }
        if let Some(body) = &case.create
            && let Some(id) = self.create(case.kind, body, "").await?
        {
            self.values.id = id;
            self.run.resource_created = true;
            self.read_back(case.kind, "201", &[]).await?;
        }
        for act in &case.acts {
            self.act(case, act).await?;
        }
        Some(())
    }

    /// Creates a resource and returns its ID. `Some(None)` means that the target rejected it, which is legitimate.
    async fn create(&mut self, kind: Kind, body: &Body, tail: &str) -> Option<Option<String>> {
        let unique = self.values.name.clone();
        for other in 0..=OTHER_NAMES {
            self.values.name = if other == 0 { format!("{unique}{tail}") } else { format!("{unique}{tail}-{other}") };
            let request = create(kind, body, &self.values);
            let exchange = self.send(request, body.is_json_object()).await?;
            let answer = exchange.outcome.as_ref().ok()?;
            match answer.status {
                // An earlier run with this seed left a resource with this name; that is not a violation.
                409 => self.run.exchanges.truncate(self.run.exchanges.len() - 1),
                200..300 => match self.created(&exchange, answer) {
                    Ok(id) => {
                        if !tail.is_empty() {
                            self.values.name = unique;
                        }
                        return Some(Some(id));
                    }
                    Err(violation) => return self.stop_with(violation),
                },
                _ => break,
            }
        }
        self.values.name = unique;
        Some(None)
    }

    async fn act(&mut self, case: &Case, act: &Act) -> Option<()> {
        let readable = match act {
            Act::Patch { body, .. } | Act::Put { body, .. } | Act::Odd { body: Some(body), .. } => {
                body.is_json_object()
            }
            Act::Odd { body: None, method, .. } => matches!(method, Method::Get | Method::Head | Method::Options),
            _ => true,
        };
        let request = case.request(act, &self.values);
        let exchange = self.send(request, readable).await?;
        let Ok(answer) = exchange.outcome.as_ref() else { return Some(()) };
        let (accepted, ours) = ((200..300).contains(&answer.status), self.run.resource_created);
        match act {
            Act::Patch { expect, .. } | Act::Put { expect, .. } if accepted && ours => {
                let verb = exchange.request.method.as_str();
                self.read_back(case.kind, &format!("{verb} returned {}", answer.status), expect).await
            }
            Act::Delete if accepted && ours => {
                let exchange = self.send(read(case.kind, &self.values.id), true).await?;
                self.run.judged.insert(Fault::Undead);
                if let Some(violation) = oracle::check_gone(&exchange) {
                    return self.stop_with(violation);
                }
                self.run.resource_created = false;
                Some(())
            }
            Act::List { .. } if answer.status == 200 => {
                self.run.judged.extend([Fault::Malformed, Fault::Counters]);
                match oracle::check_list(&exchange, answer) {
                    Some(violation) => self.stop_with(violation),
                    None => Some(()),
                }
            }
            _ => Some(()),
        }
    }

    /// Checks the response to a create that succeeded.
    fn created(&mut self, exchange: &Exchange, response: &Response) -> Result<String, Violation> {
        self.run.judged.extend([Fault::Malformed, Fault::ForeignId]);
        oracle::check_created(exchange, response)
    }

    /// Reads the resource back and checks it.
    async fn read_back(&mut self, kind: Kind, after: &str, expect: &[Expect]) -> Option<()> {
        let exchange = self.send(read(kind, &self.values.id), true).await?;
        self.run.judged.insert(if expect.is_empty() { Fault::Lost } else { Fault::Ignored });
        match oracle::check_present(&exchange, after, expect, |value| self.values.fill_json(value)) {
            Some(violation) => self.stop_with(violation),
            None => Some(()),
        }
    }

    async fn send(&mut self, request: Request, readable: bool) -> Option<Exchange> {
        self.allow_fictitious(&request);
        let exchange = self.client.send(request).await;
        let violation = oracle::check_exchange(&exchange, readable);
        match &exchange.outcome {
            // A deletion without effect is found by the GET after it.
            Err(Failure::NotOurs(NotOurs::Reused { .. })) => return None,
            Err(Failure::NotOurs(reason)) if reason.is_about_create() => {
                // A target may ignore the attribute that would have proven an unusual resource.
                if self.recognizable {
                    return self.stop_with(Violation::new(Fault::ForeignId, reason.to_string()));
                }
                return None;
            }
            Err(
                Failure::Connect(_) | Failure::GivenUp(_) | Failure::NotOurs(_) | Failure::OutOfTime | Failure::Busy(_),
            ) => {
                self.run.stopped = exchange.outcome.err();
                return None;
            }
            _ => {}
        }
        self.run.exchanges.push(exchange.clone());
        self.run.judged.extend(oracle::judged(&exchange, readable));
        match violation {
            Some(violation) => self.stop_with(violation),
            None => Some(exchange),
        }
    }

    /// Allows a write to a fictitious ID of this case, which contains its unique name.
    fn allow_fictitious(&self, request: &Request) {
        if let (Some(ledger), (endpoint, Some(id))) = (self.client.ledger(), request.subject())
            && id.trim_start_matches(FICTITIOUS).starts_with(&self.values.name)
        {
            ledger.allow(&endpoint, &id);
        }
    }

    /// Records a violation and ends the case.
    fn stop_with<T>(&mut self, violation: Violation) -> Option<T> {
        self.run.judged.insert(violation.fault);
        self.run.violation = Some(violation);
        None
    }
}

/// Builds a plain user, which can be a member of the case's group.
fn companion() -> Body {
    Body::Json(serde_json::json!({
        "schemas": [crate::scim::schema::USER],
        "userName": "@NAME@@example.com",
        "name": {"givenName": "Com", "familyName": "Panion"},
        "emails": [{"primary": true, "value": "@NAME@@example.com", "type": "work"}],
        "active": true,
    }))
}

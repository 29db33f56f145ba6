//! Plays one case against a target: every exchange, what it made, and the first fault.

use super::case::{Act, Body, Case, Expect, Marks, create, read};
use super::judge::{self, Seen};
use crate::scim::Kind;
use crate::wire::{Client, Exchange, Failure, Method, Request};

/// How many other names a create tries when an earlier run left its name behind.
const OTHER_NAMES: usize = 3;

/// What came of a case.
#[derive(Debug, Clone, Default)]
pub struct Played {
    pub exchanges: Vec<Exchange>,
    /// The first fault; the last exchange shows it.
    pub seen: Option<Seen>,
    /// Why the case could not be played to its end, which is no fault: no connection, the run gave up.
    pub stopped: Option<Failure>,
    /// Whether the create was accepted: the acts had something to act on.
    pub took_root: bool,
}

/// Plays a case on a client with a stop of its own. `name` is like that of no other case and no other attempt.
pub async fn play(client: &Client, case: &Case, name: &str) -> Played {
    let mut table =
        Table { client, played: Played::default(), marks: Marks { name: name.to_owned(), ..Marks::default() } };
    table.marks.id = format!("nobody-{name}");
    table.marks.companion = format!("nobody-{name}-2");
    // An early return of `None` means: nothing more to do here, a fault or a failure is noted.
    let _ = table.whole(case).await;
    table.played
}

struct Table<'a> {
    client: &'a Client,
    played: Played,
    marks: Marks,
}

impl Table<'_> {
    async fn whole(&mut self, case: &Case) -> Option<()> {
        if case.companion
            && let Some(id) = self.create(Kind::User, &companion(), "-c").await?
        {
            self.marks.companion = id;
        }
        if let Some(body) = &case.create
            && let Some(id) = self.create(case.kind, body, "").await?
        {
            self.marks.id = id;
            self.played.took_root = true;
            self.verify(case.kind, "201", &[]).await?;
        }
        for act in &case.acts {
            self.act(case, act).await?;
        }
        Some(())
    }

    /// The id of what was made; `Some(None)` where the target refused, which is its right.
    async fn create(&mut self, kind: Kind, body: &Body, tail: &str) -> Option<Option<String>> {
        let whole = self.marks.name.clone();
        for other in 0..=OTHER_NAMES {
            self.marks.name = if other == 0 { format!("{whole}{tail}") } else { format!("{whole}{tail}-{other}") };
            let request = create(kind, body, &self.marks);
            let exchange = self.send(request, body.is_json_object()).await?;
            let answer = exchange.outcome.as_ref().ok()?;
            match answer.status {
                // An earlier run with this seed left the name: that is no finding.
                409 => self.played.exchanges.truncate(self.played.exchanges.len() - 1),
                200..300 => match judge::created(&exchange, answer) {
                    Ok(id) => {
                        if !tail.is_empty() {
                            self.marks.name = whole;
                        }
                        return Some(Some(id));
                    }
                    Err(seen) => return self.found(seen),
                },
                _ => break,
            }
        }
        self.marks.name = whole;
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
        let request = case.perform(act, &self.marks);
        let exchange = self.send(request, readable).await?;
        let Ok(answer) = exchange.outcome.as_ref() else { return Some(()) };
        let (accepted, ours) = ((200..300).contains(&answer.status), self.played.took_root);
        match act {
            Act::Patch { expect, .. } | Act::Put { expect, .. } if accepted && ours => {
                let verb = exchange.request.method.as_str();
                self.verify(case.kind, &format!("{verb} answered {}", answer.status), expect).await
            }
            Act::Delete if accepted && ours => {
                let exchange = self.send(read(case.kind, &self.marks.id), true).await?;
                if let Some(seen) = judge::gone(&exchange) {
                    return self.found(seen);
                }
                self.played.took_root = false;
                Some(())
            }
            Act::List { .. } if answer.status == 200 => match judge::list(&exchange, answer) {
                Some(seen) => self.found(seen),
                None => Some(()),
            },
            _ => Some(()),
        }
    }

    /// Reads the resource back.
    async fn verify(&mut self, kind: Kind, after: &str, expect: &[Expect]) -> Option<()> {
        let exchange = self.send(read(kind, &self.marks.id), true).await?;
        match judge::still_there(&exchange, after, expect, |value| self.marks.fill_json(value)) {
            Some(seen) => self.found(seen),
            None => Some(()),
        }
    }

    async fn send(&mut self, request: Request, readable: bool) -> Option<Exchange> {
        self.allow_made_up(&request);
        let exchange = self.client.send(request).await;
        let seen = judge::exchange(&exchange, readable);
        let stopped = matches!(
            &exchange.outcome,
            Err(Failure::Connect(_) | Failure::GivenUp(_) | Failure::NotOurs(_) | Failure::OutOfTime)
        );
        if stopped {
            self.played.stopped = exchange.outcome.err();
            return None;
        }
        self.played.exchanges.push(exchange.clone());
        match seen {
            Some(seen) => self.found(seen),
            None => Some(exchange),
        }
    }

    /// Writes may go to ids that this case made up: those that begin with its name.
    fn allow_made_up(&self, request: &Request) {
        if let (Some(ledger), (endpoint, Some(id))) = (self.client.ledger(), request.subject())
            && id.trim_start_matches("nobody-").starts_with(&self.marks.name)
        {
            ledger.allow(&endpoint, &id);
        }
    }

    fn found<T>(&mut self, seen: Seen) -> Option<T> {
        self.played.seen = Some(seen);
        None
    }
}

/// A plain user, so that a group can have somebody in it.
fn companion() -> Body {
    Body::Json(serde_json::json!({
        "schemas": [crate::scim::schema::USER],
        "userName": "@NAME@@example.com",
        "name": {"givenName": "Com", "familyName": "Panion"},
        "emails": [{"primary": true, "value": "@NAME@@example.com", "type": "work"}],
        "active": true,
    }))
}

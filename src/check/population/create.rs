//! Creates the population, many users at a time.

use std::cell::Cell;
use std::sync::Arc;

use futures::StreamExt as _;

use super::leases::PopulationUser;
use super::people::Person;
use super::shortfall::Shortfall;
use crate::check::assertions::was_created;
use crate::check::clean_up::remove_all;
use crate::wire::{Client, id_text};

/// Creates the users, at most `at_once` concurrently. After the first create that fails no other is sent, and those that
/// succeeded are deleted at once: the scenarios may need their places.
///
/// # Errors
/// The reason of the first create that failed.
pub async fn create(
    client: &Client,
    people: Vec<Person>,
    at_once: usize,
) -> Result<Vec<Arc<PopulationUser>>, Shortfall> {
    let client = client.fork();
    let failed = Cell::new(false);
    let creates = people.into_iter().map(|person| {
        let (client, failed) = (&client, &failed);
        async move {
            // A request under way is not given up, because the clean-up has to know its outcome.
            if failed.get() {
                return None;
            }
            let exchange = client.post("/Users", &person.document()).await;
            let ended = was_created(&exchange);
            if ended.is_err() {
                failed.set(true);
            }
            Some((person, exchange, ended))
        }
    });
    let made: Vec<_> = futures::stream::iter(creates).buffered(at_once.max(1)).collect().await;
    let (mut users, mut refused) = (Vec::new(), None);
    for (person, exchange, ended) in made.into_iter().flatten() {
        let id = exchange.json().as_ref().and_then(|body| id_text(body.get("id")?));
        match (ended, id) {
            (Ok(()), Some(id)) => users.push(Arc::new(PopulationUser { person, id, created: exchange })),
            (Err(outcome), _) => refused = refused.or(Some((exchange, outcome))),
            (Ok(()), None) => {}
        }
    }
    let Some((exchange, outcome)) = refused else { return Ok(users) };
    // What stays is in the ledger, and the clean-up at the end of the run reports it.
    let ids = users.iter().map(|user| ("Users".to_owned(), user.id.clone())).collect();
    remove_all(&client, ids, at_once).await;
    // The canary was created, too.
    Err(Shortfall::of(&exchange, outcome, users.len() + 1))
}

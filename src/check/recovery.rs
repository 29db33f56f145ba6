//! Deletes what an interrupted run left on a target: the logic of `scimulate cleanup`.

use serde_json::Value;

use super::clean_up::{clean_up, named};
use super::reading;
use super::run_record::Recorded;
use crate::wire::encode::component;
use crate::wire::{Client, Ledger, id_text};

/// The size of a page of the walk through a list.
const PAGE: usize = 100;
/// The maximum number of pages of one walk.
const PAGES: usize = 10_000;

/// The result of one run's recovery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovery {
    /// The paths of the resources that were found.
    pub found: Vec<String>,
    /// The resources that remain, each with the reason. Empty in a dry run.
    pub leftovers: Vec<String>,
}

/// Finds the resources of a run, proves each and deletes it. Without a record, walks the lists for names with the run ID.
/// A dry run only reads.
pub async fn recover(client: &Client, run_id: &str, recorded: Option<&Recorded>, dry_run: bool) -> Recovery {
    let ledger = Ledger::new(run_id);
    let client = client.fork().with_ledger(ledger.clone());
    match recorded {
        Some(recorded) => adopt(&client, &ledger, recorded).await,
        None => walk(&client, &ledger).await,
    }
    let found = ledger.made().iter().map(|(collection, id)| format!("/{collection}/{id}")).collect();
    let leftovers = if dry_run { Vec::new() } else { clean_up(&client).await };
    Recovery { found, leftovers }
}

async fn adopt(client: &Client, ledger: &Ledger, recorded: &Recorded) {
    for (collection, id) in &recorded.made {
        ledger.adopt(collection, id);
        // This GET is the proof, too.
        if client.get(&format!("/{collection}/{}", component(id))).await.status() == Some(404) {
            ledger.forget(collection, id);
        }
    }
    for (collection, name) in &recorded.lost {
        for id in named(client, collection, name).await {
            ledger.adopt(collection, &id);
        }
    }
}

/// Reads the lists of users and groups page by page.
async fn walk(client: &Client, ledger: &Ledger) {
    for collection in ["Users", "Groups"] {
        let mut start = 1;
        for _ in 0..PAGES {
            let list = client.get(&format!("/{collection}?startIndex={start}&count={PAGE}")).await;
            let list = list.json().unwrap_or_default();
            let resources = reading::resources(&list).cloned().unwrap_or_default();
            for resource in resources.iter().filter(|resource| ledger.is_named(resource)) {
                if let Some(id) = resource.get("id").and_then(id_text) {
                    ledger.adopt(collection, &id);
                }
            }
            start += resources.len();
            let total = reading::attribute(&list, "totalResults").and_then(Value::as_u64).unwrap_or_default();
            if resources.is_empty() || start as u64 > total {
                break;
            }
        }
    }
}

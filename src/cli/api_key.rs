//! `scimulate api-key`: manages the keys for the Events API.

use std::path::PathBuf;

use anyhow::Result;
use serde_json::{Value, json};

use super::Exit;
use super::stored::{line, with_store};
use crate::base::clock::rfc3339;
use crate::store::{AdminCommand, Store};

/// The subcommands and their flags.
#[derive(Debug, clap::Subcommand)]
pub enum Args {
    /// Create a key and print it; it is shown only once
    Add {
        /// Store file
        #[arg(long, value_name = "FILE", default_value = super::stored::DEFAULT)]
        data: PathBuf,
        /// Purpose of the key, for the list
        #[arg(long, default_value = "cli")]
        name: String,
        /// Print one line of JSON
        #[arg(long)]
        json: bool,
    },
    /// List the keys
    List {
        /// Store file
        #[arg(long, value_name = "FILE", default_value = super::stored::DEFAULT)]
        data: PathBuf,
        /// Print one line of JSON
        #[arg(long)]
        json: bool,
    },
    /// Revoke a key; a running server refuses it at once
    Revoke {
        /// ID of the key (api_key_…)
        id: String,
        /// Store file
        #[arg(long, value_name = "FILE", default_value = super::stored::DEFAULT)]
        data: PathBuf,
    },
}

/// Runs the command.
pub fn run(args: Args) -> Result<Exit> {
    match args {
        Args::Add { data, name, json } => with_store(&data, |store| async move {
            let added = store.administer(AdminCommand::AddApiKey { name }).await?;
            let (key, id) = (added.secret.unwrap_or_default(), added.id.unwrap_or_default());
            if json {
                line(json!({"api_key": key.expose(), "id": id}))?;
            } else {
                line(format_args!("API key  {}  (shown only once)", key.expose()))?;
                line(format_args!("ID       {id}"))?;
            }
            Ok(Exit::Good)
        }),
        Args::List { data, json } => with_store(&data, |store| async move {
            let keys = store.api_keys().await?;
            if json {
                let shown = keys.iter().map(|key| {
                    json!({
                        "id": key.id,
                        "name": key.name,
                        "suffix": key.suffix,
                        "created_at": rfc3339(key.created_at),
                        "revoked_at": key.revoked_at.map(rfc3339),
                    })
                });
                line(Value::Array(shown.collect()))?;
            } else {
                for key in keys {
                    let state = key.revoked_at.map_or_else(String::new, |at| format!(", revoked {}", rfc3339(at)));
                    let created = rfc3339(key.created_at);
                    line(format_args!("{}  {}  …{}  created {created}{state}", key.id, key.name, key.suffix))?;
                }
            }
            Ok(Exit::Good)
        }),
        Args::Revoke { id, data } => with_store(&data, |store| async move {
            store.administer(AdminCommand::RevokeApiKey { id: id.clone() }).await?;
            line(format_args!("{id} is revoked"))?;
            Ok(Exit::Good)
        }),
    }
}

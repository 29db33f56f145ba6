//! `scimulate directory`: directories of a store.

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::ValueEnum;
use serde_json::{Value, json};

use super::on_deactivate::on_deactivate;
use super::stored::{judge, line, with_store};
use super::{Exit, Usage};
use crate::base::Secret;
use crate::base::clock::rfc3339;
use crate::directory::model::AuthForm;
use crate::directory::{Directory, Settings};
use crate::events::OnDeactivate;
use crate::scim::{Mode, Schemas};
use crate::store::sqlite::SqliteStore;
use crate::store::{AdminCommand, LiveToken, Store};

/// The subcommands and their flags.
#[derive(Debug, clap::Subcommand)]
pub enum Args {
    /// Add a directory and print its SCIM URL and token
    Add(Add),
    /// Change settings of a directory; a running server knows at once
    Set(Set),
    /// List them
    List(List),
    /// Print a new token; the old one lives on until the next call
    RotateToken(Rotate),
}

/// `directory add`
#[derive(Debug, clap::Args)]
pub struct Add {
    /// The store
    #[arg(long, value_name = "FILE")]
    data: PathBuf,
    /// The directory's name
    #[arg(long)]
    name: String,
    /// Its organization; a name that no organization has makes a new one [default: the first organization]
    #[arg(long, value_name = "ID|NAME")]
    organization: Option<String>,
    #[command(flatten)]
    changes: Changes,
    /// As one line of JSON
    #[arg(long)]
    json: bool,
}

/// `directory set`
#[derive(Debug, clap::Args)]
pub struct Set {
    /// The directory (directory_…)
    id: String,
    /// The store
    #[arg(long, value_name = "FILE")]
    data: PathBuf,
    #[command(flatten)]
    changes: Changes,
}

/// `directory list`
#[derive(Debug, clap::Args)]
pub struct List {
    /// The store
    #[arg(long, value_name = "FILE")]
    data: PathBuf,
    /// As one line of JSON
    #[arg(long)]
    json: bool,
}

/// `directory rotate-token`
#[derive(Debug, clap::Args)]
pub struct Rotate {
    /// The directory (directory_…)
    id: String,
    /// The store
    #[arg(long, value_name = "FILE")]
    data: PathBuf,
    /// End the old token now
    #[arg(long)]
    revoke_old: bool,
    /// As one line of JSON
    #[arg(long)]
    json: bool,
}

/// Settings to change; what is not named stays.
#[derive(Debug, clap::Args)]
struct Changes {
    /// What becomes of a directory user who is deactivated
    #[arg(long, value_parser = on_deactivate())]
    on_deactivate: Option<OnDeactivate>,
    /// How strictly requests are read
    #[arg(long, value_enum)]
    mode: Option<ModeName>,
    /// How the token is sent
    #[arg(long, value_enum)]
    auth: Option<Auth>,
    /// The user that /Me is, by SCIM id; "none" for none, which is answered with 501 [default: none]
    #[arg(long, value_name = "ID")]
    me: Option<String>,
    /// Extension schemas in the form of RFC 7643 section 7, as JSON: one, or an array of them, in place of those before
    #[arg(long, value_name = "FILE")]
    schema: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ModeName {
    /// As Okta needs
    Lenient,
    /// As the RFCs allow
    Strict,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Auth {
    /// Authorization: Bearer TOKEN
    Bearer,
    /// The token as the password of any user name
    Basic,
    /// Authorization: TOKEN
    Header,
}

impl Changes {
    fn apply(&self, settings: Settings) -> Result<Settings> {
        Ok(Settings {
            on_deactivate: self.on_deactivate.unwrap_or(settings.on_deactivate),
            mode: self.mode.map_or(settings.mode, |choice| match choice {
                ModeName::Lenient => Mode::Lenient,
                ModeName::Strict => Mode::Strict,
            }),
            auth: self.auth.map_or(settings.auth, |choice| match choice {
                Auth::Bearer => AuthForm::Bearer,
                Auth::Basic => AuthForm::Basic,
                Auth::Header => AuthForm::Header,
            }),
            me: match self.me.as_deref() {
                Some("none" | "") => None,
                Some(id) => Some(id.to_owned()),
                None => settings.me,
            },
            schemas: self.schema.as_deref().map_or(Ok(settings.schemas), extensions)?,
        })
    }
}

/// The schemas of a file, judged.
fn extensions(file: &Path) -> Result<Vec<Value>> {
    let wrong = |what: String| Usage(format!("{}: {what}", file.display()));
    let text = std::fs::read_to_string(file).map_err(|error| wrong(format!("can't be read: {error}")))?;
    // serde_json says line and column.
    let definition: Value = serde_json::from_str(&text).map_err(|error| wrong(format!("is no JSON: {error}")))?;
    Schemas::standard().with_extension(&definition).map_err(|error| wrong(error.to_string()))?;
    Ok(match definition {
        Value::Array(several) => several,
        one => vec![one],
    })
}

/// Runs the command.
pub fn run(args: Args) -> Result<Exit> {
    match args {
        Args::Add(args) => with_store(&args.data.clone(), |store| async move { add(&store, args).await }),
        Args::Set(args) => with_store(&args.data.clone(), |store| async move { set(&store, args).await }),
        Args::List(args) => with_store(&args.data.clone(), |store| async move { list(&store, &args).await }),
        Args::RotateToken(args) => with_store(&args.data.clone(), |store| async move { rotate(&store, args).await }),
    }
}

async fn add(store: &SqliteStore, args: Add) -> Result<Exit> {
    let organization = organization(store, args.organization).await?;
    let settings = args.changes.apply(Settings::default())?;
    let added = store
        .administer(AdminCommand::AddDirectory { organization, name: args.name, settings })
        .await
        .map_err(judge)?;
    let directory = added.directory.ok_or_else(|| anyhow::anyhow!("the store made no directory"))?;
    let scim_url = scim_url(store, &directory).await?;
    let token = added.secret.unwrap_or_default();
    if args.json {
        line(json!({
            "scim_url": scim_url,
            "token": token.expose(),
            "organization_id": directory.organization_id,
            "directory_id": directory.id,
        }))?;
    } else {
        line(format_args!("SCIM URL      {scim_url}"))?;
        line(format_args!("SCIM token    {}  (shown this once)", token.expose()))?;
        line(format_args!("Organization  {}", directory.organization_id))?;
        line(format_args!("Directory     {}", directory.id))?;
    }
    Ok(Exit::Good)
}

/// The id of the organization that was named: found by id or name, made where only its name was given.
async fn organization(store: &SqliteStore, named: Option<String>) -> Result<String> {
    let known = store.organizations().await?;
    let Some(named) = named else {
        let first = known.into_iter().next();
        return first.map(|organization| organization.id).ok_or_else(|| {
            Usage("the store has no organization; name a new one with --organization NAME".to_owned()).into()
        });
    };
    if known.iter().any(|organization| organization.id == named || organization.name == named) {
        return Ok(named);
    }
    if named.starts_with("org_") {
        return Err(Usage(format!("there is no organization {named}")).into());
    }
    let made = store.administer(AdminCommand::AddOrganization { name: named }).await.map_err(judge)?;
    made.organization.map(|organization| organization.id).ok_or_else(|| anyhow::anyhow!("no organization was made"))
}

async fn set(store: &SqliteStore, args: Set) -> Result<Exit> {
    let directories = store.directories().await?;
    let directory = directories.into_iter().find(|directory| directory.id == args.id);
    let directory = directory.ok_or_else(|| Usage(format!("there is no directory {} in this store", args.id)))?;
    let settings = args.changes.apply(directory.settings)?;
    store
        .administer(AdminCommand::SetDirectory { id: args.id.clone(), settings: settings.clone() })
        .await
        .map_err(judge)?;
    line(format_args!("{}: {}", args.id, in_words(&settings)))?;
    Ok(Exit::Good)
}

async fn list(store: &SqliteStore, args: &List) -> Result<Exit> {
    let mut shown = Vec::new();
    for directory in store.directories().await? {
        let url = scim_url(store, &directory).await?;
        if !args.json {
            line(format_args!("{}  {}", directory.id, directory.name))?;
            line(format_args!("  {url}"))?;
            line(format_args!("  {}, {}", directory.organization_id, in_words(&directory.settings)))?;
        }
        let tokens = store.tokens(&directory.id).await?;
        for LiveToken { token, last_used_at } in tokens.iter().filter(|_| !args.json) {
            let used = last_used_at.map_or_else(|| "never used".to_owned(), |at| format!("last used {}", rfc3339(at)));
            line(format_args!("  token …{}, made {}, {used}", token.suffix, rfc3339(token.created_at)))?;
        }
        let tokens: Vec<Value> = tokens
            .iter()
            .map(|LiveToken { token, last_used_at }| {
                json!({
                    "id": token.id,
                    "suffix": token.suffix,
                    "created_at": rfc3339(token.created_at),
                    "last_used_at": last_used_at.map(rfc3339),
                })
            })
            .collect();
        shown.push(json!({
            "directory_id": directory.id,
            "organization_id": directory.organization_id,
            "name": directory.name,
            "scim_url": url,
            "settings": serde_json::to_value(&directory.settings)?,
            "tokens": tokens,
        }));
    }
    if args.json {
        line(Value::Array(shown))?;
    }
    Ok(Exit::Good)
}

async fn rotate(store: &SqliteStore, args: Rotate) -> Result<Exit> {
    let command = AdminCommand::RotateToken { directory: args.id.clone(), revoke_old: args.revoke_old };
    let token = store.administer(command).await.map_err(judge)?.secret.unwrap_or_default();
    if args.json {
        line(json!({"directory_id": args.id, "token": token.expose()}))?;
    } else {
        line(format_args!("SCIM token  {}  (shown this once)", Secret::expose(&token)))?;
        let old =
            if args.revoke_old { "The old token is revoked." } else { "The old token lives on until the next call." };
        line(old)?;
    }
    Ok(Exit::Good)
}

/// By which address a client reaches a directory: host and port as the store was last served under.
async fn scim_url(store: &SqliteStore, directory: &Directory) -> Result<String> {
    let base = store.served_at().await?.unwrap_or_else(|| "http://127.0.0.1:8080".to_owned());
    Ok(format!("{base}/scim/v2/{}", directory.external_key))
}

fn in_words(settings: &Settings) -> String {
    let word = |value: Value| value.as_str().map(str::to_owned).unwrap_or_default();
    let name = |value: Result<Value, serde_json::Error>| value.map(word).unwrap_or_default();
    let schemas = settings.schemas.iter().filter_map(|schema| schema.get("id")?.as_str());
    let schemas = schemas.fold(String::new(), |list, id| list + ", schema " + id);
    let me = settings.me.as_ref().map(|id| format!(", me {id}")).unwrap_or_default();
    format!(
        "on-deactivate {}, mode {}, auth {}{me}{schemas}",
        settings.on_deactivate,
        name(serde_json::to_value(settings.mode)),
        name(serde_json::to_value(settings.auth))
    )
}

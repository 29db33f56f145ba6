//! `scimulate directory`: manages the directories of a store.

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::ValueEnum;
use serde_json::{Value, json};

use super::on_deactivate::on_deactivate;
use super::stored::{line, with_store};
use super::{Exit, Usage};
use crate::base::Secret;
use crate::base::clock::rfc3339;
use crate::directory::address::{AddressError, HostName, Label};
use crate::directory::model::{AuthForm, ShownState};
use crate::directory::{Directory, Settings};
use crate::events::OnDeactivate;
use crate::scim::{Mode, RuleSet, Schemas};
use crate::store::sqlite::{SqliteStore, live_addresses};
use crate::store::{AdminCommand, LiveToken, OrganizationChanges, Store};

/// The subcommands and their flags.
#[derive(Debug, clap::Subcommand)]
pub enum Args {
    /// Add a directory and print its SCIM URL and token
    Add(Add),
    /// Change settings of a directory; a running server applies them at once
    Set(Set),
    /// Remove a directory with its users, groups and tokens
    Remove(Remove),
    /// List the directories with their settings and tokens
    List(List),
    /// Create a token and print it; the old one stays valid until the next call
    RotateToken(Rotate),
}

/// `directory add`
#[derive(Debug, clap::Args)]
pub struct Add {
    /// Store file
    #[arg(long, value_name = "FILE", default_value = super::stored::DEFAULT)]
    data: PathBuf,
    /// Name of the directory
    #[arg(long)]
    name: String,
    /// Organization of the directory; a new name creates one [default: the first organization]
    #[arg(long, value_name = "ID|NAME")]
    organization: Option<String>,
    #[command(flatten)]
    changes: Changes,
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
}

/// `directory set`
#[derive(Debug, clap::Args)]
pub struct Set {
    /// ID of the directory (directory_…)
    id: String,
    /// Store file
    #[arg(long, value_name = "FILE", default_value = super::stored::DEFAULT)]
    data: PathBuf,
    #[command(flatten)]
    changes: Changes,
}

/// `directory remove`
#[derive(Debug, clap::Args)]
pub struct Remove {
    /// ID of the directory (directory_…)
    id: String,
    /// Store file
    #[arg(long, value_name = "FILE", default_value = super::stored::DEFAULT)]
    data: PathBuf,
}

/// `directory list`
#[derive(Debug, clap::Args)]
pub struct List {
    /// Store file
    #[arg(long, value_name = "FILE", default_value = super::stored::DEFAULT)]
    data: PathBuf,
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
}

/// `directory rotate-token`
#[derive(Debug, clap::Args)]
pub struct Rotate {
    /// ID of the directory (directory_…)
    id: String,
    /// Store file
    #[arg(long, value_name = "FILE", default_value = super::stored::DEFAULT)]
    data: PathBuf,
    /// Revoke the old token now
    #[arg(long)]
    revoke_old: bool,
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
}

/// Settings to change; the others stay as they are.
#[derive(Debug, clap::Args)]
struct Changes {
    /// Reaction to a directory user that is deactivated
    #[arg(long, value_parser = on_deactivate())]
    on_deactivate: Option<OnDeactivate>,
    /// Strictness of request validation
    #[arg(long, value_enum)]
    mode: Option<ModeName>,
    /// Rules that requests must follow
    #[arg(long, value_enum)]
    rules: Option<RulesName>,
    /// State that the directory API shows
    #[arg(long, value_enum)]
    state: Option<StateName>,
    /// Form in which clients send the token
    #[arg(long, value_enum)]
    auth: Option<Auth>,
    /// SCIM ID of the user behind /Me; with "none", /Me responds with 501 [default: none]
    #[arg(long, value_name = "ID")]
    me: Option<String>,
    /// Label in place of the key in the SCIM URL, besides the key; "none" removes it
    #[arg(long, value_name = "NAME", value_parser = removable::<Label>)]
    label: Option<Removable<Label>>,
    /// Host name of its own, besides the other URLs; "none" removes it
    #[arg(long, value_name = "NAME", value_parser = removable::<HostName>)]
    host: Option<Removable<HostName>>,
    /// JSON file with one extension schema (RFC 7643 section 7) or an array of them; replaces earlier ones
    #[arg(long, value_name = "FILE")]
    schema: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ModeName {
    /// Accept what Okta sends
    Lenient,
    /// Accept only what the RFCs allow
    Strict,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum RulesName {
    /// Rules of the RFCs, as --mode interprets them
    Rfc,
    /// In addition, the rules of the SCIM endpoint of WorkOS
    Workos,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum StateName {
    /// Connected
    Linked,
    /// Not connected
    Unlinked,
    /// Being set up; with --rules workos, new users need the ID of an Okta user as externalId
    Validating,
    /// The credentials are not accepted
    InvalidCredentials,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Auth {
    /// Authorization: Bearer TOKEN
    Bearer,
    /// Authorization: Basic, with the token as the password of any user
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
            rules: self.rules.map_or(settings.rules, |choice| match choice {
                RulesName::Rfc => RuleSet::Rfc,
                RulesName::Workos => RuleSet::Workos,
            }),
            state: self.state.map_or(settings.state, |choice| match choice {
                StateName::Linked => ShownState::Linked,
                StateName::Unlinked => ShownState::Unlinked,
                StateName::Validating => ShownState::Validating,
                StateName::InvalidCredentials => ShownState::InvalidCredentials,
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
            users: settings.users,
            label: self.label.clone().map_or(settings.label, |label| label.0),
            host: self.host.clone().map_or(settings.host, |host| host.0),
            schemas: self.schema.as_deref().map_or(Ok(settings.schemas), extensions)?,
        })
    }
}

/// A value of a setting that "none" removes.
#[derive(Debug, Clone)]
struct Removable<T>(Option<T>);

fn removable<T: TryFrom<String, Error = AddressError>>(text: &str) -> Result<Removable<T>, AddressError> {
    match text {
        "none" => Ok(Removable(None)),
        text => T::try_from(text.to_owned()).map(|value| Removable(Some(value))),
    }
}

/// Reads and validates the schemas of a file.
fn extensions(file: &Path) -> Result<Vec<Value>> {
    let wrong = |what: String| Usage(format!("{}: {what}", file.display()));
    let text = std::fs::read_to_string(file).map_err(|error| wrong(format!("cannot be read: {error}")))?;
    // The message of serde_json contains line and column.
    let definition: Value = serde_json::from_str(&text).map_err(|error| wrong(format!("not valid JSON: {error}")))?;
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
        Args::Remove(args) => with_store(&args.data.clone(), |store| async move { remove(&store, args).await }),
        Args::List(args) => with_store(&args.data.clone(), |store| async move { list(&store, &args).await }),
        Args::RotateToken(args) => with_store(&args.data.clone(), |store| async move { rotate(&store, args).await }),
    }
}

async fn add(store: &SqliteStore, args: Add) -> Result<Exit> {
    let organization = organization(store, args.organization).await?;
    let settings = args.changes.apply(Settings::default())?;
    let added = store.administer(AdminCommand::AddDirectory { organization, name: args.name, settings }).await?;
    let directory = added.directory.ok_or_else(|| anyhow::anyhow!("the store returned no directory"))?;
    let urls = scim_urls(&base_urls(store, &args.data).await?, &directory);
    let token = added.secret.unwrap_or_default();
    if args.json {
        let mut shown = json!({
            "scim_url": urls.first(),
            "token": token.expose(),
            "organization_id": directory.organization_id,
            "directory_id": directory.id,
        });
        if let (Some(shown), true) = (shown.as_object_mut(), urls.len() > 1) {
            shown.insert("scim_urls".to_owned(), urls.into());
        }
        line(shown)?;
    } else {
        for (at, url) in urls.iter().enumerate() {
            line(format_args!("{:<14}{url}", if at == 0 { "SCIM URL" } else { "" }))?;
        }
        for url in further_urls(&base_urls(store, &args.data).await?, &directory) {
            line(format_args!("{:<14}{url}", "Also"))?;
        }
        line(format_args!("SCIM token    {}  (shown only once)", token.expose()))?;
        line(format_args!("Organization  {}", directory.organization_id))?;
        line(format_args!("Directory     {}", directory.id))?;
    }
    Ok(Exit::Good)
}

/// Returns the organization to use: one that exists by ID or name, or a new one of this name.
async fn organization(store: &SqliteStore, named: Option<String>) -> Result<String> {
    let known = store.organizations().await?;
    let Some(named) = named else {
        let first = known.into_iter().next();
        return first.map(|organization| organization.id).ok_or_else(|| {
            Usage("the store has no organization; create one with --organization NAME".to_owned()).into()
        });
    };
    if known.iter().any(|organization| organization.id == named || organization.name == named) {
        return Ok(named);
    }
    if named.starts_with("org_") {
        return Err(Usage(format!("there is no organization {named}")).into());
    }
    let made = store
        .administer(AdminCommand::AddOrganization { name: named, changes: OrganizationChanges::default() })
        .await?;
    made.organization
        .map(|organization| organization.id)
        .ok_or_else(|| anyhow::anyhow!("the store returned no organization"))
}

async fn set(store: &SqliteStore, args: Set) -> Result<Exit> {
    let directories = store.directories().await?;
    let directory = directories.into_iter().find(|directory| directory.id == args.id);
    let directory = directory.ok_or_else(|| Usage(format!("there is no directory {} in this store", args.id)))?;
    let settings = args.changes.apply(directory.settings)?;
    store.administer(AdminCommand::SetDirectory { id: args.id.clone(), settings: settings.clone() }).await?;
    line(format_args!("{}: {}", args.id, in_words(&settings)))?;
    Ok(Exit::Good)
}

async fn remove(store: &SqliteStore, args: Remove) -> Result<Exit> {
    store.administer(AdminCommand::RemoveDirectory { id: args.id.clone() }).await?;
    line(format_args!("{} is removed", args.id))?;
    Ok(Exit::Good)
}

async fn list(store: &SqliteStore, args: &List) -> Result<Exit> {
    let mut shown = Vec::new();
    let base_urls = base_urls(store, &args.data).await?;
    for directory in store.directories().await? {
        let urls = scim_urls(&base_urls, &directory);
        if !args.json {
            line(format_args!("{}  {}", directory.id, directory.name))?;
            for url in urls.iter().chain(&further_urls(&base_urls, &directory)) {
                line(format_args!("  {url}"))?;
            }
            line(format_args!("  {}, {}", directory.organization_id, in_words(&directory.settings)))?;
        }
        let tokens = store.tokens(&directory.id).await?;
        for LiveToken { token, last_used_at } in tokens.iter().filter(|_| !args.json) {
            let used = last_used_at.map_or_else(|| "never used".to_owned(), |at| format!("last used {}", rfc3339(at)));
            line(format_args!("  token …{}, created {}, {used}", token.suffix, rfc3339(token.created_at)))?;
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
            "scim_url": urls.first(),
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
    let token = store.administer(command).await?.secret.unwrap_or_default();
    if args.json {
        line(json!({"directory_id": args.id, "token": token.expose()}))?;
    } else {
        line(format_args!("SCIM token  {}  (shown only once)", Secret::expose(&token)))?;
        let old = if args.revoke_old {
            "The old token is revoked."
        } else {
            "The old token stays valid until the next call."
        };
        line(old)?;
    }
    Ok(Exit::Good)
}

/// Returns the base URLs of the servers that have the store open now; without any, the one that had it last.
pub(super) async fn base_urls(store: &SqliteStore, file: &Path) -> Result<Vec<String>> {
    let live = live_addresses(file);
    if !live.is_empty() {
        return Ok(live);
    }
    Ok(vec![store.served_at().await?.unwrap_or_else(|| "http://127.0.0.1:8080".to_owned())])
}

fn scim_urls(base_urls: &[String], directory: &Directory) -> Vec<String> {
    base_urls.iter().map(|base| format!("{base}/scim/v2/{}", directory.external_key)).collect()
}

/// Returns the URLs with the label and with the host name of a directory.
fn further_urls(base_urls: &[String], directory: &Directory) -> Vec<String> {
    let Settings { label, host, .. } = &directory.settings;
    let labelled = label.iter().flat_map(|label| base_urls.iter().map(move |base| format!("{base}/scim/v2/{label}")));
    labelled.chain(host.iter().map(|host| format!("https://{host}/scim/v2"))).collect()
}

fn in_words(settings: &Settings) -> String {
    let word = |value: Value| value.as_str().map(str::to_owned).unwrap_or_default();
    let name = |value: Result<Value, serde_json::Error>| value.map(word).unwrap_or_default();
    let schemas = settings.schemas.iter().filter_map(|schema| schema.get("id")?.as_str());
    let schemas = schemas.fold(String::new(), |list, id| list + ", schema " + id);
    let label = settings.label.as_ref().map(|label| format!(", label {label}")).unwrap_or_default();
    let host = settings.host.as_ref().map(|host| format!(", host {host}")).unwrap_or_default();
    let me = settings.me.as_ref().map(|id| format!(", me {id}")).unwrap_or_default();
    format!(
        "on-deactivate {}, mode {}, rules {}, state {}, auth {}{me}{label}{host}{schemas}",
        settings.on_deactivate,
        name(serde_json::to_value(settings.mode)),
        name(serde_json::to_value(settings.rules)),
        settings.state.as_str(),
        name(serde_json::to_value(settings.auth))
    )
}

//! Directories, their tokens, and API keys: creating and changing them.

use jiff::SignedDuration;
use rand::Rng;

use super::{AdminError, AdminOutcome, AdminWrite, AdminWrites, Source};
use crate::base::ids::prefixed;
use crate::base::seed::{ALPHANUMERIC, text};
use crate::base::{Secret, limits};
use crate::directory::change::{Change, DirectoryRef};
use crate::directory::model::{Directory, DirectoryState, Organization, Settings, Token};

/// Number of characters in an external key, as in the newer keys of WorkOS.
const EXTERNAL_KEY: usize = 16;
/// Number of characters in a SCIM token: 62 to the 48th possible values.
const TOKEN: usize = 48;
/// Number of characters in an API key after its prefix: 62 to the 40th is more than 2 to the 238th.
const API_KEY: usize = 40;
/// Number of trailing characters of a secret that are stored, so that people can tell secrets apart.
const SUFFIX: usize = 4;

impl AdminWrites {
    /// Adds a directory and its first token. `dsync.activated` comes before `dsync.token.created`.
    pub(super) fn add_directory<R: Rng>(
        &mut self,
        organization: Organization,
        name: &str,
        settings: &Settings,
        token: Option<Secret>,
        source: &mut Source<'_, R>,
    ) {
        let directory = Directory {
            id: prefixed("directory", (source.next_id)()),
            organization_id: organization.id.clone(),
            name: name.to_owned(),
            external_key: text(source.secrets, ALPHANUMERIC, EXTERNAL_KEY),
            state: DirectoryState::Linked,
            settings: settings.clone(),
            created_at: source.now,
            updated_at: source.now,
        };
        self.organization = Some(organization.id.clone());
        self.rows.push(AdminWrite::InsertDirectory(directory.clone()));
        self.publish(&Change::Activated(Box::new(directory.clone()), organization.domains.clone()));
        let secret = self.add_token(&directory, token, source);
        self.outcome = AdminOutcome {
            organization: Some(organization),
            directory: Some(directory),
            secret: Some(secret),
            ..AdminOutcome::default()
        };
    }

    pub(super) fn set_directory<R: Rng>(
        &mut self,
        directory: Directory,
        settings: &Settings,
        source: &Source<'_, R>,
    ) -> Result<(), AdminError> {
        // `updated_at` always moves forward: requests compare it to detect that their settings are out of date.
        let later =
            directory.updated_at.checked_add(SignedDuration::from_millis(1)).map_err(|_| AdminError::EndOfTime)?;
        let new_schemas = directory.settings.schemas != settings.schemas;
        let directory = Directory { settings: settings.clone(), updated_at: source.now.max(later), ..directory };
        self.rows.push(AdminWrite::UpdateDirectory(directory.clone()));
        if new_schemas {
            self.rows.push(AdminWrite::RebuildUniqueValues(directory.clone()));
        }
        self.outcome.directory = Some(directory);
        Ok(())
    }

    /// Adds a token and revokes the oldest ones, so that at most [`limits::LIVE_TOKENS`] stay valid.
    pub(super) fn rotate_token<R: Rng>(
        &mut self,
        directory: Directory,
        live: Vec<Token>,
        revoke_old: bool,
        source: &mut Source<'_, R>,
    ) {
        self.organization = Some(directory.organization_id.clone());
        let stay = if revoke_old { 0 } else { limits::LIVE_TOKENS - 1 };
        for token in live.into_iter().skip(stay) {
            self.rows.push(AdminWrite::RevokeToken { id: token.id.clone(), at: source.now });
            self.publish(&Change::TokenRevoked(DirectoryRef::from(&directory), token));
        }
        let secret = self.add_token(&directory, None, source);
        self.outcome = AdminOutcome { directory: Some(directory), secret: Some(secret), ..AdminOutcome::default() };
    }

    /// Adds a token, random unless it is given. Only its digest and its last characters are stored.
    fn add_token<R: Rng>(
        &mut self,
        directory: &Directory,
        token: Option<Secret>,
        source: &mut Source<'_, R>,
    ) -> Secret {
        let secret = token.unwrap_or_else(|| Secret::new(text(source.secrets, ALPHANUMERIC, TOKEN)));
        let token = Token {
            id: prefixed("directory_token", (source.next_id)()),
            suffix: suffix(secret.expose()),
            created_at: source.now,
        };
        self.rows.push(AdminWrite::InsertToken {
            directory: directory.id.clone(),
            token: token.clone(),
            digest: secret.digest(),
        });
        self.publish(&Change::TokenCreated(DirectoryRef::from(directory), token));
        secret
    }

    pub(super) fn add_api_key<R: Rng>(&mut self, name: &str, source: &mut Source<'_, R>) -> (String, Secret) {
        let id = prefixed("api_key", (source.next_id)());
        let value = format!("sk_{}", text(source.secrets, ALPHANUMERIC, API_KEY));
        let suffix = suffix(&value);
        let secret = Secret::new(value);
        self.rows.push(AdminWrite::InsertApiKey {
            id: id.clone(),
            name: name.to_owned(),
            suffix,
            digest: secret.digest(),
            created_at: source.now,
        });
        (id, secret)
    }
}

fn suffix(secret: &str) -> String {
    secret.get(secret.len().saturating_sub(SUFFIX)..).unwrap_or_default().to_owned()
}

//! What a server needs on its first start.

use super::super::StoreError;
use super::writer::Transaction;
use super::{administration, rows};
use crate::base::Secret;
use crate::directory::Directory;

/// The directory that a server shows when it starts.
#[derive(Debug, Clone)]
pub struct Bootstrap {
    /// The oldest directory; it names its organization.
    pub directory: Directory,
    /// Its token, on the first start only.
    pub token: Option<Secret>,
    /// An API key, on the first start only.
    pub api_key: Option<Secret>,
}

/// Makes organization, directory, token and key where there is no directory yet.
pub(super) fn carry_out(transaction: &mut Transaction<'_>) -> Result<Bootstrap, StoreError> {
    if let Some((_, directory)) = rows::directories(transaction.connection)?.into_iter().next() {
        return Ok(Bootstrap { directory, token: None, api_key: None });
    }
    let (made, key) = administration::make_first(transaction)?;
    let directory = made.directory.ok_or_else(|| rows::corrupt("no directory was made"))?;
    Ok(Bootstrap { directory, token: made.secret, api_key: key.secret })
}

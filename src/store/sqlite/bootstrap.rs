//! Creates the first directory of a store.

use super::super::{Bootstrap, StoreError};
use super::writer::Transaction;
use super::{administration, rows};

/// Creates an organization, a directory, a token and an API key, unless a directory exists.
pub(super) fn carry_out(transaction: &mut Transaction<'_>) -> Result<Bootstrap, StoreError> {
    if let Some((_, directory)) = rows::directories(transaction.connection)?.into_iter().next() {
        return Ok(Bootstrap { directory, token: None, api_key: None });
    }
    let (made, key) = administration::make_first(transaction)?;
    let directory = made.directory.ok_or_else(|| rows::corrupt("no directory was made"))?;
    Ok(Bootstrap { directory, token: made.secret, api_key: key.secret })
}

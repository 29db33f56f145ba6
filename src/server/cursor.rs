//! Cursors (RFC 9865): where the next page begins, so sealed that a client can neither read nor make one. Nothing is
//! kept of them: a cursor holds all there is to know, and a restarted server knows none of those before.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use rand::TryRng;
use rand::rngs::SysRng;
use sha2::Sha256;

use crate::base::limits;
use crate::base::secret::same_digest;
use crate::scim::{ScimError, ScimType};

/// Mark, count and time, eight bytes each.
const PLAIN: usize = 24;
/// The seal before them.
const SEAL: usize = 16;

/// What cursors are sealed with.
pub(super) struct Cursors([u8; 32]);

impl fmt::Debug for Cursors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cursors(***)")
    }
}

/// What a cursor says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cursor {
    /// After which place the page begins.
    pub(super) mark: u64,
    /// How many resources a page holds.
    pub(super) count: usize,
}

impl Cursors {
    /// With a fresh key. A system without randomness gives none that anybody could use: every cursor is then refused.
    pub(super) fn fresh() -> Option<Self> {
        let mut key = [0; 32];
        SysRng.try_fill_bytes(&mut key).ok()?;
        Some(Self(key))
    }

    /// A cursor for the query that `context` spells out.
    pub(super) fn seal(&self, context: &[&str], cursor: Cursor, now: Timestamp) -> String {
        let count = u64::try_from(cursor.count).unwrap_or(u64::MAX);
        let mut plain = Vec::with_capacity(PLAIN);
        for part in [cursor.mark.to_be_bytes(), count.to_be_bytes(), now.as_millisecond().to_be_bytes()] {
            plain.extend(part);
        }
        let seal = self.sealed(context, &plain);
        let hidden = self.hide(&seal, &plain);
        URL_SAFE_NO_PAD.encode([seal.as_slice(), &hidden].concat())
    }

    /// What a cursor of this query says.
    ///
    /// # Errors
    /// 400 `invalidCursor` for one that was not made for this query, which tells nothing of why; 400 `expiredCursor`
    /// after [`limits::CURSOR_TIMEOUT`].
    pub(super) fn open(&self, context: &[&str], text: &str, now: Timestamp) -> Result<Cursor, ScimError> {
        let bytes = URL_SAFE_NO_PAD.decode(text).unwrap_or_default();
        let (seal, hidden) =
            bytes.split_at_checked(SEAL).filter(|(_, rest)| rest.len() == PLAIN).ok_or_else(invalid)?;
        let plain = self.hide(seal, hidden);
        if !same_digest(&self.sealed(context, &plain), seal) {
            return Err(invalid());
        }
        let mut parts = plain.as_chunks::<8>().0.iter().copied();
        let (Some(mark), Some(count), Some(made)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(invalid());
        };
        let age = now.as_millisecond().saturating_sub(i64::from_be_bytes(made));
        if SignedDuration::from_millis(age) > limits::CURSOR_TIMEOUT {
            let minutes = limits::CURSOR_TIMEOUT.as_mins();
            let detail = format!("the cursor is older than {minutes} minutes; begin again with an empty one");
            return Err(ScimError::bad(ScimType::ExpiredCursor, detail));
        }
        let count = usize::try_from(u64::from_be_bytes(count)).map_err(|_| invalid())?;
        Ok(Cursor { mark: u64::from_be_bytes(mark), count })
    }

    fn sealed(&self, context: &[&str], plain: &[u8]) -> Vec<u8> {
        let mut mac = self.mac();
        for part in context {
            // With its length, so that no part runs into the next.
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part.as_bytes());
        }
        mac.update(plain);
        mac.finalize().into_bytes().iter().copied().take(SEAL).collect()
    }

    /// Hides and shows: the seal, which no two different contents share, begins the key stream.
    fn hide(&self, seal: &[u8], bytes: &[u8]) -> Vec<u8> {
        let mut mac = self.mac();
        mac.update(b"hide");
        mac.update(seal);
        bytes.iter().zip(mac.finalize().into_bytes()).map(|(byte, key)| byte ^ key).collect()
    }

    fn mac(&self) -> Hmac<Sha256> {
        Hmac::new_from_slice(&self.0).expect("invariant: HMAC takes a key of any length")
    }
}

/// The same for a foreign, a forged and a truncated cursor (RFC 9865 section 5.2).
pub(super) fn invalid() -> ScimError {
    ScimError::bad(ScimType::InvalidCursor, "this is no cursor of this query; begin again with an empty one")
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;
    const CURSOR: Cursor = Cursor { mark: 7, count: 10 };

    #[test]
    fn a_cursor_says_again_what_was_sealed_in_characters_that_need_no_escape() {
        let cursors = Cursors::fresh().unwrap();
        let text = cursors.seal(&["a", "bc"], CURSOR, NOW);
        assert_eq!(cursors.open(&["a", "bc"], &text, NOW).unwrap(), CURSOR);
        assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)), "{text}");
    }

    #[test]
    fn what_was_not_sealed_for_this_query_is_invalid_and_tells_nothing() {
        let cursors = Cursors::fresh().unwrap();
        let text = cursors.seal(&["a", "bc"], CURSOR, NOW);
        let mut forged = text.clone().into_bytes();
        forged[30] ^= 1;
        let forged = String::from_utf8(forged).unwrap();
        for (context, text) in [
            (["ab", "c"], text.as_str()),
            (["a", "bd"], &text),
            (["a", "bc"], &text[..text.len() - 1]),
            (["a", "bc"], &forged),
            (["a", "bc"], "x"),
            (["a", "bc"], "é"),
        ] {
            assert_eq!(cursors.open(&context, text, NOW).unwrap_err(), invalid(), "{context:?} {text}");
        }
        assert_eq!(Cursors::fresh().unwrap().open(&["a", "bc"], &text, NOW).unwrap_err(), invalid());
    }

    #[test]
    fn an_old_cursor_has_expired() {
        let cursors = Cursors::fresh().unwrap();
        let text = cursors.seal(&[], CURSOR, NOW);
        let after = |millis| NOW + limits::CURSOR_TIMEOUT + SignedDuration::from_millis(millis);
        assert!(cursors.open(&[], &text, after(0)).is_ok());
        let error = cursors.open(&[], &text, after(1)).unwrap_err();
        assert_eq!(error.scim_type, Some(ScimType::ExpiredCursor));
    }
}

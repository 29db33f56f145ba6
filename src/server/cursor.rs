//! Cursors (RFC 9865): where the next page begins, so sealed that a client can neither read nor make one. Nothing is
//! kept of them: a cursor holds all there is to know, and the key with which it is sealed is the store's, so that it
//! outlives a restart.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use sha2::Sha256;

use crate::base::secret::same_digest;
use crate::base::{Secret, limits};
use crate::scim::sort::Key;
use crate::scim::{Kind, ScimError, ScimType};
use crate::store::PagePosition;

/// The seal before what is sealed.
const SEAL: usize = 16;

/// What cursors are sealed with.
pub(super) struct Cursors(Secret);

impl fmt::Debug for Cursors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cursors(***)")
    }
}

/// What a cursor says.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Cursor {
    /// After what the page begins.
    pub(super) mark: PagePosition,
    /// How many resources a page holds.
    pub(super) count: usize,
}

impl Cursors {
    /// With the store's key.
    pub(super) const fn new(key: Secret) -> Self {
        Self(key)
    }

    /// A cursor for the query that `context` spells out.
    pub(super) fn seal(&self, context: &[&str], cursor: &Cursor, now: Timestamp) -> String {
        let plain = cursor.bytes(now);
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
        let (seal, hidden) = bytes.split_at_checked(SEAL).ok_or_else(invalid)?;
        let plain = self.hide(seal, hidden);
        if !same_digest(&self.sealed(context, &plain), seal) {
            return Err(invalid());
        }
        let (cursor, made) = Cursor::read(&plain).ok_or_else(invalid)?;
        let age = now.as_millisecond().saturating_sub(made);
        if SignedDuration::from_millis(age) > limits::CURSOR_TIMEOUT {
            let minutes = limits::CURSOR_TIMEOUT.as_mins();
            let detail = format!("the cursor is older than {minutes} minutes; begin again with an empty one");
            return Err(ScimError::bad(ScimType::ExpiredCursor, detail));
        }
        Ok(cursor)
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
        let stream = (0_u64..).flat_map(|block| {
            let mut mac = self.mac();
            mac.update(b"hide");
            mac.update(seal);
            mac.update(&block.to_be_bytes());
            mac.finalize().into_bytes()
        });
        bytes.iter().zip(stream).map(|(byte, key)| byte ^ key).collect()
    }

    fn mac(&self) -> Hmac<Sha256> {
        Hmac::new_from_slice(self.0.expose().as_bytes()).expect("invariant: HMAC takes a key of any length")
    }
}

impl Cursor {
    /// Time, count, row, type, form of the key, key.
    fn bytes(&self, now: Timestamp) -> Vec<u8> {
        let PagePosition { kind, row, key } = &self.mark;
        let count = u64::try_from(self.count).unwrap_or(u64::MAX);
        let mut bytes = Vec::new();
        for part in [now.as_millisecond().to_be_bytes(), count.to_be_bytes(), row.to_be_bytes()] {
            bytes.extend(part);
        }
        bytes.push(u8::from(*kind == Kind::Group));
        match key {
            None => bytes.push(0),
            Some(Key::Text(text)) => bytes.extend([1].iter().chain(text.as_bytes())),
            Some(Key::Whole(number)) => bytes.extend([2].iter().chain(&number.to_be_bytes())),
            Some(Key::Fraction(number)) => bytes.extend([3].iter().chain(&number.to_be_bytes())),
        }
        bytes
    }

    /// The cursor, and when it was made.
    fn read(bytes: &[u8]) -> Option<(Self, i64)> {
        let (made, rest) = bytes.split_first_chunk()?;
        let (count, rest) = rest.split_first_chunk()?;
        let (row, rest) = rest.split_first_chunk()?;
        let (&[kind, form], key) = rest.split_first_chunk()?;
        let key = match form {
            0 => None,
            1 => Some(Key::Text(String::from_utf8(key.to_vec()).ok()?)),
            2 => Some(Key::Whole(i64::from_be_bytes(key.try_into().ok()?))),
            _ => Some(Key::Fraction(f64::from_be_bytes(key.try_into().ok()?))),
        };
        let kind = if kind == 0 { Kind::User } else { Kind::Group };
        let count = usize::try_from(u64::from_be_bytes(*count)).ok()?;
        Some((
            Self { mark: PagePosition { kind, row: u64::from_be_bytes(*row), key }, count },
            i64::from_be_bytes(*made),
        ))
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

    fn cursors(key: &str) -> Cursors {
        Cursors::new(Secret::new(key))
    }

    fn cursor(key: Option<Key>) -> Cursor {
        Cursor { mark: PagePosition { kind: Kind::Group, row: 7, key }, count: 10 }
    }

    #[test]
    fn a_cursor_says_again_what_was_sealed_in_characters_that_need_no_escape() {
        let long = "ünal".repeat(1_000);
        for key in [None, Some(Key::Text(long)), Some(Key::Whole(-3)), Some(Key::Fraction(0.1))] {
            let text = cursors("k").seal(&["a", "bc"], &cursor(key.clone()), NOW);
            assert_eq!(cursors("k").open(&["a", "bc"], &text, NOW).unwrap(), cursor(key));
            assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)), "{text}");
        }
        // Nothing of what is inside can be read.
        let text = cursors("k").seal(&[], &cursor(Some(Key::Text("a".repeat(200)))), NOW);
        let bytes = URL_SAFE_NO_PAD.decode(text).unwrap();
        assert!(!bytes.windows(3).any(|three| three == b"aaa" || three[0] == three[1] && three[1] == three[2]));
    }

    #[test]
    fn what_was_not_sealed_for_this_query_is_invalid_and_tells_nothing() {
        let text = cursors("k").seal(&["a", "bc"], &cursor(None), NOW);
        let mut forged = text.clone().into_bytes();
        forged[30] ^= 1;
        let forged = String::from_utf8(forged).unwrap();
        for (context, text) in [
            (["ab", "c"], text.as_str()),
            (["a", "bd"], &text),
            (["a", "bc"], &text[..text.len() - 1]),
            (["a", "bc"], &forged),
            (["a", "bc"], "x"),
            (["a", "bc"], ""),
            (["a", "bc"], "é"),
        ] {
            assert_eq!(cursors("k").open(&context, text, NOW).unwrap_err(), invalid(), "{context:?} {text}");
        }
        assert_eq!(cursors("another").open(&["a", "bc"], &text, NOW).unwrap_err(), invalid());
    }

    #[test]
    fn an_old_cursor_has_expired() {
        let text = cursors("k").seal(&[], &cursor(None), NOW);
        let after = |millis| NOW + limits::CURSOR_TIMEOUT + SignedDuration::from_millis(millis);
        assert!(cursors("k").open(&[], &text, after(0)).is_ok());
        let error = cursors("k").open(&[], &text, after(1)).unwrap_err();
        assert_eq!(error.scim_type, Some(ScimType::ExpiredCursor));
    }
}

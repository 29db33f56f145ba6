//! Cursors (RFC 9865): signed tokens that contain the position at which the next page begins. The server stores nothing
//! about a cursor. The key belongs to the store, so that cursors survive a restart. A cursor is readable, since nothing in
//! it is secret, but a client can neither forge one nor use it for another query.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use sha2::Sha256;

use crate::base::{Secret, limits};
use crate::scim::{ScimError, ScimType};
use crate::store::PagePosition;

/// The length of an HMAC-SHA-256 tag, in bytes.
const TAG: usize = 32;

/// Signs and verifies cursors with the store's key.
pub(super) struct CursorSigner(Secret);

impl fmt::Debug for CursorSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CursorSigner(***)")
    }
}

/// The content of a cursor.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Cursor {
    /// The position after which the page begins.
    pub(super) position: PagePosition,
    /// The number of resources on a page.
    pub(super) count: usize,
}

impl CursorSigner {
    /// Uses the store's key.
    pub(super) const fn new(key: Secret) -> Self {
        Self(key)
    }

    /// Returns a cursor for the query that `context` identifies: base64url of the tag and the payload.
    pub(super) fn sign(&self, context: &[&str], cursor: &Cursor, now: Timestamp) -> String {
        self.seal(context, &cursor.encode(now))
    }

    /// Returns base64url of the tag and the payload.
    pub(super) fn seal(&self, context: &[&str], payload: &[u8]) -> String {
        let tag = self.mac(context, payload).finalize().into_bytes();
        URL_SAFE_NO_PAD.encode([tag.as_slice(), payload].concat())
    }

    /// Returns the payload of a text that [`Self::seal`] returned for the same context.
    pub(super) fn unseal(&self, context: &[&str], text: &str) -> Option<Vec<u8>> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (tag, payload) = bytes.split_at_checked(TAG)?;
        // Compares in constant time.
        self.mac(context, payload).verify_slice(tag).ok()?;
        Some(payload.to_vec())
    }

    /// Returns the content of a cursor of this query.
    ///
    /// # Errors
    /// 400 `invalidCursor` for a cursor that was not signed for this query, without the reason; 400 `expiredCursor` after
    /// [`limits::CURSOR_TIMEOUT`].
    pub(super) fn verify(&self, context: &[&str], text: &str, now: Timestamp) -> Result<Cursor, ScimError> {
        let payload = self.unseal(context, text).ok_or_else(invalid)?;
        let (cursor, created) = Cursor::decode(&payload).ok_or_else(invalid)?;
        let age = now.as_millisecond().saturating_sub(created);
        if SignedDuration::from_millis(age) > limits::CURSOR_TIMEOUT {
            let minutes = limits::CURSOR_TIMEOUT.as_mins();
            let detail =
                format!("the cursor has expired: it is older than {minutes} minutes; restart with an empty cursor");
            return Err(ScimError::bad(ScimType::ExpiredCursor, detail));
        }
        Ok(cursor)
    }

    fn mac(&self, context: &[&str], payload: &[u8]) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.expose().as_bytes())
            .expect("invariant: HMAC takes a key of any length");
        for part in context {
            // Each part is preceded by its length, so that moving text between parts changes the tag.
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part.as_bytes());
        }
        mac.update(payload);
        mac
    }
}

impl Cursor {
    /// Encodes the creation time, the count and the position.
    fn encode(&self, now: Timestamp) -> Vec<u8> {
        let count = u64::try_from(self.count).unwrap_or(u64::MAX);
        let mut bytes = Vec::new();
        bytes.extend(now.as_millisecond().to_be_bytes());
        bytes.extend(count.to_be_bytes());
        bytes.extend(self.position.as_bytes());
        bytes
    }

    /// Returns the cursor and its creation time, in milliseconds since 1970.
    fn decode(bytes: &[u8]) -> Option<(Self, i64)> {
        let (created, rest) = bytes.split_first_chunk()?;
        let (count, position) = rest.split_first_chunk()?;
        let count = usize::try_from(u64::from_be_bytes(*count)).ok()?;
        let position = PagePosition::from_bytes(position.to_vec());
        Some((Self { position, count }, i64::from_be_bytes(*created)))
    }
}

/// Returns the same error for a foreign, a forged and a truncated cursor (RFC 9865 section 5.2).
pub(super) fn invalid() -> ScimError {
    ScimError::bad(
        ScimType::InvalidCursor,
        "the cursor is not valid for this query; restart with an empty cursor and the same parameters",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn signer(key: &str) -> CursorSigner {
        CursorSigner::new(Secret::new(key))
    }

    fn cursor(position: &[u8]) -> Cursor {
        Cursor { position: PagePosition::from_bytes(position.to_vec()), count: 10 }
    }

    #[test]
    fn a_signed_cursor_returns_its_content_and_needs_no_escape() {
        let long = "ünal".repeat(1_000);
        for position in [&[][..], &[0], &[255, 0, 127], long.as_bytes()] {
            let text = signer("k").sign(&["a", "bc"], &cursor(position), NOW);
            assert_eq!(signer("k").verify(&["a", "bc"], &text, NOW).unwrap(), cursor(position));
            assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)), "{text}");
        }
    }

    #[test]
    fn a_cursor_that_was_not_signed_for_this_query_is_invalid_without_a_reason() {
        let text = signer("k").sign(&["a", "bc"], &cursor(&[7]), NOW);
        for (context, text) in [
            (["ab", "c"], text.as_str()),
            (["a", "bd"], &text),
            (["a", "bc"], &text[..text.len() - 1]),
            (["a", "bc"], "x"),
            (["a", "bc"], ""),
            (["a", "bc"], "é"),
        ] {
            assert_eq!(signer("k").verify(&context, text, NOW).unwrap_err(), invalid(), "{context:?} {text}");
        }
        assert_eq!(signer("another").verify(&["a", "bc"], &text, NOW).unwrap_err(), invalid());
    }

    #[test]
    fn a_change_of_any_byte_makes_a_cursor_invalid() {
        let text = signer("k").sign(&["a"], &cursor(&[7, 8, 9]), NOW);
        let bytes = URL_SAFE_NO_PAD.decode(&text).unwrap();
        for at in 0..bytes.len() {
            let mut forged = bytes.clone();
            forged[at] ^= 1;
            let forged = URL_SAFE_NO_PAD.encode(forged);
            assert_eq!(signer("k").verify(&["a"], &forged, NOW).unwrap_err(), invalid(), "byte {at}");
        }
        let longer = URL_SAFE_NO_PAD.encode([bytes.as_slice(), &[0]].concat());
        assert_eq!(signer("k").verify(&["a"], &longer, NOW).unwrap_err(), invalid());
    }

    #[test]
    fn an_old_cursor_has_expired() {
        let text = signer("k").sign(&[], &cursor(&[]), NOW);
        let after = |millis| NOW + limits::CURSOR_TIMEOUT + SignedDuration::from_millis(millis);
        assert!(signer("k").verify(&[], &text, after(0)).is_ok());
        let error = signer("k").verify(&[], &text, after(1)).unwrap_err();
        assert_eq!(error.scim_type, Some(ScimType::ExpiredCursor));
    }
}

//! Positions in a list: the resource after which a page begins.

use std::cmp::Ordering;

use super::super::{PagePosition, StoreError};
use super::rows::kind_code;
use crate::scim::resource::Kind;
use crate::scim::sort::Key;
use crate::scim::{ScimError, ScimType};

/// A decoded [`PagePosition`].
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Position {
    pub(super) kind: Kind,
    pub(super) row: i64,
    /// The sort key; `None` in an unsorted list, or if the resource has no value to sort by.
    pub(super) key: Option<Key>,
}

impl Position {
    /// Returns the position before all resources of a kind in an unsorted list.
    pub(super) const fn before(kind: Kind) -> Self {
        Self { kind, row: 0, key: None }
    }

    /// Orders positions by key, then users before groups, then by creation; or by all of that in reverse.
    pub(super) fn compare(&self, other: &Self, descending: bool) -> Ordering {
        let order = Key::compare(self.key.as_ref(), other.key.as_ref());
        let order = order.then_with(|| self.kind.cmp(&other.kind)).then_with(|| self.row.cmp(&other.row));
        if descending { order.reverse() } else { order }
    }

    /// Encodes kind, row, form of the key, and key.
    pub(super) fn encode(&self) -> PagePosition {
        let mut bytes = vec![u8::from(kind_code(self.kind) != 0)];
        bytes.extend(self.row.to_be_bytes());
        match &self.key {
            None => bytes.push(0),
            Some(Key::Text(text)) => bytes.extend([1].iter().chain(text.as_bytes())),
            Some(Key::Whole(number)) => bytes.extend([2].iter().chain(&number.to_be_bytes())),
            Some(Key::Fraction(number)) => bytes.extend([3].iter().chain(&number.to_be_bytes())),
        }
        PagePosition::from_bytes(bytes)
    }

    /// Decodes a position.
    ///
    /// # Errors
    /// 400 `invalidCursor` for bytes that [`Position::encode`] did not produce.
    pub(super) fn decode(position: &PagePosition) -> Result<Self, StoreError> {
        Self::parse(position.as_bytes()).ok_or_else(|| {
            let detail = "the cursor does not belong to this store; restart the list with an empty cursor";
            ScimError::bad(ScimType::InvalidCursor, detail).into()
        })
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let (kind, rest) = bytes.split_first()?;
        let (row, rest) = rest.split_first_chunk()?;
        let (form, key) = rest.split_first()?;
        let kind = match kind {
            0 => Kind::User,
            1 => Kind::Group,
            _ => return None,
        };
        let key = match form {
            0 => key.is_empty().then_some(None)?,
            1 => Some(Key::Text(String::from_utf8(key.to_vec()).ok()?)),
            2 => Some(Key::Whole(i64::from_be_bytes(key.try_into().ok()?))),
            3 => Some(Key::Fraction(f64::from_be_bytes(key.try_into().ok()?))),
            _ => return None,
        };
        Some(Self { kind, row: i64::from_be_bytes(*row), key })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_survive_encoding() {
        let keys = [None, Some(Key::Text("ünal".repeat(1_000))), Some(Key::Whole(-3)), Some(Key::Fraction(0.1))];
        for (kind, key) in
            [Kind::User, Kind::Group].into_iter().zip(keys.clone()).chain([(Kind::User, keys[3].clone())])
        {
            let position = Position { kind, row: 7, key };
            assert_eq!(Position::decode(&position.encode()).unwrap(), position);
        }
    }

    #[test]
    fn other_bytes_are_refused() {
        let good = Position { kind: Kind::Group, row: 7, key: Some(Key::Whole(1)) }.encode();
        let cut = good.as_bytes()[..good.as_bytes().len() - 1].to_vec();
        for bytes in [Vec::new(), vec![2; 10], vec![0; 9], vec![0; 11], cut] {
            let refused = Position::decode(&PagePosition::from_bytes(bytes.clone()));
            assert!(matches!(refused, Err(StoreError::Scim(error)) if error.status == 400), "{bytes:?}");
        }
    }
}

//! The numbers of people, groups and apps, so that sets and lists inside the org are small.
//!
//! The public vocabulary has keys, names and labels. A number belongs to one org and is never used again for another
//! person, group or app.

/// The number of a person. A person who is deleted and created again with the same key keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PersonId(pub(super) u32);

/// The number of a group. A renamed group keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupId(pub(super) u32);

/// The number of an app: its position in the order in which apps were added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct AppId(pub(super) u16);

/// Adds a number to a sorted list. Returns false if it is already there.
pub(super) fn insert<T: Ord>(sorted: &mut Vec<T>, item: T) -> bool {
    match sorted.binary_search(&item) {
        Ok(_) => false,
        Err(at) => {
            sorted.insert(at, item);
            true
        }
    }
}

/// Removes a number from a sorted list. Returns false if it is not there.
pub(super) fn remove<T: Ord>(sorted: &mut Vec<T>, item: &T) -> bool {
    match sorted.binary_search(item) {
        Ok(at) => {
            sorted.remove(at);
            true
        }
        Err(_) => false,
    }
}

//! Differences between the expected state and what a target shows.

use std::fmt;

use serde_json::Value;

use crate::scim::AttrPath;

/// The part of a resource that differs.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Place {
    /// The resource as a whole: it is there, or it is not.
    Resource,
    /// An attribute or a sub-attribute.
    Attribute(AttrPath),
    /// One member of a group, by its ID.
    Member(String),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Resource => f.write_str("the resource"),
            Self::Attribute(path) => path.fmt(f),
            Self::Member(id) => write!(f, "member {id}"),
        }
    }
}

/// The kind of a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DifferenceKind {
    /// Expected and not shown.
    Missing,
    /// Shown, although a request removed it.
    Extra,
    /// Shown with another value.
    Changed,
    /// Shown with the value from before a write.
    Stale,
    /// The same content in another JSON type.
    WrongType,
    /// The same text in another letter case, where letter case does not count.
    LetterCase,
}

/// The severity of a difference, as far as it follows from what the target did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Class {
    /// The value is there and only looks different.
    Cosmetic,
    /// A PUT left the attribute out, and the target kept it, which RFC 7644 section 3.5.1 permits.
    Unasserted,
    /// The target has never shown this attribute as it was sent, for this resource: it does not keep it.
    NeverKept,
    /// The target shows a value that the requests do not lead to.
    Wrong,
    /// The target showed the value earlier, and a write about something else lost it.
    Lost,
    /// Okta depends on it: `id`, `userName`, `displayName` of a group, the effect of a deactivation, the resource itself.
    Essential,
}

/// One difference.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    pub place: Place,
    pub kind: DifferenceKind,
    pub class: Class,
    /// The value that the requests lead to; null if the attribute must be absent.
    pub expected: Value,
    /// The value that the target shows; null if it shows none.
    pub observed: Value,
}

impl Difference {
    /// Returns the attribute that differs, `None` for members and whole resources.
    #[must_use]
    pub const fn path(&self) -> Option<&AttrPath> {
        match &self.place {
            Place::Attribute(path) => Some(path),
            Place::Resource | Place::Member(_) => None,
        }
    }
}

/// The judgment on the members of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Membership {
    /// The target shows the expected members.
    Agrees,
    /// Members are missing, or there are too many; the differences name them.
    Differs,
    /// The target has not shown a member of any group, so nothing can be concluded.
    NotObserved,
}

/// The result of comparing a resource with its expected state.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// The differences, the most severe first.
    pub differences: Vec<Difference>,
    /// The judgment on the members of a group that is shown.
    pub membership: Membership,
}

impl Comparison {
    /// Iterates over the differences of at least this severity.
    pub fn at_least(&self, class: Class) -> impl Iterator<Item = &Difference> {
        self.differences.iter().filter(move |difference| difference.class >= class)
    }
}

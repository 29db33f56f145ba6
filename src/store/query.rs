//! Queries and their results: lists of resources, and the event log.

use jiff::Timestamp;

use crate::events::Event;
use crate::events::security_event::QueuedChange;
use crate::scim::resource::{Kind, Member, Resource};
use crate::scim::{Filter, Sort};

/// A query for one page of resources that satisfy a filter.
#[derive(Debug, Clone, Default)]
pub struct Query {
    pub filter: Option<Filter>,
    /// The sort order; `None` lists resources in the order of their creation.
    pub sort: Option<Sort>,
    /// From 1.
    pub start_index: u64,
    /// Replaces `start_index`: the page begins after this [`Page::next`].
    pub after: Option<PagePosition>,
    pub count: usize,
    /// Read members of groups and groups of users.
    pub with_members: bool,
}

/// A position in a list: the end of one page, after which the next begins. Only the store that made it can interpret it.
///
/// It stays valid whatever is written meanwhile, even to the resource at the position. Every resource that exists during
/// the whole iteration appears once, unless the value changes by which it is sorted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PagePosition(Vec<u8>);

impl PagePosition {
    /// Wraps the bytes of a position.
    #[must_use]
    pub const fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// Returns the bytes, from which [`PagePosition::from_bytes`] makes the position again.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// A resource with its related rows.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredResource {
    pub resource: Resource,
    /// The members of a group, each with its type, from which `type` and `$ref` are made.
    pub members: Vec<(Member, Kind)>,
    /// The groups of a user: first those with the user as a direct member.
    pub groups: Vec<UserGroup>,
}

impl StoredResource {
    /// The size of a member or a group in a response, without its name, in bytes: most of it is `$ref`.
    const REFERENCE_BYTES: usize = 200;

    /// Returns the approximate size of the members or groups in a response, in bytes.
    #[must_use]
    pub fn relation_bytes(&self) -> usize {
        let members = self.members.iter().map(|(member, _)| member.display.as_ref().map_or(0, String::len));
        let groups = self.groups.iter().map(|group| group.name.len());
        members.chain(groups).map(|name| name + Self::REFERENCE_BYTES).sum()
    }
}

/// A group that a user is in (RFC 7643 section 4.1.2, `groups`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserGroup {
    /// The SCIM id of the group.
    pub group: String,
    /// Its displayName.
    pub name: String,
    /// The user is a member itself, not only through a nested group.
    pub direct: bool,
}

impl UserGroup {
    /// Returns `direct` or `indirect`, the `type` on the wire.
    #[must_use]
    pub const fn type_name(&self) -> &'static str {
        if self.direct { "direct" } else { "indirect" }
    }
}

/// The result of a [`Query`]. It ends after [`Query::count`] resources, or earlier at
/// [`limits::PAGE_BYTES`](crate::base::limits::PAGE_BYTES).
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// The number of resources that satisfy the filter, on this page or not.
    pub total: u64,
    pub resources: Vec<StoredResource>,
    /// The position for [`Query::after`] of the next page; `None` on the last page, and if [`Query::count`] is 0.
    pub next: Option<PagePosition>,
    /// The approximate size of the resources once they are rendered, in bytes.
    pub bytes: usize,
}

/// A query of the event log (WorkOS `GET /events`).
#[derive(Debug, Clone, Default)]
pub struct EventQuery {
    /// Event names on the wire; empty for all.
    pub names: Vec<String>,
    pub organization_id: Option<String>,
    /// The id of the last event seen: the page follows it.
    pub after: Option<String>,
    /// The id of an event that the page precedes. Only without `after`.
    pub before: Option<String>,
    pub range_start: Option<Timestamp>,
    pub range_end: Option<Timestamp>,
    pub descending: bool,
    pub limit: usize,
}

/// A stretch of the event log, read for one webhook endpoint.
#[derive(Debug, Clone, Default)]
pub struct LogWindow {
    /// The events with the wanted names, each with its position in the log. At most
    /// [`limits::WEBHOOK_BATCH`](crate::base::limits::WEBHOOK_BATCH).
    pub events: Vec<(u64, Event)>,
    /// The position up to which the log was read. It is that of the query at the end of the log.
    pub end: u64,
}

/// The result of an [`EventQuery`]. It ends after [`EventQuery::limit`] events, or earlier at
/// [`limits::PAGE_BYTES`](crate::base::limits::PAGE_BYTES).
#[derive(Debug, Clone, Default)]
pub struct EventPage {
    pub events: Vec<Event>,
    /// The cursor of the page before; `None` on the first page.
    pub before: Option<String>,
    /// The cursor of the next page; `None` on the last page.
    pub after: Option<String>,
    /// The approximate size of the events once they are rendered, in bytes.
    pub bytes: usize,
}

/// The next changes in the queue of a stream.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct QueuePage {
    /// The changes, oldest first.
    pub changes: Vec<QueuedChange>,
    /// Set if more changes follow.
    pub has_more: bool,
}

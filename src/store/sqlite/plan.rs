//! The plan of a list: a query of one resource type, its filter compiled to SQL, and the range of the list that is
//! wanted.

use super::super::{Access, Query, StoreError};
use super::filter_sql::{AccessPath, Condition, compile};
use super::position::Position;
use crate::base::limits;
use crate::scim::resource::Kind;
use crate::scim::{Filter, Sort};

/// A query of one resource type.
#[derive(Debug, Clone)]
pub(super) struct ListPlan {
    pub(super) kind: Kind,
    pub(super) filter: Option<Filter>,
    pub(super) sort: Option<Sort>,
    /// Read members of groups, or groups of users.
    pub(super) with_members: bool,
    /// The part of the filter that the columns can express.
    pub(super) condition: Option<Condition>,
    /// An equality finds the page, so that it usually takes no longer than a point read.
    pub(super) is_lookup: bool,
}

/// The range of a list that a page covers.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Paging {
    /// From 1. Ignored if `after` is set.
    pub(super) start_index: u64,
    /// The position after which the page begins.
    pub(super) after: Option<Position>,
    pub(super) count: usize,
    /// The size at which the page ends, in bytes; see [`limits::PAGE_BYTES`].
    pub(super) bytes: usize,
    /// The page takes its first resource even if that is larger than `bytes`, so that every page advances.
    pub(super) takes_first: bool,
    /// The page is read on the caller's thread, so that it may take no more than a point read: see
    /// [`limits::POINT_READ_BYTES`].
    pub(super) is_point_read: bool,
}

impl ListPlan {
    pub(super) fn new(access: &Access, kind: Kind, query: Query) -> Self {
        let condition = query.filter.as_ref().and_then(|filter| compile(filter, kind, &access.schemas));
        let Query { filter, sort, with_members, .. } = query;
        // An inexact condition leaves the filter to be evaluated, which on a group of 100,000 members is not a lookup.
        let reads_relations = || {
            let reads = filter.as_ref().map(|filter| filter.reads(kind, &access.schemas));
            reads.is_some_and(|reads| reads.has("members") || reads.has("groups"))
        };
        let is_lookup = sort.is_none()
            && condition.as_ref().is_some_and(|condition| {
                condition.path == AccessPath::Equality && (condition.exact || !reads_relations())
            });
        Self { kind, filter, sort, with_members, condition, is_lookup }
    }

    /// Reports whether the page is certain to take few steps: it is found by its rank, or by an index that leaves few
    /// candidates.
    pub(super) fn is_short(&self) -> bool {
        match &self.condition {
            _ if self.sort.is_some() => false,
            None => self.filter.is_none(),
            Some(condition) => matches!(condition.path, AccessPath::Equality | AccessPath::Rows),
        }
    }
}

impl Paging {
    /// Takes the range of a query.
    ///
    /// # Errors
    /// 400 `invalidCursor` for a position that is not of this store.
    pub(super) fn of(query: &Query) -> Result<Self, StoreError> {
        Ok(Self {
            start_index: query.start_index.max(1),
            after: query.after.as_ref().map(Position::decode).transpose()?,
            count: query.count,
            bytes: limits::PAGE_BYTES,
            takes_first: true,
            is_point_read: false,
        })
    }
}

//! Collects a page while the matches of a query are counted in order.

use rusqlite::{Connection, Row};

use super::super::{Page, StoreError, StoredResource};
use super::plan::Paging;
use super::position::Position;
use super::read;
use super::relations::RelationReader;
use super::rows;
use crate::base::limits;
use crate::scim::resource::Kind;
use crate::scim::sort::Key;

/// The rendered size of a resource without its document: `id` and `meta`, in bytes.
const RESOURCE_BYTES: usize = 400;

/// A page with a decoded position.
#[derive(Debug, Default)]
pub(super) struct Draft {
    /// The number of matches, on this page or not.
    pub(super) total: u64,
    pub(super) resources: Vec<StoredResource>,
    /// The position after which the next page begins.
    pub(super) next: Option<Position>,
    /// The rendered size of the resources, in bytes.
    pub(super) bytes: usize,
    /// The page exceeds what a point read may take, so that it is incomplete.
    pub(super) is_too_large: bool,
}

impl Draft {
    pub(super) fn finish(self) -> Page {
        Page {
            total: self.total,
            resources: self.resources,
            next: self.next.as_ref().map(Position::encode),
            bytes: self.bytes,
        }
    }
}

/// A page in the making.
pub(super) struct PageBuilder<'a> {
    connection: &'a Connection,
    paging: &'a Paging,
    relations: RelationReader<'a>,
    /// The last resource on the page.
    last: Option<Position>,
    is_full: bool,
    pub(super) draft: Draft,
}

impl<'a> PageBuilder<'a> {
    pub(super) const fn new(connection: &'a Connection, paging: &'a Paging) -> Self {
        let draft = Draft { total: 0, resources: Vec::new(), next: None, bytes: 0, is_too_large: false };
        Self { connection, paging, relations: RelationReader::new(connection), last: None, is_full: false, draft }
    }

    /// Reports whether the page is complete and another follows.
    pub(super) const fn is_full(&self) -> bool {
        self.is_full
    }

    /// Counts a match and reports whether the page still wants it. `is_after` tells whether it comes after a position.
    pub(super) fn count_match(&mut self, kind: Kind, is_after: impl FnOnce(&Position) -> bool) -> bool {
        self.draft.total += 1;
        let is_in_range = match &self.paging.after {
            Some(position) => is_after(position),
            None => self.draft.total >= self.paging.start_index,
        };
        if !is_in_range || self.paging.count == 0 || self.is_full {
            return false;
        }
        if self.draft.resources.len() == self.paging.count {
            self.end(kind);
        }
        !self.is_full
    }

    /// Adds the resource at a row, if the page has room for it.
    pub(super) fn add_row(&mut self, position: Position, with_members: bool) -> Result<(), StoreError> {
        let mut find = self.connection.prepare_cached(read::AT_ROW)?;
        let mut found = find.query([position.row])?;
        match found.next()? {
            Some(row) => self.add(row, position.key, with_members),
            None => Ok(()),
        }
    }

    /// Adds a resource with columns [`rows::RESOURCE`], if the page has room for it; else ends the page.
    pub(super) fn add(&mut self, row: &Row<'_>, key: Option<Key>, with_members: bool) -> Result<(), StoreError> {
        let kind = rows::kind_of(row.get(2)?);
        let document = row.get_ref(6)?.as_bytes().map_err(rows::corrupt)?.len();
        if self.is_full || self.draft.resources.len() == self.paging.count || !self.has_room(document) {
            self.end(kind);
            return Ok(());
        }
        if self.exceeds_point_read(document, 0) {
            return Ok(());
        }
        let (row, resource) = rows::resource(row)?;
        // One more than the bound shows that it is exceeded.
        let most = self.paging.is_point_read.then_some(limits::POINT_READ_MEMBERS + 1);
        let stored = self.relations.complete(row, resource, with_members, most)?;
        let bytes = document + RESOURCE_BYTES + stored.relation_bytes();
        if self.exceeds_point_read(bytes, stored.members.len().max(stored.groups.len())) {
            return Ok(());
        }
        if !self.has_room(bytes) {
            self.end(kind);
            return Ok(());
        }
        self.draft.bytes += bytes;
        self.draft.resources.push(stored);
        self.last = Some(Position { kind, row, key });
        Ok(())
    }

    fn has_room(&self, bytes: usize) -> bool {
        (self.draft.resources.is_empty() && self.paging.takes_first)
            || self.draft.bytes.saturating_add(bytes) <= self.paging.bytes
    }

    /// Gives up if the page becomes too large for a point read.
    fn exceeds_point_read(&mut self, bytes: usize, related: usize) -> bool {
        let is_large = self.draft.bytes.saturating_add(bytes) > limits::POINT_READ_BYTES;
        if self.paging.is_point_read && (is_large || related > limits::POINT_READ_MEMBERS) {
            (self.draft.is_too_large, self.is_full) = (true, true);
        }
        self.draft.is_too_large
    }

    fn end(&mut self, kind: Kind) {
        if !self.is_full {
            self.draft.next = Some(self.last.take().unwrap_or(Position::before(kind)));
            self.is_full = true;
        }
    }
}

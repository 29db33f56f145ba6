//! The pages of a list, read as an import reads them, and what they show together. Pure.

use std::collections::BTreeSet;

use super::reading::{attribute, object, resources};
use crate::wire::{Exchange, id_text};

/// The users on a page of an import (REF20).
pub(super) const PAGE: u64 = 100;
/// The most pages that are read of one list.
pub(super) const MOST_PAGES: u64 = 30;

/// The pages of one walk through a list.
#[derive(Debug, Clone, Default)]
pub struct PageWalk {
    pub pages: Vec<Exchange>,
    /// The IDs on the pages.
    pub ids: BTreeSet<String>,
    /// The number of resources that were on an earlier page.
    pub repeated: usize,
    /// The values of `totalResults`.
    pub totals: BTreeSet<u64>,
    /// True if pages were left out, because there are too many.
    pub is_cut: bool,
}

impl PageWalk {
    /// Adds a page, and returns the number of resources on it.
    pub fn add(&mut self, page: Exchange) -> usize {
        let ids = ids(&page);
        self.totals.extend(total(&page));
        self.repeated += ids.iter().filter(|id| self.ids.contains(*id)).count();
        let count = ids.len();
        self.ids.extend(ids);
        self.pages.push(page);
        count
    }

    /// Returns true if all pages have the same total.
    #[must_use]
    pub fn is_stable(&self) -> bool {
        self.totals.len() < 2
    }
}

/// Returns the numbers of the pages, from 0, that a walk reads of a list after its first page: all, or the second and the
/// last ones. New users are at the end of most lists.
#[must_use]
pub(super) fn pages_to_read(total: u64, own: u64) -> (Vec<u64>, bool) {
    let pages = total.div_ceil(PAGE);
    if pages <= MOST_PAGES {
        return ((1..pages).collect(), false);
    }
    let newest = own.div_ceil(PAGE) + 1;
    let first = pages.saturating_sub(newest).max(2);
    (std::iter::once(1).chain(first..pages).collect(), true)
}

/// Returns `totalResults` of a page.
#[must_use]
pub(super) fn total(page: &Exchange) -> Option<u64> {
    object(page).and_then(|body| attribute(&body, "totalResults")?.as_u64())
}

/// Returns the IDs on a page.
#[must_use]
pub(super) fn ids(page: &Exchange) -> Vec<String> {
    let body = object(page).unwrap_or_default();
    resources(&body).into_iter().flatten().filter_map(|user| id_text(user.get("id")?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_walk_reads_all_pages_of_a_small_list_and_the_ends_of_a_large_one() {
        assert_eq!(pages_to_read(0, 250), (vec![], false));
        assert_eq!(pages_to_read(251, 250), (vec![1, 2], false));
        assert_eq!(pages_to_read(3_000, 250).0.len(), 29);
        // The last three pages may hold 250 users, and they may begin on the page before.
        assert_eq!(pages_to_read(3_001, 250), (vec![1, 27, 28, 29, 30], true));
        assert_eq!(pages_to_read(1_000_000, 250).0.len(), 5);
    }
}

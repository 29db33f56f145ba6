//! Defects of lookups and lists.

use super::super::row::{Defect, Rewrite};
use super::super::{lists, names};

pub(super) static ROWS: &[Defect] = defects! {
    "username-filter-ignored": Rewrite::DropParameters(lists::username_filter),
        "a lookup by userName returns every user", "RFC 7644 3.4.2.2; okta-traffic 3.1",
        violates ["okta/lookup-matches"];
    "group-filter-ignored": Rewrite::DropParameters(lists::group_filter),
        "a lookup by displayName returns every group", "RFC 7644 3.4.2.2; okta-traffic 6.1",
        violates ["okta/group-lookup-matches"];
    "lookup-finds-nothing": Rewrite::EditResponse(lists::lookup_finds_nothing),
        "a lookup by userName never finds a user", "RFC 7644 3.4.2.2; okta-traffic 3.2",
        violates ["okta/lookup-finds"];
    "group-lookup-finds-nothing": Rewrite::EditResponse(lists::group_lookup_finds_nothing),
        "a lookup by displayName never finds a group", "RFC 7644 3.4.2.2; okta-traffic 6.1",
        violates ["okta/group-lookup-finds"];
    "empty-lookup-not-found": Rewrite::EditResponse(lists::empty_lookup_not_found),
        "a lookup without a match returns 404 without a SCIM error", "RFC 7644 3.4.2; okta-traffic 3.2",
        violates ["okta/list-status"];
    "inactive-hidden-from-lookup": Rewrite::EditResponse(lists::inactive_hidden),
        "inactive users are missing from lists and lookups", "okta-traffic 3.2, 12 no. 31 (BA11111, GROWTHBOOK1680)",
        violates ["okta/lookup-inactive"];
    "counters-as-strings": Rewrite::EditResponse(lists::counters_as_strings),
        "totalResults, startIndex and itemsPerPage are strings", "RFC 7644 3.4.2; okta-traffic 12 no. 33",
        violates ["okta/list-counters"];
    "items-per-page-echoes-count": Rewrite::EditResponse(lists::items_per_page_echoes_count),
        "itemsPerPage repeats the requested count", "RFC 7644 3.4.2; okta-traffic 12 no. 34 (POLIS4054)",
        violates ["oin/items-per-page"];
    "total-is-page-size": Rewrite::EditResponse(lists::total_is_page_size),
        "totalResults counts only the page", "RFC 7644 3.4.2",
        violates ["okta/list-total"];
    "list-without-resources": Rewrite::EditResponse(lists::without_resources),
        "lists have no Resources attribute", "RFC 7644 3.4.2; okta-traffic 2 (KB no-results)",
        violates ["okta/list-resources"];
    "empty-list-without-resources": Rewrite::EditResponse(lists::empty_without_resources),
        "an empty list has no Resources attribute", "okta-traffic 12 no. 35 (KB no-results)",
        violates ["okta/list-resources"];
    "list-without-schemas": Rewrite::EditResponse(lists::without_schemas),
        "lists have no schemas attribute", "RFC 7644 3.4.2; okta-traffic 11.1",
        violates ["oin/list-schemas"];
    "paging-ignored": Rewrite::DropParameters(lists::paging),
        "startIndex and count are ignored", "RFC 7644 3.4.2.4; okta-traffic 8",
        violates ["okta/list-complete", "rfc/list-page"];
    "capital-lookup-refused": Rewrite::EditResponse(lists::capital_lookup_refused),
        "a lookup by an uppercase userName returns 400", "okta-traffic 11.1 step 9",
        violates ["oin/lookup-case"];
    "count-ignored": Rewrite::DropParameters(lists::count),
        "pages have more resources than count asks for", "RFC 7644 3.4.2.4; okta-traffic 8",
        violates ["rfc/list-page"];
    "start-index-ignored": Rewrite::DropParameters(lists::start_index),
        "every page is the first page", "RFC 7644 3.4.2.4; okta-traffic 8",
        violates ["okta/list-complete"];
    "later-pages-empty": Rewrite::EditResponse(lists::later_pages_empty),
        "every page but the first is empty", "RFC 7644 3.4.2.4; okta-traffic 8",
        violates ["okta/list-complete"];
    "pages-overlap": Rewrite::Exchange(|up, parsed, request| Box::pin(lists::pages_overlap(up, parsed, request))),
        "a page begins with the last resource of the page before", "RFC 7644 3.4.2.4; okta-traffic 8",
        violates ["rfc/list-page"];
    "eq-works-as-co": Rewrite::Exchange(|up, parsed, request| Box::pin(lists::eq_is_contains(up, parsed, request))),
        "a lookup by userName finds every user whose name contains the value", "RFC 7644 3.4.2.2; okta-traffic 3.2 (KB-HRMOS)",
        violates ["okta/lookup-matches"];
    "apostrophe-in-filter-fails": Rewrite::Refuse(lists::apostrophe_in_filter),
        "a lookup by a userName with an apostrophe returns 500", "RFC 7644 3.4.2.2; okta-traffic 3.2",
        violates ["okta/lookup-apostrophe"];
    "plus-in-filter-is-a-space": Rewrite::EditResponse(lists::plus_in_filter),
        "a lookup by a userName with a plus sign finds nothing", "RFC 7644 3.4.2.2; okta-traffic 3.1",
        violates ["okta/lookup-plus"];
    "case-sensitive-lookup": Rewrite::EditResponse(names::case_sensitive_lookup),
        "a lookup by userName in another letter case finds nothing", "RFC 7643 4.1.1; okta-traffic 12 no. 39",
        violates ["rfc/lookup-ignores-case"];
    "case-sensitive-user-names": Rewrite::Exchange(|up, parsed, request| Box::pin(names::case_variants_are_two(up, parsed, request))),
        "userNames that differ only in letter case are two users", "RFC 7643 4.1.1; okta-traffic 12 no. 39",
        violates ["okta/one-account"];
    "found-under-old-name": Rewrite::Exchange(|up, parsed, request| Box::pin(names::found_under_old_name(up, parsed, request))),
        "a lookup finds a renamed user only by its first userName", "RFC 7644 3.4.2.2; okta-traffic 4",
        violates ["okta/lookup-renamed"];
    "empty-lookup-answered-404": Rewrite::EditResponse(lists::empty_lookup_scim_404),
        "a lookup without a match returns 404 with a SCIM error", "RFC 7644 3.4.2; okta-traffic 3.2",
        violates ["oin/lookup-empty"];
    "lookup-is-an-array": Rewrite::EditResponse(lists::bare_array),
        "a lookup returns a JSON array of resources without a ListResponse", "RFC 7644 3.4.2; okta-traffic 2 (KB no-results)",
        violates ["okta/json-body"];
    "lookup-lists-a-user-twice": Rewrite::EditResponse(lists::listed_twice),
        "a lookup by userName lists the user twice", "RFC 7644 3.4.2.2; okta-traffic 3.2 (KB-HRMOS)",
        violates ["okta/lookup-matches"];
    "found-under-both-names": Rewrite::Exchange(|up, parsed, request| Box::pin(names::found_in_stale_index(up, parsed, request))),
        "a lookup finds a renamed user also by its first userName", "RFC 7644 3.4.2.2; okta-traffic 4",
        violates ["okta/old-name-free"];
    "list-keys-in-lower-case": Rewrite::EditResponse(lists::lower_case_keys),
        "the keys of a list are in lower case", "RFC 7643 2.1 (DOC2018)",
        violates ["note/list-keys"] tolerated "Okta reads resources and totalresults too (DOC2018)";
};

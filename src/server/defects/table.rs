//! The table of defects, with one row for each.

use bytes::Bytes;
use futures::future::BoxFuture;
use http::{HeaderMap, Request, Response};
use serde_json::Value;

use super::credentials::{self, Presented, accepted, accepted_on_create, answered_500, bare, forbidden};
use super::exchange::{ParsedRequest, ParsedResponse, Upstream};
use super::{attributes, errors, events, groups, lists, names, users};

/// A rule that a server breaks.
#[derive(Debug)]
pub struct Defect {
    /// The name that enables it.
    pub name: &'static str,
    /// The behavior of the server, for `--help` and reports.
    pub breaks: &'static str,
    /// The source of the rule that it breaks, or of a report about a server that does so.
    pub source: &'static str,
    /// The IDs of the requirements that it violates, for example `okta/lookup-matches`. The first finding of a check is about
    /// one of them.
    pub violates: &'static [&'static str],
    /// The reason why Okta works with it nevertheless, with a key of docs/sources.md. A check yields at most notes then.
    pub tolerated: Option<&'static str>,
    pub(super) rewrite: Rewrite,
}

/// The part of an exchange that a defect rewrites. A defect leaves every request alone that it is not about.
#[derive(Debug)]
pub(super) enum Rewrite {
    /// Drops the query parameters for which the function returns true.
    DropParameters(fn(&ParsedRequest, &str) -> bool),
    /// Edits the request body.
    EditBody(fn(&ParsedRequest, &mut Value)),
    /// Edits the request body, given the current state of the resource that the request names.
    EditBodyWithCurrent(fn(&ParsedRequest, &Value, &mut Value)),
    /// Responds from the current state of the resource; the upstream does not see the request.
    RespondFromCurrent(fn(&ParsedRequest, Value) -> Option<ParsedResponse>),
    /// Responds from the request alone; the upstream does not see the request.
    Refuse(fn(&ParsedRequest, &HeaderMap) -> Option<ParsedResponse>),
    /// Edits the response.
    EditResponse(fn(&ParsedRequest, &mut ParsedResponse)),
    /// Edits the response, given the state of the resource before the request.
    EditResponseWithPrior(fn(&ParsedRequest, Value, &mut ParsedResponse)),
    /// Replaces the whole exchange with the upstream.
    Exchange(ExchangeFn),
}

/// Handles a request with any number of calls of the upstream.
type ExchangeFn = for<'a> fn(&'a dyn Upstream, ParsedRequest, Request<Bytes>) -> BoxFuture<'a, Response<Bytes>>;

/// Finds a defect by name.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static Defect> {
    ALL.iter().find(|defect| defect.name == name)
}

macro_rules! optional {
    () => {
        None
    };
    ($value:literal) => {
        Some($value)
    };
}

/// Edits the 401 of a request with this kind of credential.
macro_rules! refused {
    ($presented:ident, $edit:expr) => {
        Rewrite::Exchange(|up, parsed, request| {
            Box::pin(credentials::refused(up, parsed, request, (Presented::$presented, $edit)))
        })
    };
}

macro_rules! defects {
    ($($name:literal: $rewrite:expr, $breaks:literal, $source:literal,
        $(violates [$($requirement:literal),+])? $(tolerated $reason:literal)?;)*) => {
        /// All defects.
        pub static ALL: &[Defect] = &[
            $(Defect {
                name: $name,
                breaks: $breaks,
                source: $source,
                violates: &[$($($requirement),+)?],
                tolerated: optional!($($reason)?),
                rewrite: $rewrite,
            },)*
        ];
    };
}

defects! {
    // Lookups and lists.
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
        violates ["rfc/list-page"];

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
        violates ["okta/list-status"];
    "plus-in-filter-is-a-space": Rewrite::EditResponse(lists::plus_in_filter),
        "a lookup by a userName with a plus sign finds nothing", "RFC 7644 3.4.2.2; okta-traffic 3.1",
        violates ["okta/lookup-finds"];
    "case-sensitive-lookup": Rewrite::EditResponse(names::case_sensitive_lookup),
        "a lookup by userName in another letter case finds nothing", "RFC 7643 4.1.1; okta-traffic 12 no. 39",
        violates ["rfc/lookup-ignores-case"];
    "case-sensitive-user-names": Rewrite::Exchange(|up, parsed, request| Box::pin(names::case_variants_are_two(up, parsed, request))),
        "userNames that differ only in letter case are two users", "RFC 7643 4.1.1; okta-traffic 12 no. 39",
        violates ["okta/one-account"];
    "found-under-old-name": Rewrite::Exchange(|up, parsed, request| Box::pin(names::found_under_old_name(up, parsed, request))),
        "a lookup finds a renamed user only by its first userName", "RFC 7644 3.4.2.2; okta-traffic 4",
        violates ["okta/lookup-finds"];

    // Credentials and errors.
    "token-not-required": refused!(Nothing, accepted),
        "a request without a token returns 200", "RFC 7644 2",
        violates ["security/missing-token"];
    "empty-token-accepted": refused!(Empty, accepted),
        "an empty token returns 200", "RFC 7644 2",
        violates ["security/empty-token"];
    "any-token-creates": refused!(Wrong, accepted_on_create),
        "a create with a wrong token returns 200", "RFC 7644 2",
        violates ["security/wrong-token"];
    "no-token-answered-500": refused!(Nothing, answered_500),
        "a request without a token returns 500", "RFC 7644 3.12; RFC 9110 15.5.2",
        violates ["rfc/missing-token-status"];
    "no-token-without-scim-error": refused!(Nothing, bare),
        "a request without a token returns 401 without a SCIM error", "RFC 7644 3.12",
        violates ["rfc/missing-token-error"];
    "wrong-token-answered-403": refused!(Wrong, forbidden),
        "a wrong token returns 403", "RFC 7644 3.12; okta-traffic 11.1 step 11",
        violates ["oin/wrong-token-status"];
    "lower-case-bearer-refused": Rewrite::Refuse(credentials::lower_case_bearer_refused),
        "the scheme bearer in lower case returns 401", "RFC 9110 11.1",
        violates ["rfc/bearer-case"];
    "wrong-token-accepted": refused!(Wrong, accepted),
        "a wrong token returns 200", "RFC 7644 2; okta-traffic 11.1 step 11",
        violates ["security/wrong-token"];
    "unauthorized-without-scim-error": refused!(Wrong, bare),
        "a wrong token returns 401 without a SCIM error", "RFC 7644 3.12; okta-traffic 11.1 step 11",
        violates ["oin/error-schema"];
    "unknown-user-200": Rewrite::EditResponse(errors::unknown_user_200),
        "GET of an unknown user returns 200", "RFC 7644 3.4.1; okta-traffic 11.1 step 4",
        violates ["oin/unknown-user"];
    "not-found-without-scim-error": Rewrite::EditResponse(errors::not_found_bare),
        "404 responses have no SCIM error", "RFC 7644 3.12; okta-traffic 11.1 steps 4, 12",
        violates ["oin/error-schema"];
    "errors-without-detail": Rewrite::EditResponse(errors::errors_without_detail),
        "errors have no detail", "okta-traffic 11.1 steps 4, 11, 12; 12 no. 38",
        violates ["oin/error-detail"];
    "html-error": Rewrite::EditResponse(errors::html_error),
        "errors are HTML pages", "okta-traffic 12 no. 36",
        violates ["oin/error-schema"];
    "duplicate-answered-200": Rewrite::Exchange(|up, parsed, request| Box::pin(users::duplicate_answered_200(up, parsed, request))),
        "creating a user that exists returns 200", "RFC 7644 3.3; okta-traffic 11.1 step 8",
        violates ["oin/create-conflict"];
    "duplicate-answered-500": Rewrite::EditResponse(users::duplicate_answered_500),
        "creating a user that exists returns 500", "RFC 7644 3.3; okta-traffic 11.1 step 8",
        violates ["oin/create-conflict"];
    "conflict-without-scim-type": Rewrite::EditResponse(names::conflict_without_scim_type),
        "409 responses have no scimType", "RFC 7644 3.12, table 9",
        violates ["rfc/conflict-type"];
    "conflict-in-plain-text": Rewrite::EditResponse(names::conflict_in_plain_text),
        "409 responses are plain text", "RFC 7644 3.12; okta-traffic 12 no. 36 (METATAVU114)",
        violates ["oin/error-schema"];
    "slow": Rewrite::Exchange(|up, parsed, request| Box::pin(errors::slow(up, parsed, request))),
        "every response takes two seconds", "okta-traffic 9",
        tolerated "Okta waits 60 seconds for a response (SUBMIT)";

    // Users.
    "create-answered-200": Rewrite::EditResponse(users::create_answered_200),
        "a create returns 200", "RFC 7644 3.3; okta-traffic 3.4",
        violates ["oin/create-status"];
    "create-without-body": Rewrite::EditResponse(users::create_without_body),
        "a create returns no body", "RFC 7644 3.3; okta-traffic 12 no. 37",
        violates ["okta/create-body"];
    "create-without-id": Rewrite::EditResponse(users::create_without_id),
        "a create returns a user without id", "RFC 7643 3.1; okta-traffic 12 no. 37",
        violates ["okta/id"];
    "create-without-location": Rewrite::EditResponse(users::create_without_location),
        "a create returns no Location header", "RFC 7644 3.3",
        violates ["rfc/create-location"];
    "create-inactive": Rewrite::EditBody(users::create_inactive),
        "a created user is inactive", "okta-traffic 3.3, 11.1 step 6",
        violates ["okta/create-active"];
    "create-drops-external-id": Rewrite::EditBody(users::create_drops_external_id),
        "a created user has no externalId", "okta-traffic 3.3",
        violates ["note/attributes-kept"] tolerated "Okta's own documentation shows users without externalId (REF20)";
    "create-refuses-groups": Rewrite::Refuse(users::create_refuses_groups),
        "a create with the read-only attribute groups is rejected", "okta-traffic 12 no. 13",
        violates ["okta/create-accepted"];
    "create-refuses-password": Rewrite::Refuse(attributes::create_refuses_password),
        "a create with a password is rejected", "okta-traffic 12 no. 14 (ZITADEL10009)",
        violates ["okta/create-accepted"];
    "password-change-refused": Rewrite::Refuse(attributes::password_change_refused),
        "a change of the password is rejected", "okta-traffic 11.8 (C9301, C9302)",
        violates ["oin/password-accepted"];
    "unknown-manager-refused": Rewrite::Refuse(attributes::unknown_manager_refused),
        "a manager who is not a user of the server is rejected", "RFC 7643 4.3; okta-traffic 3.3",
        violates ["okta/create-accepted"];
    "unknown-cost-center-refused": Rewrite::Refuse(attributes::unknown_cost_center_refused),
        "an unknown costCenter is rejected", "RFC 7643 4.3; okta-traffic 3.3",
        violates ["okta/create-accepted"];
    "apostrophe-in-user-name-refused": Rewrite::Refuse(names::apostrophe_refused),
        "a create with an apostrophe in the userName is rejected", "RFC 7643 4.1.1; RFC 5322 3.2.3",
        violates ["okta/create-accepted"];
    "plus-in-user-name-refused": Rewrite::Refuse(names::plus_refused),
        "a create with a plus sign in the userName is rejected", "RFC 7643 4.1.1; RFC 5322 3.2.3",
        violates ["okta/create-accepted"];
    "non-ascii-user-name-refused": Rewrite::Refuse(names::non_ascii_refused),
        "a create with letters beyond ASCII in the userName is rejected", "RFC 7643 4.1.1",
        violates ["note/non-ascii-user-name"] tolerated "most userNames are e-mail addresses in ASCII (RFC 5321)";
    "non-ascii-replaced": Rewrite::EditBody(attributes::non_ascii_replaced),
        "letters beyond ASCII become question marks", "RFC 7643 2.3.1",
        violates ["rfc/text-kept"];
    "user-name-lower-cased": Rewrite::EditBody(names::lower_cased),
        "userNames are stored in lower case", "RFC 7643 4.1.1; okta-traffic 11.1 step 6; 11.2",
        violates ["oin/user-name-case"];
    "names-not-kept": Rewrite::EditBody(attributes::names_not_kept),
        "name is not stored", "okta-traffic 11.1 step 6",
        violates ["oin/user-complete"];
    "emails-not-kept": Rewrite::EditBody(attributes::emails_not_kept),
        "emails are not stored", "okta-traffic 11.1 step 1",
        violates ["oin/user-complete"];
    "phones-never-kept": Rewrite::EditBody(attributes::phones_never_kept),
        "phoneNumbers are not stored", "RFC 7643 4.1.2",
        violates ["note/attributes-kept"] tolerated "Okta does not read phone numbers back (REF20)";
    "addresses-never-kept": Rewrite::EditBody(attributes::addresses_never_kept),
        "addresses are not stored", "RFC 7643 4.1.2; okta-traffic 12 no. 25",
        violates ["note/attributes-kept"] tolerated "Okta does not read addresses back (REF20)";
    "put-drops-enterprise": Rewrite::EditBody(attributes::put_drops_enterprise),
        "PUT on a user removes its enterprise extension", "RFC 7644 3.5.1; okta-traffic 12 no. 24 (LARAVEL36)",
        violates ["okta/attributes-survive"];
    "put-drops-phones": Rewrite::EditBody(attributes::put_drops_phones),
        "PUT on a user removes its phone numbers", "RFC 7644 3.5.1; okta-traffic 4",
        violates ["okta/attributes-survive"];
    "put-drops-addresses": Rewrite::EditBody(attributes::put_drops_addresses),
        "PUT on a user removes its addresses", "RFC 7644 3.5.1; okta-traffic 12 no. 25",
        violates ["okta/attributes-survive"];
    "put-merges": Rewrite::EditBodyWithCurrent(attributes::put_merges),
        "PUT on a user keeps attributes that it does not contain", "RFC 7644 3.5.1; okta-traffic 12 no. 26",
        violates ["note/put-replaces"] tolerated "RFC 7644 3.5.1 permits it (AZLAB-3)";
    "put-takes-taken-name": Rewrite::Exchange(|up, parsed, request| Box::pin(names::put_takes_taken_name(up, parsed, request))),
        "PUT gives a user the userName of another user", "RFC 7644 3.5.1; RFC 7643 4.1.1",
        violates ["rfc/put-conflict"];
    "put-wipes-memberships": Rewrite::Exchange(|up, parsed, request| Box::pin(attributes::put_wipes_memberships(up, parsed, request))),
        "PUT on a user removes it from its groups", "RFC 7643 4.1.2 (groups is read-only); okta-traffic 12 no. 13",
        violates ["okta/memberships-survive"];
    "old-user-name-reserved": Rewrite::Exchange(|up, parsed, request| Box::pin(names::old_name_reserved(up, parsed, request))),
        "a create with the former userName of another user is rejected", "RFC 7643 4.1.1; okta-traffic 4",
        violates ["okta/create-accepted"];
    "unchanged-patch-refused": Rewrite::RespondFromCurrent(attributes::unchanged_patch_refused),
        "a PATCH that changes nothing returns 400", "RFC 7644 3.5.2.1; okta-traffic 12 no. 3",
        violates ["okta/patch-accepted"];
    "active-ignored": Rewrite::EditBody(attributes::active_ignored),
        "active is never changed", "okta-traffic 5, 11.3 step 11",
        violates ["okta/deactivated"];
    "id-as-number": Rewrite::EditResponse(users::id_as_number),
        "the id of a created resource is a number", "RFC 7643 3.1",
        violates ["rfc/id-string"];
    "active-as-string": Rewrite::EditResponse(users::active_as_string),
        "active is the string true or false", "RFC 7643 4.1.1; okta-traffic 3.3",
        violates ["rfc/active-boolean"];
    "password-returned": Rewrite::EditResponse(users::password_returned),
        "a create returns the password", "RFC 7643 4.1.1, 7",
        violates ["security/password-returned"];
    "external-id-not-returned": Rewrite::EditResponse(users::external_id_not_returned),
        "externalId is never returned", "okta-traffic 3.3; RFC 7643 3.1",
        violates ["note/attributes-kept"] tolerated "Okta's own documentation shows users without externalId (REF20)";
    "enterprise-dropped": Rewrite::EditBody(users::enterprise_dropped),
        "the enterprise extension is not stored", "RFC 7643 4.3; okta-traffic 12 no. 24 (LARAVEL36)",
        violates ["note/attributes-kept"] tolerated "Okta reads no enterprise attribute back (REF20)";
    "put-ignored": Rewrite::RespondFromCurrent(users::put_ignored),
        "PUT on a user returns 200 and changes nothing", "RFC 7644 3.5.1; okta-traffic 4",
        violates ["okta/put-stored"];
    "put-drops-external-id": Rewrite::EditBody(users::put_drops_external_id),
        "PUT on a user removes its externalId", "RFC 7644 3.5.1; okta-traffic 4",
        violates ["okta/attributes-survive"];
    "put-answered-without-body": Rewrite::EditResponse(users::put_without_body),
        "PUT on a user returns no body", "RFC 7644 3.5.1; okta-traffic 4",
        violates ["rfc/put-body"];
    "put-answered-with-old-state": Rewrite::EditResponseWithPrior(users::put_old_state),
        "PUT on a user returns the state before the request", "RFC 7644 3.5.1; okta-traffic 4",
        violates ["rfc/put-response"];
    "username-change-ignored": Rewrite::EditBodyWithCurrent(users::username_kept),
        "PUT keeps the old userName", "RFC 7644 3.5.1; okta-traffic 4",
        violates ["okta/user-name-stored"];
    "pathless-patch-ignored": Rewrite::EditBody(users::pathless_patch),
        "operations without path are ignored", "RFC 7644 3.5.2; okta-traffic 12 nos. 1, 2 (SCIMITAR29, GOSCIM57)",
        violates ["okta/pathless-patch"];
    "pathless-patch-refused": Rewrite::Refuse(users::pathless_patch_refused),
        "operations without path return 400", "RFC 7644 3.5.2; okta-traffic 12 nos. 1, 2 (SENTRY27199)",
        violates ["okta/pathless-patch"];
    "patch-ignored": Rewrite::RespondFromCurrent(users::patch_ignored),
        "PATCH returns success and changes nothing", "RFC 7644 3.5.2; okta-traffic 5",
        violates ["okta/patch-stored"];
    "patch-not-implemented": Rewrite::Refuse(users::patch_not_implemented),
        "PATCH returns 501", "RFC 7644 3.5.2; okta-traffic 12 nos. 20, 46",
        violates ["oin/password-accepted"];
    "patch-answered-with-old-state": Rewrite::EditResponseWithPrior(users::patch_old_state),
        "PATCH on a user returns the state before the request", "RFC 7644 3.5.2; okta-traffic 4",
        violates ["rfc/patch-response"];
    "deactivation-ignored": Rewrite::EditBody(users::deactivation_ignored),
        "active: false is ignored", "okta-traffic 5",
        violates ["okta/deactivated"];
    "reactivation-ignored": Rewrite::EditBodyWithCurrent(users::reactivation_ignored),
        "an inactive user stays inactive", "okta-traffic 5, 11.3 step 11",
        violates ["okta/reactivated"];
    "deactivated-user-deleted": Rewrite::Exchange(|up, parsed, request| Box::pin(users::deactivated_deleted(up, parsed, request))),
        "deactivating a user deletes it", "okta-traffic 5, 12 no. 31",
        violates ["oin/same-user"];

    // Groups.
    "group-create-answered-200": Rewrite::EditResponse(groups::create_answered_200),
        "creating a group returns 200", "RFC 7644 3.3; okta-traffic 6.1",
        violates ["rfc/group-create-status"];
    "group-create-ignores-members": Rewrite::EditBody(groups::create_ignores_members),
        "creating a group ignores its members", "okta-traffic 12 no. 12 (BITWARDEN2139)",
        violates ["rfc/group-create-members"];
    "group-rename-ignored": Rewrite::EditBodyWithCurrent(groups::rename_ignored),
        "a group keeps its displayName", "okta-traffic 6.2",
        violates ["okta/group-renamed"];
    "group-rename-refuses-id": Rewrite::Refuse(groups::rename_refuses_id),
        "a rename that repeats the id returns 400", "okta-traffic 12 no. 2 (GOSCIM57, CODE42)",
        violates ["okta/group-rename-accepted"];
    "group-delete-ignored": Rewrite::RespondFromCurrent(groups::delete_ignored),
        "DELETE on a group returns 204, and the group remains", "RFC 7644 3.6; okta-traffic 6.4",
        violates ["okta/group-deleted"];
    "group-put-ignored": Rewrite::RespondFromCurrent(groups::put_ignored),
        "PUT on a group returns 200 and changes nothing", "RFC 7644 3.5.1; okta-traffic 6.3",
        violates ["okta/put-members"];
    "put-members-ignored": Rewrite::EditBodyWithCurrent(groups::put_members_ignored),
        "PUT on a group does not change its members", "RFC 7644 3.5.1; okta-traffic 6.3, 12 no. 12",
        violates ["okta/put-members"];
    "put-members-adds": Rewrite::EditBodyWithCurrent(groups::put_members_adds),
        "PUT on a group adds members and removes none", "RFC 7644 3.5.1; okta-traffic 6.3",
        violates ["okta/put-members"];
    "members-not-returned": Rewrite::EditResponse(groups::members_not_returned),
        "groups are returned without members", "RFC 7643 4.2; okta-traffic 6.3",
        tolerated "Okta's catalog client never reads members (AUTHENTIK23005)";
    "replace-members-adds": Rewrite::EditBody(groups::replace_adds),
        "replacing members adds them and removes none", "RFC 7644 3.5.2.3; okta-traffic 6.3",
        violates ["okta/patch-replace-members"];
    "empty-replace-refused": Rewrite::Refuse(groups::empty_replace_refused),
        "replacing members with an empty array returns 400", "okta-traffic 12 no. 10 (SCIMSDK757)",
        violates ["okta/group-patch-accepted"];
    "add-members-replaces": Rewrite::EditBody(groups::add_replaces),
        "adding members removes the others", "RFC 7644 3.5.2.1; okta-traffic 6.3",
        violates ["okta/patch-add-members"];
    "add-members-ignored": Rewrite::EditBody(groups::add_ignored),
        "adding members changes nothing", "RFC 7644 3.5.2.1; okta-traffic 6.3",
        violates ["okta/patch-add-members"];
    "add-takes-only-first-member": Rewrite::EditBody(groups::add_takes_first),
        "of several members added at once, only the first is added", "RFC 7644 3.5.2.1; okta-traffic 6.3",
        violates ["okta/patch-add-members"];
    "remove-member-ignored": Rewrite::EditBody(groups::remove_ignored),
        "removing one member changes nothing", "RFC 7644 3.5.2.2; okta-traffic 12 no. 5 (AUTHENTIK25686)",
        violates ["okta/patch-remove-member"];
    "remove-member-empties-group": Rewrite::EditBody(groups::remove_empties),
        "removing one member removes all", "RFC 7644 3.5.2.2; okta-traffic 6.3",
        violates ["okta/patch-remove-member"];

    // Events.
    "user-change-events-missing": Rewrite::EditResponse(events::user_changes_missing),
        "a changed user causes no event", "workos-dsync 2.3",
        violates ["events/users"];
    "membership-events-missing": Rewrite::EditResponse(events::memberships_missing),
        "joining and leaving a group cause no event", "workos-dsync 2.3",
        violates ["events/memberships"];
    "group-events-missing": Rewrite::EditResponse(events::groups_missing),
        "a new, changed or deleted group causes no event", "workos-dsync 2.3",
        violates ["events/groups"];
    "created-event-inactive": Rewrite::EditResponse(events::created_inactive),
        "the event of a new user says that it is inactive", "workos-dsync 1.3",
        violates ["events/users"];
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_defect_has_a_unique_name_a_description_and_a_source() {
        let names: HashSet<_> = ALL.iter().map(|defect| defect.name).collect();
        assert_eq!(names.len(), ALL.len());
        for defect in ALL {
            assert!(!defect.breaks.is_empty() && !defect.source.is_empty(), "{}", defect.name);
            assert!(defect.tolerated.is_some() || !defect.violates.is_empty(), "{} violates nothing", defect.name);
            assert!(defect.name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'));
            assert!(std::ptr::eq(by_name(defect.name).unwrap(), defect));
        }
    }
}

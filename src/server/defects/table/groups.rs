//! Defects of groups.

use super::super::row::{Defect, Rewrite};
use super::super::{group_names, groups, responses};

pub(super) static ROWS: &[Defect] = defects! {
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
    "group-cut-at-100": Rewrite::EditBodyWithCurrent(groups::cut_at_100),
        "adding members leaves a group with its first 100", "RFC 7644 3.5.2.1 (FUSIONAUTH2784)",
        violates ["okta/many-members"];
    "more-than-5-members-refused": Rewrite::Refuse(groups::more_than_5_refused),
        "a PATCH of more than 5 members returns 400", "RFC 7644 3.5.2; okta-traffic 6.3 (SUBMIT)",
        violates ["okta/group-patch-accepted"];
    "second-removal-ignored": Rewrite::EditBody(groups::second_removal_ignored),
        "of several removals in one PATCH only the first is done", "RFC 7644 3.5.2.2; okta-traffic 6.3",
        violates ["okta/patch-remove-member"];
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
    "group-create-without-name": Rewrite::EditResponse(responses::group_create_without_name),
        "a create returns a group without displayName", "RFC 7643 4.2; okta-traffic 6.1",
        violates ["okta/group-name"];
    "empty-group-refused": Rewrite::Refuse(groups::create_refuses_empty),
        "creating a group without members returns 400", "RFC 7643 4.2; okta-traffic 6.1",
        violates ["okta/group-create-accepted"];
    "group-read-fails": Rewrite::EditResponse(groups::read_fails),
        "GET of a group with members returns 500", "RFC 7644 3.4.1; okta-traffic 6.3",
        violates ["okta/group-read"];
    "empty-group-put-refused": Rewrite::Refuse(groups::put_refuses_empty),
        "PUT on a group without members returns 400", "RFC 7644 3.5.1; okta-traffic 6.3",
        violates ["okta/group-put-accepted"];
    "group-put-answered-with-old-members": Rewrite::EditResponseWithPrior(groups::put_old_members),
        "PUT on a group returns the members before the request", "RFC 7644 3.5.1; okta-traffic 6.3",
        violates ["rfc/members-response"];
    "group-patch-answered-with-old-members": Rewrite::EditResponseWithPrior(groups::patch_old_members),
        "PATCH on a group returns the members before the request", "RFC 7644 3.5.2; okta-traffic 6.3",
        violates ["rfc/members-response"];
    "pathless-members-refused": Rewrite::Refuse(group_names::pathless_members_refused),
        "replacing members without a path returns 400", "RFC 7644 3.5.2.3; okta-traffic 6.3 (METATAVU101)",
        violates ["okta/pathless-members"];
    "pathless-members-ignored": Rewrite::EditBody(group_names::pathless_members_ignored),
        "replacing members without a path changes nothing", "RFC 7644 3.5.2.3; okta-traffic 6.3 (METATAVU101)",
        violates ["okta/pathless-members"];
    "member-listed-twice": Rewrite::Exchange(|up, parsed, request| Box::pin(group_names::added_twice(up, parsed, request))),
        "a member that is added again is there twice", "RFC 7643 2.4; RFC 7644 3.5.2.1",
        violates ["rfc/member-once"];
    "unchanged-group-name-refused": Rewrite::RespondFromCurrent(group_names::same_name_refused),
        "a PATCH with the name that the group has returns 400", "okta-traffic 6.2, 12 no. 3 (GOSCIM57)",
        violates ["okta/group-rename-accepted"];
    "group-eq-works-as-co": Rewrite::Exchange(|up, parsed, request| Box::pin(group_names::eq_is_contains(up, parsed, request))),
        "a lookup by displayName finds every group whose name contains the value", "RFC 7644 3.4.2.2; okta-traffic 6.1",
        violates ["okta/group-lookup-matches"];
    "quote-in-group-filter-fails": Rewrite::Refuse(group_names::quote_fails),
        "a lookup of a group name with quotes returns 400", "RFC 7644 3.4.2.2; okta-traffic 6.1",
        violates ["okta/lookup-quotes"];
    "ampersand-ends-group-filter": Rewrite::EditResponse(group_names::ampersand_ends_filter),
        "a lookup of a group name with an ampersand finds nothing", "RFC 7644 3.4.2.2; RFC 3986 2.4",
        violates ["okta/group-lookup-finds"];
    "non-ascii-in-group-filter": Rewrite::EditResponse(group_names::non_ascii_not_found),
        "a lookup of a group name with letters beyond ASCII finds nothing", "RFC 7644 3.4.2.2; RFC 3986 2.5",
        violates ["okta/lookup-non-ascii"];
    "group-found-under-old-name": Rewrite::Exchange(|up, parsed, request| Box::pin(group_names::found_under_old_name(up, parsed, request))),
        "a lookup finds a renamed group only by its first name", "RFC 7644 3.4.2.2; okta-traffic 6.2",
        violates ["okta/lookup-renamed"];
    "deleted-group-name-reserved": Rewrite::Exchange(|up, parsed, request| Box::pin(group_names::deleted_name_reserved(up, parsed, request))),
        "a create with the name of a deleted group is rejected", "RFC 7644 3.6; okta-traffic 6.4",
        violates ["okta/group-create-accepted"];
};

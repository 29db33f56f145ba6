//! Defects of users.

use super::super::row::{Defect, Rewrite};
use super::super::{attributes, names, responses, users};

pub(super) static ROWS: &[Defect] = defects! {
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
    "create-without-user-name": Rewrite::EditResponse(responses::create_without_user_name),
        "a create returns a user without userName", "RFC 7643 4.1.1; okta-traffic 3.4",
        violates ["okta/user-name"];
    "create-returns-another-id": Rewrite::EditResponse(responses::create_returns_another_id),
        "a create returns an id that the server does not know later", "RFC 7643 3.1; okta-traffic 3.4",
        violates ["okta/own-id"];
    "create-shows-other-values": Rewrite::EditResponse(responses::create_shows_other_values),
        "a create returns another displayName than the one that is stored", "RFC 7644 3.3; okta-traffic 3.4",
        violates ["rfc/create-response"];
    "create-without-schemas": Rewrite::EditResponse(responses::create_without_schemas),
        "a create returns a user without schemas", "RFC 7643 3; okta-traffic 11.1 step 6",
        violates ["oin/user-schemas"];
    "inactive-user-not-readable": Rewrite::EditResponse(responses::inactive_not_readable),
        "GET of an inactive user returns 403", "RFC 7644 3.4.1; okta-traffic 5",
        violates ["okta/read"];
    "deactivation-hits-others": Rewrite::Exchange(|up, parsed, request| Box::pin(responses::deactivation_hits_others(up, parsed, request))),
        "deactivating a user also deactivates users of the same domain who have no externalId", "RFC 7644 3.5; okta-traffic 5",
        violates ["okta/others-untouched"];
    "put-refuses-groups": Rewrite::Refuse(responses::put_refuses_groups),
        "PUT on a user with the read-only groups that GET returned is rejected", "RFC 7644 3.5.1; okta-traffic 12 no. 13",
        violates ["okta/put-accepted"];
    "patch-answered-without-body": Rewrite::EditResponse(responses::patch_without_body),
        "PATCH on a user returns 200 without a body", "RFC 7644 3.5.2; okta-traffic 5",
        violates ["rfc/patch-body"];
    "enterprise-at-top-level": Rewrite::EditResponse(responses::enterprise_at_top_level),
        "the attributes of the enterprise extension are at the top level", "RFC 7643 3.3 (SID287)",
        violates ["rfc/extension-urn"];
    "put-of-taken-name-answered-500": Rewrite::EditResponse(responses::taken_name_answered_500),
        "PUT with the userName of another user returns 500", "RFC 7644 3.5.1; RFC 7643 4.1.1",
        violates ["rfc/put-conflict"];
    "quote-in-name-refused": Rewrite::Refuse(names::quote_in_name_refused),
        "a create with quotes in a name is rejected", "RFC 7643 2.3.1",
        violates ["okta/create-accepted"];
    "slash-in-name-refused": Rewrite::Refuse(names::slash_in_name_refused),
        "a create with a slash in a name is rejected", "RFC 7643 2.3.1",
        violates ["okta/create-accepted"];
    "percent-in-name-decoded": Rewrite::EditBody(names::percent_decoded),
        "%20 in a name becomes a space", "RFC 7643 2.3.1; RFC 8259 8.1",
        violates ["rfc/text-kept"];
    "ampersand-in-name-escaped": Rewrite::EditBody(names::ampersand_escaped),
        "an ampersand in a name becomes &amp;", "RFC 7643 2.3.1; RFC 8259 8.1",
        violates ["rfc/text-kept"];
    "old-user-name-reserved-in-put": Rewrite::Exchange(|up, parsed, request| Box::pin(names::old_name_reserved_in_put(up, parsed, request))),
        "a PUT with the former userName of another user is rejected", "RFC 7643 4.1.1; okta-traffic 4",
        violates ["okta/put-accepted"];
    "e-mail-unique": Rewrite::Exchange(|up, parsed, request| Box::pin(names::email_unique(up, parsed, request))),
        "a create with the e-mail address of another user returns 409", "RFC 7643 4.1.2",
        violates ["note/e-mail-shared"] tolerated "Okta shows the administrator a conflict (REF20)";
    "taken-e-mail-answered-500": Rewrite::Exchange(|up, parsed, request| Box::pin(names::taken_email_fails(up, parsed, request))),
        "a create with the e-mail address of another user returns 500", "RFC 7644 3.3",
        violates ["rfc/e-mail-conflict"];
    "e-mail-identifies": Rewrite::Exchange(|up, parsed, request| Box::pin(names::email_identifies(up, parsed, request))),
        "a create with the e-mail address of another user returns that user", "RFC 7644 3.3; RFC 7643 3.1",
        violates ["okta/own-id"];
    "custom-extension-refused": Rewrite::Refuse(attributes::custom_extension_refused),
        "a create with an unknown extension is rejected", "RFC 7644 3.3; RFC 7643 3.3",
        violates ["note/custom-extension"] tolerated "an administrator adds the extensions that the server has (FAQ)";
    "custom-extension-dropped": Rewrite::EditBody(attributes::custom_extension_dropped),
        "unknown extensions are not stored", "RFC 7643 3.3",
        violates ["note/attributes-kept"] tolerated "Okta reads no custom attribute back (REF20)";
    "put-drops-custom-extension": Rewrite::EditBody(attributes::put_drops_custom_extension),
        "PUT on a user removes an unknown extension", "RFC 7644 3.5.1; RFC 7643 3.3",
        violates ["okta/attributes-survive"];
    "unchanged-put-refused": Rewrite::RespondFromCurrent(attributes::unchanged_put_refused),
        "a PUT that changes nothing returns 400", "RFC 7644 3.5.1; okta-traffic 4",
        violates ["okta/put-accepted"];
    "put-returns-password": Rewrite::EditResponse(attributes::put_returns_password),
        "a PUT with a password returns it", "RFC 7643 4.1.1, 7",
        violates ["security/password-returned"];
};

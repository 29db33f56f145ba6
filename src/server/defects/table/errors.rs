//! Defects of credentials and errors.

use super::super::credentials::{self, Presented, accepted, accepted_on_create, answered_500, bare, forbidden};
use super::super::row::{Defect, Rewrite};
use super::super::{errors, names, users};

pub(super) static ROWS: &[Defect] = defects! {
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
    "errors-say-400": Rewrite::EditResponse(errors::errors_say_400),
        "the status in an error is always 400", "RFC 7644 3.12; okta-traffic 11.1 steps 11, 12",
        violates ["oin/error-status"];
};

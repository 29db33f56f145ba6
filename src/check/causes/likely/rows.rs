//! The table of known mistakes, one row for each: the requirements that it violates, its evidence, and the fix.
//!
//! The order matters where two rows explain one requirement: the first with evidence is named.

use super::super::framework::Framework;
use super::super::seen::Seen;
use super::{lists, writes};
use crate::check::requirement::Requirement;
use crate::report::Finding;

/// A function that returns the evidence for a mistake in a finding, `None` if the run shows none.
type Evidence = fn(&Finding, &Seen<'_>) -> Option<String>;

/// One known mistake.
#[derive(Debug)]
pub(super) struct Row {
    /// `media-type-not-parsed`. It never changes.
    pub name: &'static str,
    pub explains: &'static [Requirement],
    pub evidence: Evidence,
    /// The mistake, as a clause.
    pub mistake: &'static str,
    /// The remedy, as sentences.
    pub fix: &'static str,
    /// The remedy in frameworks that make the mistake by default.
    pub frameworks: &'static [(Framework, &'static str)],
}

macro_rules! rows {
    ($($name:literal: $evidence:expr, [$($requirement:ident),+] $mistake:literal $fix:literal
        $([$($framework:ident $remedy:literal),+])?;)*) => {
        /// All rows.
        pub(super) const ROWS: &[Row] = &[$(Row {
            name: $name,
            explains: &[$(Requirement::$requirement),+],
            evidence: $evidence,
            mistake: $mistake,
            fix: $fix,
            frameworks: &[$($((Framework::$framework, $remedy)),+)?],
        },)*];
    };
}

rows! {
    "media-type-not-parsed": writes::media_type, [CreateAccepted, GroupCreateAccepted, PutAccepted, PatchAccepted,
        PatchStored, GroupPatchAccepted, UserNameReturned, GroupNameReturned, IdReturned, CreateBody, OwnId]
        "the server does not parse bodies of type application/scim+json, so it sees an empty body"
        "Parse application/scim+json like application/json."
        [Express "`express.json({type: [\"application/json\", \"application/scim+json\"]})`",
         Flask "`request.get_json(force=True)`",
         Django "`json.loads(request.body)`, in REST framework a JSONParser with `media_type = \"application/scim+json\"`",
         Spring "`consumes = {\"application/json\", \"application/scim+json\"}`",
         Rails "`Mime::Type.register \"application/scim+json\", :scim` and a parser for it in `ActionDispatch::Request.parameter_parsers`",
         AspNet "add application/scim+json to `SupportedMediaTypes` of the JSON input formatter"];
    "redirected": lists::redirect, [CreateAccepted, GroupCreateAccepted, ReadStatus, GroupRead, ListStatus, PutAccepted,
        PatchAccepted, GroupPatchAccepted, GroupPutAccepted, GroupRenameAccepted]
        "the server redirects, for example to the path with a trailing slash, and Okta does not follow"
        "Serve the path without a trailing slash, on the host and scheme of the base URL."
        [Flask "`app.url_map.strict_slashes = False`", Django "`re_path(r\"^Users/?$\", …)`, since APPEND_SLASH redirects"];
    "create-answers-list": writes::create_answers_list, [CreateBody, IdReturned, UserNameReturned, CreateStatus, OwnId]
        "POST runs the handler of the list, or a proxy repeated it as GET after a redirect"
        "Route POST to its own handler, and serve the path without a redirect.";
    "attribute-refused": writes::attribute_refused, [CreateAccepted, PutAccepted, GroupCreateAccepted, GroupPutAccepted]
        "the validation refuses an attribute that Okta sends"
        "Ignore attributes and values that your application does not use or know, and refuse only what it cannot work without."
        [Spring "`spring.jackson.deserialization.fail-on-unknown-properties: false`",
         Rails "`params.permit` without `action_on_unpermitted_parameters = :raise`"];
    "filter-ignored": lists::filter_ignored, [LookupMatches, GroupLookupMatches]
        "the list handler does not apply the parameter `filter`"
        "Parse `filter`, and return only the resources whose attribute equals the value, before paging.";
    "substring-match": lists::substring, [LookupMatches, GroupLookupMatches]
        "`eq` works like `co`: the query compares a part of the value"
        "Compare the whole value for equality, without `LIKE '%…%'`, `contains` or a regular expression.";
    "apostrophe-in-filter": lists::apostrophe, [LookupApostrophe, LookupFinds, GroupLookupFinds, ListStatus]
        "the filter loses its apostrophes, or the value becomes a part of a query in quotes"
        "Remove only the double quotes around the value (it is a JSON string), and pass it to the database as a parameter.";
    "plus-decoded-twice": lists::plus, [LookupPlus, LookupFinds, GroupLookupFinds, ListStatus]
        "the query is decoded twice, so `%2B` becomes a plus sign and then a space"
        "Decode the query string once: frameworks hand over decoded parameters.";
    "text-not-utf-8": lists::non_ascii, [LookupNonAscii, LookupFinds, GroupLookupFinds, ListStatus]
        "the query is not decoded as UTF-8, or names are compared in different normal forms"
        "Decode the percent-encoded bytes as UTF-8, and compare names in one Unicode normal form.";
    "inactive-hidden": lists::inactive_hidden, [LookupInactive, LookupFinds]
        "the query of lists and lookups has a condition such as `active = true`, or a default scope that hides inactive users"
        "Remove the condition from lists and lookups of SCIM."
        [Rails "`User.unscoped.where(…)`", Django "`Model._base_manager` in place of a manager that filters"];
    "case-sensitive": lists::case_sensitive, [LookupIgnoresCase, OneAccount, LookupCase]
        "userNames are compared with regard to letter case"
        "Compare `lower(userName)`, or use a case-insensitive collation or column type, in lookups and in the unique index.";
    "index-not-updated": lists::stale_index, [LookupRenamed, OldNameFree, LookupFinds, GroupLookupFinds]
        "a rename does not update the index or cache that lookups use"
        "Look resources up in the table that writes change, or update the index in the same transaction.";
    "bare-array": lists::bare_array, [JsonBody, ListResources]
        "the list handler returns a bare JSON array"
        "Return `{\"schemas\": [\"urn:ietf:params:scim:api:messages:2.0:ListResponse\"], \"totalResults\": …, \"startIndex\": 1, \"itemsPerPage\": …, \"Resources\": […]}`.";
    "total-of-page": lists::total_of_page, [ListTotal, ListComplete]
        "`totalResults` is the length of the page"
        "Count the matches with a second query, without LIMIT and OFFSET.";
    "count-echoed": lists::echoed_count, [ItemsPerPage]
        "`itemsPerPage` repeats the parameter `count`"
        "Set `itemsPerPage` to the length of `Resources`.";
    "created-with-200": writes::created_with_200, [CreateStatus, GroupCreateStatus]
        "the handler returns the framework's default status"
        "Set the status of creates to 201."
        [Express "`res.status(201).json(user)`", Flask "`return user, 201`", Django "`JsonResponse(user, status=201)`",
         Spring "`@ResponseStatus(HttpStatus.CREATED)`", Rails "`render json: user, status: :created`",
         AspNet "`return Created(location, user)`"];
    "conflict-unhandled": writes::conflict_unhandled, [CreateConflict]
        "the unique index rejects the row, and the handler does not catch the error of the database"
        "Catch the error of the unique constraint, and return 409 with scimType uniqueness."
        [Express "check the code of the error: `23505` (PostgreSQL), `11000` (MongoDB)", Flask "`except IntegrityError`",
         Django "`except IntegrityError`", Spring "an `@ExceptionHandler(DataIntegrityViolationException.class)`",
         Rails "`rescue ActiveRecord::RecordNotUnique`", AspNet "`catch (DbUpdateException)`"];
    "no-uniqueness": writes::no_uniqueness, [CreateConflict]
        "nothing keeps userNames unique"
        "Add a unique index on the lower-case userName of a directory, and return 409 with scimType uniqueness.";
    "create-upserts": writes::create_upserts, [CreateConflict]
        "the create updates or returns a user that exists"
        "Return 409 with scimType uniqueness: Okta looks the user up first, and changes it by PUT or PATCH.";
    "uniqueness-in-create-only": writes::unique_in_create_only, [PutConflict]
        "the check for a taken userName is only in the create"
        "Move the check to a function that POST, PUT and PATCH call, or to a unique index.";
    "password-stored": writes::password_stored, [PasswordReturned]
        "the whole stored record is returned, with the password as Okta sent it"
        "Never return `password`, not even as a hash: leave it out of every response. Store only a hash of it.";
    "password-repeated": writes::password_repeated, [PasswordReturned]
        "the response to a write repeats the request"
        "Build the response from the stored user, or delete `password` from it.";
    "html-errors": writes::html_error, [ErrorSchema, MissingTokenError]
        "the framework's own error page is sent"
        "Handle errors in one place, and return a SCIM error with Content-Type application/scim+json there."
        [Express "`app.use((err, req, res, next) => …)` after the routes", Flask "`@app.errorhandler(HTTPException)`",
         Django "`handler404` and `handler500`, or an EXCEPTION_HANDLER", Spring "a `@RestControllerAdvice`",
         Rails "`rescue_from` in the SCIM controller", AspNet "`UseExceptionHandler` and `UseStatusCodePages`"];
    "errors-without-body": writes::empty_error, [ErrorSchema, MissingTokenError]
        "a middleware ends the request with a bare status"
        "Return a SCIM error in JSON also where authentication or routing ends the request.";
    "errors-of-the-framework": writes::json_error, [ErrorSchema, MissingTokenError]
        "errors have the framework's own JSON format"
        "Convert every error to `{\"schemas\": [\"urn:ietf:params:scim:api:messages:2.0:Error\"], \"status\": …, \"detail\": …}` in one place."
        [Spring "a `@RestControllerAdvice`", AspNet "a handler in place of ProblemDetails", Django "an EXCEPTION_HANDLER"];
    "errors-in-text": writes::text_error, [ErrorSchema, MissingTokenError]
        "errors are plain text"
        "Return a SCIM error in JSON.";
    "path-required": writes::pathless, [PathlessPatch, PatchAccepted, GroupRenameAccepted]
        "the handler of PATCH decides by `path` and does not know operations without one"
        "Where `path` is absent, apply each attribute of the object `value` as if it were its own operation. Skip its key `id`, which Okta adds for groups.";
    "patch-body-not-read": writes::no_patch_works, [PatchStored]
        "the handler of PATCH does not read `Operations`: it may look for attributes at the top level of the body"
        "Apply the elements of `Operations` in order, and store the result before you respond.";
    "boolean-as-text": writes::active_as_text, [ActiveBoolean]
        "`active` is text in the database or in the template of the response"
        "Convert it to a JSON boolean when you build the response.";
    "add-replaces": writes::add_replaces, [AddMembers]
        "`add` assigns the list in place of appending to it"
        "Append the members of the request that are not in the list yet.";
    "add-takes-first": writes::add_takes_first, [AddMembers]
        "the handler reads only the first element of `value`"
        "Loop over all elements of `value`.";
    "replace-merges": writes::replace_merges, [ReplaceMembers, PutMembers]
        "the members of the request are added to those of the group"
        "Delete the memberships of the group that the request does not name, in the same transaction.";
    "remove-empties": writes::remove_empties, [RemoveMember]
        "the handler ignores the filter in the path and removes `members`"
        "Parse `members[value eq \"…\"]`, and remove only the member with that id.";
    "put-forgets": writes::put_forgets, [AttributesSurvive, PutStored]
        "PUT builds the user from a fixed list of attributes, and this one is missing in it"
        "Store every attribute of the PUT that a create stores, for example with one function for both.";
    "put-writes-groups": writes::put_of_groups, [MembershipsSurvive]
        "PUT applies the read-only attribute `groups`"
        "Ignore `groups` in users.";
    "id-not-parsed": writes::id_not_parsed, [UnknownUser]
        "the id is parsed as a number or UUID, and the error of the parser is not handled"
        "Return 404 for every id that names no user, whatever its form.";
    "missing-user-not-handled": writes::missing_not_handled, [UnknownUser]
        "the handler uses the result of the query without checking that there is one"
        "Return 404 with a SCIM error if the query finds no user.";
    "missing-user-as-success": writes::missing_as_success, [UnknownUser]
        "the handler returns the empty result of the query with status 200"
        "Return 404 with a SCIM error if the query finds no user.";
    "route-unprotected": writes::route_unprotected, [WrongToken, MissingToken, EmptyToken]
        "the check of the token is on some routes only"
        "Check the token before routing, for all methods and paths."
        [Express "`app.use(\"/scim\", authenticate)` before the routes", Flask "`@app.before_request`",
         Rails "`before_action` without `only:`", Spring "`anyRequest().authenticated()`",
         AspNet "`RequireAuthorization()` on the group of routes"];
    "token-not-compared": writes::token_not_compared, [WrongToken]
        "the handler checks that there is an Authorization header and does not compare the token"
        "Compare the whole token with the stored one, in constant time.";
}

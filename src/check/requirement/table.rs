//! The table of requirements, one row for each: variant, ID, client and capability, sources, demand, reason, remedy.

use super::row::{Capability, Row};
use super::source::{Family, Source};
use crate::okta::ClientKind;
use crate::report::Level;

macro_rules! client {
    (Both) => {
        None
    };
    ($client:ident) => {
        Some(ClientKind::$client)
    };
}

macro_rules! requirements {
    ($($variant:ident $id:literal $client:ident $capability:ident [$($family:ident $level:ident $place:literal),+]
        $sentence:literal $why:literal $fix:literal;)*) => {
        /// A demand on a target.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Requirement {
            $(#[doc = $sentence] $variant,)*
        }

        impl Requirement {
            /// All requirements, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Returns the row of the table.
            #[must_use]
            pub const fn row(self) -> &'static Row {
                match self {
                    $(Self::$variant => &Row {
                        id: $id,
                        client: client!($client),
                        capability: Capability::$capability,
                        sources: &[$(Source { family: Family::$family, level: Level::$level, place: $place },)+],
                        sentence: $sentence,
                        why: $why,
                        fix: $fix,
                    },)*
                }
            }
        }
    };
}

requirements! {
    // Lists and lookups.
    ListStatus "okta/list-status" Both Users [Okta Okta "KB", Okta Review "SUITE", Rfc Must "RFC 7644 §3.4.2"]
        "A list and a lookup return 200."
        "Okta stops at any other status and shows the administrator an error."
        "Return 200 with a ListResponse, also when nothing matches.";
    LookupEmpty "oin/lookup-empty" Both Users [Okta Review "SUITE", Rfc Must "RFC 7644 §3.4.2"]
        "A lookup without a match returns 200 with an empty ListResponse."
        "Okta tolerates a 404 only with a SCIM error; its published suite asks for 200 and `totalResults` 0."
        "Return 200 with `totalResults` 0 and `Resources` [], not 404.";
    JsonBody "okta/json-body" Both Users [Okta Okta "KB", Rfc Must "RFC 7644 §3.1"]
        "A successful response that has to contain a resource or a list is a JSON object."
        "Okta reports \"Invalid JSON\" or an empty result and stops."
        "Return the resource or the list as a JSON object with Content-Type application/scim+json.";
    ListSchemas "oin/list-schemas" Both Users [Okta Review "SUITE", Rfc Must "RFC 7644 §3.4.2"]
        "A list names the ListResponse schema in `schemas`."
        "Okta's published suite checks it in its first step."
        "Add `\"schemas\": [\"urn:ietf:params:scim:api:messages:2.0:ListResponse\"]`.";
    ListResources "okta/list-resources" Both Users [Okta Okta "KB", Rfc Must "RFC 7644 §3.4.2"]
        "A list has an array `Resources`, also when it is empty."
        "The connection test fails with \"No results for users returned\", and lookups fail."
        "Return `\"Resources\": []` for an empty result.";
    ListCounters "okta/list-counters" Both Users [Okta Okta "KB", Okta Review "SUITE", Rfc Must "RFC 7644 §3.4.2"]
        "`totalResults`, `startIndex` and `itemsPerPage` are numbers."
        "Counters that are strings make every lookup fail without an explanation."
        "Send the counters as JSON integers.";
    ListTotal "okta/list-total" Both Users [Okta Okta "REF20", Rfc Must "RFC 7644 §3.4.2"]
        "`totalResults` counts all matches, not only those of the page."
        "An import reads pages until it has `totalResults` resources, so it misses the others."
        "Count all resources that match, before startIndex and count apply.";
    ListComplete "okta/list-complete" Both Users [Okta Okta "REF20", Rfc Must "RFC 7644 §3.4.2.4"]
        "The pages of a list together contain every resource."
        "An import reads page after page, so it misses the users that are on none."
        "Order the list in a stable way, for example by creation, and skip `startIndex` - 1 resources, not pages.";
    ListPage "rfc/list-page" Both Users [Rfc Must "RFC 7644 §3.4.2.4", Okta Note "REF20"]
        "A page starts at `startIndex` and has at most `count` resources."
        "An import asks for pages of 100 and expects each resource once."
        "Apply startIndex (from 1) and count to every list.";
    ItemsPerPage "oin/items-per-page" Both Users [Okta Review "POLIS4054", Rfc Must "RFC 7644 §3.4.2"]
        "`itemsPerPage` is the number of resources on the page."
        "The review of an integration asks for a page beyond the end and expects 0."
        "Set `itemsPerPage` to the length of `Resources`, not to the requested count.";
    ListKeys "note/list-keys" Both Users [Rfc Note "RFC 7643 §2.1", Okta Note "DOC2018"]
        "The keys of a list are written as in RFC 7644: `Resources`, `totalResults`."
        "Okta tolerates lower-case keys; other clients may not."
        "Write the keys as in RFC 7644.";
    LookupMatches "okta/lookup-matches" Both Users [Okta Okta "KB-HRMOS", Rfc Must "RFC 7644 §3.4.2.2"]
        "A lookup by `userName` returns only users with that `userName`."
        "Okta stops with \"Multiple users found\", or links a person to the account of another one."
        "Apply the filter `userName eq \"…\"` before paging.";
    LookupFinds "okta/lookup-finds" Both Users [Okta Okta "REF20", Rfc Must "RFC 7644 §3.4.2.2"]
        "A lookup by `userName` finds the user that has it."
        "Okta sends a create that conflicts, and the person is not provisioned."
        "Support the filter `userName eq \"…\"`, without regard to letter case.";
    LookupInactive "okta/lookup-inactive" Both Users [Okta Okta "BA11111, GROWTHBOOK1680"]
        "A lookup by `userName` also finds a user that is inactive."
        "A person who comes back gets a create that conflicts and stays inactive."
        "Do not hide inactive users from lists and lookups.";
    LookupCase "oin/lookup-case" Both Users [Okta Review "SUITE", Rfc Must "RFC 7643 §4.1.1"]
        "A lookup with the `userName` in capital letters returns 200."
        "Okta's published suite asks for it in its ninth step."
        "Compare userName without regard to letter case.";
    LookupIgnoresCase "rfc/lookup-ignores-case" Both Users [Rfc Must "RFC 7643 §4.1.1, RFC 7644 §3.4.2.2"]
        "A lookup by `userName` ignores letter case."
        "Okta does not find a user whose `userName` has other capitals, and its create conflicts."
        "Compare userNames without regard to letter case, for example with an index on the lower-case name.";
    OneAccount "okta/one-account" Both Users [Okta Okta "REF20, test plan C9335", Rfc Must "RFC 7643 §4.1.1"]
        "Two `userName` values that differ only in letter case belong to one user."
        "The person gets a second account, and the first one stays as it is."
        "Ignore letter case in lookups and in the check for uniqueness.";
    OldNameFree "okta/old-name-free" Both Users [Okta Okta "KB-HRMOS", Rfc Must "RFC 7644 §3.4.2.2"]
        "After a change of `userName`, a lookup of the old one finds nothing."
        "The next person with that name would be linked to the wrong account."
        "Update the index of userNames together with the user.";
    GroupLookupMatches "okta/group-lookup-matches" Both Groups [Okta Okta "REF20", Rfc Must "RFC 7644 §3.4.2.2"]
        "A lookup by `displayName` returns only groups with that `displayName`."
        "Okta links a pushed group to a group of another name."
        "Apply the filter `displayName eq \"…\"` before paging.";
    GroupLookupFinds "okta/group-lookup-finds" Both Groups [Okta Okta "REF20", Rfc Must "RFC 7644 §3.4.2.2"]
        "A lookup by `displayName` finds the group that has it."
        "Okta creates a second group, or the create conflicts and the push stops."
        "Support the filter `displayName eq \"…\"`.";

    // Resources in responses.
    IdReturned "okta/id" Both Users [Okta Okta "REF20", Rfc Must "RFC 7643 §3.1"]
        "A resource in a response has an `id`."
        "Without it Okta reports \"Create new user returned empty user\" and cannot address the resource again."
        "Return the id that the server gave the resource, in every representation.";
    IdString "rfc/id-string" Both Users [Rfc Must "RFC 7643 §3.1"]
        "`id` is a string."
        "Okta stores the id as text; clients with strict types reject a number."
        "Send the id as a JSON string.";
    UserNameReturned "okta/user-name" Both Users [Okta Okta "REF20", Rfc Must "RFC 7643 §4.1.1"]
        "A user in a response has the `userName` that Okta sent."
        "Okta identifies users by it; without it a lookup can't be matched."
        "Return userName in every representation of a user.";
    UserNameCase "oin/user-name-case" Both Users [Okta Review "SUITE"]
        "A `userName` is returned in the letter case in which it was sent."
        "Okta's published suite compares the userName with the one that it sent, which has capitals."
        "Keep the userName as it was sent, and ignore letter case only when you compare.";
    FirstUser "note/first-user" Both Users [Okta Note "SUITE"]
        "The first user of the list has everything that Okta's suite asks for in its first step."
        "The suite looks at whichever user comes first, which may be one that others made."
        "Run Okta's suite on a tenant whose users have names, e-mail addresses and `active`.";
    UserComplete "oin/user-complete" Both Users [Okta Review "SUITE"]
        "A user in a response has its names and an e-mail address as they were sent."
        "Okta's published suite asks for name.givenName, name.familyName and emails[0].value."
        "Keep and return names and e-mail addresses.";
    UserSchemas "oin/user-schemas" Both Users [Okta Review "SUITE", Rfc Must "RFC 7643 §3"]
        "A user in a response names the User schema in `schemas`."
        "Okta's published suite checks it in the response to its create."
        "Add `\"schemas\": [\"urn:ietf:params:scim:schemas:core:2.0:User\"]`.";
    ActiveReturned "oin/active" Both Users [Okta Review "SUITE", Okta Note "KB"]
        "A user in a response has `active`."
        "Okta's published suite asks for it; without it an import cannot tell inactive users apart."
        "Return active in every representation of a user.";
    ActiveBoolean "rfc/active-boolean" Both Users [Rfc Must "RFC 7643 §2.3.2, §4.1.1"]
        "`active` is true or false, not a string."
        "Okta sends a boolean and writes back what the server returns."
        "Send active as a JSON boolean.";
    GroupNameReturned "okta/group-name" Both Groups [Okta Okta "REF20", Rfc Must "RFC 7643 §4.2"]
        "A group in a response has the `displayName` that Okta sent."
        "The display name is the only identifier that Okta has for a group."
        "Return displayName in every representation of a group.";
    PasswordReturned "security/password-returned" Both Users [Okta Security "REF20", Rfc Must "RFC 7643 §4.1.1"]
        "No response contains a password."
        "Okta sends a password with every create; a response that repeats it leaks it to logs."
        "Never return `password`, not even as a hash.";

    // Creating and reading users.
    CreateAccepted "okta/create-accepted" Both Users [Okta Okta "REF20"]
        "A create as Okta sends it succeeds."
        "The person is not provisioned, and the administrator sees an error."
        "Accept every attribute that Okta sends: ignore what the server does not keep, and read-only attributes such as `groups`.";
    NonAsciiUserName "note/non-ascii-user-name" Both Users [Rfc Note "RFC 7643 §4.1.1"]
        "A `userName` with letters beyond ASCII is accepted."
        "Okta permits such names, but most of them are e-mail addresses in ASCII."
        "Accept Unicode in userName, if your application can.";
    CreateStatus "oin/create-status" Both Users [Okta Review "SUITE", Rfc Must "RFC 7644 §3.3"]
        "A create of a user returns 201."
        "Okta's published suite asks for 201."
        "Return 201 with the new user.";
    CreateBody "okta/create-body" Both Users [Okta Okta "REF20", Rfc Must "RFC 7644 §3.3"]
        "The response to a create contains the new resource."
        "Okta reports \"Create new user returned empty user\" and does not provision the person."
        "Return the whole resource with its id.";
    CreateLocation "rfc/create-location" Both Users [Rfc Must "RFC 7644 §3.3"]
        "The response to a create has a Location header."
        "Okta reads the id from the body; other clients follow the header."
        "Add a Location header with the URL of the new resource.";
    CreateActive "okta/create-active" Both Users [Okta Okta "CONCEPT", Okta Review "SUITE"]
        "A user that is created with `active: true` is active."
        "The person has no access, and Okta does not try again."
        "Store active as it was sent.";
    CreateEcho "rfc/create-response" Both Users [Rfc Must "RFC 7644 §3.3"]
        "The response to a create shows the resource as it is stored."
        "Okta takes the response for the new state."
        "Build the response from the stored resource.";
    CreateConflict "oin/create-conflict" Both Users [Okta Review "SUITE", Rfc Must "RFC 7644 §3.3"]
        "A second create with the same `userName` returns 409."
        "Okta shows the administrator a conflict; any other status creates a duplicate or hides the reason."
        "Return 409 with scimType uniqueness.";
    ReadStatus "okta/read" Both Users [Okta Okta "ROSTR, FIREZONE", Rfc Must "RFC 7644 §3.4.1"]
        "GET of a resource by its `id` returns 200 with that resource."
        "Okta reads a user before each PUT; without the read no update and no deactivation of an AIW app works."
        "Serve GET by id for every resource, active or not.";
    AttributesKept "note/attributes-kept" Both Users [Rfc Note "RFC 7644 §3.3"]
        "The server keeps the attributes that Okta sends."
        "Okta does not need them back, but what is not kept does not reach your users."
        "Keep the attribute if your application uses it; otherwise nothing is to do.";
    TextKept "rfc/text-kept" Both Users [Rfc Must "RFC 7643 §2.3.1, RFC 8259 §8.1"]
        "Text is kept with every character."
        "Names are wrong in your application, although Okta shows success."
        "Read request bodies as UTF-8, store Unicode, and escape text only when you display it.";
    AttributesSurvive "okta/attributes-survive" Both Put [Okta Okta "REF20, ROSTR"]
        "An attribute that the server keeps survives a write that does not change it."
        "The value is lost on the server without an error in Okta."
        "Change only the attributes that differ.";
    OthersUntouched "okta/others-untouched" Both Users [Okta Okta "REF20", Rfc Must "RFC 7644 §3.5"]
        "A write changes only the resource that it names."
        "People who have nothing to do with the change lose data or access."
        "Restrict every write to the id in the URL.";

    // Changing users.
    PutAccepted "okta/put-accepted" Both Put [Okta Okta "REF20", Rfc Must "RFC 7644 §3.5.1"]
        "PUT of a user as Okta sends it succeeds."
        "Profile changes do not reach the server; an AIW app cannot deactivate either."
        "Accept the document that GET returned with Okta's changes in it; ignore read-only attributes.";
    PutBody "rfc/put-body" Both Put [Rfc Must "RFC 7644 §3.5.1", Okta Note "REF20"]
        "PUT returns 200 with the whole resource."
        "Okta's reference asks for the updated user."
        "Return 200 and the stored resource.";
    PutEcho "rfc/put-response" Both Put [Rfc Must "RFC 7644 §3.5.1"]
        "The response to a PUT shows the resource as it is after the request."
        "Okta takes the response for the new state."
        "Build the response after the change is stored.";
    PutStored "okta/put-stored" Both Put [Okta Okta "REF20, FIREZONE", Rfc Must "RFC 7644 §3.5.1"]
        "PUT replaces the attributes of a user with the values sent."
        "The server keeps old values while Okta shows success."
        "Store what the PUT contains.";
    PutReplaces "note/put-replaces" Both Put [Rfc Note "RFC 7644 §3.5.1", Okta Note "test plan C9337"]
        "A PUT clears the attributes that it does not contain."
        "Okta leaves an attribute out when it is cleared, so the old value stays on the server."
        "Remove attributes that a PUT does not contain, at least those that Okta manages.";
    PutConflict "rfc/put-conflict" Both Put [Rfc Must "RFC 7644 §3.5.1, RFC 7643 §4.1.1"]
        "A PUT with the `userName` of another user returns 409."
        "Two users with one name make every later lookup stop with \"Multiple users found\"."
        "Check uniqueness in PUT and PATCH as in POST, and return 409 with scimType uniqueness.";
    ConflictType "rfc/conflict-type" Both Users [Rfc Must "RFC 7644 §3.3, §3.12"]
        "A 409 for a value that is taken has the `scimType` uniqueness."
        "Okta shows the administrator only the detail; other clients decide by scimType."
        "Add `\"scimType\": \"uniqueness\"` to the error.";
    MembershipsSurvive "okta/memberships-survive" Both Members [Okta Okta "REF20", Rfc Must "RFC 7643 §4.1.2"]
        "A PUT of a user does not change its memberships in groups."
        "Okta sends `groups: []` with every profile change; people lose the access that their groups give."
        "Ignore `groups` in a user: it is read-only.";
    UserNameStored "okta/user-name-stored" Both Put [Okta Okta "CONNECT", Rfc Must "RFC 7644 §3.5.1"]
        "A changed `userName` is stored."
        "The next lookup by the new name finds nothing, and Okta creates a second user."
        "Accept a PUT with a new userName for the same id.";
    PatchAccepted "okta/patch-accepted" Oin Patch [Okta Okta "SCIMITAR29, SENTRY27199", Rfc Must "RFC 7644 §3.5.2"]
        "PATCH of a user without `path`, as Okta sends it, succeeds."
        "Deactivation fails: a person who left keeps access."
        "Accept `{\"op\":\"replace\",\"value\":{\"active\":false}}` and return 200 or 204.";
    PasswordAccepted "oin/password-accepted" Both Password [Okta Review "test plan C9301, C9302"]
        "A change of the password is accepted."
        "With Sync Password on, every password change in Okta ends with an error."
        "Accept `password` in PATCH and PUT, or leave Sync Password out of the integration (`--without password`).";
    PathlessPatch "okta/pathless-patch" Oin Patch
        [Okta Okta "SCIMITAR29, SENTRY27199, GOSCIM57", Rfc Must "RFC 7644 §3.5.2"]
        "A PATCH operation without a `path` is accepted and sets the attributes that its `value` names."
        "Okta's catalog app deactivates users and renames groups with such an operation: a leaver keeps access."
        "If an operation has no `path`, apply each attribute of its `value` object.";
    PatchStored "okta/patch-stored" Oin Patch [Okta Okta "REF20", Rfc Must "RFC 7644 §3.5.2"]
        "A PATCH that returns success takes effect."
        "Okta's catalog app deactivates users and changes members with PATCH: a leaver keeps access."
        "Apply the operations before you respond; read `Operations` also from bodies of type application/scim+json.";
    PatchBody "rfc/patch-body" Both Patch [Rfc Must "RFC 7644 §3.5.2"]
        "PATCH returns 204, or 200 with the whole resource."
        "Okta accepts both; a 200 without the resource leaves the new state unknown."
        "Return the stored resource, or 204 without a body.";
    PatchEcho "rfc/patch-response" Both Patch [Rfc Must "RFC 7644 §3.5.2"]
        "A PATCH that returns 200 shows the resource as it is after the request."
        "Okta takes the response for the new state."
        "Build the response after the change is stored, or return 204.";
    Deactivated "okta/deactivated" Both Users [Okta Okta "REF20, test plan C9292"]
        "A user that Okta deactivates is inactive or gone."
        "A person who left keeps access."
        "Store `active: false` from PATCH and PUT, and end the user's sessions.";
    Reactivated "okta/reactivated" Both Users [Okta Okta "test plan C9293", Okta Review "SUITE"]
        "A user that Okta reactivates is active again."
        "A person who comes back has no access."
        "Store `active: true` from PATCH and PUT.";
    SameUser "oin/same-user" Both Users [Okta Review "test plan C9293, SUITE"]
        "A user that Okta assigns again has the id from before."
        "Okta's test plan and its CRUD suite ask for it; what your application knows by the id is lost."
        "Keep deactivated users, and activate them again.";

    // Groups.
    GroupCreateAccepted "okta/group-create-accepted" Both Groups [Okta Okta "REF20"]
        "A create of a group as Okta sends it succeeds."
        "The push stops with an error."
        "Accept a group that has only displayName and members.";
    GroupCreateStatus "rfc/group-create-status" Both Groups [Rfc Must "RFC 7644 §3.3"]
        "A create of a group returns 201."
        "Clients tell a new group from an existing one by the status."
        "Return 201 with the new group.";
    GroupCreateMembers "rfc/group-create-members" Both Members [Rfc Must "RFC 7644 §3.3", Okta Note "AZLAB-7, BITWARDEN2139"]
        "A group is created with the members in the request."
        "An AIW app sends the members again by PUT; other clients do not."
        "Store members of POST as well.";
    GroupRead "okta/group-read" Both Groups [Okta Okta "ROSTR", Rfc Must "RFC 7644 §3.4.1"]
        "GET of a group by its `id` returns 200 with that group."
        "An AIW app reads the group before each PUT."
        "Serve GET by id for groups.";
    GroupPatchAccepted "okta/group-patch-accepted" Oin GroupPatch [Okta Okta "REF20", Rfc Must "RFC 7644 §3.5.2"]
        "PATCH of a group as Okta sends it succeeds."
        "The push stops, and memberships are not updated."
        "Accept add and replace with path `members`, and remove with `members[value eq \"…\"]`.";
    GroupRenameAccepted "okta/group-rename-accepted" Oin GroupPatch [Okta Okta "GOSCIM57, CODE42"]
        "A rename by PATCH that repeats the group's `id` succeeds."
        "Okta sends it with every membership change; the push stops."
        "Ignore an `id` in the value that equals the id of the group.";
    GroupPutAccepted "okta/group-put-accepted" Aiw GroupPut [Okta Okta "ROSTR", Rfc Must "RFC 7644 §3.5.1"]
        "PUT of a group as Okta sends it succeeds."
        "An AIW app cannot update memberships."
        "Accept PUT on groups.";
    GroupRenamed "okta/group-renamed" Both Groups [Okta Okta "REF20", Rfc Must "RFC 7644 §3.5"]
        "A renamed group has its new `displayName`."
        "The group keeps its old name, and Okta no longer finds it by name."
        "Store displayName from PATCH and PUT.";
    AddMembers "okta/patch-add-members" Oin GroupPatch [Okta Okta "REF20", Rfc Must "RFC 7644 §3.5.2.1"]
        "PATCH add with path `members` adds exactly the users it names."
        "People do not get the access that the group gives, or others lose it."
        "Add each element of value to the members, and keep those that are there.";
    RemoveMember "okta/patch-remove-member" Oin GroupPatch [Okta Okta "AUTHENTIK25686", Rfc Must "RFC 7644 §3.5.2.2"]
        "PATCH remove with `members[value eq \"…\"]` removes exactly that member."
        "A person keeps the access that the group gives, or others lose it."
        "Apply the filter in the path, and remove only the members that match.";
    ReplaceMembers "okta/patch-replace-members" Oin GroupPatch [Okta Okta "REF20, SCIMSDK757", Rfc Must "RFC 7644 §3.5.2.3"]
        "PATCH replace with path `members` leaves exactly the users it names."
        "Push now does not repair the group."
        "Replace the whole list, also by an empty one.";
    PutMembers "okta/put-members" Aiw GroupPut [Okta Okta "ROSTR", Rfc Must "RFC 7644 §3.5.1"]
        "PUT of a group leaves exactly the members it names."
        "Memberships of an AIW app are wrong after each change."
        "Replace the members by those of the request.";
    MembersEcho "rfc/members-response" Both Members [Rfc Must "RFC 7644 §3.5"]
        "Members in the response to a write are those after the request."
        "Okta accepts a response without members, but not wrong ones."
        "Build the response after the change is stored, or leave members out.";
    MembersShown "note/members-shown" Both Members [Rfc Note "RFC 7643 §4.2"]
        "A group in a response shows its members."
        "A catalog app does not read them; without them memberships cannot be checked."
        "Return members in GET by id.";
    GroupDeleted "okta/group-deleted" Both Groups [Okta Okta "REF20, test plan", Rfc Must "RFC 7644 §3.6"]
        "A deleted group is gone."
        "An administrator who deletes the group in the app finds it still there."
        "Delete the group, and return 204.";

    // Errors and credentials.
    UnknownUser "oin/unknown-user" Both Users [Okta Review "SUITE", Rfc Must "RFC 7644 §3.12"]
        "GET of an unknown `id` returns 404."
        "Okta's published suite asks for it in steps 4 and 12."
        "Return 404 with a SCIM error.";
    ErrorSchema "oin/error-schema" Both Users [Okta Review "SUITE", Rfc Must "RFC 7644 §3.12"]
        "An error is a SCIM error in JSON: `schemas` names the Error schema."
        "Okta shows \"Invalid JSON\" in place of the reason when an error is HTML or text."
        "Return `{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:Error\"],\"status\":\"404\",\"detail\":\"…\"}`.";
    ErrorStatus "oin/error-status" Both Users [Okta Review "SUITE", Rfc Must "RFC 7644 §3.12"]
        "The `status` of an error is the HTTP status."
        "Okta's published suite compares the two."
        "Set status to the HTTP status, as a string.";
    ErrorDetail "oin/error-detail" Both Users [Okta Review "SUITE", Okta Note "KB"]
        "An error has a `detail`."
        "It is the only explanation that the administrator sees."
        "Say in detail what was wrong with the request.";
    WrongToken "security/wrong-token" Both Auth [Okta Security "SUITE", Rfc Must "RFC 7644 §2"]
        "A request with a wrong token is refused."
        "Anyone could read and change the users of your customers."
        "Check the whole token on every request.";
    WrongTokenStatus "oin/wrong-token-status" Both Auth [Okta Review "SUITE", Rfc Must "RFC 7644 §3.12"]
        "A wrong token gets 401."
        "Okta's published suite asks for it in its eleventh step."
        "Return 401 with a SCIM error.";
    MissingToken "security/missing-token" Both Auth [Rfc Security "RFC 7644 §2"]
        "A request without a credential is refused."
        "Anyone could read and change the users of your customers."
        "Check the Authorization header on every request, also on creates.";
    EmptyToken "security/empty-token" Both Auth [Rfc Security "RFC 7644 §2"]
        "A request with an empty credential is refused."
        "Anyone could read and change the users of your customers."
        "Refuse an Authorization header without a token, also where no token is configured.";
    MissingTokenStatus "rfc/missing-token-status" Both Auth [Rfc Must "RFC 9110 §15.5.2", Rfc Must "RFC 7644 §3.12"]
        "A request without a credential gets 401."
        "Another status looks like an error of the server, and monitoring reports it as one."
        "Return 401 with a SCIM error if the Authorization header is missing.";
    MissingTokenError "rfc/missing-token-error" Both Auth [Rfc Must "RFC 7644 §3.12"]
        "The 401 for a request without a credential has a SCIM error."
        "Clients show the detail of the error to the administrator."
        "Return the same SCIM error as for a wrong token.";
    BearerCase "rfc/bearer-case" Both Auth [Rfc Must "RFC 9110 §11.1"]
        "The scheme `Bearer` is accepted in any case."
        "Okta sends `Bearer`, but other clients and proxies may send `bearer`."
        "Compare the scheme of the Authorization header without case.";
    NoAdminError "okta/no-error" Both Users [Okta Okta "REF20"]
        "Okta completes the action without an error for the administrator."
        "The administrator has to repeat the task by hand."
        "Read the error that Okta shows, and the responses before it.";
    ConnectionKept "okta/connection" Both Users [Okta Okta "KB, DEVF22746", Rfc Must "RFC 9110 §3.4"]
        "A request gets a response before the connection ends."
        "Okta reports a connection error for the request and stops."
        "Find the error of the server or of a proxy in front of it that ends the connection, and return a status.";
    InTime "okta/response-in-time" Both Users [Okta Okta "FAQ, SUBMIT"]
        "A request of Okta gets a response within 60 s."
        "Okta closes the connection after 60 s and reports an error, although the request may still take effect."
        "Return the response first, and do long work afterwards.";
    ResponseTime "note/response-time" Both Users [Okta Note "SUITE"]
        "A request of Okta gets a response within 10 s."
        "Okta waits for 60 s; its published suites expect a response within 600 ms."
        "Look for a missing index, or for work that can be done after the response.";
    OwnId "okta/own-id" Both Users [Okta Okta "REF20", Rfc Must "RFC 7643 §3.1"]
        "A response names only the resource that the request is about."
        "Okta would change the account of another person."
        "Return the id of the resource that was created or looked up.";

    // Directory sync events.
    UserEvents "events/users" Both Events [Dsync Must "workos-dsync 2.3"]
        "Each change of a user emits its event, and nothing else does."
        "Consumers of events miss the change, or act on one that never was."
        "Emit one event for each committed change.";
    GroupEvents "events/groups" Both Events [Dsync Must "workos-dsync 2.3"]
        "Each change of a group emits its event, and nothing else does."
        "Consumers of events miss the change, or act on one that never was."
        "Emit one event for each committed change.";
    MembershipEvents "events/memberships" Both Events [Dsync Must "workos-dsync 2.3"]
        "Each user that joins or leaves a group emits its event, and nothing else does."
        "Consumers of events miss the change, or act on one that never was."
        "Emit one event for each committed membership change.";
    EventEnvelope "events/envelope" Both Events [Dsync Must "workos-dsync 3.3"]
        "An event has `object`, `id`, `event`, `created_at` and `data.directory_id`."
        "Consumers cannot tell events apart or order them."
        "Return every part of the envelope.";
    EventLogComplete "events/complete" Both Events [Dsync Must "workos-dsync 3.3"]
        "The log shows the event of a change soon after the change."
        "Consumers never learn of it."
        "Write the event in the transaction of the change.";

    // The simulated Okta itself. These rows are judged in the project's own tests only.
    Simulation "sim/requests" Both Users [Okta Okta "REF20"]
        "The simulated Okta sends the requests, and shows the errors, that the scenario says."
        "A simulation that sends something else judges servers by the wrong requests."
        "Correct the scenario or the simulation.";
}

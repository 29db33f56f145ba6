//! Requirements on how users are created, read and changed.

macro_rules! users {
    ($later:tt $($earlier:tt)*) => { collect! { $later $($earlier)*
        // Creating and reading users.
        CreateAccepted "okta/create-accepted" Both Users [Okta Okta "REF20"]
            "A create as Okta sends it succeeds."
            "The person is not provisioned, and the administrator sees an error."
            "Accept every attribute that Okta sends: ignore what the server does not keep, and read-only attributes such as `groups`.";
        NonAsciiUserName "note/non-ascii-user-name" Both Users [Rfc Note "RFC 7643 §4.1.1"]
            "A `userName` with letters beyond ASCII is accepted."
            "Okta permits such names, but most of them are e-mail addresses in ASCII."
            "Accept Unicode in userName, if your application can.";
        CustomExtension "note/custom-extension" Both Users [Rfc Note "RFC 7643 §3.3"]
            "A create with an extension that the server does not know is accepted."
            "Okta sends only the extensions that the administrator added to the app, usually because the server has them."
            "Ignore extensions that the server does not know.";
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
        EmailShared "note/e-mail-shared" Both Users [Rfc Note "RFC 7643 §4.1.2"]
            "Two users may have the same e-mail address."
            "Okta permits it; the create of the second user ends with an error for the administrator."
            "Accept an address that another user has, unless your application identifies people by it.";
        EmailConflict "rfc/e-mail-conflict" Both Users [Rfc Must "RFC 7644 §3.3"]
            "A create that is refused because of a taken e-mail address returns 409."
            "Okta shows the administrator the reason only if the response has one."
            "Return 409 with scimType uniqueness, and name the address in detail.";
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
    } };
}

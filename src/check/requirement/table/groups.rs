//! Requirements on groups and their members.

macro_rules! groups {
    ($later:tt $($earlier:tt)*) => { collect! { $later $($earlier)*
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
        ManyMembers "okta/many-members" Both Members [Okta Okta "SUBMIT, FUSIONAUTH2784", Rfc Must "RFC 7644 §3.3"]
            "A group keeps all members that it is given, also several hundred."
            "Okta pushes groups with thousands of members; those that are missing do not get the access that the group gives."
            "Store and return every member: no limit on a group, a request or a query may cut the list.";
        GroupRead "okta/group-read" Both Groups [Okta Okta "ROSTR", Rfc Must "RFC 7644 §3.4.1"]
            "GET of a group by its `id` returns 200 with that group."
            "An AIW app reads the group before each PUT."
            "Serve GET by id for groups.";
        GroupPatchAccepted "okta/group-patch-accepted" Oin GroupPatch [Okta Okta "REF20", Rfc Must "RFC 7644 §3.5.2"]
            "PATCH of a group as Okta sends it succeeds."
            "The push stops, and memberships are not updated."
            "Accept add and replace with path `members`, and remove with `members[value eq \"…\"]`.";
        GroupRenameAccepted "okta/group-rename-accepted" Oin GroupPatch [Okta Okta "GOSCIM57, CODE42"]
            "A PATCH of the name succeeds, although it repeats the group's `id` and often the name that the group has."
            "Okta sends it with every membership change; the push stops."
            "Ignore an `id` in the value that equals the id of the group, and accept a name that the group already has.";
        PathlessMembers "okta/pathless-members" Oin GroupPatch
            [Okta Okta "METATAVU101, SCIMGW113", Rfc Must "RFC 7644 §3.5.2.3"]
            "A PATCH without `path` that replaces the members is accepted, and leaves exactly the users it names."
            "Okta's catalog apps have sent this form with Push now: the push stops, or the group keeps its old members."
            "If an operation has no `path`, apply each attribute of its `value` object, also `members`.";
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
        MemberOnce "rfc/member-once" Both Members [Rfc Should "RFC 7643 §2.4, RFC 7644 §3.5.2.1"]
            "A user that is added to a group twice is a member once."
            "Okta adds a returning user again; a removal then leaves one of the two entries."
            "Compare the ids before you add a member.";
        MembersShown "note/members-shown" Both Members [Rfc Note "RFC 7643 §4.2"]
            "A group in a response shows its members."
            "A catalog app does not read them; without them memberships cannot be checked."
            "Return members in GET by id.";
        GroupDeleted "okta/group-deleted" Both Groups [Okta Okta "REF20, test plan", Rfc Must "RFC 7644 §3.6"]
            "A deleted group is gone."
            "An administrator who deletes the group in the app finds it still there."
            "Delete the group, and return 204.";
    } };
}

//! Requirements on lists and lookups.

macro_rules! lists {
    ($later:tt $($earlier:tt)*) => { collect! { $later $($earlier)*
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
        LookupApostrophe "okta/lookup-apostrophe" Both Users [Okta Okta "REF20", Rfc Must "RFC 7644 §3.4.2.2"]
            "A lookup finds a name that contains an apostrophe."
            "Every person with a name such as O'Neil gets a create that conflicts, and is not provisioned."
            "Parse the value of the filter as a JSON string, and pass it to the database as a parameter.";
        LookupPlus "okta/lookup-plus" Both Users [Okta Okta "REF20", Rfc Must "RFC 7644 §3.4.2.2"]
            "A lookup finds a name that contains a plus sign."
            "Every person with an address such as pat+crm@example.com gets a create that conflicts, and is not provisioned."
            "Decode the query string once; Okta sends a plus sign as `%2B`.";
        LookupQuotes "okta/lookup-quotes" Both Groups [Okta Okta "REF20", Rfc Must "RFC 7644 §3.4.2.2"]
            "A lookup finds a name that contains double quotes."
            "A pushed group with such a name is not found, so that Okta shows an error or creates a second group."
            "Parse the value of the filter as a JSON string: a double quote in it arrives as `\\\"`.";
        LookupNonAscii "okta/lookup-non-ascii" Both Users [Okta Okta "REF20", Rfc Must "RFC 7644 §3.4.2.2"]
            "A lookup finds a name with letters beyond ASCII."
            "A pushed group with such a name is not found, so that Okta creates a second group."
            "Decode the query as UTF-8, and compare names in one normal form.";
        LookupRenamed "okta/lookup-renamed" Both Users [Okta Okta "CONNECT", Rfc Must "RFC 7644 §3.4.2.2"]
            "A lookup by the new name finds a resource that was renamed."
            "Okta does not find the person or group after a rename, and creates a second one."
            "Update the index of names together with the resource.";
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
    } };
}

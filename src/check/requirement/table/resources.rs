//! Requirements on the resources in responses.

macro_rules! resources {
    ($later:tt $($earlier:tt)*) => { collect! { $later $($earlier)*
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
        ExtensionInUrn "rfc/extension-urn" Both Users [Rfc Must "RFC 7643 §3.3"]
            "The attributes of an extension are in an object under its URN."
            "Okta reads and writes them there, so it does not see a value that is at the top level."
            "Return the attributes in `\"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User\": {…}`.";
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
    } };
}

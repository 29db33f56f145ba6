//! Requirements on errors, credentials and connections.

macro_rules! errors {
    ($later:tt $($earlier:tt)*) => { collect! { $later $($earlier)*
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
    } };
}

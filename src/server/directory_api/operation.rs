//! The table of the API: one row for each operation, which yields its route, the methods in `Allow`, and its part of the
//! OpenAPI document (`openapi`).

use http::Method;

use super::super::query::decode;
use super::error::ApiError;

/// An operation of the API. The endpoint that handles it is in `dispatch`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    ListEvents,
    ListDirectories,
    GetDirectory,
    DeleteDirectory,
    ListDirectoryUsers,
    GetDirectoryUser,
    ListDirectoryGroups,
    GetDirectoryGroup,
    ListOrganizations,
    CreateOrganization,
    GetOrganization,
    UpdateOrganization,
    DeleteOrganization,
    GetOrganizationByExternalId,
    ListWebhookEndpoints,
    CreateWebhookEndpoint,
    GetWebhookEndpoint,
    UpdateWebhookEndpoint,
    DeleteWebhookEndpoint,
    GeneratePortalLink,
    CreateDirectory,
    CreateDirectoryToken,
    ListEventStreams,
    CreateEventStream,
    GetEventStream,
    UpdateEventStream,
    DeleteEventStream,
    ListPushAttempts,
    ListWebhookAttempts,
    RedeliverWebhook,
    TestWebhookEndpoint,
}

/// A row of the table.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) operation: Operation,
    pub(super) method: &'static str,
    /// The path. A segment in braces is a parameter.
    pub(super) path: &'static str,
    pub(super) summary: &'static str,
    /// Query parameters beside those of pagination.
    pub(super) query: &'static [Query],
    /// The schema of the body of the request.
    pub(super) body: Option<&'static str>,
    /// The status of the response that reports success.
    pub(super) status: u16,
    pub(super) shows: Shows,
    /// The statuses of errors that not every operation has.
    pub(super) errors: &'static [u16],
}

/// The body of a response that reports success. Contains the name of a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shows {
    Nothing,
    One(&'static str),
    List(&'static str),
    /// A list that has only `after` in `list_metadata`.
    Log(&'static str),
}

/// A query parameter.
#[derive(Debug, Clone, Copy)]
pub(super) enum Query {
    Text(&'static str, &'static str),
    Time(&'static str, &'static str),
    /// Several values, separated by commas.
    Many(&'static str, &'static str),
    /// Names of events, separated by commas.
    EventNames,
}

use Operation as O;
use Query::{EventNames, Many, Text, Time};
use Shows::{List, Log, Nothing, One};

const ORGANIZATION: Query = Text("organization_id", "The organization.");
const DIRECTORY: Query = Text("directory", "The directory.");

/// All operations. Rows with the same path are next to each other.
pub(super) const ROWS: &[Row] = &[
    Row {
        query: &[
            EventNames,
            ORGANIZATION,
            Time("range_start", "The earliest time. It cannot be combined with `after`."),
            Time("range_end", "The latest time."),
        ],
        errors: &[400, 422],
        ..read(O::ListEvents, "/events", Log("Event"), "Events, oldest first unless `order` is given.")
    },
    Row {
        query: &[
            ORGANIZATION,
            Text("domain", "A domain of the organization."),
            Text("search", "A part of the name or of a domain."),
        ],
        errors: &[422],
        ..read(O::ListDirectories, "/directories", List("Directory"), "Directories.")
    },
    read(O::GetDirectory, "/directories/{id}", One("Directory"), "A directory."),
    Row {
        status: 202,
        ..remove(
            O::DeleteDirectory,
            "/directories/{id}",
            "Deletes a directory. Its rows are deleted in the background.",
        )
    },
    Row {
        query: &[
            DIRECTORY,
            Text("group", "The ID of a directory group. Only its direct members are returned."),
            Text("idp_id", "The ID at the identity provider. It requires `directory`."),
            Text("email", "The email address, compared without case. It requires `directory`."),
        ],
        errors: &[404, 422],
        ..read(O::ListDirectoryUsers, "/directory_users", List("DirectoryUser"), "Directory users.")
    },
    read(O::GetDirectoryUser, "/directory_users/{id}", One("DirectoryUser"), "A directory user."),
    Row {
        query: &[
            DIRECTORY,
            Text("user", "The ID of a directory user. Only the groups with this direct member are returned."),
        ],
        errors: &[404, 422],
        ..read(O::ListDirectoryGroups, "/directory_groups", List("DirectoryGroup"), "Directory groups.")
    },
    read(O::GetDirectoryGroup, "/directory_groups/{id}", One("DirectoryGroup"), "A directory group."),
    Row {
        query: &[
            Many("domains", "Only organizations with at least one of these domains are returned."),
            Text("search", "A part of the name."),
        ],
        errors: &[422],
        ..read(O::ListOrganizations, "/organizations", List("Organization"), "Organizations.")
    },
    Row {
        status: 201,
        errors: &[409],
        ..send(
            O::CreateOrganization,
            "POST",
            "/organizations",
            "OrganizationBody",
            One("Organization"),
            "Creates an organization.",
        )
    },
    read(O::GetOrganization, "/organizations/{id}", One("Organization"), "An organization."),
    Row {
        errors: &[404, 409],
        ..send(
            O::UpdateOrganization,
            "PUT",
            "/organizations/{id}",
            "OrganizationChanges",
            One("Organization"),
            "Changes those properties of an organization that the body contains.",
        )
    },
    Row {
        status: 202,
        ..remove(O::DeleteOrganization, "/organizations/{id}", "Deletes an organization and its directories.")
    },
    read(
        O::GetOrganizationByExternalId,
        "/organizations/external_id/{external_id}",
        One("Organization"),
        "The organization with this external ID.",
    ),
    Row {
        errors: &[422],
        ..read(O::ListWebhookEndpoints, "/webhook_endpoints", List("WebhookEndpoint"), "Webhook endpoints.")
    },
    Row {
        status: 201,
        errors: &[409],
        ..send(
            O::CreateWebhookEndpoint,
            "POST",
            "/webhook_endpoints",
            "WebhookEndpointBody",
            One("WebhookEndpoint"),
            "Creates a webhook endpoint. Only this response shows its secret.",
        )
    },
    read(
        O::GetWebhookEndpoint,
        "/webhook_endpoints/{id}",
        One("WebhookEndpoint"),
        "A webhook endpoint. WorkOS does not have this operation.",
    ),
    Row {
        errors: &[404, 409],
        ..send(
            O::UpdateWebhookEndpoint,
            "PATCH",
            "/webhook_endpoints/{id}",
            "WebhookEndpointChanges",
            One("WebhookEndpoint"),
            "Changes those properties of a webhook endpoint that the body contains.",
        )
    },
    Row {
        status: 204,
        ..remove(O::DeleteWebhookEndpoint, "/webhook_endpoints/{id}", "Deletes a webhook endpoint and its log.")
    },
    Row {
        status: 201,
        errors: &[404],
        ..send(
            O::GeneratePortalLink,
            "POST",
            "/portal/generate_link",
            "PortalLinkBody",
            One("PortalLink"),
            "Generates a link to a page with the directories of an organization. It expires after five minutes.",
        )
    },
    Row {
        status: 201,
        errors: &[404, 409],
        ..send(
            O::CreateDirectory,
            "POST",
            "/scimulate/directories",
            "DirectoryBody",
            One("NewDirectory"),
            "Creates a directory. Only this response shows its token. WorkOS does not have this operation.",
        )
    },
    Row {
        status: 201,
        errors: &[404, 409],
        ..send(
            O::CreateDirectoryToken,
            "POST",
            "/scimulate/directories/{id}/tokens",
            "DirectoryTokenBody",
            One("NewDirectoryToken"),
            "Creates a token. Only this response shows it. WorkOS does not have this operation.",
        )
    },
    read(
        O::ListEventStreams,
        "/scimulate/directories/{id}/event_streams",
        One("EventStreams"),
        "The event streams of a directory. WorkOS does not have this operation.",
    ),
    Row {
        status: 201,
        errors: &[404],
        ..send(
            O::CreateEventStream,
            "POST",
            "/scimulate/directories/{id}/event_streams",
            "EventStreamBody",
            One("NewEventStream"),
            "Creates an event stream. Only this response shows its token. WorkOS does not have this operation.",
        )
    },
    read(
        O::GetEventStream,
        "/scimulate/event_streams/{id}",
        One("EventStream"),
        "An event stream. WorkOS does not have this operation.",
    ),
    Row {
        errors: &[404],
        ..send(
            O::UpdateEventStream,
            "PATCH",
            "/scimulate/event_streams/{id}",
            "EventStreamChanges",
            One("EventStream"),
            "Enables or disables an event stream. WorkOS does not have this operation.",
        )
    },
    Row {
        status: 204,
        ..remove(
            O::DeleteEventStream,
            "/scimulate/event_streams/{id}",
            "Deletes an event stream. WorkOS does not have this operation.",
        )
    },
    Row {
        errors: &[404, 422],
        ..read(
            O::ListPushAttempts,
            "/scimulate/event_streams/{id}/attempts",
            List("WebhookAttempt"),
            "The attempts to push tokens to a receiver. WorkOS does not have this operation.",
        )
    },
    Row {
        errors: &[404, 422],
        ..read(
            O::ListWebhookAttempts,
            "/scimulate/webhook_endpoints/{id}/attempts",
            List("WebhookAttempt"),
            "The attempts to deliver events to an endpoint. WorkOS does not have this operation.",
        )
    },
    Row {
        errors: &[404],
        ..send(
            O::RedeliverWebhook,
            "POST",
            "/scimulate/webhook_endpoints/{id}/redeliveries",
            "RedeliveryBody",
            One("WebhookAttempt"),
            "Delivers an event once more. WorkOS does not have this operation.",
        )
    },
    Row {
        errors: &[404],
        ..send(
            O::TestWebhookEndpoint,
            "POST",
            "/scimulate/webhook_endpoints/{id}/test",
            "WebhookTestBody",
            One("WebhookAttempt"),
            "Delivers a test event, which is not in the log. WorkOS does not have this operation.",
        )
    },
];

/// Builds the row of a GET. An object that is addressed by its ID may be missing.
const fn read(operation: Operation, path: &'static str, shows: Shows, summary: &'static str) -> Row {
    let errors: &[u16] = if matches!(shows, One(_)) { &[404] } else { &[] };
    Row { operation, method: "GET", path, summary, query: &[], body: None, status: 200, shows, errors }
}

/// Builds the row of a request with a body.
const fn send(
    operation: Operation,
    method: &'static str,
    path: &'static str,
    body: &'static str,
    shows: Shows,
    summary: &'static str,
) -> Row {
    Row { operation, method, path, summary, query: &[], body: Some(body), status: 200, shows, errors: &[] }
}

/// Builds the row of a DELETE.
const fn remove(operation: Operation, path: &'static str, summary: &'static str) -> Row {
    let errors: &[u16] = &[404];
    Row { operation, method: "DELETE", path, summary, query: &[], body: None, status: 200, shows: Nothing, errors }
}

/// Returns the operation of a request, and the parameter of its path, which is empty if the path has none.
pub(super) fn find(path: &str, method: &Method) -> Result<(Operation, String), ApiError> {
    let nothing = || ApiError::NotFound("there is no such path in the API".to_owned());
    let path = path.strip_prefix('/').unwrap_or(path);
    let segments = path.strip_suffix('/').unwrap_or(path).split('/').map(decode).collect::<Result<Vec<_>, _>>();
    let segments = segments.map_err(|_| nothing())?;
    let of_path: Vec<(&Row, &str)> =
        ROWS.iter().filter_map(|row| Some((row, parameter(row.path, &segments)?))).collect();
    let wanted = if method == Method::HEAD { "GET" } else { method.as_str() };
    match of_path.iter().find(|(row, _)| row.method == wanted) {
        Some((row, parameter)) => Ok((row.operation, (*parameter).to_owned())),
        None if of_path.is_empty() => Err(nothing()),
        None => Err(ApiError::Method(allowed(of_path.iter().map(|(row, _)| row.method)))),
    }
}

/// Returns the value of the parameter of a path if the segments fit: an empty text if the path has no parameter.
fn parameter<'a>(path: &str, segments: &'a [String]) -> Option<&'a str> {
    let mut parameter = "";
    let mut expected = path.split('/').skip(1);
    for segment in segments {
        match expected.next()? {
            name if name.starts_with('{') => parameter = segment,
            name if name == segment => {}
            _ => return None,
        }
    }
    expected.next().is_none().then_some(parameter)
}

/// Lists the methods of a path for `Allow`.
fn allowed<'a>(methods: impl Iterator<Item = &'a str>) -> String {
    methods.map(|method| if method == "GET" { "GET, HEAD" } else { method }).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, method: &Method) -> Result<(Operation, String), String> {
        find(path, method).map_err(|error| match error {
            ApiError::Method(allowed) => allowed,
            _ => "404".to_owned(),
        })
    }

    #[test]
    fn paths_lead_to_operations() {
        let some = |operation, parameter: &str| Ok((operation, parameter.to_owned()));
        for (path, expected) in [
            ("/events", some(O::ListEvents, "")),
            ("/events/", some(O::ListEvents, "")),
            ("/directories/a%20b", some(O::GetDirectory, "a b")),
            ("/organizations/external_id", some(O::GetOrganization, "external_id")),
            ("/organizations/external_id/x", some(O::GetOrganizationByExternalId, "x")),
            ("/scimulate/webhook_endpoints/we_1/attempts", some(O::ListWebhookAttempts, "we_1")),
            ("/directories/a%2", Err("404".to_owned())),
            ("/events/1", Err("404".to_owned())),
            ("/scimulate", Err("404".to_owned())),
            ("/scimulate/directories", Err("POST".to_owned())),
        ] {
            assert_eq!(found(path, &Method::GET), expected, "{path}");
            assert_eq!(found(path, &Method::HEAD), expected, "{path}");
        }
        assert_eq!(found("/webhook_endpoints/x", &Method::PUT), Err("GET, HEAD, PATCH, DELETE".to_owned()));
        assert_eq!(found("/webhook_endpoints/x", &Method::PATCH), some(O::UpdateWebhookEndpoint, "x"));
    }

    #[test]
    fn each_method_of_a_path_has_one_row() {
        for (number, row) in ROWS.iter().enumerate() {
            let same =
                |other: &&Row| (other.method, other.path) == (row.method, row.path) || other.operation == row.operation;
            assert_eq!(ROWS.iter().filter(same).count(), 1, "row {number}: {} {}", row.method, row.path);
        }
    }
}

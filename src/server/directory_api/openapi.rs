//! The OpenAPI document of the API, built from the table of operations and from the types of its objects.
//!
//! The document describes errors in the shape of WorkOS. It contains nothing of the store, so it is served without an API
//! key.

mod bodies;
mod component;
mod events;
mod objects;
#[cfg(test)]
mod tests;
mod users;

use axum::response::Response;
use http::StatusCode;
use http::request::Parts;
use serde_json::json;
use utoipa::openapi::path::{Operation, OperationBuilder, ParameterBuilder, ParameterIn, ParameterStyle};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{ArrayBuilder, Components, ObjectBuilder, Schema, SchemaType, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{
    ContentBuilder, Header, HttpMethod, InfoBuilder, KnownFormat, OpenApi, OpenApiBuilder, PathItem, PathsBuilder, Ref,
    RefOr, Required, ResponseBuilder, SchemaFormat, SecurityRequirement, Server,
};

use super::super::app::App;
use super::super::origin::origin;
use super::error::ApiError;
use super::operation::{Query, ROWS, Row, Shows};
use crate::base::limits;
use crate::events::EventName;
use crate::http::response::{self, JSON};

/// The path of the document.
pub(super) const PATH: &str = "/openapi.json";

const DESCRIPTION: &str = "Organizations, directories, directory users and groups, events and webhooks, in the shape of \
    WorkOS. A query parameter without a value is ignored. Strings with U+0000 and integers beyond 64 bits are refused.";

const MEDIA_TYPE: &str = "application/json";
/// The name of the scheme by which requests carry an API key.
const API_KEY: &str = "api_key";

/// Responds with the document.
pub(super) fn respond(app: &App, parts: &Parts) -> Result<Response, ApiError> {
    if !matches!(parts.method.as_str(), "GET" | "HEAD") {
        return Err(ApiError::Method("GET, HEAD".to_owned()));
    }
    Ok(response::json(StatusCode::OK, JSON, &document(&origin(app, parts))))
}

/// Builds the document for clients that reach the server at this URL.
pub(super) fn document(url: &str) -> OpenApi {
    let info = InfoBuilder::new()
        .title("scimulate directory API")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(DESCRIPTION));
    let components = components();
    let paths = ROWS.iter().fold(PathsBuilder::new(), |paths, row| {
        // The builder merges the methods of a path.
        paths.path(row.path, PathItem::new(method(row.method), operation(row, &components)))
    });
    OpenApiBuilder::new()
        .info(info.build())
        .servers(Some([Server::new(url)]))
        .paths(paths)
        .components(Some(components))
        .security(Some([SecurityRequirement::new(API_KEY, Vec::<String>::new())]))
        .build()
}

fn components() -> Components {
    let mut schemas = Vec::new();
    objects::schemas(&mut schemas);
    users::schemas(&mut schemas);
    events::schemas(&mut schemas);
    bodies::schemas(&mut schemas);
    let mut components = Components::new();
    components.schemas.extend(schemas);
    let bearer =
        HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("An API key (`scimulate api-key add`)."));
    components.add_security_scheme(API_KEY, SecurityScheme::Http(bearer.build()));
    components
}

fn method(name: &str) -> HttpMethod {
    match name {
        "POST" => HttpMethod::Post,
        "PUT" => HttpMethod::Put,
        "PATCH" => HttpMethod::Patch,
        "DELETE" => HttpMethod::Delete,
        _ => HttpMethod::Get,
    }
}

fn operation(row: &Row, components: &Components) -> Operation {
    let mut built =
        OperationBuilder::new().operation_id(Some(format!("{:?}", row.operation))).summary(Some(row.summary));
    for name in row.path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}')) {
        let id = text().min_length(Some(1));
        built = built.parameter(parameter(name, ParameterIn::Path, "").required(Required::True).schema(Some(id)));
    }
    for query in row.query {
        built = built.parameter(query_parameter(query));
    }
    if matches!(row.shows, Shows::List(_) | Shows::Log(_)) {
        for parameter in paging() {
            built = built.parameter(parameter);
        }
    }
    if let Some(body) = row.body {
        let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(body)));
        let required = if needs_properties(components, body) { Required::True } else { Required::False };
        let body = RequestBodyBuilder::new().content(MEDIA_TYPE, content.build()).required(Some(required));
        built = built.request_body(Some(body.build()));
    }
    let mut success = described("Success.");
    if let Some(schema) = shown(row.shows) {
        success = success.content(MEDIA_TYPE, ContentBuilder::new().schema(Some(schema)).build());
    }
    built = built.response(row.status.to_string(), success);
    for status in errors(row) {
        let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Error")));
        built = built.response(status.to_string(), described(meaning(status)).content(MEDIA_TYPE, content.build()));
    }
    built.build()
}

/// Reports whether a schema requires a property. A request without properties may have no body.
fn needs_properties(components: &Components, schema: &str) -> bool {
    matches!(components.schemas.get(schema), Some(RefOr::T(Schema::Object(object))) if !object.required.is_empty())
}

/// Returns the statuses of errors of an operation, ascending.
fn errors(row: &Row) -> Vec<u16> {
    let mut errors = vec![401, 503];
    errors.extend(row.errors);
    if row.body.is_some() {
        errors.extend([400, 408, 413, 415, 422]);
    }
    errors.sort_unstable();
    errors.dedup();
    errors
}

fn meaning(status: u16) -> &'static str {
    match status {
        400 => {
            "The body is not a JSON object, a value breaks a rule that has a code of its own, or the cursor is unknown."
        }
        401 => "The API key is missing, unknown or revoked.",
        404 => "The object does not exist.",
        408 => "The body did not arrive in time.",
        409 => "Another object has a value that must be unique.",
        413 => "The body is too large.",
        415 => "The content coding of the body is not supported.",
        422 => "Parameters or properties are not valid. `errors` names each.",
        _ => "The server cannot handle the request at the moment. Retry-After says when to try again.",
    }
}

fn described(text: &str) -> ResponseBuilder {
    ResponseBuilder::new().description(text).header("X-Request-ID", Header::new(self::text().build()))
}

/// Returns the schema of a response.
fn shown(shows: Shows) -> Option<RefOr<Schema>> {
    let list = |of: &str, cursors: &[&str]| {
        let cursor = || ObjectBuilder::new().schema_type(SchemaType::from_iter([Type::String, Type::Null]));
        let cursors =
            cursors.iter().fold(ObjectBuilder::new(), |object, name| object.property(*name, cursor()).required(*name));
        let list = ObjectBuilder::new()
            .property("object", text().enum_values(Some(["list"])))
            .property("data", ArrayBuilder::new().items(Ref::from_schema_name(of)))
            .property("list_metadata", cursors);
        Schema::from(list.required("object").required("data").required("list_metadata").build()).into()
    };
    match shows {
        Shows::Nothing => None,
        Shows::One(name) => Some(Ref::from_schema_name(name).into()),
        Shows::List(name) => Some(list(name, &["before", "after"])),
        Shows::Log(name) => Some(list(name, &["after"])),
    }
}

fn query_parameter(query: &Query) -> ParameterBuilder {
    let separated = |built: ParameterBuilder| built.style(Some(ParameterStyle::Form)).explode(Some(false));
    match query {
        Query::Text(name, description) => parameter(name, ParameterIn::Query, description).schema(Some(text())),
        Query::Time(name, description) => {
            let description = format!("{description} A time in UTC that ends with Z.");
            parameter(name, ParameterIn::Query, &description).schema(Some(time()))
        }
        Query::Many(name, description) => {
            let values = ArrayBuilder::new().items(text()).max_items(Some(limits::ORGANIZATION_DOMAINS));
            separated(parameter(name, ParameterIn::Query, description).schema(Some(values)))
        }
        Query::EventNames => {
            let names = text().enum_values(Some(EventName::ALL.map(|(_, name)| name)));
            let description = "The names of events, separated by commas. Without it, all events.";
            separated(
                parameter("events", ParameterIn::Query, description).schema(Some(ArrayBuilder::new().items(names))),
            )
        }
    }
}

/// Returns the parameters of pagination.
fn paging() -> [ParameterBuilder; 4] {
    let query = |name, description| parameter(name, ParameterIn::Query, description);
    let limit = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(1))
        .maximum(Some(limits::EVENTS_PAGE))
        .default(Some(json!(limits::DEFAULT_EVENTS_PAGE)));
    let order = text().enum_values(Some(["asc", "desc", "normal"]));
    [
        query("limit", "The number of objects on a page.").schema(Some(limit)),
        query("order", "The order by creation. In `normal` order, `before` leads to older objects.")
            .schema(Some(order)),
        query("before", "The ID of an object. It cannot be combined with `after`.").schema(Some(text())),
        query("after", "The ID of an object. It cannot be combined with `before`.").schema(Some(text())),
    ]
}

fn parameter(name: &str, place: ParameterIn, description: &str) -> ParameterBuilder {
    let built = ParameterBuilder::new().name(name).parameter_in(place).required(Required::False);
    if description.is_empty() { built } else { built.description(Some(description)) }
}

fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

fn time() -> ObjectBuilder {
    text().format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime))).pattern(Some("Z$"))
}

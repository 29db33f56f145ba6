//! Defects of userNames: uniqueness, letter case, unusual characters, and lookups after a rename.
//!
//! The upstream is sound, so a defect that needs other data keeps it in the upstream under a mark that responses do not show.

use bytes::Bytes;
use http::header::LOCATION;
use http::{HeaderMap, Method, Request, Response, StatusCode, Uri};
use serde_json::{Value, json};

use super::exchange::{Endpoint, ParsedRequest, ParsedResponse, Upstream, bodyless, with_body, with_filter};
use super::users::{error, set_attribute};
use crate::scim::ScimError;

/// Marks the userName of a user whose name another user has.
const TAKEN: &str = "taken^";
/// Marks a former userName, kept in `nickName`.
const FORMERLY: &str = "formerly^";

/// Returns the name in a lookup by userName.
fn looked_up(parsed: &ParsedRequest) -> Option<String> {
    let filter = parsed.filter.as_deref().filter(|_| parsed.looks_up(Endpoint::Users, "userName"))?;
    serde_json::from_str(filter.split_once(" eq ")?.1).ok()
}

fn user_name(body: Option<&Value>) -> &str {
    body.and_then(|body| body.get("userName")?.as_str()).unwrap_or_default()
}

fn refuse_create(parsed: &ParsedRequest, is_refused: impl Fn(&str) -> bool) -> Option<ParsedResponse> {
    let refused = parsed.is(&Method::POST, Endpoint::Users) && is_refused(user_name(parsed.body.as_ref()));
    refused.then(|| error(&ScimError::invalid_value("userName has a character that is not allowed")))
}

pub(super) fn apostrophe_refused(parsed: &ParsedRequest, _: &HeaderMap) -> Option<ParsedResponse> {
    refuse_create(parsed, |name| name.contains('\''))
}

pub(super) fn plus_refused(parsed: &ParsedRequest, _: &HeaderMap) -> Option<ParsedResponse> {
    refuse_create(parsed, |name| name.contains('+'))
}

pub(super) fn non_ascii_refused(parsed: &ParsedRequest, _: &HeaderMap) -> Option<ParsedResponse> {
    refuse_create(parsed, |name| !name.is_ascii())
}

pub(super) fn lower_cased(parsed: &ParsedRequest, body: &mut Value) {
    if matches!(parsed.endpoint, Endpoint::Users | Endpoint::User)
        && let Some(name) = body.get_mut("userName")
        && let Some(text) = name.as_str()
    {
        *name = Value::from(text.to_lowercase());
    }
}

/// Finds only names that have the same letters.
pub(super) fn case_sensitive_lookup(parsed: &ParsedRequest, response: &mut ParsedResponse) {
    if let Some(name) = looked_up(parsed) {
        super::lists::retain(response, |user| user["userName"] == name);
    }
}

/// Treats names in another letter case as other names: a capital letter is stored as `^` and the small letter.
pub(super) async fn case_variants_are_two(
    upstream: &dyn Upstream,
    parsed: ParsedRequest,
    request: Request<Bytes>,
) -> Response<Bytes> {
    let mark = |name: &str| {
        name.chars().fold(String::new(), |mut marked, letter| {
            if letter.is_ascii_uppercase() {
                marked.push('^');
            }
            marked.push(letter.to_ascii_lowercase());
            marked
        })
    };
    let mut request = request;
    if let Some(name) = looked_up(&parsed) {
        request = with_filter(request, &format!("userName eq {}", Value::from(mark(&name))));
    } else if let Some(body) = parsed.body.as_ref().filter(|body| body.get("userName").is_some()) {
        let mut body = body.clone();
        set_attribute(&mut body, "userName", Value::from(mark(user_name(parsed.body.as_ref()))));
        request = with_body(request, &body);
    }
    let mut response = ParsedResponse::from(upstream.call(request).await);
    edit_names(&mut response, |name| {
        let mut parts = name.split('^');
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |name, part| {
            let mut letters = part.chars();
            let capital = letters.next().map(|letter| letter.to_ascii_uppercase()).unwrap_or_default();
            name + &format!("{capital}{}", letters.as_str())
        })
    });
    response.into()
}

fn edit_names(response: &mut ParsedResponse, edit: impl Fn(&str) -> String) {
    response.each_resource(|resource| {
        if let Some(name) = resource.get_mut("userName")
            && let Some(text) = name.as_str()
        {
            *name = Value::from(edit(text));
        }
    });
}

/// Gives a user a name that another user has.
pub(super) async fn put_takes_taken_name(
    upstream: &dyn Upstream,
    parsed: ParsedRequest,
    request: Request<Bytes>,
) -> Response<Bytes> {
    let mut again = None;
    if let Some(body) = parsed.body.as_ref().filter(|_| parsed.is(&Method::PUT, Endpoint::User)) {
        let mut body = body.clone();
        let name = format!("{TAKEN}{}", user_name(parsed.body.as_ref()));
        set_attribute(&mut body, "userName", Value::from(name));
        again = Some(with_body(request.clone(), &body));
    }
    let mut response = ParsedResponse::from(upstream.call(request).await);
    if let Some(again) = again.filter(|_| response.status == StatusCode::CONFLICT) {
        response = ParsedResponse::from(upstream.call(again).await);
    }
    edit_names(&mut response, |name| name.trim_start_matches(TAKEN).to_owned());
    response.into()
}

/// Finds a renamed user under its first name, and not under the new one.
pub(super) async fn found_under_old_name(
    upstream: &dyn Upstream,
    parsed: ParsedRequest,
    request: Request<Bytes>,
) -> Response<Bytes> {
    let Some(name) = looked_up(&parsed) else { return keep_former_name(upstream, &parsed, request).await };
    let old = with_filter(request.clone(), &format!("nickName eq {}", json!(format!("{FORMERLY}{name}"))));
    let mut response = ParsedResponse::from(upstream.call(request).await);
    super::lists::retain(&mut response, |user| former(user).is_none());
    let mut renamed = ParsedResponse::from(upstream.call(old).await);
    if renamed.finds() {
        response = renamed;
    }
    without_marks(response)
}

/// Shows a renamed user also under its first name, as a search index does that was not updated.
pub(super) async fn found_in_stale_index(
    upstream: &dyn Upstream,
    parsed: ParsedRequest,
    request: Request<Bytes>,
) -> Response<Bytes> {
    let Some(name) = looked_up(&parsed) else { return keep_former_name(upstream, &parsed, request).await };
    let old = with_filter(request.clone(), &format!("nickName eq {}", json!(format!("{FORMERLY}{name}"))));
    let mut response = ParsedResponse::from(upstream.call(request).await);
    let mut renamed = ParsedResponse::from(upstream.call(old).await);
    if renamed.finds() {
        edit_names(&mut renamed, |_| name.clone());
        response = renamed;
    }
    without_marks(response)
}

/// Refuses a create under a name that a user had earlier.
pub(super) async fn old_name_reserved(
    upstream: &dyn Upstream,
    parsed: ParsedRequest,
    request: Request<Bytes>,
) -> Response<Bytes> {
    if parsed.is(&Method::POST, Endpoint::Users) {
        let users = request.uri().clone();
        if belonged_to_another(upstream, &parsed, &request, users).await {
            return error(&ScimError::uniqueness("the userName belonged to another user")).into();
        }
    }
    keep_former_name(upstream, &parsed, request).await
}

/// Returns true if a user had the name of the request's body earlier.
async fn belonged_to_another(
    upstream: &dyn Upstream,
    parsed: &ParsedRequest,
    request: &Request<Bytes>,
    users: Uri,
) -> bool {
    let filter = format!("nickName eq {}", json!(format!("{FORMERLY}{}", user_name(parsed.body.as_ref()))));
    let lookup = with_filter(bodyless(request, Method::GET, users), &filter);
    ParsedResponse::from(upstream.call(lookup).await).finds()
}

/// Performs a request, and marks a user that a PUT renames with its first name.
async fn keep_former_name(
    upstream: &dyn Upstream,
    parsed: &ParsedRequest,
    mut request: Request<Bytes>,
) -> Response<Bytes> {
    if let Some(body) = parsed.body.as_ref().filter(|_| parsed.is(&Method::PUT, Endpoint::User)) {
        let read = bodyless(&request, Method::GET, request.uri().clone());
        let mut current = ParsedResponse::from(upstream.call(read).await);
        let current = current.value().cloned().unwrap_or_default();
        let renamed = !user_name(Some(&current)).eq_ignore_ascii_case(user_name(Some(body)));
        let mark = former(&current)
            .map(str::to_owned)
            .or_else(|| renamed.then(|| format!("{FORMERLY}{}", user_name(Some(&current)))));
        if let Some(mark) = mark {
            let mut body = body.clone();
            set_attribute(&mut body, "nickName", Value::from(mark));
            request = with_body(request, &body);
        }
    }
    without_marks(ParsedResponse::from(upstream.call(request).await))
}

fn former(user: &Value) -> Option<&str> {
    user.get("nickName")?.as_str().filter(|name| name.starts_with(FORMERLY))
}

fn without_marks(mut response: ParsedResponse) -> Response<Bytes> {
    response.each_resource(|resource| {
        if resource.get("nickName").and_then(Value::as_str).is_some_and(|name| name.starts_with(FORMERLY)) {
            resource.shift_remove("nickName");
        }
    });
    response.into()
}

pub(super) fn conflict_without_scim_type(_: &ParsedRequest, response: &mut ParsedResponse) {
    if response.status == StatusCode::CONFLICT
        && let Some(error) = response.value().and_then(Value::as_object_mut)
    {
        error.shift_remove("scimType");
    }
}

pub(super) fn conflict_in_plain_text(_: &ParsedRequest, response: &mut ParsedResponse) {
    if response.status == StatusCode::CONFLICT {
        *response = ParsedResponse::text(StatusCode::CONFLICT, "User already exists");
    }
}

/// Returns true if a part of the person's name contains this text.
fn is_named_with(body: Option<&Value>, text: &str) -> bool {
    let names = body.and_then(|body| body.get("name")?.as_object());
    names.into_iter().flatten().any(|(_, part)| part.as_str().is_some_and(|part| part.contains(text)))
}

fn refuse_name(parsed: &ParsedRequest, sign: &str) -> Option<ParsedResponse> {
    let refused = parsed.is(&Method::POST, Endpoint::Users) && is_named_with(parsed.body.as_ref(), sign);
    refused.then(|| error(&ScimError::invalid_value("name has a character that is not allowed")))
}

pub(super) fn quote_in_name_refused(parsed: &ParsedRequest, _: &HeaderMap) -> Option<ParsedResponse> {
    refuse_name(parsed, "\"")
}

pub(super) fn slash_in_name_refused(parsed: &ParsedRequest, _: &HeaderMap) -> Option<ParsedResponse> {
    refuse_name(parsed, "/")
}

/// Decodes names as if they were part of a URL.
pub(super) fn percent_decoded(parsed: &ParsedRequest, body: &mut Value) {
    edit_name(parsed, body, |text| text.replace("%20", " "));
}

/// Escapes names as if they were part of a page.
pub(super) fn ampersand_escaped(parsed: &ParsedRequest, body: &mut Value) {
    edit_name(parsed, body, |text| text.replace('&', "&amp;"));
}

fn edit_name(parsed: &ParsedRequest, body: &mut Value, edit: impl Fn(&str) -> String) {
    let is_document = parsed.is(&Method::POST, Endpoint::Users) || parsed.is(&Method::PUT, Endpoint::User);
    let names = body.get_mut("name").and_then(Value::as_object_mut).filter(|_| is_document);
    for (_, part) in names.into_iter().flatten() {
        if let Some(text) = part.as_str() {
            *part = Value::from(edit(text));
        }
    }
}

/// Refuses a PUT that gives a user a name that another user had earlier.
pub(super) async fn old_name_reserved_in_put(
    upstream: &dyn Upstream,
    parsed: ParsedRequest,
    request: Request<Bytes>,
) -> Response<Bytes> {
    if parsed.is(&Method::PUT, Endpoint::User) {
        let users = request.uri().path().rsplit_once('/').map(|(users, _)| users.parse());
        if let Some(Ok(users)) = users
            && belonged_to_another(upstream, &parsed, &request, users).await
        {
            return error(&ScimError::uniqueness("the userName belonged to another user")).into();
        }
    }
    keep_former_name(upstream, &parsed, request).await
}

/// Returns the address of a create, and the user that has it.
async fn owner_of_address(upstream: &dyn Upstream, parsed: &ParsedRequest, request: &Request<Bytes>) -> Option<Value> {
    let body = parsed.body.as_ref().filter(|_| parsed.is(&Method::POST, Endpoint::Users))?;
    let address = body.get("emails")?.get(0)?.get("value")?;
    let lookup = bodyless(request, Method::GET, request.uri().clone());
    let lookup = with_filter(lookup, &format!("emails.value eq {address}"));
    let mut found = ParsedResponse::from(upstream.call(lookup).await);
    let users = found.value()?.get("Resources")?.as_array()?.clone();
    users.into_iter().find(|user| user["userName"] != body["userName"])
}

/// Permits one user for each e-mail address.
pub(super) async fn email_unique(
    upstream: &dyn Upstream,
    parsed: ParsedRequest,
    request: Request<Bytes>,
) -> Response<Bytes> {
    refuse_taken_email(upstream, &parsed, request, ScimError::uniqueness("another user has this e-mail address")).await
}

/// Fails on the index of e-mail addresses.
pub(super) async fn taken_email_fails(
    upstream: &dyn Upstream,
    parsed: ParsedRequest,
    request: Request<Bytes>,
) -> Response<Bytes> {
    let failure = ScimError::new(500, "duplicate key value violates unique constraint");
    refuse_taken_email(upstream, &parsed, request, failure).await
}

async fn refuse_taken_email(
    upstream: &dyn Upstream,
    parsed: &ParsedRequest,
    request: Request<Bytes>,
    refusal: ScimError,
) -> Response<Bytes> {
    match owner_of_address(upstream, parsed, &request).await {
        Some(_) => error(&refusal).into(),
        None => upstream.call(request).await,
    }
}

/// Returns the user that has the e-mail address, as if it had been created.
pub(super) async fn email_identifies(
    upstream: &dyn Upstream,
    parsed: ParsedRequest,
    request: Request<Bytes>,
) -> Response<Bytes> {
    match owner_of_address(upstream, &parsed, &request).await {
        Some(user) => {
            let location = user.get("meta").and_then(|meta| meta.get("location")?.as_str()?.parse().ok());
            let mut response = ParsedResponse::json(StatusCode::CREATED, user);
            response.headers.extend(location.map(|location| (LOCATION, location)));
            response.into()
        }
        None => upstream.call(request).await,
    }
}

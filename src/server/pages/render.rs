//! Responses with HTML, and their headers.

use askama::Template;
use axum::response::Response;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{HeaderName, HeaderValue, StatusCode};

use crate::http::response;

/// Permits the style and the script of the pages and requests to this server; neither inline code nor frames nor forms.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'none'";

/// A page with one paragraph.
#[derive(Template)]
#[template(path = "message.html")]
pub(super) struct Message<'a> {
    /// The relative URL of `/`.
    pub(super) root: &'a str,
    pub(super) title: &'a str,
    pub(super) text: &'a str,
}

/// Renders a page.
pub(super) fn page(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => protected(response::bytes(status, HeaderValue::from_static("text/html; charset=utf-8"), html)),
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            response::empty(StatusCode::INTERNAL_SERVER_ERROR)
        }
    }
}

/// Builds the response with the style or the script.
pub(super) fn asset(media_type: &'static str, text: &'static str) -> Response {
    protected(response::bytes(StatusCode::OK, HeaderValue::from_static(media_type), text))
}

fn protected(mut response: Response) -> Response {
    const HEADERS: [(HeaderName, &str); 7] = [
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (CACHE_CONTROL, "no-store"),
        (VARY, "accept"),
    ];
    for (name, value) in HEADERS {
        response.headers_mut().append(name, HeaderValue::from_static(value));
    }
    response
}

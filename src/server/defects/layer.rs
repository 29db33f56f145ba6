//! Applies defects to an upstream, as a chain of layers.

use std::sync::Arc;

use bytes::Bytes;
use futures::future::BoxFuture;
use http::{Method, Request, Response, StatusCode, Uri};
use serde_json::Value;

use super::exchange::{Body, Endpoint, ParsedRequest, ParsedResponse, Upstream, bodyless, with_body};
use super::row::{Defect, Rewrite};

/// An upstream with one defect.
#[derive(Debug)]
pub struct Defective {
    upstream: Arc<dyn Upstream>,
    defect: &'static Defect,
}

impl Defective {
    /// Wraps an upstream in these defects; the first is the outermost.
    #[must_use]
    pub fn over(upstream: Arc<dyn Upstream>, defects: &[&'static Defect]) -> Arc<dyn Upstream> {
        defects.iter().rev().fold(upstream, |upstream, defect| Arc::new(Self { upstream, defect }))
    }

    /// Reads the current state of the resource that a request names.
    async fn current(&self, request: &Request<Bytes>) -> Option<Value> {
        let read = bodyless(request, Method::GET, without_query(request.uri()));
        let response = ParsedResponse::from(self.upstream.call(read).await);
        match response.body {
            Body::Json(value) if response.status == StatusCode::OK => Some(value),
            _ => None,
        }
    }

    async fn respond(&self, request: Request<Bytes>) -> Response<Bytes> {
        let parsed = ParsedRequest::of(&request);
        let names_one = matches!(parsed.endpoint, Endpoint::User | Endpoint::Group) && parsed.method != Method::GET;
        match &self.defect.rewrite {
            Rewrite::DropParameters(is_dropped) => self.upstream.call(dropping(request, &parsed, *is_dropped)).await,
            Rewrite::EditBody(edit) => {
                let edit = *edit;
                self.with_body(request, &parsed, |body| edit(&parsed, body)).await
            }
            Rewrite::EditBodyWithCurrent(edit) if names_one => {
                let Some(current) = self.current(&request).await else { return self.upstream.call(request).await };
                let edit = *edit;
                self.with_body(request, &parsed, |body| edit(&parsed, &current, body)).await
            }
            Rewrite::RespondFromCurrent(response) if names_one => {
                let current = self.current(&request).await;
                match current.and_then(|current| response(&parsed, current)) {
                    Some(response) => response.into(),
                    None => self.upstream.call(request).await,
                }
            }
            Rewrite::Refuse(refusal) => match refusal(&parsed, request.headers()) {
                Some(response) => response.into(),
                None => self.upstream.call(request).await,
            },
            Rewrite::EditResponse(edit) => {
                let mut response = ParsedResponse::from(self.upstream.call(request).await);
                edit(&parsed, &mut response);
                response.into()
            }
            Rewrite::EditResponseWithPrior(edit) if names_one => {
                let before = self.current(&request).await;
                let mut response = ParsedResponse::from(self.upstream.call(request).await);
                if let Some(before) = before {
                    edit(&parsed, before, &mut response);
                }
                response.into()
            }
            Rewrite::Exchange(call) => call(self.upstream.as_ref(), parsed, request).await,
            Rewrite::EditBodyWithCurrent(_) | Rewrite::RespondFromCurrent(_) | Rewrite::EditResponseWithPrior(_) => {
                self.upstream.call(request).await
            }
        }
    }

    /// Sends the request with an edited body. A PATCH without any operation left gets the response of a successful PATCH.
    async fn with_body(
        &self,
        request: Request<Bytes>,
        parsed: &ParsedRequest,
        edit: impl FnOnce(&mut Value),
    ) -> Response<Bytes> {
        let Some(mut body) = parsed.body.clone() else { return self.upstream.call(request).await };
        edit(&mut body);
        if parsed.body.as_ref() == Some(&body) {
            return self.upstream.call(request).await;
        }
        let nothing_left = body.get("Operations").and_then(Value::as_array).is_some_and(Vec::is_empty);
        if parsed.method == Method::PATCH && nothing_left {
            return match (self.current(&request).await, parsed.endpoint) {
                (Some(_), Endpoint::Group) => ParsedResponse::no_content().into(),
                (Some(current), _) => ParsedResponse::json(StatusCode::OK, current).into(),
                (None, _) => self.upstream.call(request).await,
            };
        }
        self.upstream.call(with_body(request, &body)).await
    }
}

impl Upstream for Defective {
    fn call(&self, request: Request<Bytes>) -> BoxFuture<'_, Response<Bytes>> {
        Box::pin(self.respond(request))
    }
}

fn without_query(uri: &Uri) -> Uri {
    let path = uri.path().parse().ok();
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = path.or(parts.path_and_query);
    Uri::from_parts(parts).unwrap_or_else(|_| uri.clone())
}

/// Removes query parameters from a request.
fn dropping(
    mut request: Request<Bytes>,
    parsed: &ParsedRequest,
    is_dropped: fn(&ParsedRequest, &str) -> bool,
) -> Request<Bytes> {
    let Some(query) = request.uri().query() else { return request };
    let kept: Vec<&str> =
        query.split('&').filter(|pair| !is_dropped(parsed, pair.split('=').next().unwrap_or(pair))).collect();
    let path = request.uri().path();
    let target = if kept.is_empty() { path.to_owned() } else { format!("{path}?{}", kept.join("&")) };
    let mut parts = request.uri().clone().into_parts();
    parts.path_and_query = target.parse().ok().or(parts.path_and_query);
    if let Ok(uri) = Uri::from_parts(parts) {
        *request.uri_mut() = uri;
    }
    request
}

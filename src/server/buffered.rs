//! The reference with whole requests and responses in memory, as [`defects`](super::defects) need it.

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use bytes::Bytes;
use futures::future::BoxFuture;
use http::header::{ACCEPT_ENCODING, CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{HeaderValue, Method};
use http_body_util::BodyExt;

use super::defects::Upstream;
use super::error::RequestError;
use super::service::ReferenceService;
use crate::http::{TransportBounds, body};

/// The reference as an upstream of its defects.
#[derive(Debug)]
pub(super) struct BufferedUpstream(pub(super) ReferenceService);

impl Upstream for BufferedUpstream {
    fn call(&self, request: http::Request<Bytes>) -> BoxFuture<'_, http::Response<Bytes>> {
        Box::pin(async move {
            let (mut parts, body) = request.into_parts();
            parts.headers.remove(TRANSFER_ENCODING);
            // A defect reads the response, so it must not be compressed.
            parts.headers.remove(ACCEPT_ENCODING);
            if parts.headers.contains_key(CONTENT_LENGTH) || parts.method != Method::GET {
                parts.headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
            }
            let response = self.0.call(Request::from_parts(parts, Body::from(body))).await;
            let (parts, body) = response.into_parts();
            let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
            http::Response::from_parts(parts, body)
        })
    }
}

/// Reads a whole request. Returns the response to a request whose body is too large, too slow or broken.
pub(super) async fn buffer(request: Request, bounds: &TransportBounds) -> Result<http::Request<Bytes>, Response> {
    let (parts, mut body) = request.into_parts();
    match body::read(&parts.headers, &mut body, bounds).await {
        Ok(bytes) => Ok(http::Request::from_parts(parts, bytes)),
        Err(refusal) => {
            body::drain(&parts.headers, &mut body).await;
            Err(RequestError::from(refusal).into_response())
        }
    }
}

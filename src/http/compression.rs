//! gzip for request bodies and responses.

use std::convert::Infallible;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use http::HeaderMap;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING};
use tower::{Layer as _, ServiceExt};
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::SizeAbove;
use tower_http::decompression::RequestDecompressionLayer;

/// The smallest response that is compressed, in bytes: smaller ones fit a packet uncompressed.
const COMPRESSED_FROM: u16 = 1_024;

/// Returns true if the request mentions a content coding. Other requests skip the layers.
pub(super) fn applies(headers: &HeaderMap) -> bool {
    headers.contains_key(CONTENT_ENCODING) || headers.contains_key(ACCEPT_ENCODING)
}

/// Routes a request with its body decompressed while it is read, so that the limit on bodies applies to the
/// decompressed bytes, and compresses the response if the client accepts that. An unknown coding of the body is left
/// to [`super::body::check_coding`].
pub(super) async fn route(router: Router, request: Request) -> Response {
    // The other codings are disabled by name: another crate of the build may have enabled their features.
    let decompression =
        RequestDecompressionLayer::new().gzip(true).no_deflate().no_br().no_zstd().pass_through_unaccepted(true);
    let compression = CompressionLayer::new()
        .gzip(true)
        .no_deflate()
        .no_br()
        .no_zstd()
        .quality(CompressionLevel::Fastest)
        .compress_when(SizeAbove::new(COMPRESSED_FROM));
    let result: Result<_, Infallible> = compression.layer(decompression.layer(router)).oneshot(request).await;
    match result {
        Ok(response) => response.map(Body::new),
        Err(never) => match never {},
    }
}

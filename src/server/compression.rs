//! gzip both ways: a body is unpacked while it is read, so that its bound holds for what comes out of it; an answer is
//! packed where the client asks for it and it is worth it.

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

/// Answers below this many bytes fit a packet as they are.
const WORTH_PACKING: u16 = 1_024;

/// Whether the request is about codings at all.
pub(super) fn concerns(headers: &HeaderMap) -> bool {
    headers.contains_key(CONTENT_ENCODING) || headers.contains_key(ACCEPT_ENCODING)
}

/// Answers a request through both codings. A coding that is not known is left to the judgement of the request.
pub(super) async fn through(router: Router, request: Request) -> Response {
    // The other codings are named too: somebody else in the build may have switched them on.
    let unpacking =
        RequestDecompressionLayer::new().gzip(true).no_deflate().no_br().no_zstd().pass_through_unaccepted(true);
    let packing = CompressionLayer::new()
        .gzip(true)
        .no_deflate()
        .no_br()
        .no_zstd()
        .quality(CompressionLevel::Fastest)
        .compress_when(SizeAbove::new(WORTH_PACKING));
    let answered: Result<_, Infallible> = packing.layer(unpacking.layer(router)).oneshot(request).await;
    match answered {
        Ok(response) => response.map(Body::new),
        Err(never) => match never {},
    }
}

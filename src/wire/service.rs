//! Servers in this process, as targets without a socket.

use bytes::Bytes;

use super::failure::Failure;

/// The body of a response of a [`Service`]. It can be streamed, and it can fail.
pub type ResponseBody = reqwest::Body;

/// A server in this process. It must not compress responses; its error is reported as the outcome of the exchange.
pub type Service = tower::util::BoxCloneSyncService<http::Request<Bytes>, http::Response<ResponseBody>, Failure>;

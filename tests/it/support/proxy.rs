//! A small proxy that plants the reference's defects before any server. It uses nothing else of the tests, because
//! `examples/defective_proxy.rs` includes this file.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Body;
use bytes::Bytes;
use futures::future::BoxFuture;
use http_body_util::BodyExt;
use scimulate::http::{Handler, Server};
use scimulate::server::defects::{Defective, Upstream, by_name};
use tokio::net::TcpListener;

/// An upstream that is reached over HTTP.
#[derive(Debug)]
struct Remote {
    origin: String,
    client: reqwest::Client,
}

impl Upstream for Remote {
    fn call(&self, request: http::Request<Bytes>) -> BoxFuture<'_, http::Response<Bytes>> {
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
            let mut headers = parts.headers;
            headers.remove(http::header::HOST);
            headers.remove(http::header::CONNECTION);
            headers.remove(http::header::ACCEPT_ENCODING);
            let request = self.client.request(parts.method, format!("{}{target}", self.origin)).headers(headers);
            let request = if body.is_empty() { request } else { request.body(body) };
            let answered = request.send().await.unwrap();
            let mut response = http::Response::new(Bytes::new());
            *response.status_mut() = answered.status();
            *response.headers_mut() = answered.headers().clone();
            response.headers_mut().remove(http::header::TRANSFER_ENCODING);
            *response.body_mut() = answered.bytes().await.unwrap();
            response
        })
    }
}

/// Serves until the runtime ends: everything goes to `origin` (`http://host:port`), through the defects of these names.
pub(crate) async fn start(origin: &str, defects: &[&str]) -> SocketAddr {
    let defects: Vec<_> = defects.iter().map(|name| by_name(name).unwrap()).collect();
    serve(Defective::over(remote(origin), &defects)).await
}

/// Returns the server at `origin` as an upstream.
pub(crate) fn remote(origin: &str) -> Arc<dyn Upstream> {
    // The provider may have been installed before.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    Arc::new(Remote { origin: origin.to_owned(), client })
}

/// Serves an upstream until the runtime ends.
pub(crate) async fn serve(upstream: Arc<dyn Upstream>) -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let handler = Handler::new(move |request| {
        let upstream = Arc::clone(&upstream);
        async move {
            let (parts, body) = request.into_parts();
            let body = body.collect().await.unwrap().to_bytes();
            upstream.call(http::Request::from_parts(parts, body)).await.map(Body::from)
        }
    });
    tokio::spawn(Server::new(handler).run(listener, std::future::pending()));
    address
}

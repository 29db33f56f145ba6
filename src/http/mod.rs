//! HTTP server kit: everything between a listening socket and a request handler.
//!
//! [`Server`] accepts connections (HTTP/1.1, or TLS with HTTP/2 and HTTP/1.1) and passes each request to a
//! [`Handler`]. It limits the number of connections and how long each may be idle, send a header or leave a response
//! unread, and it ends with a graceful shutdown. [`Service`] is the handler that most applications want: a router with
//! request ids, a log line and metrics for each request, `Host` validation, gzip in both directions, and panics turned
//! into responses.
//!
//! ```no_run
//! use std::sync::Arc;
//!
//! use axum::{Router, routing::get};
//! use scimulate::base::SystemClock;
//! use scimulate::http::{Application, Metrics, Refusal, ResponseBudget, Server, Service};
//!
//! struct Plain;
//!
//! impl Application for Plain {
//!     fn refuse(&self, refusal: &Refusal) -> axum::response::Response {
//!         refusal.plain_response()
//!     }
//! }
//!
//! # async fn run() -> std::io::Result<()> {
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
//! let router = Router::new().route("/", get(async || "hello"));
//! let metrics = Metrics::new("hello", |_| "/");
//! let budget = ResponseBudget::new(256 * 1024 * 1024);
//! let service = Service::new(router, Arc::new(Plain), Arc::new(metrics), Arc::new(SystemClock), budget);
//! Server::new(service.handler()).run(listener, std::future::pending()).await;
//! # Ok(())
//! # }
//! ```
//!
//! Nothing here mentions SCIM, a store or a directory. Where the kit turns a request down it produces a [`Refusal`],
//! which the application renders in its own error format. A request that hyper cannot parse never becomes a request:
//! hyper responds with a plain 400, 414 or 431 and closes the connection.
//!
//! Start reading at `serve` and `connection`, then [`service`](mod@service).

mod activity;
mod admission;
pub mod body;
mod bounds;
pub mod budget;
mod compression;
mod connection;
mod descriptors;
mod handler;
pub mod host;
mod metrics;
pub mod negotiation;
mod refusal;
pub mod request_id;
pub mod response;
mod serve;
pub mod service;
mod stream;
pub mod tls;

pub use bounds::TransportBounds;
pub use budget::{Reservation, ResponseBudget};
pub use connection::Peer;
pub use handler::Handler;
pub use metrics::{Metrics, OPEN_METRICS, RouteOf};
pub use refusal::Refusal;
pub use serve::Server;
pub use service::{Application, Service};
pub use tls::Tls;

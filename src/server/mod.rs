//! The HTTP face of the reference: SCIM endpoints, the Events API, how requests are judged, and how the process serves
//! and ends.
//!
//! It parses and answers; what is kept is the store's. It never knows Okta, the harness or the client side of HTTP.
//! Start reading at [`app`] (one request), then [`scim`] (in which order a request is judged), [`listen`] (connections,
//! time-outs, shutdown) and [`reference`](mod@reference) (a whole server in one value). [`defects`] makes a server break a rule on purpose.

mod accept;
pub mod app;
mod body;
mod bounds;
mod compression;
mod cursor;
pub mod defects;
mod directory_api;
mod error;
mod idle;
pub mod listen;
mod metrics;
mod query;
pub mod reference;
mod rendering;
mod request_id;
mod response;
mod scim;
mod store_metrics;
#[cfg(test)]
mod tests;
pub mod tls;
mod unread;

pub use app::App;
pub use bounds::Bounds;
pub use reference::{InProcess, Reference, Settings};
pub use tls::Tls;

//! The client side of SCIM over HTTP: requests, exchanges, credentials. It knows no server but by its base URL.

pub mod client;
pub mod exchange;
pub mod target;

pub use client::Client;
pub use exchange::{Answer, Exchange, Failure, Method, Request};
pub use target::{Auth, Target};

//! The client side of SCIM over HTTP: requests, exchanges, credentials. It knows no server but by its base URL.
//!
//! Start reading at [`Client`]. [`ledger`] keeps a run from changing what it did not make, [`stop`] keeps it from
//! waiting for ever, [`redact`] keeps secrets out of what is shown.

pub mod client;
pub mod encode;
pub mod exchange;
pub mod ledger;
pub mod redact;
pub mod stop;
pub mod target;

pub use client::Client;
pub use exchange::{Exchange, Failure, Method, Request, Response};
pub use ledger::{Ledger, id_text};
pub use stop::Stop;
pub use target::{Auth, Target};

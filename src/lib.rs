//! scimulate: a simulated Okta that drives any SCIM 2.0 server, a reference SCIM server with directory sync, and a
//! harness that judges both. (The house in words follows as the rooms fill.)
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic))]

pub mod base;
pub mod check;
pub mod cli;
pub mod delivery;
pub mod directory;
pub mod events;
pub mod okta;
pub mod report;
pub mod scim;
pub mod server;
pub mod sim;
pub mod store;
pub mod wire;

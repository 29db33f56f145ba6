//! Webhooks: the endpoints in the directory API, and deliveries to real receivers.

mod commands;
mod delivery;
mod endpoints;
mod listen;
pub(crate) mod receiver;
mod requested;

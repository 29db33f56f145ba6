//! The directory API as WorkOS defines it (research note workos-dsync sections 1 and 3), so that WorkOS client libraries
//! work unchanged: organizations, directories, directory users, directory groups, the event log and webhook endpoints.
//!
//! Start reading at `operation` (the table of all routes), then `dispatch`. Errors have the shape of WorkOS, never that of SCIM (`error`).

mod body;
mod call;
mod directories;
mod dispatch;
mod error;
mod events;
mod openapi;
mod operation;
mod organizations;
mod own;
mod own_streams;
mod own_webhooks;
mod params;
mod portal;
mod webhooks;

pub(super) use dispatch::{handle, serves};
pub(super) use error::ApiError;

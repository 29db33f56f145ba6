//! The endpoints for receivers of event streams: polling for security event tokens (RFC 8936), and the keys that verify them.
//!
//! Start reading at [`poll`], then `dispatch`. Operators manage streams in the directory API; nothing here needs an API key.
//! Errors have the shape of RFC 8935 section 2.3: `err` and `description`.

mod dispatch;
mod error;
mod poll;
mod request;

pub(super) use dispatch::{handle, serves};
pub(super) use error::StreamError;

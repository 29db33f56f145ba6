//! SCIM endpoints.
//!
//! A request is validated in this order: credentials, rate, route, method, existence, precondition, media type, body.
//! Each step needs only the steps before it. A request with a wrong token therefore learns nothing about what exists,
//! and a request with an unsupported method gets 405 whatever its body contains.
//!
//! Start reading at [`dispatch`].

mod bulk;
mod call;
mod condition;
mod discovery;
mod dispatch;
mod paging;
mod read;
mod render;
mod route;
mod write;

pub(super) use dispatch::handle;

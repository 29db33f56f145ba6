//! The SCIM endpoints, and the order in which a request is judged: credentials, route, method, existence, precondition,
//! media type, body. Each judgement needs only what comes before it, so a wrong token learns nothing of what exists,
//! and a wrong method is told so whatever its body holds.
//! Start reading at [`dispatch`].

mod bulk;
mod condition;
mod discovery;
mod dispatch;
mod paging;
mod read;
mod render;
mod route;
mod write;

pub(super) use dispatch::answer;
pub(super) use route::directory;

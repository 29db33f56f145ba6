//! From a change of the org to requests, and from a response to the next request. Pure.
//!
//! A [`Job`] is a queue of calls. [`Job::step`] reads the response to the call in flight, adds the calls that follow from
//! it, and returns the next request. Where to look:
//!
//! - `step`: starts a job and advances it; 429 and pauses
//! - `users`, `groups`, `connect`: the request sequences, and what follows from each response
//! - `request`: the bytes of each call
//! - `response`: the parts of a response that Okta reads
//! - `task`: the errors that Okta shows the administrator

mod call;
mod connect;
mod groups;
mod job;
mod members;
mod request;
mod response;
mod step;
mod task;
mod users;

pub use job::{Job, Step};
pub use response::ResponseError;
pub use step::ATTEMPTS;
pub use task::{GroupLookupError, TaskError, UserError};

#[cfg(test)]
mod tests;

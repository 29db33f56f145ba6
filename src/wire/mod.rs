//! The client side of SCIM over HTTP: requests, exchanges, credentials. It knows a server only by its base URL.
//!
//! Start reading at [`Client`]. A request goes over HTTP or to a [`Service`] in this process. [`ledger`] keeps
//! a run from changing resources that it did not create; [`stop`] ends a run on a time limit or a dead target;
//! [`limiter`] decides how many requests are sent at once;
//! `reconnect` tells a request that fails from a target that is down; [`redact`] removes secrets from everything that is
//! shown. [`events`] reads an Events API.

mod certificates;
pub mod client;
mod concurrency;
pub mod curl;
pub mod diagnosis;
mod effect;
pub mod encode;
pub mod events;
pub mod excerpt;
pub mod exchange;
pub mod failure;
pub mod journal;
pub mod ledger;
pub mod limiter;
pub mod lookup;
pub mod ownership;
pub mod planned_fault;
pub mod politeness;
mod proof;
mod reconnect;
pub mod recording;
pub mod redact;
pub mod request;
mod route;
pub mod secrets;
pub mod service;
pub mod stop;
pub mod target;
mod transport;

pub use client::Client;
pub use diagnosis::Diagnosis;
pub use events::{EventReadError, EventReader};
pub use exchange::{Exchange, Response, id_text};
pub use failure::{Cause, Failure, InvalidRequest, NotOurs, TargetError};
pub use ledger::{Ledger, naming_attribute};
pub use limiter::Limiter;
pub use lookup::Lookup;
pub use planned_fault::{PlannedFault, PlannedFaults};
pub use politeness::{Origin, Politeness};
pub use request::{Method, Request};
pub use route::Route;
pub use secrets::Secrets;
pub use service::{ResponseBody, Service};
pub use stop::Stop;
pub use target::{Auth, Target};

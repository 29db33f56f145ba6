//! The simulated Okta: an org, the requests that a change of the org makes the provisioning agent send, and the agent.
//!
//! [`action`] lists what an administrator can do. [`org`] applies an action and returns what has to be provisioned;
//! [`plan`] turns that into requests, one response at a time; [`agent`] sends them. [`habits`] lists every observed
//! behavior with its source, and [`mapping`] builds user documents. [`expression`] evaluates Okta expressions. All but [`agent`] are pure.
//!
//! Start reading at [`action`].

pub mod action;
pub mod agent;
pub mod expression;
pub mod habits;
pub mod mapping;
pub mod org;
pub mod plan;
pub mod refusal;

pub use action::Action;
pub use agent::{ActionOutcome, Agent, Pace};
pub use habits::Habits;
pub use org::{App, ClientKind, Org};

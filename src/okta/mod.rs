//! The simulated Okta: an org, what a change of it makes the provisioning agent send, and the agent that sends it.
//!
//! [`org`], [`mapping`] and [`plan`] are pure. [`habits`] lists every observed behaviour with source and confidence.
//! Start reading at [`action`]: what an administrator can do.

pub mod action;
pub mod agent;
pub mod habits;
pub mod mapping;
pub mod org;
pub mod plan;

pub use action::Action;
pub use agent::{Agent, Pace, Performed};
pub use habits::Habits;
pub use org::{App, ClientKind, Org};

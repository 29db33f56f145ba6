//! The queue of the simulated Okta: the order of requests when several jobs run at once.

mod interleaving;
mod stage;

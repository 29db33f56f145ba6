//! The queue of the simulated Okta: the order of requests when several jobs run at once, and runs that are killed and continued.

mod interleaving;
mod kills;
mod random;
mod stage;

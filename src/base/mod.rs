//! What every room may lean on: time, ids, seeded randomness, secrets and the bounds of the whole house.
//!
//! Nothing here performs I/O beyond reading the clock and the operating system's entropy, and nothing here knows
//! SCIM, Okta or events. Start reading at [`clock`]: whoever needs the time takes a [`Clock`] as a parameter.

pub mod clock;
pub mod ids;
pub mod limits;
pub mod secret;
pub mod seed;

pub use clock::{Clock, SystemClock, TestClock};
pub use secret::Secret;
pub use seed::Seed;

//! Building blocks that every module may use: time, IDs, seeded randomness, secrets, limits, globs, and the escaping of
//! foreign text.
//!
//! This module performs no I/O except reading the clock and the operating system's entropy. It contains nothing about
//! SCIM, Okta or events. Start reading at [`clock`]: code that needs the time takes a [`Clock`] as a parameter.

pub mod clock;
mod count;
pub mod duration;
pub mod escape;
pub mod glob;
pub mod ids;
pub mod limits;
mod nearest;
pub mod secret;
pub mod seed;
mod wrap;

pub use clock::{Clock, SystemClock, TestClock};
pub use count::counted;
pub use duration::in_words;
pub use escape::{escape, escape_lines};
pub use nearest::{did_you_mean, nearest};
pub use secret::Secret;
pub use seed::Seed;
pub use wrap::wrap;

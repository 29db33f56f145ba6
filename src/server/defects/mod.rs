//! Servers that break one rule on purpose: a table of defects ([`all`]), and the layer that applies them.
//!
//! A defect rewrites requests and responses over any [`Upstream`]: the reference in this process, or a proxy to another
//! server. The tests use defects to prove that each check of the harness can fail, and `serve --defect NAME` shows users
//! what the harness reports about a broken server. The reference itself contains no code for defects.
//!
//! Start reading at [`table`](all), then `layer`.

mod attributes;
mod credentials;
mod errors;
mod events;
mod exchange;
mod group_names;
mod groups;
mod layer;
mod lists;
mod names;
mod responses;
mod row;
mod table;
mod users;

pub use exchange::{Endpoint, ParsedRequest, ParsedResponse, Upstream};
pub use layer::Defective;
pub use row::Defect;
pub use table::{all, by_name};

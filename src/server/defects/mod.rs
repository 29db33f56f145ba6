//! Servers that break one rule: a table of defects ([`ALL`]), and the layer that plants them.
//!
//! A defect rewrites requests on their way in and answers on their way out, over any [`Upstream`]: the reference in this
//! process, or a proxy to a server that somebody else wrote. So each check of the harness can be shown to fail where it
//! should, and people can look at what the harness says about a broken server (`serve --defect NAME`). Nothing of it
//! reaches into the reference; start reading at [`table`](ALL), then `layer`.

mod errors;
mod events;
mod exchange;
mod groups;
mod layer;
mod lists;
mod table;
mod users;

pub use exchange::{Endpoint, ParsedRequest, ParsedResponse, Upstream};
pub use layer::Defective;
pub use table::{ALL, Defect, by_name};

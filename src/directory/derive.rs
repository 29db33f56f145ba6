//! Which events a change yields: one table.

use super::apply::Change;
use crate::events::Draft;

/// The events of a change, in log order.
#[must_use]
pub fn derive(_change: &Change) -> Vec<Draft> {
    todo!()
}

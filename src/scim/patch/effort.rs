//! The work that one PATCH has caused so far.

use serde_json::Value;

use crate::scim::filter::{CompiledFilter, Evaluation};
use crate::scim::{Object, ScimError, Work};

/// Keys of an object that one step scans or moves.
const KEYS_PER_STEP: usize = 16;

/// The work of one PATCH, and the texts that its filters have folded.
pub(super) struct Effort<'w> {
    work: &'w mut Work,
    evaluation: Evaluation,
}

impl<'w> Effort<'w> {
    pub(super) fn new(work: &'w mut Work) -> Self {
        Self { work, evaluation: Evaluation::remembering() }
    }

    pub(super) fn spend(&mut self, steps: usize) -> Result<(), ScimError> {
        self.work.spend(steps)
    }

    /// Spends what it takes to look up, insert or remove a key of an object.
    pub(super) fn spend_on_keys(&mut self, object: &Object) -> Result<(), ScimError> {
        self.work.spend(object.len() / KEYS_PER_STEP)
    }

    pub(super) fn matches(&mut self, filter: &CompiledFilter, element: &Value) -> Result<bool, ScimError> {
        let matches = filter.matches_element(element, &mut self.evaluation);
        self.work.spend(self.evaluation.take_steps())?;
        Ok(matches)
    }
}

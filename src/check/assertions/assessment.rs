//! The outcome of judging one response.

use std::collections::BTreeSet;

use crate::check::outcome::Deviation;
use crate::check::requirement::Requirement;

/// The requirements by which a response was judged, and the differences from them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Assessment {
    /// Every requirement that was judged, violated or not, in the order of the table.
    pub judged: BTreeSet<Requirement>,
    pub faults: Vec<Deviation>,
}

impl Assessment {
    /// Notes requirements by which the response is judged.
    pub(super) fn note(&mut self, requirements: impl IntoIterator<Item = Requirement>) {
        self.judged.extend(requirements);
    }

    /// Adds a difference from a requirement.
    pub(super) fn report(&mut self, fault: Deviation) {
        self.judged.insert(fault.requirement);
        self.faults.push(fault);
    }

    /// Adds a difference from a requirement.
    pub(super) fn with(mut self, fault: Deviation) -> Self {
        self.report(fault);
        self
    }

    /// Adds another assessment of the same response.
    pub(super) fn extend(&mut self, other: Self) {
        self.judged.extend(other.judged);
        self.faults.extend(other.faults);
    }

    /// Leaves out requirements, with the differences from them.
    #[must_use]
    pub fn only(mut self, counts: impl Fn(Requirement) -> bool) -> Self {
        self.judged.retain(|requirement| counts(*requirement));
        self.faults.retain(|fault| counts(fault.requirement));
        self
    }
}

impl From<Deviation> for Assessment {
    fn from(fault: Deviation) -> Self {
        Self::default().with(fault)
    }
}

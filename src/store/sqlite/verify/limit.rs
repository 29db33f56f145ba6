//! The limit on reported inconsistencies, which every part of the verification shares.

/// The most inconsistencies that are reported. The first ones matter most.
pub(super) const REPORTED: usize = 20;

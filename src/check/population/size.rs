//! The size of the population, and of what a run creates besides it.

/// The number of users: more than two pages of an import, and more than two of Okta's batches of group members.
pub const SIZE: usize = 250;
/// The most users of a run at one time, unless `--max-users` sets another number.
pub const MAX_USERS: usize = 300;
/// The places that scenarios need besides the population.
pub const OTHERS: usize = 20;
/// The tag of the scenarios that need it.
pub const TAG: &str = "@population";

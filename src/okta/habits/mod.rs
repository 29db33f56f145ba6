//! Okta's habits: every behavior of Okta's provisioning client that we know of, with its source and our confidence in it.
//!
//! Where sources conflict, a habit has a switch. [`TABLE`] has one row per habit: a new habit is one row there and one
//! constant in [`names`]. [`SOURCES`] says what each source key stands for. [`Habits`] is the setting of all switches
//! in one run.

mod habit;
mod settings;
mod sources;
mod table;

pub use habit::{Confidence, Habit, Values};
pub use settings::{HabitError, Habits};
pub use sources::SOURCES;
pub use table::{TABLE, names};

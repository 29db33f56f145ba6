//! Okta's habits: every behavior of Okta's provisioning client that we know of, with its source and our confidence in it.
//!
//! Where sources conflict, a habit has a switch: a row of [`SWITCHES`], which defines the type of its values and a field
//! of [`Habits`], the setting of all switches in one run. Where they agree, it is a row of [`FACTS`]. [`SOURCES`] lists
//! the meaning of each source key. Start reading at `switches.rs`.

mod define;
mod facts;
mod habit;
mod page;
mod sabotage;
mod settings;
mod sources;
mod switches;

pub use facts::FACTS;
pub use habit::{Confidence, Habit, Value, Values};
pub use page::page;
pub use sabotage::{Sabotage, UnknownSabotage};
pub use settings::{HabitError, all};
pub use sources::SOURCES;
pub use switches::*;

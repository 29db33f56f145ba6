//! The table of requirements, one row for each: variant, ID, client and capability, sources, demand, reason, remedy.
//!
//! The rows are in one file for each family, for example `table/lists.rs`. All rows together define [`Requirement`].

#[macro_use]
mod errors;
#[macro_use]
mod events;
#[macro_use]
mod groups;
#[macro_use]
mod lists;
#[macro_use]
mod resources;
#[macro_use]
mod users;

use super::row::{Capability, Row};
use super::source::{Family, Source};
use crate::okta::ClientKind;
use crate::report::Level;

macro_rules! client {
    (Both) => {
        None
    };
    ($client:ident) => {
        Some(ClientKind::$client)
    };
}

macro_rules! requirements {
    ($($variant:ident $id:literal $client:ident $capability:ident [$($family:ident $level:ident $place:literal),+]
        $sentence:literal $why:literal $fix:literal;)*) => {
        /// A demand on a target.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Requirement {
            $(#[doc = $sentence] $variant,)*
        }

        impl Requirement {
            /// All requirements, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Returns the row of the table.
            #[must_use]
            pub const fn row(self) -> &'static Row {
                match self {
                    $(Self::$variant => &Row {
                        id: $id,
                        client: client!($client),
                        capability: Capability::$capability,
                        sources: &[$(Source { family: Family::$family, level: Level::$level, place: $place },)+],
                        sentence: $sentence,
                        why: $why,
                        fix: $fix,
                    },)*
                }
            }
        }
    };
}

/// Calls the macro of each family, which appends its rows, and defines [`Requirement`] from all rows in the end.
macro_rules! collect {
    ([] $($rows:tt)*) => { requirements! { $($rows)* } };
    ([$family:ident $($later:ident)*] $($rows:tt)*) => { $family! { [$($later)*] $($rows)* } };
}

collect! { [lists resources users groups errors events] }

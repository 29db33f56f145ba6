//! The effect of a step on users: which users it creates, and which it only uses. Pure.
//!
//! The table of steps has it as data. The plan of a run's users reads it, before any step is played.

/// The effect of a step on the users that it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserEffect {
    /// Names no user.
    NoUsers,
    /// Adds people to Okta. Okta creates their users when they are assigned, unless the population has users for them.
    Introduces,
    /// Puts people into a group of Okta, which sends nothing about users yet.
    Groups,
    /// Assigns people to the app: Okta creates those that have no user.
    Assigns,
    /// Creates the user of the first person itself, or has Okta create it with values of this step.
    Creates,
    /// Creates the user with this key, which the text does not name.
    CreatesKey(&'static str),
    /// Determines how Okta creates users from here on: it provisions the members of a group, or sends passwords.
    ShapesCreates,
    /// Takes all users of the population.
    TakesPopulation,
    /// Changes or removes people, or their users.
    Changes,
    /// Reads or judges users.
    Judges,
    /// Creates a user whose event marks the end of the event log.
    Marks,
}

impl UserEffect {
    /// Returns true if a step with this effect names people.
    #[must_use]
    pub const fn names_people(self) -> bool {
        match self {
            Self::Introduces | Self::Groups | Self::Assigns | Self::Creates | Self::Changes | Self::Judges => true,
            Self::NoUsers | Self::CreatesKey(_) | Self::ShapesCreates | Self::TakesPopulation | Self::Marks => false,
        }
    }
}

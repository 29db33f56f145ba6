//! The users of the population, and the scenarios that may change them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::people::Person;
use super::plan::Plan;
use crate::wire::Exchange;

/// A user of the population.
#[derive(Debug, Clone)]
pub struct PopulationUser {
    pub person: Person,
    /// The target's ID.
    pub id: String,
    /// The create, with its response.
    pub created: Exchange,
}

/// The users, and the scenarios that they are leased to.
#[derive(Debug, Default)]
pub struct Population {
    users: Vec<Arc<PopulationUser>>,
    /// For each case, the users by their keys in its scenario.
    leases: BTreeMap<String, BTreeMap<String, Arc<PopulationUser>>>,
}

impl Population {
    /// Leases users to scenarios: each user to one, in the order of the plan. When none is left, scenarios create their own.
    #[must_use]
    pub fn new(users: Vec<Arc<PopulationUser>>, plan: &Plan) -> Self {
        let mut free = users.iter();
        let mut leases: BTreeMap<String, BTreeMap<String, Arc<PopulationUser>>> = BTreeMap::new();
        for (case, key) in plan.leases() {
            let Some(user) = free.next() else { break };
            leases.entry(case.to_owned()).or_default().insert(key.to_owned(), Arc::clone(user));
        }
        Self { users, leases }
    }

    /// Returns all users, in the order of their names' creation.
    #[must_use]
    pub fn users(&self) -> &[Arc<PopulationUser>] {
        &self.users
    }

    /// Returns the users that no case may change.
    pub fn idle(&self) -> impl Iterator<Item = &Arc<PopulationUser>> {
        let leased: BTreeSet<&str> =
            self.leases.values().flat_map(BTreeMap::values).map(|user| user.id.as_str()).collect();
        self.users.iter().filter(move |user| !leased.contains(user.id.as_str()))
    }

    /// Returns the users that only this case may change, by their keys.
    #[must_use]
    pub fn leased_to(&self, case: &str) -> BTreeMap<String, Arc<PopulationUser>> {
        self.leases.get(case).cloned().unwrap_or_default()
    }
}

//! Changes to an organization, as commands carry them.

use std::collections::BTreeMap;

use crate::directory::model::DomainState;

/// The new value of a property.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Edit<T> {
    /// The property stays as it is.
    #[default]
    Keep,
    /// The property has no value any more.
    Clear,
    /// The property gets this value.
    Set(T),
}

impl<T> Edit<T> {
    /// Returns the new value, if there is one.
    pub const fn value(&self) -> Option<&T> {
        match self {
            Self::Set(value) => Some(value),
            Self::Keep | Self::Clear => None,
        }
    }

    pub(super) fn apply(self, property: &mut Option<T>) {
        match self {
            Self::Keep => {}
            Self::Clear => *property = None,
            Self::Set(value) => *property = Some(value),
        }
    }
}

/// Changes to an organization.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OrganizationChanges {
    pub name: Option<String>,
    /// All domains, in lower case, each once; they replace the previous ones. A domain that stays keeps its ID.
    pub domains: Option<Vec<(String, DomainState)>>,
    /// Changes of single keys: a value, or `None` to remove the key.
    pub metadata: Edit<BTreeMap<String, Option<String>>>,
    pub external_id: Edit<String>,
    pub stripe_customer_id: Edit<String>,
    pub allow_profiles_outside_organization: Option<bool>,
}

impl OrganizationChanges {
    /// Returns the domains that the organization gets.
    pub fn domain_names(&self) -> impl Iterator<Item = &str> {
        self.domains.iter().flatten().map(|(domain, _)| domain.as_str())
    }
}

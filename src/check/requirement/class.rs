//! The classes of requirements: level, what stops Okta, and what is the same for users and groups.

use super::table::Requirement;
use crate::report::Level;

impl Requirement {
    /// Returns the ID, for example `okta/list-resources`.
    #[must_use]
    pub const fn id(self) -> &'static str {
        self.row().id
    }

    /// Finds a requirement by its ID.
    #[must_use]
    pub fn by_id(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|requirement| requirement.id() == id)
    }

    /// Returns true if a violation may explain an error that Okta shows, or a state that Okta did not send.
    #[must_use]
    pub fn stops_okta(self) -> bool {
        let read_back =
            [Self::IdString, Self::CreateEcho, Self::PutEcho, Self::PatchEcho, Self::PutBody, Self::PatchBody];
        let refused = [
            Self::CustomExtension,
            Self::LookupIgnoresCase,
            Self::NonAsciiUserName,
            Self::PasswordAccepted,
            Self::PutConflict,
        ];
        self.level() >= Level::Okta || read_back.contains(&self) || refused.contains(&self)
    }

    /// Returns true if users and groups violate it in the same way, so that a finding names neither.
    #[must_use]
    pub fn is_general(self) -> bool {
        use Requirement::{
            CreateLocation, IdReturned, IdString, ItemsPerPage, JsonBody, ListComplete, ListCounters, ListKeys,
            ListPage, ListResources, ListSchemas, ListStatus, ListTotal, LookupEmpty, OwnId, ResponseTime,
        };
        matches!(
            self,
            CreateLocation
                | IdReturned
                | IdString
                | ItemsPerPage
                | JsonBody
                | ListCounters
                | ListKeys
                | ListPage
                | ListResources
                | ListSchemas
                | ListStatus
                | ListTotal
                | LookupEmpty
                | OwnId
                | ResponseTime
                | ListComplete
        )
    }

    /// Returns the highest level of the sources.
    #[must_use]
    pub fn level(self) -> Level {
        self.row().sources.iter().map(|source| source.level).max().unwrap_or(Level::Note)
    }
}

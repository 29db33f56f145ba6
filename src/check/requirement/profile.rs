//! Profiles: the documents by which a run judges.

use std::fmt;
use std::str::FromStr;

use super::source::{Family, Source};
use super::table::Requirement;
use crate::report::{Level, Verdict};

/// The documents by which a run judges a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Profile {
    /// The demands of Okta itself.
    #[default]
    Okta,
    /// Also Okta's published suites and test plan, which an integration passes before its review.
    Oin,
    /// Everything, and a violated MUST of an RFC is a deviation.
    All,
}

/// A profile that does not exist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no profile {0:?}; the profiles are okta, oin and all")]
pub struct UnknownProfile(String);

impl Profile {
    /// Every profile with its name on the command line.
    pub const ALL: [(Self, &'static str); 3] = [(Self::Okta, "okta"), (Self::Oin, "oin"), (Self::All, "all")];

    /// Returns the name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(profile, _)| *profile == self).map_or("", |(_, name)| name)
    }

    /// Returns true if a run with this profile plays the features below this folder of features/.
    #[must_use]
    pub fn plays(self, folder: &str) -> bool {
        match folder {
            "oin" => self != Self::Okta,
            _ => true,
        }
    }

    /// Returns the verdict on a violation of a requirement.
    #[must_use]
    pub fn verdict(self, requirement: Requirement) -> Verdict {
        self.deciding(requirement).map_or(Verdict::Note, |source| self.weigh(source))
    }

    /// Returns the source that decides the verdict: the first of those that give the most severe one.
    #[must_use]
    pub fn deciding(self, requirement: Requirement) -> Option<&'static Source> {
        let sources = requirement.row().sources;
        let worst = sources.iter().map(|source| self.weigh(source).weight()).max()?;
        sources.iter().find(|source| self.weigh(source).weight() == worst)
    }

    const fn weigh(self, source: &Source) -> Verdict {
        match (self, source.family, source.level) {
            // An event source was given so that events are judged.
            (_, Family::Dsync, Level::Must)
            | (_, _, Level::Security | Level::Okta)
            | (Self::Oin | Self::All, _, Level::Review)
            | (Self::All, _, Level::Must) => Verdict::Deviation,
            (_, _, Level::Review | Level::Must) | (Self::All, _, Level::Should) => Verdict::Weak,
            (_, _, Level::Should | Level::Note) => Verdict::Note,
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Profile {
    type Err = UnknownProfile;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.iter().find(|(_, name)| *name == text);
        found.map(|(profile, _)| *profile).ok_or_else(|| UnknownProfile(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_takes_the_most_severe_verdict_and_names_its_source() {
        // 201 for a create: a MUST of the RFC, and Okta's suite asks for it.
        let (status, profile) = (Requirement::CreateStatus, |name: &str| name.parse::<Profile>().unwrap());
        assert_eq!(profile("okta").verdict(status), Verdict::Weak);
        assert_eq!(profile("oin").verdict(status), Verdict::Deviation);
        assert_eq!(profile("oin").deciding(status).unwrap().level, Level::Review);
        assert_eq!(profile("all").verdict(status), Verdict::Deviation);
        for (profile, _) in Profile::ALL {
            assert_eq!(profile.verdict(Requirement::ListResources), Verdict::Deviation);
            assert_eq!(profile.verdict(Requirement::PasswordReturned), Verdict::Deviation);
            assert_eq!(profile.verdict(Requirement::AttributesKept), Verdict::Note);
            assert_eq!(profile.verdict(Requirement::UserEvents), Verdict::Deviation);
        }
        assert!("rfc".parse::<Profile>().is_err());
    }
}

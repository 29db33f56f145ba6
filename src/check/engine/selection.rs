//! The selection of cases by tags, name and client.

use cucumber::gherkin::tagexpr::TagOperation;
use cucumber::tag::Ext as _;
use regex::Regex;

use crate::check::case::Case;
use crate::check::requirement::Profile;
use crate::okta::ClientKind;

/// A tag expression that cannot be parsed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid tag expression {expression:?}: {reason}; write for example \"@server and not @oin\"")]
pub struct TagError {
    pub expression: String,
    /// The parser's own description.
    pub reason: String,
}

/// The tags that an expression may name. The last seven are for the project itself.
const TAGS: [&str; 16] = [
    "users",
    "groups",
    "import",
    "password",
    "attributes",
    "auth",
    "events",
    "oin",
    "aiw",
    "once",
    "server",
    "agent",
    "double",
    "habit",
    "serial",
    "population",
];

/// Returns the names of the tags in an expression.
fn words(expression: &str) -> impl Iterator<Item = &str> {
    let names = expression.split(|c: char| c.is_whitespace() || c == '(' || c == ')');
    names.filter_map(|word| word.strip_prefix('@')).filter(|word| !word.contains(':'))
}

/// The criteria that a case must meet to run.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    tags: Vec<TagOperation>,
    name: Option<Regex>,
    skip: Option<Regex>,
    profile: Option<Profile>,
    client: Option<ClientKind>,
}

impl Selection {
    /// Adds a tag expression: `@server and not @events`. All expressions must match.
    ///
    /// # Errors
    /// If the expression cannot be parsed.
    pub fn with_tags(mut self, expression: &str) -> Result<Self, TagError> {
        if let Some(unknown) = words(expression).find(|word| !TAGS.contains(word)) {
            let reason = format!("there is no tag @{unknown}; the tags are @{}", TAGS.join(" @"));
            return Err(TagError { expression: expression.to_owned(), reason });
        }
        let parsed = expression
            .parse()
            .map_err(|error| TagError { expression: expression.to_owned(), reason: format!("{error}") })?;
        self.tags.push(parsed);
        Ok(self)
    }

    /// Restricts the selection to cases whose id or name matches.
    #[must_use]
    pub fn with_name(mut self, name: Regex) -> Self {
        self.name = Some(name);
        self
    }

    /// Leaves out cases whose id or name matches.
    #[must_use]
    pub fn without_name(mut self, skip: Regex) -> Self {
        self.skip = Some(skip);
        self
    }

    /// Restricts the selection to the features that a profile plays.
    #[must_use]
    pub fn with_profile(mut self, profile: Profile) -> Self {
        self.profile = Some(profile);
        self
    }

    /// Restricts the selection to the cases of one client, and those that are independent of the client.
    #[must_use]
    pub fn with_client(mut self, client: ClientKind) -> Self {
        self.client = Some(client);
        self
    }

    /// Returns true if the case is selected.
    #[must_use]
    pub fn includes(&self, case: &Case) -> bool {
        let bare: Vec<&str> = case.tags.iter().map(|tag| tag.trim_start_matches('@')).collect();
        let client = self.client.is_none_or(|client| case.client == client || case.has("@once"));
        let folder = case.id.split('/').next().unwrap_or_default();
        let matches = |name: &Regex| name.is_match(&case.id) || name.is_match(&case.name);
        client
            && self.profile.is_none_or(|profile| profile.plays(folder))
            && self.tags.iter().all(|expression| expression.eval(&bare))
            && self.name.as_ref().is_none_or(matches)
            && !self.skip.as_ref().is_some_and(matches)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::engine::suite::Suite;
    use crate::check::features;

    #[test]
    fn selection_filters_by_tags_name_and_client() {
        let suite = Suite::load(&features::embedded()).unwrap();
        let count = |selection: &Selection| suite.cases.iter().filter(|case| selection.includes(case)).count();
        let all = count(&Selection::default());
        let oin = count(&Selection::default().with_client(ClientKind::Oin));
        assert!(oin < all && oin > 0);
        let agent = count(&Selection::default().with_tags("@agent").unwrap());
        let server = count(&Selection::default().with_tags("@server").unwrap());
        assert_eq!(agent + server, all);
        let one = Selection::default().with_name(Regex::new("^okta/create/new@aiw$").unwrap());
        assert_eq!(count(&one), 1);
        let error = Selection::default().with_tags("@oin and").unwrap_err().to_string();
        assert!(error.starts_with("invalid tag expression \"@oin and\": "), "{error}");
        let error = Selection::default().with_tags("@user and @oin").unwrap_err().to_string();
        assert!(error.contains("there is no tag @user; the tags are @users @groups"), "{error}");
        let skipped = Selection::default().without_name(Regex::new("^okta/create/").unwrap());
        assert!(suite.cases.iter().any(|case| !skipped.includes(case)));
        let groups = Selection::default().with_tags("@groups").unwrap();
        let selected: Vec<&Case> = suite.cases.iter().filter(|case| groups.includes(case)).collect();
        assert!(!selected.is_empty() && selected.iter().all(|case| case.id.contains("group")));
        let okta = Selection::default().with_profile(Profile::Okta);
        assert!(
            suite
                .cases
                .iter()
                .filter(|case| okta.includes(case))
                .all(|case| case.id.starts_with("okta/") || case.id.starts_with("security/"))
        );
        assert!(suite.cases.iter().any(|case| case.id.starts_with("oin/")));
    }
}

//! The observation behind a deviation, in one sentence: `PATCH returned 200, but GET still shows `active: true` for user ada`.

use std::collections::BTreeSet;

use serde_json::Value;

use super::outcome::{Deviation, Kind, Subject};

impl Deviation {
    /// Returns the observation in one sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        match &self.write {
            Some(write) => self.after(write),
            None => self.alone(),
        }
    }

    /// Returns the sentence for a stored resource that differs after a write.
    fn after(&self, write: &str) -> String {
        let Self { place, part, .. } = self;
        let still = if self.is_stale { "still " } else { "" };
        let is_resource = part == "user" || part == "group";
        match self.kind {
            _ if part == "members" => format!("{write}, but {place} has the wrong members: {}", self.members()),
            Kind::Missing if is_resource => format!("{write}, but GET returns 404 for {place}"),
            Kind::Extra if is_resource => format!("{write}, but GET still returns {place}"),
            Kind::Missing => format!("{write}, but GET shows no `{part}` for {place}"),
            _ => format!("{write}, but GET {still}shows {} for {place}", self.value()),
        }
    }

    fn alone(&self) -> String {
        let Self { place, part, expected, .. } = self;
        let actual = self.actual();
        let code = code(part);
        match self.kind {
            Kind::Missing if self.subject == Some(Subject::Event) && part != "envelope" => {
                format!("{place} lacks the event `{part}`")
            }
            Kind::Extra if self.subject == Some(Subject::Event) => {
                format!("{place} has the unexpected event `{part}`")
            }
            Kind::Changed if self.subject == Some(Subject::Event) => {
                format!("{place} has another event than `{part}`: {actual}")
            }
            Kind::Extra if place == "Okta" => format!("Okta shows the administrator an error: {actual}"),
            _ if part == "members" && place.starts_with("group ") => {
                format!("{place} has the wrong members: {}", self.members())
            }
            Kind::Missing if part == "matches" => format!("{place} finds no match"),
            Kind::Missing if actual.is_empty() || actual == "nothing" => format!("{place} has no {code}"),
            Kind::Missing => format!("{place} lacks {code}: {actual}"),
            Kind::Extra if part == "matches" => format!("{place} finds {actual}, not {expected}"),
            Kind::Extra => format!("{place} has unexpected {code}: {actual}"),
            Kind::Changed if is_json(actual) => format!("{place} shows {} instead of `{expected}`", self.value()),
            Kind::Changed => format!("{place} has the wrong {code}: {actual}"),
            Kind::WrongType => format!("{place} has a {code} of the wrong type: {actual}"),
            Kind::WrongStatus => match actual.split_once(' ') {
                // The body of a success does not explain its status.
                Some((status, body)) if !status.starts_with('2') => {
                    format!("{place} returned {status} instead of {expected}: {body}")
                }
                Some((status, _)) => format!("{place} returned {status} instead of {expected}"),
                None => format!("{place} returned {actual} instead of {expected}"),
            },
            Kind::NoResponse => format!("{place} got no response: {actual}"),
        }
    }

    /// Returns the first line of the actual value.
    fn actual(&self) -> &str {
        self.actual.lines().next().unwrap_or_default()
    }

    /// Returns the attribute with its actual value: `` `active: true` ``.
    fn value(&self) -> String {
        format!("`{}: {}`", self.part, self.actual())
    }

    /// Returns the difference between two lists of members: `ben is missing, cyd should not be there`.
    fn members(&self) -> String {
        let (expected, actual) = (names(&self.expected), names(&self.actual));
        let list = |of: BTreeSet<&str>| {
            const SHOWN: usize = 5;
            let shown: Vec<&str> = of.iter().take(SHOWN).copied().collect();
            let more = of.len().saturating_sub(SHOWN);
            let verb = if of.len() == 1 { "is" } else { "are" };
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            (!of.is_empty()).then(|| (format!("{}{more}", shown.join(", ")), verb))
        };
        let missing = list(&expected - &actual).map(|(names, verb)| format!("{names} {verb} missing"));
        let extra = list(&actual - &expected).map(|(names, _)| format!("{names} should not be there"));
        let mut parts: Vec<String> = missing.into_iter().chain(extra).collect();
        if parts.is_empty() {
            let is_repeated = |name: &&str| self.actual.split(", ").filter(|other| other == name).count() > 1;
            let repeated: BTreeSet<&str> = self.actual.split(", ").filter(is_repeated).collect();
            parts.extend(list(repeated).map(|(names, verb)| format!("{names} {verb} there more than once")));
        }
        if parts.is_empty() { self.actual().to_owned() } else { parts.join(", ") }
    }
}

fn names(list: &str) -> BTreeSet<&str> {
    list.split(", ").filter(|name| *name != "none").collect()
}

/// Formats the name of an attribute as code. Other parts, such as `Location header`, are plain words.
fn code(part: &str) -> String {
    const WORDS: [&str; 7] = ["body", "resource", "results", "resources", "match", "matches", "envelope"];
    if part.contains(' ') || WORDS.contains(&part) { part.to_owned() } else { format!("`{part}`") }
}

fn is_json(text: &str) -> bool {
    serde_json::from_str::<Value>(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::requirement::Requirement;

    fn deviation(kind: Kind, part: &str, expected: &str, actual: &str) -> Deviation {
        Deviation::new(Requirement::Deactivated, kind, part, expected, actual)
    }

    #[test]
    fn a_value_that_a_write_left_is_described_with_that_write() {
        let mut found = deviation(Kind::Changed, "active", "false", "true").at("user ada");
        found.is_stale = true;
        found.write = Some("PATCH returned 200".to_owned());
        assert_eq!(found.sentence(), "PATCH returned 200, but GET still shows `active: true` for user ada");
        let lost = Deviation { kind: Kind::Missing, part: "title".to_owned(), ..found.clone() };
        assert_eq!(lost.sentence(), "PATCH returned 200, but GET shows no `title` for user ada");
        let gone = Deviation { kind: Kind::Extra, part: "group".to_owned(), ..found }.at("group crew");
        assert_eq!(gone.sentence(), "PATCH returned 200, but GET still returns group crew");
    }

    #[test]
    fn wrong_members_are_named() {
        let mut found = deviation(Kind::Changed, "members", "ada, ben", "ada, cyd").at("group crew");
        let members = "has the wrong members: ben is missing, cyd should not be there";
        assert_eq!(found.sentence(), format!("group crew {members}"));
        found.write = Some("PATCH returned 204".to_owned());
        assert_eq!(found.sentence(), format!("PATCH returned 204, but group crew {members}"));
        let twice = deviation(Kind::Extra, "members", "ada, ben", "ada, ada, ben").at("group crew");
        assert_eq!(twice.sentence(), "group crew has the wrong members: ada is there more than once");
        let many: Vec<String> = (0..8).map(|at| format!("u{at}")).collect();
        let found = deviation(Kind::Missing, "members", &many.join(", "), "none").at("group crew");
        assert_eq!(found.sentence(), "group crew has the wrong members: u0, u1, u2, u3, u4 and 3 more are missing");
    }

    #[test]
    fn responses_are_described_with_both_sides() {
        let at = |found: Deviation| found.at("the response to PUT /Users/ada").sentence();
        assert_eq!(
            at(deviation(Kind::Changed, "title", "\"a\"", "\"b\"")),
            "the response to PUT /Users/ada shows `title: \"b\"` instead of `\"a\"`"
        );
        assert_eq!(
            at(deviation(Kind::Missing, "id", "a string", "nothing")),
            "the response to PUT /Users/ada has no `id`"
        );
        let status = deviation(Kind::WrongStatus, "status", "200", "500 oops").at("PUT /Users/ada");
        assert_eq!(status.sentence(), "PUT /Users/ada returned 500 instead of 200: oops");
    }
}

//! The cast of one scenario: its people and groups.
//!
//! A feature refers to them by short keys such as `ada` or `crew`. The cast maps each key to the names and IDs that are
//! sent over the wire, and translates them back for reports.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::wire::{Exchange, Method, id_text};

/// A person of the scenario, who becomes a user on the target.
#[derive(Debug, Clone, Default)]
pub struct CastUser {
    /// The Okta profile.
    pub profile: BTreeMap<String, String>,
    /// Every userName so far, the current one last.
    pub logins: Vec<String>,
    /// Every Okta ID that was sent for this person.
    pub external_ids: Vec<String>,
    /// The target's IDs, the current one last.
    pub ids: Vec<String>,
    /// The document as last sent by Okta.
    pub sent: Value,
}

/// A group of the scenario.
#[derive(Debug, Clone, Default)]
pub struct CastGroup {
    /// Every pair of key and display name so far, the current one last.
    pub names: Vec<(String, String)>,
    pub ids: Vec<String>,
}

/// The people and groups of a scenario by their keys.
#[derive(Debug, Clone, Default)]
pub struct Cast {
    pub people: BTreeMap<String, CastUser>,
    pub groups: BTreeMap<String, CastGroup>,
}

impl CastUser {
    /// Returns the current userName.
    #[must_use]
    pub fn login(&self) -> &str {
        self.logins.last().map_or("", String::as_str)
    }

    /// Returns the target's current ID.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.ids.last().map(String::as_str)
    }

    /// Remembers a complete document that was sent.
    fn record_document(&mut self, body: &Value) {
        self.sent = body.clone();
        if let Some(external) = body.get("externalId").and_then(Value::as_str)
            && !self.external_ids.iter().any(|have| have == external)
        {
            self.external_ids.push(external.to_owned());
        }
    }

    /// Merges the values of PATCH operations without a path, the form in which Okta updates users.
    fn record_patch(&mut self, body: &Value) {
        let operations = body.get("Operations").and_then(Value::as_array).cloned().unwrap_or_default();
        for value in operations.iter().filter_map(|op| op.get("value")?.as_object()) {
            if let Some(sent) = self.sent.as_object_mut() {
                sent.extend(value.iter().map(|(key, value)| (key.clone(), value.clone())));
            }
        }
    }
}

impl CastGroup {
    /// Returns the current display name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.names.last().map_or("", |(_, name)| name.as_str())
    }

    /// Returns the target's current ID.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.ids.last().map(String::as_str)
    }
}

impl Cast {
    /// Updates IDs and documents from an exchange.
    pub fn update_from(&mut self, exchange: &Exchange) {
        let body: Option<Value> = exchange.request.body.as_ref().and_then(|bytes| serde_json::from_slice(bytes).ok());
        let Some(body) = body else { return };
        let created = exchange.status().filter(|status| (200..300).contains(status)).and_then(|_| exchange.json());
        let id = created.as_ref().and_then(|document| document.get("id")).and_then(id_text);
        let path = exchange.request.path.as_str();
        match exchange.request.method {
            Method::Post if path.starts_with("/Users") => {
                let Some(person) = self.person_with_login(&body) else { return };
                person.ids.extend(id);
                person.record_document(&body);
            }
            Method::Put => {
                if let Some(person) = self.person_of_request(exchange) {
                    person.record_document(&body);
                }
            }
            Method::Patch => {
                if let Some(person) = self.person_of_request(exchange) {
                    person.record_patch(&body);
                }
            }
            Method::Post if path.starts_with("/Groups") => {
                let name = body.get("displayName").and_then(Value::as_str).unwrap_or_default();
                let group = self.groups.values_mut().find(|group| group.names.iter().any(|(_, have)| have == name));
                if let Some(group) = group {
                    group.ids.extend(id);
                }
            }
            _ => {}
        }
    }

    /// Finds the person whose ID is in the request's path.
    fn person_of_request(&mut self, exchange: &Exchange) -> Option<&mut CastUser> {
        let (endpoint, id) = exchange.request.subject();
        let id = id.filter(|_| endpoint == "Users")?;
        self.people.values_mut().find(|person| person.ids.contains(&id))
    }

    fn person_with_login(&mut self, body: &Value) -> Option<&mut CastUser> {
        let name = body.get("userName").and_then(Value::as_str)?;
        // A person may have the former userName of another one.
        let now = |person: &CastUser| person.login().eq_ignore_ascii_case(name);
        let ever = |person: &CastUser| person.logins.iter().any(|login| login.eq_ignore_ascii_case(name));
        let is_current = self.people.values().any(now);
        self.people.values_mut().find(|person| if is_current { now(person) } else { ever(person) })
    }

    /// Replaces IDs, userNames and display names in a text with the keys of the feature.
    #[must_use]
    pub fn replace_with_keys(&self, text: &str) -> String {
        let mut words: Vec<(&str, String)> = Vec::new();
        for (key, person) in &self.people {
            let current = person.ids.iter().chain(person.logins.last()).chain(&person.external_ids);
            words.extend(current.map(|word| (word.as_str(), key.clone())));
            let former = person.logins.iter().rev().skip(1);
            words.extend(former.map(|word| (word.as_str(), format!("{key}-before"))));
        }
        for (key, group) in &self.groups {
            words.extend(group.names.iter().map(|(key, name)| (name.as_str(), key.clone())));
            words.extend(group.ids.iter().map(|id| (id.as_str(), key.clone())));
        }
        words.retain(|(word, _)| !word.is_empty());
        // Longest first: a name may be the beginning of another one.
        words.sort_by_key(|(word, _)| std::cmp::Reverse(word.len()));
        words.iter().fold(text.to_owned(), |text, (word, key)| replace_word(&text, word, key))
    }
}

/// Numbers of fewer digits, such as the keys of a database, also occur in texts that do not mean them: `"status": 501`.
const DISTINCT_DIGITS: usize = 6;

/// Replaces a name or an ID where it is not part of a longer word. A short number is replaced only as a segment of a path or as
/// a whole JSON string.
fn replace_word(text: &str, word: &str, key: &str) -> String {
    let is_distinct = word.len() >= DISTINCT_DIGITS || word.contains(|letter: char| !letter.is_ascii_digit());
    let (mut replaced, mut rest) = (String::new(), text);
    let mut before = None;
    while let Some(at) = rest.find(word) {
        let (head, tail) = rest.split_at(at);
        let tail = tail.strip_prefix(word).unwrap_or_default();
        before = head.chars().next_back().or(before);
        let after = tail.chars().next();
        let is_whole = !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric);
        let is_marked = matches!(before, Some('/' | '"')) || (before.is_none() && after.is_none());
        replaced.push_str(head);
        replaced.push_str(if is_whole && (is_distinct || is_marked) { key } else { word });
        (before, rest) = (word.chars().next_back(), tail);
    }
    replaced.push_str(rest);
    replaced
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_replaced_only_where_it_stands_for_itself() {
        let replace = |text: &str, word: &str| replace_word(text, word, "ada");
        assert_eq!(replace("GET /Users/5 returned 501", "5"), "GET /Users/ada returned 501");
        assert_eq!(replace(r#"{"value":"5","status":5}"#, "5"), r#"{"value":"ada","status":5}"#);
        assert_eq!(replace("5", "5"), "ada");
        assert_eq!(replace("/Groups/55/5", "5"), "/Groups/55/ada");
        assert_eq!(replace("/Users/0198aa and 0198aab", "0198aa"), "/Users/ada and 0198aab");
        assert_eq!(replace("SUITE.R69B@EXAMPLE.COM", "9"), "SUITE.R69B@EXAMPLE.COM");
        assert_eq!(replace("the lookup of ada@example.com finds", "ada@example.com"), "the lookup of ada finds");
    }
}

//! The people and groups of one scenario: their keys in the feature, their names on the wire, and what is known of them.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::wire::{Exchange, Method, id_text};

/// A person of a scenario.
#[derive(Debug, Clone, Default)]
pub struct Person {
    /// Okta's profile.
    pub profile: BTreeMap<String, String>,
    /// Every userName that the person has had, the newest last.
    pub logins: Vec<String>,
    /// Every Okta id that went over the wire for this person.
    pub external_ids: Vec<String>,
    /// The target's ids, the newest last.
    pub ids: Vec<String>,
    /// The document as Okta sent it last.
    pub sent: Value,
}

/// A group of a scenario.
#[derive(Debug, Clone, Default)]
pub struct Group {
    /// Every display name, the newest last; the keys of the feature beside them.
    pub names: Vec<(String, String)>,
    pub ids: Vec<String>,
}

/// Everybody in a scenario.
#[derive(Debug, Clone, Default)]
pub struct Cast {
    pub people: BTreeMap<String, Person>,
    pub groups: BTreeMap<String, Group>,
}

impl Person {
    /// The userName now.
    #[must_use]
    pub fn login(&self) -> &str {
        self.logins.last().map_or("", String::as_str)
    }

    /// The target's id.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.ids.last().map(String::as_str)
    }
}

impl Group {
    /// The display name now.
    #[must_use]
    pub fn name(&self) -> &str {
        self.names.last().map_or("", |(_, name)| name.as_str())
    }

    /// The target's id.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.ids.last().map(String::as_str)
    }
}

impl Cast {
    /// Learns ids and documents from an exchange.
    pub fn learn(&mut self, exchange: &Exchange) {
        let body: Option<Value> = exchange.request.body.as_ref().and_then(|bytes| serde_json::from_slice(bytes).ok());
        let Some(body) = body else { return };
        let answer = exchange.outcome.as_ref().ok();
        let made = answer.filter(|a| (200..300).contains(&a.status)).and_then(crate::wire::Response::json);
        let id = made.as_ref().and_then(|doc| doc.get("id")).and_then(id_text);
        let path = exchange.request.path.as_str();
        match exchange.request.method {
            Method::Post if path.starts_with("/Users") => {
                let Some(person) = self.person_named(&body) else { return };
                person.ids.extend(id);
                person.sees(&body);
            }
            Method::Put => {
                if let Some(person) = self.person_at(exchange) {
                    person.sees(&body);
                }
            }
            Method::Patch => {
                if let Some(person) = self.person_at(exchange) {
                    person.patched(&body);
                }
            }
            Method::Post if path.starts_with("/Groups") => {
                let name = body.get("displayName").and_then(Value::as_str).unwrap_or_default();
                let found = self.groups.values_mut().find(|g| g.names.iter().any(|(_, have)| have == name));
                if let Some(group) = found {
                    group.ids.extend(id);
                }
            }
            _ => {}
        }
    }

    /// Whom a request's path names.
    fn person_at(&mut self, exchange: &Exchange) -> Option<&mut Person> {
        let (endpoint, id) = exchange.request.subject();
        let id = id.filter(|_| endpoint == "Users")?;
        self.people.values_mut().find(|person| person.ids.contains(&id))
    }

    fn person_named(&mut self, body: &Value) -> Option<&mut Person> {
        let name = body.get("userName").and_then(Value::as_str)?;
        self.people.values_mut().find(|p| p.logins.iter().any(|login| login.eq_ignore_ascii_case(name)))
    }

    /// A text of the wire with the scenario's own words: ids, userNames and display names become the keys of the feature.
    #[must_use]
    pub fn in_words(&self, text: &str) -> String {
        let mut words: Vec<(&str, String)> = Vec::new();
        for (key, person) in &self.people {
            let known = person.ids.iter().chain(person.logins.last()).chain(&person.external_ids);
            words.extend(known.map(|word| (word.as_str(), key.clone())));
            let before = person.logins.iter().rev().skip(1);
            words.extend(before.map(|word| (word.as_str(), format!("{key}-before"))));
        }
        for (key, group) in &self.groups {
            words.extend(group.names.iter().map(|(key, name)| (name.as_str(), key.clone())));
            words.extend(group.ids.iter().map(|id| (id.as_str(), key.clone())));
        }
        words.retain(|(word, _)| !word.is_empty());
        // The longest first, so that a name that begins with another is not cut in two.
        words.sort_by_key(|(word, _)| std::cmp::Reverse(word.len()));
        words.iter().fold(text.to_owned(), |text, (word, key)| text.replace(word, key))
    }
}

impl Person {
    fn sees(&mut self, body: &Value) {
        self.sent = body.clone();
        if let Some(external) = body.get("externalId").and_then(Value::as_str)
            && !self.external_ids.iter().any(|have| have == external)
        {
            self.external_ids.push(external.to_owned());
        }
    }

    fn patched(&mut self, body: &Value) {
        let operations = body.get("Operations").and_then(Value::as_array).cloned().unwrap_or_default();
        for value in operations.iter().filter_map(|op| op.get("value")?.as_object()) {
            if let Some(sent) = self.sent.as_object_mut() {
                sent.extend(value.iter().map(|(key, value)| (key.clone(), value.clone())));
            }
        }
    }
}

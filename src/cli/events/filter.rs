//! Selects events by name, directory and organization.

use serde_json::Value;

/// Conditions on an event as the Events API returns it. The command tests them itself: the API has no filter for
/// directories, and this way the cursor also moves over events that are not printed.
#[derive(Debug, Default)]
pub(super) struct EventFilter {
    /// Names on the wire; empty for all.
    pub(super) names: Vec<String>,
    /// The ID of a directory.
    pub(super) directory: Option<String>,
    /// The ID of an organization.
    pub(super) organization: Option<String>,
}

impl EventFilter {
    /// Returns whether an event satisfies all conditions.
    pub(super) fn accepts(&self, event: &Value) -> bool {
        let text = |pointer: &str| event.pointer(pointer).and_then(Value::as_str);
        let is_named = self.names.is_empty() || text("/event").is_some_and(|name| self.names.iter().any(|n| n == name));
        // An event about a directory names it by its own ID. An event about a membership names the organization in its user.
        let own = text("/data/id").filter(|_| text("/data/object") == Some("directory"));
        let directory = text("/data/directory_id").or(own);
        let organization = text("/data/organization_id").or_else(|| text("/data/user/organization_id"));
        let fits = |wanted: &Option<String>, found: Option<&str>| wanted.is_none() || wanted.as_deref() == found;
        is_named && fits(&self.directory, directory) && fits(&self.organization, organization)
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use serde_json::json;

    use super::*;
    use crate::directory::samples;
    use crate::events::EventName;

    fn sample(name: EventName) -> Value {
        json!({"object": "event", "event": name.as_str(), "data": samples::data(name, Timestamp::UNIX_EPOCH)})
    }

    #[test]
    fn every_kind_of_event_has_a_directory_and_an_organization() {
        let created = sample(EventName::UserCreated);
        let id = |name: &str| created["data"][name].as_str().map(str::to_owned);
        let (directory, organization) = (id("directory_id"), id("organization_id"));
        assert!(directory.is_some() && organization.is_some());
        let both = EventFilter { names: Vec::new(), directory, organization };
        let other = |text: &str| Some(text.to_owned());
        for (name, _) in EventName::ALL {
            let event = sample(name);
            assert!(both.accepts(&event), "{event}");
            assert!(!EventFilter { directory: other("directory_1"), ..EventFilter::default() }.accepts(&event));
            assert!(!EventFilter { organization: other("org_1"), ..EventFilter::default() }.accepts(&event));
            let named = EventFilter { names: vec![name.as_str().to_owned()], ..EventFilter::default() };
            assert!(named.accepts(&event));
            assert_eq!(named.accepts(&created), name == EventName::UserCreated);
        }
    }
}

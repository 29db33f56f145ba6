//! Lookups: list requests with the filter `attribute eq "value"`. Pure.

use serde_json::Value;

use super::encode::decode_query;
use crate::scim::attr::fold;
use crate::scim::message::attribute;

/// The filter of a lookup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lookup {
    pub attribute: String,
    pub value: String,
}

impl Lookup {
    /// Parses the query of a path or URL. Returns `None` if its filter is not of this form.
    #[must_use]
    pub fn of(path: &str) -> Option<Self> {
        let query = path.split_once('?')?.1;
        let filter = decode_query(query.split('&').find_map(|pair| pair.strip_prefix("filter="))?);
        let (attribute, value) = filter.split_once(" eq ")?;
        Some(Self { attribute: attribute.to_owned(), value: serde_json::from_str(value).ok()? })
    }

    /// Returns true if the lookup asks for this name. The letter case does not matter: neither `userName` nor the `displayName` of a
    /// group is caseExact.
    #[must_use]
    pub fn asks_for(&self, name: &str) -> bool {
        fold(name) == fold(&self.value)
    }

    /// Returns the attribute of the filter as a resource shows it.
    #[must_use]
    pub fn shown_by<'a>(&self, resource: &'a Value) -> Option<&'a str> {
        attribute(resource, &self.attribute)?.as_str()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_a_filter_with_one_comparison_is_a_lookup() {
        let lookup = Lookup::of("/Users?filter=userName%20eq%20%22o%27neil%2Bx%40x%22&startIndex=1").unwrap();
        assert_eq!((lookup.attribute.as_str(), lookup.value.as_str()), ("userName", "o'neil+x@x"));
        for path in [
            "/Users",
            "/Users?startIndex=1",
            "/Users?filter=userName%20sw%20%22a%22",
            "/Users?filter=userName%20eq%20%22a%22%20and%20active%20eq%20true",
        ] {
            assert_eq!(Lookup::of(path), None, "{path}");
        }
    }

    #[test]
    fn names_are_compared_without_letter_case() {
        let lookup = Lookup { attribute: "userName".into(), value: "Ömer@x".into() };
        assert!(lookup.asks_for("öMER@X") && !lookup.asks_for("omer@x") && !lookup.asks_for("ömer@x.example"));
        assert_eq!(lookup.shown_by(&json!({"username": "a"})), Some("a"));
        assert_eq!(lookup.shown_by(&json!({"displayName": "a"})), None);
    }
}

//! Decodes paths and query strings strictly: malformed percent-encoding is an error, never a guess.

use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::scim::message::{SEARCH_REQUEST, shown};
use crate::scim::{Object, ScimError};

/// The decoded query parameters, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Parses the part of the URI after the question mark.
    ///
    /// # Errors
    /// 400 `invalidSyntax` for a malformed percent-encoding or bytes that are not UTF-8.
    pub(super) fn parse(query: Option<&str>) -> Result<Self, ScimError> {
        let pairs = query.unwrap_or("").split('&').filter(|pair| !pair.is_empty());
        pairs
            .map(|pair| {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                Ok((decode(&name.replace('+', " "))?, decode(&value.replace('+', " "))?))
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Parses the query of a SCIM URL. Unknown names are ignored. A known name in another letter case is rejected, because
    /// the client would take the unfiltered list for the filtered one.
    ///
    /// # Errors
    /// As [`Parameters::parse`], and 400 `invalidValue` for a known name in another letter case.
    pub(super) fn of_scim(query: Option<&str>) -> Result<Self, ScimError> {
        let parameters = Self::parse(query)?;
        let misspelled = |name: &str| SEARCH.iter().find(|known| known.eq_ignore_ascii_case(name) && **known != name);
        if let Some((name, known)) = parameters.iter().find_map(|(name, _)| Some((name, misspelled(name)?))) {
            return Err(ScimError::invalid_value(format!("unknown query parameter {name}; did you mean {known}?")));
        }
        Ok(parameters)
    }

    /// Parses the body of a POST to `/.search` (RFC 7644 section 3.4.3), which contains the parameters of a GET under the
    /// same names. Letter case does not matter, as for all attribute names (RFC 7643 section 2.1).
    ///
    /// # Errors
    /// 400 `invalidSyntax` if `schemas` lacks SearchRequest or a name is repeated; 400 `invalidValue` if a value has the
    /// wrong type.
    pub(super) fn from_search(body: Object) -> Result<Self, ScimError> {
        let (mut parameters, mut is_search) = (Self::default(), false);
        for (key, value) in body {
            if key.eq_ignore_ascii_case("schemas") {
                let urns = value.as_array().into_iter().flatten().filter_map(Value::as_str);
                is_search |= urns.into_iter().any(|urn| urn.eq_ignore_ascii_case(SEARCH_REQUEST));
                continue;
            }
            // Unknown names are ignored, as in a query string.
            let Some(known) = SEARCH.iter().find(|known| known.eq_ignore_ascii_case(&key)) else { continue };
            if parameters.0.iter().any(|(name, _)| name == known) {
                return Err(ScimError::invalid_syntax(format!("{known} appears more than once")));
            }
            if let Some(text) = search_value(known, &value)? {
                parameters.0.push(((*known).to_owned(), text));
            }
        }
        if is_search {
            return Ok(parameters);
        }
        Err(ScimError::invalid_syntax(format!("schemas must be an array that contains \"{SEARCH_REQUEST}\"")))
    }

    /// Returns the value of a parameter that may appear once.
    ///
    /// # Errors
    /// 400 `invalidValue` if it appears more than once.
    pub(super) fn one(&self, name: &str) -> Result<Option<&str>, ScimError> {
        let mut values = self.0.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let first = values.next();
        if values.next().is_some() {
            return Err(ScimError::invalid_value(format!("the query parameter {name} appears more than once")));
        }
        Ok(first)
    }

    /// Returns the value of an integer parameter. Numbers beyond 64 bits are clamped.
    ///
    /// # Errors
    /// 400 `invalidValue` if it is not an integer.
    pub(super) fn integer(&self, name: &str) -> Result<Option<i64>, ScimError> {
        let Some(text) = self.one(name)? else { return Ok(None) };
        let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(ScimError::invalid_value(format!("{name} must be an integer, not \"{}\"", short(text))));
        }
        Ok(Some(text.parse().unwrap_or(if text.starts_with('-') { i64::MIN } else { i64::MAX })))
    }

    /// Iterates over all parameters.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// The parameters of a query or a search.
const SEARCH: &[&str] =
    &["attributes", "excludedAttributes", "filter", "sortBy", "sortOrder", "startIndex", "count", "cursor"];

/// Converts an attribute of SearchRequest to the text that a query string would contain; null means unassigned.
fn search_value(name: &str, value: &Value) -> Result<Option<String>, ScimError> {
    let wanted = match name {
        "attributes" | "excludedAttributes" => "an array of strings",
        "startIndex" | "count" => "an integer",
        _ => "a string",
    };
    let text = match (wanted, value) {
        (_, Value::Null) => return Ok(None),
        ("an integer", Value::Number(number)) if number.is_i64() || number.is_u64() => Some(number.to_string()),
        ("a string", Value::String(text)) => Some(text.clone()),
        ("an array of strings", Value::Array(paths)) => {
            let paths: Option<Vec<&str>> = paths.iter().map(Value::as_str).collect();
            paths.map(|paths| paths.join(","))
        }
        _ => None,
    };
    let wrong = || ScimError::invalid_value(format!("{name} must be {wanted}, not {}", shown(value)));
    text.map(Some).ok_or_else(wrong)
}

/// The first segments of the endpoints of a directory. A path that begins with one of them has no key: the directory is
/// that of the host.
const ENDPOINTS: [&str; 8] =
    ["Users", "Groups", "Me", "Bulk", ".search", "ServiceProviderConfig", "ResourceTypes", "Schemas"];

/// Splits the path of a SCIM URL into the key or label of the directory, as written, and what follows it. A path without
/// key belongs to the directory of the host. Returns `None` for other paths.
pub(super) fn directory(path: &str) -> Option<(Option<&str>, &str)> {
    let rest = path.strip_prefix("/scim/v2/")?;
    let (first, tail) = rest.split_once('/').unwrap_or((rest, ""));
    match first {
        "" => None,
        endpoint if ENDPOINTS.contains(&endpoint) => Some((None, rest)),
        key => Some((Some(key), tail)),
    }
}

/// Decodes percent-encoding.
///
/// # Errors
/// 400 `invalidSyntax` for a `%` that is not followed by two hexadecimal digits, or bytes that are not UTF-8.
pub(super) fn decode(text: &str) -> Result<String, ScimError> {
    let bytes = text.as_bytes();
    let malformed = bytes
        .iter()
        .enumerate()
        .filter(|(_, byte)| **byte == b'%')
        .find(|(at, _)| !bytes.get(at + 1..at + 3).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)));
    if let Some((at, _)) = malformed {
        let text = short(text);
        return Err(ScimError::invalid_syntax(format!("malformed percent-encoding at byte {at} of \"{text}\"")));
    }
    percent_decode_str(text).decode_utf8().map(std::borrow::Cow::into_owned).map_err(|_| {
        ScimError::invalid_syntax(format!("the percent-encoding in \"{}\" does not decode to UTF-8", short(text)))
    })
}

/// Truncates a text for a message.
pub(super) fn short(text: &str) -> String {
    const MOST: usize = 60;
    if text.chars().count() <= MOST {
        return text.to_owned();
    }
    text.chars().take(MOST).chain("…".chars()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scim_url_contains_the_key_of_its_directory() {
        assert_eq!(directory("/scim/v2/KEY/Users/1"), Some((Some("KEY"), "Users/1")));
        assert_eq!(directory("/scim/v2/KEY"), Some((Some("KEY"), "")));
        assert_eq!(directory("/scim/v2/Users/1"), Some((None, "Users/1")));
        assert_eq!(directory("/scim/v2/"), None);
        assert_eq!(directory("/scim/v3/KEY/Users"), None);
    }

    #[test]
    fn both_encodings_of_a_space_that_okta_has_sent_are_decoded() {
        for query in ["filter=userName%20eq%20%22a%40b%22", "filter=userName+eq+%22a%40b%22"] {
            let parameters = Parameters::parse(Some(query)).unwrap();
            assert_eq!(parameters.one("filter").unwrap(), Some("userName eq \"a@b\""));
        }
    }

    #[test]
    fn errors_name_the_position_of_malformed_encodings() {
        for (text, position) in [("a%", "byte 1"), ("%zz", "byte 0"), ("ab%4", "byte 2"), ("%ff", "UTF-8")] {
            let error = decode(text).unwrap_err();
            assert!(error.detail.contains(position), "{}", error.detail);
            assert_eq!(error.status, 400);
        }
    }

    #[test]
    fn out_of_range_numbers_are_clamped_and_words_rejected() {
        let parameters = Parameters::parse(Some("a=99999999999999999999&b=-99999999999999999999&c=x&d=")).unwrap();
        assert_eq!(parameters.integer("a").unwrap(), Some(i64::MAX));
        assert_eq!(parameters.integer("b").unwrap(), Some(i64::MIN));
        assert_eq!(parameters.integer("e").unwrap(), None);
        assert!(parameters.integer("c").is_err() && parameters.integer("d").is_err());
    }

    #[test]
    fn a_search_body_is_equivalent_to_a_query_string() {
        let object = |value: Value| value.as_object().unwrap().clone();
        let body = serde_json::json!({
            "SCHEMAS": [SEARCH_REQUEST], "Attributes": ["userName", "name.givenName"], "startindex": 2,
            "count": 10, "filter": "userName pr", "excludedAttributes": null, "somethingElse": {},
        });
        let query = "attributes=userName,name.givenName&startIndex=2&count=10&filter=userName+pr";
        assert_eq!(Parameters::from_search(object(body)), Parameters::parse(Some(query)));
        for wrong in [
            serde_json::json!({"filter": "userName pr"}),
            serde_json::json!({"schemas": [SEARCH_REQUEST], "count": "10"}),
            serde_json::json!({"schemas": [SEARCH_REQUEST], "count": 1.5}),
            serde_json::json!({"schemas": [SEARCH_REQUEST], "attributes": "userName"}),
            serde_json::json!({"schemas": [SEARCH_REQUEST], "attributes": [1]}),
            serde_json::json!({"schemas": [SEARCH_REQUEST], "filter": 1}),
            serde_json::json!({"schemas": [SEARCH_REQUEST], "filter": "a pr", "FILTER": "b pr"}),
        ] {
            assert_eq!(Parameters::from_search(object(wrong.clone())).unwrap_err().status, 400, "{wrong}");
        }
    }

    #[test]
    fn a_known_name_in_another_letter_case_is_rejected_and_an_unknown_one_ignored() {
        for (query, known) in [("Filter=x", "filter"), ("count=1&startindex=1", "startIndex"), ("SORTBY", "sortBy")] {
            let error = Parameters::of_scim(Some(query)).unwrap_err();
            assert_eq!(error.status, 400);
            assert!(error.detail.ends_with(&format!("{known}?")), "{}", error.detail);
        }
        for query in ["filter=x&startIndex=1&sortBy=y", "filters=x&fil%54er2=y&Access_Token=z&Filter[]=1"] {
            assert!(Parameters::of_scim(Some(query)).is_ok(), "{query}");
        }
    }

    #[test]
    fn a_repeated_parameter_is_rejected() {
        assert!(Parameters::parse(Some("count=1&count=2")).unwrap().one("count").is_err());
    }
}

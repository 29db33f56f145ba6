//! Paths and query strings, decoded strictly: a malformed percent-encoding is an error, never a guess.

use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::scim::message::{SEARCH_REQUEST, shown};
use crate::scim::{Object, ScimError};

/// The decoded parameters of a query string, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// From the part of the URI after the question mark.
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

    /// From the query of a SCIM URL. Names that nobody knows say nothing; one that is known in another letter case is a slip,
    /// and its sender would take the unfiltered list for the filtered one.
    ///
    /// # Errors
    /// As [`Parameters::parse`], and 400 `invalidValue` for a known name in another letter case.
    pub(super) fn of_scim(query: Option<&str>) -> Result<Self, ScimError> {
        let parameters = Self::parse(query)?;
        let slip = |name: &str| SEARCH.iter().find(|known| known.eq_ignore_ascii_case(name) && **known != name);
        if let Some((name, known)) = parameters.iter().find_map(|(name, _)| Some((name, slip(name)?))) {
            return Err(ScimError::invalid_value(format!("the query parameter {name} is written {known}")));
        }
        Ok(parameters)
    }

    /// From the body of a POST to `/.search` (RFC 7644 section 3.4.3): the parameters that a GET would carry, under the
    /// same names. Names are read in any letter case, as all names of a body (RFC 7643 section 2.1).
    ///
    /// # Errors
    /// 400 `invalidSyntax` for `schemas` without SearchRequest or a name given twice; 400 `invalidValue` for a value of
    /// the wrong type.
    pub(super) fn from_search(body: Object) -> Result<Self, ScimError> {
        let (mut parameters, mut is_search) = (Self::default(), false);
        for (key, value) in body {
            if key.eq_ignore_ascii_case("schemas") {
                let urns = value.as_array().into_iter().flatten().filter_map(Value::as_str);
                is_search |= urns.into_iter().any(|urn| urn.eq_ignore_ascii_case(SEARCH_REQUEST));
                continue;
            }
            // What is not known says nothing, as in a query string.
            let Some(known) = SEARCH.iter().find(|known| known.eq_ignore_ascii_case(&key)) else { continue };
            if parameters.0.iter().any(|(name, _)| name == known) {
                return Err(ScimError::invalid_syntax(format!("{known} is given more than once")));
            }
            if let Some(text) = search_value(known, &value)? {
                parameters.0.push(((*known).to_owned(), text));
            }
        }
        if is_search {
            return Ok(parameters);
        }
        Err(ScimError::invalid_syntax(format!("schemas must be an array that holds \"{SEARCH_REQUEST}\"")))
    }

    /// The value of a parameter that may stand once.
    ///
    /// # Errors
    /// 400 `invalidValue` when it stands more than once.
    pub(super) fn one(&self, name: &str) -> Result<Option<&str>, ScimError> {
        let mut values = self.0.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let first = values.next();
        if values.next().is_some() {
            return Err(ScimError::invalid_value(format!("the query parameter {name} is given more than once")));
        }
        Ok(first)
    }

    /// A parameter that is a whole number; numbers beyond 64 bits count as the largest or the smallest.
    ///
    /// # Errors
    /// 400 `invalidValue` when it is no whole number.
    pub(super) fn integer(&self, name: &str) -> Result<Option<i64>, ScimError> {
        let Some(text) = self.one(name)? else { return Ok(None) };
        let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(ScimError::invalid_value(format!("{name} must be a whole number, not \"{}\"", short(text))));
        }
        Ok(Some(text.parse().unwrap_or(if text.starts_with('-') { i64::MIN } else { i64::MAX })))
    }

    /// All of them.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// What a query or a search may say.
const SEARCH: &[&str] =
    &["attributes", "excludedAttributes", "filter", "sortBy", "sortOrder", "startIndex", "count", "cursor"];

/// The value of a member of SearchRequest as the text that a query string would have; null says nothing.
fn search_value(name: &str, value: &Value) -> Result<Option<String>, ScimError> {
    let wanted = match name {
        "attributes" | "excludedAttributes" => "an array of strings",
        "startIndex" | "count" => "a whole number",
        _ => "a string",
    };
    let text = match (wanted, value) {
        (_, Value::Null) => return Ok(None),
        ("a whole number", Value::Number(number)) if number.is_i64() || number.is_u64() => Some(number.to_string()),
        ("a string", Value::String(text)) => Some(text.clone()),
        ("an array of strings", Value::Array(paths)) => {
            let paths: Option<Vec<&str>> = paths.iter().map(Value::as_str).collect();
            paths.map(|paths| paths.join(","))
        }
        _ => None,
    };
    let wrong = || ScimError::invalid_value(format!("{name} must be {wanted}, and was {}", shown(value)));
    text.map(Some).ok_or_else(wrong)
}

/// Decodes percent-encoding.
///
/// # Errors
/// 400 `invalidSyntax` for a `%` without two hexadecimal digits after it, or bytes that are not UTF-8.
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

/// The first characters of a text, for a message.
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
    fn both_encodings_of_a_space_that_okta_sent_over_the_years_are_read() {
        for query in ["filter=userName%20eq%20%22a%40b%22", "filter=userName+eq+%22a%40b%22"] {
            let parameters = Parameters::parse(Some(query)).unwrap();
            assert_eq!(parameters.one("filter").unwrap(), Some("userName eq \"a@b\""));
        }
    }

    #[test]
    fn malformed_encodings_are_named_with_their_place() {
        for (text, place) in [("a%", "byte 1"), ("%zz", "byte 0"), ("ab%4", "byte 2"), ("%ff", "UTF-8")] {
            let error = decode(text).unwrap_err();
            assert!(error.detail.contains(place), "{}", error.detail);
            assert_eq!(error.status, 400);
        }
    }

    #[test]
    fn numbers_out_of_range_are_clamped_and_words_refused() {
        let parameters = Parameters::parse(Some("a=99999999999999999999&b=-99999999999999999999&c=x&d=")).unwrap();
        assert_eq!(parameters.integer("a").unwrap(), Some(i64::MAX));
        assert_eq!(parameters.integer("b").unwrap(), Some(i64::MIN));
        assert_eq!(parameters.integer("e").unwrap(), None);
        assert!(parameters.integer("c").is_err() && parameters.integer("d").is_err());
    }

    #[test]
    fn a_search_says_what_a_query_string_would() {
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
    fn a_known_name_in_another_letter_case_is_told_apart_from_an_unknown_one() {
        for (query, known) in [("Filter=x", "filter"), ("count=1&startindex=1", "startIndex"), ("SORTBY", "sortBy")] {
            let error = Parameters::of_scim(Some(query)).unwrap_err();
            assert_eq!(error.status, 400);
            assert!(error.detail.ends_with(known), "{}", error.detail);
        }
        for query in ["filter=x&startIndex=1&sortBy=y", "filters=x&fil%54er2=y&Access_Token=z&Filter[]=1"] {
            assert!(Parameters::of_scim(Some(query)).is_ok(), "{query}");
        }
    }

    #[test]
    fn a_parameter_given_twice_is_refused() {
        assert!(Parameters::parse(Some("count=1&count=2")).unwrap().one("count").is_err());
    }
}

//! Paths and query strings, decoded strictly: a malformed percent-encoding is an error, never a guess.

use percent_encoding::percent_decode_str;

use crate::scim::ScimError;

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
    fn a_parameter_given_twice_is_refused() {
        assert!(Parameters::parse(Some("count=1&count=2")).unwrap().one("count").is_err());
    }
}

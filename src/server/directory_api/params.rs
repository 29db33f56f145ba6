//! Parses query parameters, in every spelling that the official clients use. All errors of a request are reported at once.

use jiff::Timestamp;

use super::error::{ApiError, FieldError};
use crate::base::limits;
use crate::server::query::{Parameters, short};
use crate::store::objects::{Cursor, ObjectRange};

/// The range of a list, and how cursors are named in the response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Listing {
    pub(super) range: ObjectRange,
    /// `order=normal`: `after` is the way to newer objects although the newest come first.
    pub(super) is_normal: bool,
}

impl Listing {
    /// Names the cursors of a page for `list_metadata`: `before` and `after`.
    pub(super) fn cursors(&self, before: Option<String>, after: Option<String>) -> (Option<String>, Option<String>) {
        if self.is_normal { (after, before) } else { (before, after) }
    }
}

/// Reads parameters and collects the errors.
#[derive(Debug, Default)]
pub(super) struct Reader {
    parameters: Parameters,
    errors: Vec<FieldError>,
}

impl Reader {
    /// Parses a query string.
    ///
    /// # Errors
    /// 422 for malformed percent-encoding.
    pub(super) fn of(query: Option<&str>) -> Result<Self, ApiError> {
        match Parameters::parse(query) {
            Ok(parameters) => Ok(Self { parameters, errors: Vec::new() }),
            Err(error) => Err(ApiError::Invalid(vec![FieldError { field: "query", message: error.detail }])),
        }
    }

    /// Adds an error.
    pub(super) fn error(&mut self, field: &'static str, message: String) {
        self.errors.push(FieldError { field, message });
    }

    /// Returns the value if there was no error.
    pub(super) fn finish<T>(self, value: T) -> Result<T, ApiError> {
        if self.errors.is_empty() { Ok(value) } else { Err(ApiError::Invalid(self.errors)) }
    }

    /// Returns a parameter that may appear once. An empty one is none, as the clients send it for a value that is not set.
    pub(super) fn text(&mut self, field: &'static str) -> Option<String> {
        self.one(field).filter(|text| !text.is_empty())
    }

    fn one(&mut self, field: &'static str) -> Option<String> {
        match self.parameters.one(field) {
            Ok(value) => value.map(str::to_owned),
            Err(error) => {
                let message = error.detail;
                self.error(field, message);
                None
            }
        }
    }

    /// Returns the values of a list: `name=a,b` (Node, Python, Rust, Kotlin, Elixir), repeated (Go, Ruby), `name[]=a`
    /// (.NET) or `name[0]=a` (PHP).
    pub(super) fn list(&self, field: &str) -> Vec<String> {
        self.elements(field).filter(|name| !name.is_empty()).map(str::to_owned).collect()
    }

    /// Returns the number of elements of a list, with those that are empty.
    pub(super) fn count(&self, field: &str) -> usize {
        self.elements(field).count()
    }

    fn elements<'a>(&'a self, field: &'a str) -> impl Iterator<Item = &'a str> {
        let is_of = move |key: &str| {
            let index = key.strip_prefix(field).and_then(|rest| rest.strip_prefix('[')?.strip_suffix(']'));
            key == field || index.is_some_and(|index| index.bytes().all(|byte| byte.is_ascii_digit()))
        };
        let values = self.parameters.iter().filter(move |(key, _)| is_of(key)).map(|(_, value)| value);
        values.flat_map(|value| value.split(',').map(str::trim))
    }

    /// Parses an RFC 3339 time in UTC that ends with `Z`; WorkOS rejects `+00:00`.
    pub(super) fn time(&mut self, field: &'static str) -> Option<Timestamp> {
        let text = self.text(field)?;
        let time = text.ends_with('Z').then(|| text.parse().ok()).flatten();
        if time.is_none() {
            let text = short(&text);
            self.error(field, format!("{field} must be a time in UTC such as 2026-11-20T10:15:00Z, not \"{text}\""));
        }
        time
    }

    /// Parses `order`, `limit`, `before` and `after`. `descending` is the order without the parameter.
    pub(super) fn listing(&mut self, descending: bool) -> Listing {
        let (descending, is_normal) = match self.text("order").as_deref() {
            None => (descending, false),
            Some("asc") => (false, false),
            Some("desc") => (true, false),
            Some("normal") => (true, true),
            Some(other) => {
                self.error("order", format!("order must be asc, desc or normal, not \"{}\"", short(other)));
                (descending, false)
            }
        };
        let limit = self.limit();
        let cursor = match (self.text("before"), self.text("after")) {
            (Some(_), Some(_)) => {
                self.error("before", "before and after cannot be combined; send only one of them".to_owned());
                None
            }
            (Some(id), None) if is_normal => Some(Cursor::After(id)),
            (None, Some(id)) if is_normal => Some(Cursor::Before(id)),
            (Some(id), None) => Some(Cursor::Before(id)),
            (None, Some(id)) => Some(Cursor::After(id)),
            (None, None) => None,
        };
        Listing { range: ObjectRange { descending, cursor, limit }, is_normal }
    }

    fn limit(&mut self) -> usize {
        let Some(text) = self.text("limit") else { return limits::DEFAULT_EVENTS_PAGE };
        if let Ok(limit @ 1..=limits::EVENTS_PAGE) = text.parse() {
            return limit;
        }
        let (most, text) = (limits::EVENTS_PAGE, short(&text));
        self.error("limit", format!("limit must be a number from 1 to {most}, not \"{text}\""));
        limits::DEFAULT_EVENTS_PAGE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_accepted_in_four_spellings() {
        for query in ["x=a,b", "x=a%2Cb", "x=a&x=b", "x[]=a&x%5B%5D=b", "x[0]=a&x[1]=b", "x=,a,, b,&y=c&x[y]=d"] {
            assert_eq!(Reader::of(Some(query)).unwrap().list("x"), ["a", "b"], "{query}");
        }
    }

    /// In `normal` order the newest objects come first, and the cursors are named by time.
    #[test]
    fn order_decides_what_a_cursor_means() {
        let (before, after) = (Cursor::Before("x".to_owned()), Cursor::After("x".to_owned()));
        for (query, descending, cursor) in [
            ("after=x", true, &after),
            ("before=x", true, &before),
            ("after=x&order=asc", false, &after),
            ("after=x&order=normal", true, &before),
            ("before=x&order=normal", true, &after),
        ] {
            let mut reader = Reader::of(Some(query)).unwrap();
            let listing = reader.listing(true);
            assert_eq!(
                (listing.range.descending, listing.range.cursor.as_ref()),
                (descending, Some(cursor)),
                "{query}"
            );
            assert_eq!(listing.range.limit, 10);
        }
        let normal = Reader::of(Some("order=normal")).unwrap().listing(true);
        assert_eq!(normal.cursors(None, Some("older".to_owned())), (Some("older".to_owned()), None));
    }
}

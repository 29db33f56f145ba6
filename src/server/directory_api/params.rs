//! Parses the query parameters of `GET /events`, in every spelling that the official clients use.

use jiff::Timestamp;

use crate::base::limits;
use crate::events::EventName;
use crate::server::query::{Parameters, short};
use crate::store::EventQuery;

/// A query parameter that is not valid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ParameterError {
    pub(super) field: &'static str,
    pub(super) message: String,
}

/// Parses the query string.
///
/// Event names are sent as `events=a,b` (Node, Python, Rust, Kotlin, Elixir), repeated (Go, Ruby), as `events[]=` (.NET)
/// and as `events[0]=` (PHP). Without `order`, events are returned oldest first.
///
/// # Errors
/// All errors at once.
pub(super) fn parse(query: Option<&str>) -> Result<EventQuery, Vec<ParameterError>> {
    let parameters =
        Parameters::parse(query).map_err(|error| vec![ParameterError { field: "query", message: error.detail }])?;
    let mut read = Reader { parameters: &parameters, errors: Vec::new() };
    let names = read.names();
    let after = read.one("after").filter(|after| !after.is_empty());
    let range_start = read.time("range_start");
    let range_end = read.time("range_end");
    if after.is_some() && range_start.is_some() {
        read.error("range_start", "after and range_start cannot be combined; send only one of them".to_owned());
    }
    let query = EventQuery {
        names,
        organization_id: read.one("organization_id").filter(|id| !id.is_empty()),
        after,
        range_start,
        range_end,
        descending: read.descending(),
        limit: read.limit(),
    };
    if read.errors.is_empty() { Ok(query) } else { Err(read.errors) }
}

struct Reader<'a> {
    parameters: &'a Parameters,
    errors: Vec<ParameterError>,
}

impl Reader<'_> {
    fn error(&mut self, field: &'static str, message: String) {
        self.errors.push(ParameterError { field, message });
    }

    fn one(&mut self, field: &'static str) -> Option<String> {
        match self.parameters.one(field) {
            Ok(value) => value.map(str::to_owned),
            Err(error) => {
                self.error(field, error.detail);
                None
            }
        }
    }

    fn names(&mut self) -> Vec<String> {
        let mut names = Vec::new();
        for (key, value) in self.parameters.iter() {
            let index = key.strip_prefix("events[").and_then(|rest| rest.strip_suffix(']'));
            if key != "events" && !index.is_some_and(|index| index.bytes().all(|byte| byte.is_ascii_digit())) {
                continue;
            }
            for name in value.split(',').map(str::trim).filter(|name| !name.is_empty()) {
                // A query for events of other WorkOS products is valid; this log never contains any.
                if EventName::from_wire(name).is_some() || is_foreign(name) {
                    names.push(name.to_owned());
                } else {
                    self.error("events", format!("unknown event name \"{}\"", short(name)));
                }
            }
        }
        names
    }

    /// Parses an RFC 3339 time in UTC that ends with `Z`; WorkOS rejects `+00:00`.
    fn time(&mut self, field: &'static str) -> Option<Timestamp> {
        let text = self.one(field)?;
        let time = text.ends_with('Z').then(|| text.parse().ok()).flatten();
        if time.is_none() {
            let text = short(&text);
            self.error(field, format!("{field} must be a time in UTC such as 2026-11-20T10:15:00Z, not \"{text}\""));
        }
        time
    }

    fn descending(&mut self) -> bool {
        match self.one("order").as_deref() {
            None | Some("asc") => false,
            Some("desc") => true,
            Some(other) => {
                self.error("order", format!("order must be asc or desc, not \"{}\"", short(other)));
                false
            }
        }
    }

    fn limit(&mut self) -> usize {
        let Some(text) = self.one("limit") else { return limits::DEFAULT_EVENTS_PAGE };
        if let Ok(limit @ 1..=limits::EVENTS_PAGE) = text.parse() {
            return limit;
        }
        let (most, text) = (limits::EVENTS_PAGE, short(&text));
        self.error("limit", format!("limit must be a number from 1 to {most}, not \"{text}\""));
        limits::DEFAULT_EVENTS_PAGE
    }
}

/// Reports whether a name has the form of the events of other WorkOS products (`user.created`, `connection.activated`).
fn is_foreign(name: &str) -> bool {
    !name.starts_with("dsync.")
        && name.split('.').count() >= 2
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'_'))
        && name.split('.').all(|part| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_accepted_in_four_spellings() {
        let both = vec!["dsync.user.created".to_owned(), "dsync.user.updated".to_owned()];
        for query in [
            "events=dsync.user.created,dsync.user.updated",
            "events=dsync.user.created%2Cdsync.user.updated",
            "events=dsync.user.created&events=dsync.user.updated",
            "events[]=dsync.user.created&events%5B%5D=dsync.user.updated",
            "events[0]=dsync.user.created&events[1]=dsync.user.updated",
        ] {
            assert_eq!(parse(Some(query)).unwrap().names, both, "{query}");
        }
    }

    #[test]
    fn an_empty_query_returns_the_ten_oldest_events() {
        let query = parse(None).unwrap();
        assert_eq!((query.limit, query.descending, query.names.len()), (10, false, 0));
    }

    #[test]
    fn all_errors_are_reported_at_once() {
        let query = "limit=0&order=up&after=event_1&range_start=2026-11-20T10:15:00Z&range_end=2026-11-20T10:15:00%2B00:00&events=dsync.nothing";
        let fields: Vec<_> = parse(Some(query)).unwrap_err().iter().map(|error| error.field).collect();
        assert_eq!(fields, ["events", "range_end", "range_start", "order", "limit"]);
    }

    #[test]
    fn event_names_of_other_products_are_accepted() {
        assert_eq!(parse(Some("events=user.created")).unwrap().names, ["user.created"]);
        assert!(parse(Some("events=nonsense")).is_err());
    }
}

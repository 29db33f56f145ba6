//! The reasons why there is no population. Results that need it are not judged then.

use super::size::SIZE;
use crate::check::outcome::{Deviation, Outcome};
use crate::report::Verdict;
use crate::wire::{Exchange, Response};

/// The reason why there is no population.
#[derive(Debug, Clone)]
pub enum Shortfall {
    /// `--max-users` is smaller than the number of users that the run would create.
    MaxUsers { most: usize, needed: usize },
    /// The canary could not be deleted: 250 users would stay.
    NotDeletable(String),
    /// A create was refused after others had succeeded.
    Limit { made: usize, response: String },
    /// The target does not create plain users: the violated requirement, and the create.
    Refused(Box<Deviation>, Box<Exchange>),
    /// A create got no response, or no user may be created.
    NoResponse(String),
}

impl Shortfall {
    /// Classifies a create that did not make a user, after `made` others.
    #[must_use]
    pub fn of(exchange: &Exchange, outcome: Outcome, made: usize) -> Self {
        match (outcome, exchange.response()) {
            (_, Some(response)) if made > 0 && is_limit(response) => {
                Self::Limit { made, response: crate::check::reading::status_and_body(response) }
            }
            (Outcome::Deviation(deviation), _) => Self::Refused(deviation, Box::new(exchange.clone())),
            (outcome, _) => Self::NoResponse(outcome.sentence()),
        }
    }

    /// Returns the verdict of the results that need the population.
    #[must_use]
    pub const fn verdict(&self) -> Verdict {
        match self {
            Self::MaxUsers { .. } | Self::NotDeletable(_) | Self::Limit { .. } => Verdict::Skipped,
            Self::Refused(..) => Verdict::Blocked,
            Self::NoResponse(_) => Verdict::Inconclusive,
        }
    }

    /// Returns the reason as a sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::MaxUsers { most, needed } => format!(
                "it needs a population of {SIZE} users; with it the run takes --max-users {needed}, and it is {most}"
            ),
            Self::NotDeletable(why) => {
                format!("it needs a population of {SIZE} users, which the server could not delete: {why}")
            }
            Self::Limit { made, response } => {
                format!("it needs a population of {SIZE} users, and after {made} users POST /Users returned {response}")
            }
            Self::Refused(deviation, _) => format!("it needs a population of {SIZE} users: {}", deviation.sentence()),
            Self::NoResponse(why) => format!("it needs a population of {SIZE} users: {why}"),
        }
    }
}

/// Returns true if a create is refused for a limit on the number of users.
fn is_limit(response: &Response) -> bool {
    const WORDS: [&str; 7] = ["limit", "quota", "seat", "licen", "maximum", "exceed", "too many"];
    let body = String::from_utf8_lossy(&response.body).to_lowercase();
    let names_a_limit = || WORDS.iter().any(|word| body.contains(word));
    match response.status {
        402 | 403 | 422 | 507 => true,
        status => (400..500).contains(&status) && names_a_limit(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_a_status_or_a_word_in_the_body() {
        let response = |status, body: &str| Response { status, headers: Vec::new(), body: body.as_bytes().to_vec() };
        for status in [402, 403, 422, 507] {
            assert!(is_limit(&response(status, "")), "{status}");
        }
        assert!(is_limit(&response(400, r#"{"detail":"Seat limit reached"}"#)));
        assert!(!is_limit(&response(400, r#"{"detail":"userName is not valid"}"#)));
        assert!(!is_limit(&response(500, "limit")));
    }
}

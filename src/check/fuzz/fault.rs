//! The rules of fuzzing: what no response may do, whatever the request was. One row for each.

use crate::report::Level;

/// The kinds of faults. Each violates the rule of the same name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fault {
    ServerError,
    NoResponse,
    Truncated,
    EndlessResponse,
    NotAScimError,
    Malformed,
    Counters,
    Lost,
    Ignored,
    Undead,
    Swallowed,
    ForeignId,
}

/// A rule, as reports show it.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    pub fault: Fault,
    /// `fuzz/server-error`.
    pub id: &'static str,
    pub level: Level,
    pub source: &'static str,
    pub sentence: &'static str,
    pub why: &'static str,
    pub fix: &'static str,
}

impl Fault {
    /// Every rule.
    pub const RULES: [Rule; 12] = [
        Rule {
            fault: Self::ServerError,
            id: "fuzz/server-error",
            level: Level::Must,
            source: "RFC 9110 §15.6",
            sentence: "No request gets a 5xx.",
            why: "A 5xx says that the server failed. No request, however odd, is the server's own fault.",
            fix: "Refuse a request that is not valid with 400 and a SCIM error.",
        },
        Rule {
            fault: Self::NoResponse,
            id: "fuzz/no-response",
            level: Level::Must,
            source: "RFC 9110 §3.4",
            sentence: "Every request gets a response within the time limit.",
            why: "A request without a response blocks the client until its time-out.",
            fix: "Limit the work of one request, and refuse what takes longer.",
        },
        Rule {
            fault: Self::Truncated,
            id: "fuzz/truncated",
            level: Level::Must,
            source: "RFC 9110 §3.4",
            sentence: "Every response is complete before the connection ends.",
            why: "A truncated response does not say if the request was performed.",
            fix: "Find the error of the server or of a proxy in front of it that ends the connection.",
        },
        Rule {
            fault: Self::EndlessResponse,
            id: "fuzz/endless-response",
            level: Level::Must,
            source: "RFC 7644 §3.4.2.4",
            sentence: "No response is larger than a client reads.",
            why: "No SCIM response is that large.",
            fix: "Limit the number of resources on a page.",
        },
        Rule {
            fault: Self::NotAScimError,
            id: "fuzz/scim-error",
            level: Level::Must,
            source: "RFC 7644 §3.12",
            sentence: "A refusal is a SCIM error.",
            why: "Okta shows the administrator the `detail` of a SCIM error.",
            fix: "Return the SCIM error in JSON for every 4xx, also where a framework refuses the request.",
        },
        Rule {
            fault: Self::Malformed,
            id: "fuzz/malformed",
            level: Level::Must,
            source: "RFC 7644 §3.3, §3.4",
            sentence: "A success has the resource or the list.",
            why: "A client cannot tell what the server did.",
            fix: "Return the resource or the ListResponse as a JSON object.",
        },
        Rule {
            fault: Self::Counters,
            id: "fuzz/counters",
            level: Level::Must,
            source: "RFC 7644 §3.4.2",
            sentence: "`totalResults`, `startIndex` and `itemsPerPage` are integers.",
            why: "Counters of another type make every lookup of Okta fail.",
            fix: "Send the counters as JSON integers.",
        },
        Rule {
            fault: Self::Lost,
            id: "fuzz/lost",
            level: Level::Must,
            source: "RFC 7644 §3.3",
            sentence: "A resource whose create or change was acknowledged can be read again.",
            why: "The client takes it for stored, and it is not.",
            fix: "Respond after the write is durable.",
        },
        Rule {
            fault: Self::Ignored,
            id: "fuzz/ignored",
            level: Level::Must,
            source: "RFC 7644 §3.5",
            sentence: "A change that was acknowledged is visible afterwards.",
            why: "The client takes it for done, and it is not.",
            fix: "Apply the change, or refuse the request.",
        },
        Rule {
            fault: Self::Undead,
            id: "fuzz/undead",
            level: Level::Must,
            source: "RFC 7644 §3.6",
            sentence: "A deleted resource returns 404.",
            why: "The client takes the resource for gone.",
            fix: "Delete the resource before you respond with 204.",
        },
        Rule {
            fault: Self::Swallowed,
            id: "fuzz/swallowed",
            level: Level::Must,
            source: "RFC 7644 §3.12",
            sentence: "A body that is not a JSON object is refused.",
            why: "The client takes a request for performed that the server could not read.",
            fix: "Return 400 with scimType invalidSyntax.",
        },
        Rule {
            fault: Self::ForeignId,
            id: "fuzz/foreign-id",
            level: Level::Must,
            source: "RFC 7644 §3.3",
            sentence: "The id in the response to a create is that of the new resource.",
            why: "The client would change the resource of another person.",
            fix: "Return the id of the resource that was created.",
        },
    ];

    /// Returns the rule that the fault violates.
    #[must_use]
    pub fn rule(self) -> Rule {
        let [first, ..] = Self::RULES;
        Self::RULES.into_iter().find(|rule| rule.fault == self).unwrap_or(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_has_its_own_rule() {
        for rule in Fault::RULES {
            assert_eq!(rule.fault.rule().id, rule.id);
            assert!(rule.id.starts_with("fuzz/") && rule.sentence.ends_with('.') && rule.fix.ends_with('.'));
        }
    }
}

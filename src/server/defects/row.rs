//! The form of a row of the table of defects.

use bytes::Bytes;
use futures::future::BoxFuture;
use http::{HeaderMap, Request, Response};
use serde_json::Value;

use super::exchange::{ParsedRequest, ParsedResponse, Upstream};

/// A rule that a server breaks.
#[derive(Debug)]
pub struct Defect {
    /// The name that enables it.
    pub name: &'static str,
    /// The behavior of the server, for `--help` and reports.
    pub breaks: &'static str,
    /// The source of the rule that it breaks, or of a report about a server that does so.
    pub source: &'static str,
    /// The IDs of the requirements that it violates, for example `okta/lookup-matches`. The first finding of a check is about
    /// one of them.
    pub violates: &'static [&'static str],
    /// The reason why Okta works with it nevertheless, with a key of docs/sources.md. A check yields at most notes then.
    pub tolerated: Option<&'static str>,
    pub(super) rewrite: Rewrite,
}

/// The part of an exchange that a defect rewrites. A defect leaves every request alone that it is not about.
#[derive(Debug)]
pub(super) enum Rewrite {
    /// Drops the query parameters for which the function returns true.
    DropParameters(fn(&ParsedRequest, &str) -> bool),
    /// Edits the request body.
    EditBody(fn(&ParsedRequest, &mut Value)),
    /// Edits the request body, given the current state of the resource that the request names.
    EditBodyWithCurrent(fn(&ParsedRequest, &Value, &mut Value)),
    /// Responds from the current state of the resource; the upstream does not see the request.
    RespondFromCurrent(fn(&ParsedRequest, Value) -> Option<ParsedResponse>),
    /// Responds from the request alone; the upstream does not see the request.
    Refuse(fn(&ParsedRequest, &HeaderMap) -> Option<ParsedResponse>),
    /// Edits the response.
    EditResponse(fn(&ParsedRequest, &mut ParsedResponse)),
    /// Edits the response, given the state of the resource before the request.
    EditResponseWithPrior(fn(&ParsedRequest, Value, &mut ParsedResponse)),
    /// Replaces the whole exchange with the upstream.
    Exchange(ExchangeFn),
}

/// Handles a request with any number of calls of the upstream.
type ExchangeFn = for<'a> fn(&'a dyn Upstream, ParsedRequest, Request<Bytes>) -> BoxFuture<'a, Response<Bytes>>;

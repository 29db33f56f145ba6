//! Assertions about responses: pure functions of an exchange. Start reading at [`judge`].
//!
//! Each returns every difference that it finds, so that no fault hides another. What Okta does after the response, and what is
//! on the server then, is judged elsewhere: a response that does not show what was sent may be right about the server.

mod assessment;
mod lists;
mod resources;
mod writes;

pub use self::assessment::Assessment;
pub use self::lists::is_scim_error;
use self::lists::judge_list;
use self::resources::judge_read;
use self::writes::{judge_create, judge_delete, judge_patch, judge_put};
use super::outcome::{Deviation, Outcome, StepResult};
use super::reading;
use super::requirement::Requirement;
use crate::wire::{Exchange, Method};

/// Returns the requirements by which a response is judged, and all differences from them. A request without a response has none.
#[must_use]
pub fn judge(exchange: &Exchange) -> Assessment {
    let Some(response) = exchange.response() else { return Assessment::default() };
    let (collection, id) = exchange.request.subject();
    match exchange.request.method {
        Method::Get if id.is_some() => judge_read(exchange, response, &collection),
        Method::Get => judge_list(exchange, response, &collection),
        Method::Post => judge_create(exchange, response, &collection),
        Method::Put => judge_put(exchange, response, &collection),
        Method::Patch => judge_patch(exchange, response, &collection),
        Method::Delete => judge_delete(exchange, response),
        Method::Head | Method::Options => Assessment::default(),
    }
}

/// Asserts that a create by the harness took effect. Other details are judged in responses to Okta, so that a wrong status
/// stops no scenario.
pub fn was_created(exchange: &Exchange) -> StepResult {
    reading::response(exchange)?;
    let faults = judge(exchange).faults;
    let fatal = |fault: &Deviation| {
        use Requirement::{CreateAccepted, CreateBody, GroupCreateAccepted, IdReturned};
        matches!(fault.requirement, CreateAccepted | CreateBody | GroupCreateAccepted | IdReturned)
    };
    faults.into_iter().find(fatal).map_or(Ok(()), |fault| Err(Outcome::from(fault)))
}

/// Returns true if a deviation says that a response does not show what was sent. It is a fault of the response only if the
/// server has what was sent.
#[must_use]
pub fn is_echo(deviation: &Deviation) -> bool {
    use Requirement::{CreateEcho, MembersEcho, PatchEcho, PutEcho};
    matches!(deviation.requirement, CreateEcho | MembersEcho | PatchEcho | PutEcho)
}

#[cfg(test)]
mod tests;

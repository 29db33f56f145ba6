//! Parses names of events in flags.

use super::ValueError;
use crate::base::nearest;
use crate::events::EventName;

/// Parses the name of an event.
///
/// # Errors
/// [`ValueError::EventName`], with the name that was probably meant.
pub(super) fn any(text: &str) -> Result<EventName, ValueError> {
    among(text, EventName::ALL.map(|(name, _)| name))
}

/// Parses the name of an event that a webhook endpoint can subscribe to.
///
/// # Errors
/// [`ValueError::EventName`], or [`ValueError::NoWebhook`] for the events of tokens.
pub(super) fn subscribable(text: &str) -> Result<EventName, ValueError> {
    match EventName::from_wire(text) {
        Some(name) if name.is_subscribable() => Ok(name),
        Some(_) => Err(ValueError::NoWebhook),
        None => among(text, EventName::subscribable()),
    }
}

fn among(text: &str, known: impl IntoIterator<Item = EventName>) -> Result<EventName, ValueError> {
    let known: Vec<&str> = known.into_iter().map(EventName::as_str).collect();
    let name = text.trim();
    if let Some(found) = EventName::from_wire(name).filter(|found| known.contains(&found.as_str())) {
        return Ok(found);
    }
    // The prefix is easily forgotten.
    let full = format!("dsync.{name}");
    let nearest = nearest(name, known.iter().copied()).or_else(|| nearest(&full, known.iter().copied()));
    Err(ValueError::EventName { nearest: nearest.map(str::to_owned), known: known.join(", ") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_almost_right_is_suggested() {
        assert_eq!(any("dsync.token.created"), Ok(EventName::TokenCreated));
        assert_eq!(subscribable("dsync.user.created"), Ok(EventName::UserCreated));
        assert_eq!(subscribable("dsync.token.created"), Err(ValueError::NoWebhook));
        for (text, suggestion) in [
            ("dsync.user.create", Some("dsync.user.created")),
            ("user.created", Some("dsync.user.created")),
            ("nonsense", None),
        ] {
            let Err(ValueError::EventName { nearest, .. }) = subscribable(text) else { panic!("{text}") };
            assert_eq!(nearest.as_deref(), suggestion, "{text}");
        }
    }
}

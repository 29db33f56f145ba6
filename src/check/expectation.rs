//! The state that the requests of a scenario lead to, and differences from it as violated requirements.
//!
//! [`Model`] is an ideal server that receives every exchange of the scenario. The target is judged by what it did with the
//! requests that were sent, never by what the feature says or what Okta usually sends.

use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::outcome::{Deviation, Kind, Subject};
use super::reading::shown;
use super::requirement::Requirement;
use crate::model::{Class, Difference, DifferenceKind, Model, Place};

/// Applies an exchange to the model.
pub(super) use crate::sim::apply;

/// Returns the violated requirement for a difference of a user. `None` for what is judged with the response that shows it:
/// a missing `id` or `userName`, and `active` of another type.
pub(super) fn of_user(difference: &Difference) -> Option<Deviation> {
    let kind = kind_of(difference.kind);
    let text = |value: &Value| shown(Some(value).filter(|value| !value.is_null()));
    let (expected, actual) = (text(&difference.expected), text(&difference.observed));
    let path = match &difference.place {
        Place::Resource if difference.kind == DifferenceKind::Missing => {
            return Some(Deviation::new(Requirement::ReadStatus, Kind::Missing, "user", "the user", "no such user"));
        }
        Place::Attribute(path) => path,
        Place::Resource | Place::Member(_) => return None,
    };
    let requirement = match (path.name.as_str(), difference.kind, difference.class) {
        ("id", ..) | ("userName", DifferenceKind::Missing, _) | ("active", DifferenceKind::WrongType, _) => {
            return None;
        }
        (_, DifferenceKind::Changed, Class::NeverKept | Class::Essential)
            if is_garbled(&difference.expected, &difference.observed) =>
        {
            Requirement::TextKept
        }
        ("userName", _, Class::Essential) => Requirement::UserNameStored,
        ("active", ..) if difference.expected == false => Requirement::Deactivated,
        // A user without `active` may be active.
        ("active", DifferenceKind::Missing, _) => Requirement::ActiveReturned,
        ("active", DifferenceKind::Stale, _) => Requirement::Reactivated,
        ("active", ..) => Requirement::CreateActive,
        ("userName", DifferenceKind::LetterCase, _) => Requirement::UserNameCase,
        (_, DifferenceKind::Extra, Class::Unasserted) => Requirement::PutReplaces,
        (_, _, Class::Lost) => Requirement::AttributesSurvive,
        (_, DifferenceKind::WrongType, _) | (_, _, Class::NeverKept | Class::Cosmetic | Class::Unasserted) => {
            Requirement::AttributesKept
        }
        (_, _, Class::Wrong | Class::Essential) => Requirement::PutStored,
    };
    let deviation = Deviation::new(requirement, kind, path.to_string(), expected, actual).about(Subject::User);
    Some(Deviation { is_stale: difference.kind == DifferenceKind::Stale, ..deviation })
}

/// Returns the violated requirement for an attribute of an extension that the user shows outside the object of the extension.
pub(super) fn at_top_level(difference: &Difference, stored: &Value) -> Option<Deviation> {
    let Place::Attribute(path) = &difference.place else { return None };
    let schema = path.schema.as_ref().filter(|_| difference.kind == DifferenceKind::Missing)?;
    stored.get(&path.name).filter(|value| !value.is_null())?;
    let (expected, actual) = (format!("in {schema}"), format!("{} at the top level", path.name));
    let deviation = Deviation::new(Requirement::ExtensionInUrn, Kind::Changed, path.to_string(), expected, actual);
    Some(deviation.about(Subject::User))
}

/// Returns a text, or the text that an element of a multi-valued attribute holds.
fn text_of(value: &Value) -> Option<&str> {
    match value {
        Value::Array(elements) => text_of(elements.first()?),
        Value::Object(element) => element.get("value")?.as_str(),
        other => other.as_str(),
    }
}

/// Returns true if a text has characters that servers garble.
fn is_unusual(text: &str) -> bool {
    text.chars().any(|letter| !letter.is_ascii() || "\"&'%<>/".contains(letter))
}

/// Returns true if a value that Okta sent has text with characters that servers garble.
pub(super) fn has_unusual_text(document: &Value) -> bool {
    let mut values = document.as_object().into_iter().flatten().filter(|(name, _)| *name != "schemas");
    values.any(|(_, value)| match value {
        Value::Object(_) => has_unusual_text(value),
        other => text_of(other).is_some_and(is_unusual),
    })
}

/// Returns true if a text lost or replaced characters that are not letters or digits of ASCII, and kept those that are, or if it
/// was decoded as if it were part of a URL.
fn is_garbled(expected: &Value, observed: &Value) -> bool {
    let (Some(expected), Some(observed)) = (text_of(expected), text_of(observed)) else { return false };
    if percent_decode_str(expected).decode_utf8_lossy() == observed {
        return true;
    }
    let mut shown = observed.chars();
    let mut plain = expected.chars().filter(char::is_ascii_alphanumeric).peekable();
    is_unusual(expected) && plain.peek().is_some() && plain.all(|letter| shown.any(|other| other == letter))
}

/// Returns the kind for a difference. A value of before is `Changed` where one is shown, because the finding is about the
/// value, not about the request.
const fn kind_of(kind: DifferenceKind) -> Kind {
    match kind {
        DifferenceKind::Missing => Kind::Missing,
        DifferenceKind::Extra => Kind::Extra,
        DifferenceKind::Changed | DifferenceKind::Stale | DifferenceKind::LetterCase => Kind::Changed,
        DifferenceKind::WrongType => Kind::WrongType,
    }
}

/// Returns the IDs of the members that a group must have, sorted.
pub(super) fn members(model: &Model, group: &str) -> Vec<String> {
    let expected = model.expected(crate::scim::Kind::Group, group).unwrap_or_default();
    super::reading::member_ids(expected.get("members").and_then(Value::as_array).map_or(&[], Vec::as_slice))
}

/// Returns the expected value of a user's `active`.
pub(super) fn active(model: &Model, user: &str) -> Option<bool> {
    model.expected(crate::scim::Kind::User, user)?.get("active")?.as_bool()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn garbled_text_keeps_its_plain_letters() {
        let garbled = |expected: &str, observed: &str| is_garbled(&json!(expected), &json!(observed));
        for observed in ["Zo?", "ZoÃ«", "Zoe", "Zo"] {
            assert!(garbled("Zoë", observed), "{observed}");
        }
        assert!(garbled("A & B", "A &amp; B"));
        assert!(!garbled("Zoë", "N/A") && !garbled("Zoe", "Zo") && !garbled("Zoe", "ZOE"));
    }

    #[test]
    fn each_difference_of_a_user_violates_the_requirement_that_it_is_about() {
        let null = Value::Null;
        for (name, kind, class, expected, requirement) in [
            ("locale", DifferenceKind::Missing, Class::NeverKept, json!("de"), Some(Requirement::AttributesKept)),
            ("locale", DifferenceKind::Missing, Class::Lost, json!("de"), Some(Requirement::AttributesSurvive)),
            ("locale", DifferenceKind::Stale, Class::Wrong, json!("de"), Some(Requirement::PutStored)),
            ("locale", DifferenceKind::Extra, Class::Wrong, null.clone(), Some(Requirement::PutStored)),
            ("userName", DifferenceKind::Stale, Class::Essential, json!("a"), Some(Requirement::UserNameStored)),
            ("userName", DifferenceKind::LetterCase, Class::Cosmetic, json!("a"), Some(Requirement::UserNameCase)),
            ("title", DifferenceKind::Extra, Class::Unasserted, null.clone(), Some(Requirement::PutReplaces)),
            ("userName", DifferenceKind::Missing, Class::Essential, json!("a"), None),
            ("active", DifferenceKind::Missing, Class::Essential, json!(false), Some(Requirement::Deactivated)),
            ("active", DifferenceKind::Stale, Class::Essential, json!(true), Some(Requirement::Reactivated)),
            ("active", DifferenceKind::Changed, Class::Essential, json!(true), Some(Requirement::CreateActive)),
            ("active", DifferenceKind::Missing, Class::NeverKept, json!(true), Some(Requirement::ActiveReturned)),
            ("active", DifferenceKind::WrongType, Class::Wrong, json!(true), None),
        ] {
            let place = Place::Attribute(name.parse().unwrap());
            let difference = Difference { place, kind, class, expected, observed: null.clone() };
            let found = of_user(&difference).map(|deviation| deviation.requirement);
            assert_eq!(found, requirement, "{difference:?}");
        }
    }
}

//! Filters by `meta.location`. Locations are computed for the response and never stored, so such a filter is translated
//! to one by `id`.

use serde_json::Value;

use super::{Compare, Filter};
use crate::scim::AttrPath;
use crate::scim::schema::{GROUP, USER};

impl Filter {
    /// Translates comparisons with `meta.location` to comparisons with `id`. `collection` is the part of a location before
    /// the ID (`https://…/Users/`). IDs do not contain a slash.
    #[must_use]
    pub fn by_location(self, collection: &str) -> Self {
        let both = |left: Box<Self>, right: Box<Self>| {
            (Box::new(left.by_location(collection)), Box::new(right.by_location(collection)))
        };
        match self {
            Self::And(left, right) => {
                let (left, right) = both(left, right);
                Self::And(left, right)
            }
            Self::Or(left, right) => {
                let (left, right) = both(left, right);
                Self::Or(left, right)
            }
            Self::Not(inner) => Self::Not(Box::new(inner.by_location(collection))),
            Self::Present(path) if is_location(&path) => all(true),
            Self::Compare(path, compare, operand) if is_location(&path) => by_id(compare, &operand, collection),
            // `meta` has one value, so its brackets apply to that value.
            Self::Has(path, inner) if is_meta(&path) && path.sub.is_none() => inner.of_meta().by_location(collection),
            other => other,
        }
    }

    /// Moves the filter out of the brackets of `meta[…]`.
    fn of_meta(self) -> Self {
        let path = |path: AttrPath| AttrPath { sub: Some(path.name), ..AttrPath::named("meta") };
        match self {
            Self::And(left, right) => Self::And(Box::new(left.of_meta()), Box::new(right.of_meta())),
            Self::Or(left, right) => Self::Or(Box::new(left.of_meta()), Box::new(right.of_meta())),
            Self::Not(inner) => Self::Not(Box::new(inner.of_meta())),
            Self::Present(name) => Self::Present(path(name)),
            Self::Compare(name, compare, operand) => Self::Compare(path(name), compare, operand),
            Self::Has(..) => self,
        }
    }
}

fn is_meta(path: &AttrPath) -> bool {
    let core = |urn: &str| urn.eq_ignore_ascii_case(USER) || urn.eq_ignore_ascii_case(GROUP);
    path.name.eq_ignore_ascii_case("meta") && path.schema.as_deref().is_none_or(core)
}

fn is_location(path: &AttrPath) -> bool {
    is_meta(path) && path.sub.as_deref().is_some_and(|sub| sub.eq_ignore_ascii_case("location"))
}

/// Returns a filter that matches all resources, or none.
fn all(yes: bool) -> Filter {
    let some = Filter::Present(AttrPath::named("id"));
    if yes { some } else { Filter::Not(Box::new(some)) }
}

/// Returns the comparison of the ID that is equivalent to a comparison of the location.
fn by_id(compare: Compare, operand: &Value, collection: &str) -> Filter {
    let id = |compare: Compare, text: &str| Filter::Compare(AttrPath::named("id"), compare, text.into());
    let Value::String(text) = operand else { return all(compare == Compare::Ne) };
    // Text after the last slash is the beginning of an ID.
    let (head, tail) = text.rfind('/').map_or(("", text.as_str()), |slash| text.split_at(slash + 1));
    match (compare, text.strip_prefix(collection)) {
        (Compare::Ew, _) if head.is_empty() => id(Compare::Ew, tail),
        (Compare::Ew, _) if collection.ends_with(head) => id(Compare::Eq, tail),
        (Compare::Co, _) if collection.contains(text.as_str()) => all(true),
        (Compare::Co, _) if head.is_empty() => id(Compare::Co, tail),
        (Compare::Co, _) if collection.ends_with(head) => id(Compare::Sw, tail),
        (Compare::Co | Compare::Ew, _) | (Compare::Eq, None) => all(false),
        (_, Some(rest)) => id(compare, rest),
        (Compare::Ne, None) => all(true),
        (Compare::Sw, None) => all(collection.starts_with(text.as_str())),
        (Compare::Gt | Compare::Ge, None) => all(collection > text.as_str()),
        (Compare::Lt | Compare::Le, None) => all(collection < text.as_str()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::scim::{Kind, Schemas};

    const COLLECTION: &str = "http://h/Users/";

    fn holds(filter: &Filter, id: &str) -> bool {
        let document = json!({"id": id, "meta": {"resourceType": "User"}});
        filter.matches(document.as_object().unwrap(), Kind::User, Schemas::standard())
    }

    #[test]
    fn a_filter_by_location_is_translated_to_one_by_id() {
        for (text, wanted) in [
            ("meta.location eq \"http://h/Users/AB\"", true),
            ("META.Location eq \"http://h/Users/AC\"", false),
            ("meta.location pr and not (meta.location eq null)", true),
            ("meta[location ew \"/AB\" and resourceType eq \"User\"]", true),
            ("meta[location ew \"/AB\" and resourceType eq \"Group\"]", false),
            ("urn:ietf:params:scim:schemas:core:2.0:User:meta.location co \"Users\"", true),
            ("id eq \"AC\" or meta.location gt \"http://h/\"", true),
        ] {
            let filter: Filter = text.parse().unwrap();
            assert_eq!(holds(&filter.by_location(COLLECTION), "AB"), wanted, "{text}");
        }
    }

    proptest! {
        #[test]
        fn the_translation_is_equivalent(
            id in "[AB]{1,3}",
            text in prop_oneof!["[ABs/]{0,4}", "(http://h/Users/|h/Users/|Users/|http:|http://i|http://g/)[AB]{0,3}"],
            compare in prop::sample::select(Compare::ALL.to_vec()),
        ) {
            let location = format!("{COLLECTION}{id}");
            let wanted = match compare {
                Compare::Eq => location == text,
                Compare::Ne => location != text,
                Compare::Co => location.contains(&text),
                Compare::Sw => location.starts_with(&text),
                Compare::Ew => location.ends_with(&text),
                Compare::Gt => location > text,
                Compare::Ge => location >= text,
                Compare::Lt => location < text,
                Compare::Le => location <= text,
            };
            let path = AttrPath { sub: Some("location".to_owned()), ..AttrPath::named("meta") };
            let filter = Filter::Compare(path, compare, text.clone().into()).by_location(COLLECTION);
            prop_assert_eq!(holds(&filter, &id), wanted, "{:?} {}", compare, text);
        }
    }
}

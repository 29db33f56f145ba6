//! `sortBy` and `sortOrder` (RFC 7644 section 3.4.2.3): the value that a resource is sorted by, and the order of values.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::attr::{fold, get};
use super::date_time::instant;
use super::resource::Kind;
use super::schema::{Attribute, Resolved, Returned, Type, is_primary};
use super::{AttrPath, Object, Schemas, ScimError};

/// An order of resources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sort {
    /// The attribute to sort by.
    pub by: SortBy,
    /// Descending order, with resources without a value first; in ascending order they are last.
    pub descending: bool,
}

/// The attribute that resources are sorted by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SortBy {
    /// The URN of the extension that defines the attribute.
    pub extension: Option<String>,
    /// The name of the attribute, as the schema spells it.
    pub name: String,
    /// The name of the sub-attribute, as the schema spells it.
    pub sub: Option<String>,
    /// The comparison of its values.
    pub comparison: Comparison,
}

/// The order of the values of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Comparison {
    /// Unicode order, without letter case.
    Folded,
    /// Unicode order.
    Exact,
    /// Numeric order; false before true.
    Number,
    /// Chronological order.
    Time,
}

/// A comparable value. All values of one [`SortBy`] are of the same variant, or are numbers.
#[derive(Debug, Clone, PartialEq)]
pub enum Key {
    Text(String),
    Whole(i64),
    Fraction(f64),
}

impl Sort {
    /// Parses the two parameters. Without `sortBy` there is no order, and `sortOrder` is ignored.
    ///
    /// # Errors
    /// 400 `invalidValue` for an unknown attribute, one that is complex or never returned, and an order that is neither
    /// `ascending` nor `descending`.
    pub fn parse(
        by: Option<&str>,
        order: Option<&str>,
        kind: Kind,
        schemas: &Schemas,
    ) -> Result<Option<Self>, ScimError> {
        let Some(by) = by.filter(|by| !by.is_empty()) else { return Ok(None) };
        let descending = match order {
            None | Some("") => false,
            Some(order) if order.eq_ignore_ascii_case("ascending") => false,
            Some(order) if order.eq_ignore_ascii_case("descending") => true,
            Some(_) => return Err(ScimError::invalid_value("sortOrder must be \"ascending\" or \"descending\"")),
        };
        let path: AttrPath = by.parse().map_err(|error: ScimError| reject(&error.detail))?;
        Ok(Some(Self { by: SortBy::resolve(&path, kind, schemas)?, descending }))
    }

    /// Parses the order of users and groups in one list. An attribute of one type has no value in resources of the other,
    /// so one of the two orders may be `None`.
    ///
    /// # Errors
    /// As [`Sort::parse`], if neither type can be sorted by the attribute.
    pub fn parse_both(
        by: Option<&str>,
        order: Option<&str>,
        schemas: &Schemas,
    ) -> Result<[Option<Self>; 2], ScimError> {
        let path: Option<AttrPath> = by.and_then(|by| by.parse().ok());
        let has = |kind| path.as_ref().is_some_and(|path| schemas.resolve(kind, path).is_some());
        match [Kind::User, Kind::Group].map(|kind| Self::parse(by, order, kind, schemas)) {
            [Ok(users), Ok(groups)] => Ok([users, groups]),
            [Ok(users), Err(_)] if !has(Kind::Group) => Ok([users, None]),
            [Err(_), Ok(groups)] if !has(Kind::User) => Ok([None, groups]),
            // The error for the type that has the attribute is the useful one.
            [Err(_), Err(error)] if has(Kind::Group) && !has(Kind::User) => Err(error),
            [Err(error), _] | [Ok(_), Err(error)] => Err(error),
        }
    }
}

impl Key {
    /// Compares two values. Numbers are before texts, and missing values last.
    #[must_use]
    pub fn compare(one: Option<&Self>, other: Option<&Self>) -> Ordering {
        match (one, other) {
            (None, None) => Ordering::Equal,
            (Some(Self::Text(one)), Some(Self::Text(other))) => one.cmp(other),
            (None | Some(Self::Text(_)), Some(_)) => Ordering::Greater,
            (Some(_), None | Some(Self::Text(_))) => Ordering::Less,
            (Some(Self::Whole(one)), Some(Self::Whole(other))) => one.cmp(other),
            (Some(one), Some(other)) => one.number().total_cmp(&other.number()),
        }
    }

    #[allow(clippy::cast_precision_loss)]
    const fn number(&self) -> f64 {
        match self {
            Self::Text(_) => 0.0,
            Self::Whole(number) => *number as f64,
            Self::Fraction(number) => *number,
        }
    }
}

impl SortBy {
    fn resolve(path: &AttrPath, kind: Kind, schemas: &Schemas) -> Result<Self, ScimError> {
        let Some(Resolved::Attribute { extension, attribute, sub }) = schemas.resolve(kind, path) else {
            let holder = schemas.extensions(kind).find(|schema| schema.attribute(&path.name).is_some());
            return Err(reject(&match holder {
                Some(schema) if path.schema.is_none() => format!("use {}:{path}", schema.id),
                _ => format!("{path} is not an attribute of a {}", kind.name()),
            }));
        };
        if [Some(attribute), sub].into_iter().flatten().any(|part| part.returned == Returned::Never) {
            return Err(reject(&format!("{path} is never returned")));
        }
        let sub = sub.or_else(|| attribute.sub("value").filter(|_| attribute.multi_valued));
        let compared = sub.unwrap_or(attribute);
        if compared.r#type == Type::Complex {
            return Err(reject(&format!(
                "{path} is complex; sort by a sub-attribute, such as {path}.{}",
                first(compared)
            )));
        }
        Ok(Self {
            extension: extension.map(|schema| schema.id.clone()),
            name: attribute.name.clone(),
            sub: sub.map(|sub| sub.name.clone()),
            comparison: Comparison::of(compared),
        })
    }

    /// Returns the value of a document to sort by: the primary value of a multi-valued attribute, or else the first. The
    /// store supplies the values of attributes outside the document (`id`, `meta`, `members`, `groups`).
    #[must_use]
    pub fn key(&self, document: &Object) -> Option<Key> {
        let object = match &self.extension {
            None => document,
            Some(urn) => get(document, urn)?.as_object()?,
        };
        let value = match get(object, &self.name)? {
            Value::Array(values) => values.iter().find(|value| is_primary(value)).or_else(|| values.first())?,
            value => value,
        };
        let value = match &self.sub {
            None => value,
            Some(sub) => get(value.as_object()?, sub)?,
        };
        self.comparison.key(value)
    }
}

impl Comparison {
    const fn of(attribute: &Attribute) -> Self {
        match attribute.r#type {
            Type::Boolean | Type::Integer | Type::Decimal => Self::Number,
            Type::DateTime => Self::Time,
            Type::String if !attribute.case_exact => Self::Folded,
            Type::String | Type::Reference | Type::Binary | Type::Complex => Self::Exact,
        }
    }

    fn key(self, value: &Value) -> Option<Key> {
        match (self, value) {
            (Self::Folded, Value::String(text)) => Some(Key::Text(fold(text))),
            (Self::Exact, Value::String(text)) => Some(Key::Text(text.clone())),
            (Self::Time, Value::String(text)) => Some(Key::Whole(instant(text)?.as_microsecond())),
            (Self::Number, Value::Bool(value)) => Some(Key::Whole(i64::from(*value))),
            (Self::Number, Value::Number(number)) => {
                number.as_i64().map(Key::Whole).or_else(|| number.as_f64().map(Key::Fraction))
            }
            _ => None,
        }
    }
}

fn first(attribute: &Attribute) -> &str {
    attribute.sub_attributes.first().map_or("value", |sub| sub.name.as_str())
}

fn reject(why: &str) -> ScimError {
    ScimError::invalid_value(format!("sortBy: {why}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn by(path: &str) -> Result<SortBy, ScimError> {
        Sort::parse(Some(path), None, Kind::User, Schemas::standard()).map(|sort| sort.unwrap().by)
    }

    fn key(path: &str, document: Value) -> Option<Key> {
        let Value::Object(document) = document else { unreachable!() };
        by(path).unwrap().key(&document)
    }

    #[test]
    fn the_primary_value_counts_or_else_the_first() {
        let emails = json!({"emails": [{"value": "B@x"}, {"value": "a@x", "primary": true}]});
        assert_eq!(key("emails", emails.clone()), Some(Key::Text("a@x".into())));
        assert_eq!(key("emails.value", emails), Some(Key::Text("a@x".into())));
        assert_eq!(
            key("EMAILS", json!({"emails": [{"value": "B@x"}, {"value": "a@x"}]})),
            Some(Key::Text("b@x".into()))
        );
        assert_eq!(key("emails", json!({"emails": []})), None);
    }

    #[test]
    fn keys_depend_on_the_attribute_type() {
        assert_eq!(key("active", json!({"active": true})), Some(Key::Whole(1)));
        assert_eq!(key("externalId", json!({"externalId": "Ab"})), Some(Key::Text("Ab".into())));
        assert_eq!(key("name.familyName", json!({"name": {"familyName": "Ünal"}})), Some(Key::Text("ünal".into())));
        let number = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber";
        let urn = crate::scim::schema::ENTERPRISE;
        assert_eq!(key(number, json!({urn: {"employeeNumber": "7"}})), Some(Key::Text("7".into())));
    }

    #[test]
    fn attributes_without_a_single_value_are_rejected_with_a_remedy() {
        for (path, word) in [
            ("name", "name.formatted"),
            ("addresses", "addresses.formatted"),
            ("password", "never returned"),
            ("nothing", "not an attribute of a User"),
            ("employeeNumber", "User:employeeNumber"),
            ("a b", "not an attribute path"),
        ] {
            let error = by(path).unwrap_err();
            assert!(error.detail.contains(word), "{path}: {}", error.detail);
        }
        assert_eq!(by("groups").unwrap().sub.as_deref(), Some("value"));
        let order = |order| Sort::parse(Some("title"), Some(order), Kind::User, Schemas::standard());
        assert!(order("sideways").is_err() && order("Descending").unwrap().unwrap().descending);
        assert_eq!(Sort::parse(None, Some("sideways"), Kind::User, Schemas::standard()).unwrap(), None);
    }

    #[test]
    fn a_list_of_both_types_is_sorted_if_one_has_the_attribute() {
        let both = |by: &str| Sort::parse_both(Some(by), None, Schemas::standard());
        let have = |by: &str| both(by).unwrap().map(|sort| sort.is_some());
        assert_eq!(have("displayName"), [true, true]);
        assert_eq!(have("meta.created"), [true, true]);
        assert_eq!(have("userName"), [true, false]);
        assert_eq!(have("members.display"), [false, true]);
        assert_eq!(have(""), [false, false]);
        for (by, word) in [("shoeSize", "not an attribute"), ("name", "name.formatted"), ("password", "never returned")]
        {
            let error = both(by).unwrap_err();
            assert!(error.detail.contains(word), "{by}: {}", error.detail);
        }
    }

    #[test]
    fn missing_keys_sort_last() {
        let text = |text: &str| Some(Key::Text(text.to_owned()));
        let ascending = [
            Some(Key::Fraction(-0.5)),
            Some(Key::Whole(0)),
            Some(Key::Fraction(0.5)),
            Some(Key::Whole(1)),
            text("a"),
            text("b"),
            None,
        ];
        for (at, one) in ascending.iter().enumerate() {
            for (other_at, other) in ascending.iter().enumerate() {
                assert_eq!(Key::compare(one.as_ref(), other.as_ref()), at.cmp(&other_at), "{one:?} {other:?}");
            }
        }
    }
}

//! Whether a document satisfies a filter.

use std::cmp::Ordering;

use serde_json::Value;

use super::{Compare, Filter};
use crate::scim::attr::{fold, get};
use crate::scim::date_time::instant;
use crate::scim::resource::Kind;
use crate::scim::schema::{Attribute, Resolved, Type};
use crate::scim::{AttrPath, Object, Schemas, number};

impl Filter {
    /// Whether a document, as a client would see it, satisfies the filter. Case rules come from the schema.
    #[must_use]
    pub fn matches(&self, document: &Object, kind: Kind, schemas: &Schemas) -> bool {
        self.matches_in(&Scope::Resource { document, kind, schemas })
    }

    fn matches_in(&self, scope: &Scope<'_>) -> bool {
        match self {
            Self::And(left, right) => left.matches_in(scope) && right.matches_in(scope),
            Self::Or(left, right) => left.matches_in(scope) || right.matches_in(scope),
            Self::Not(inner) => !inner.matches_in(scope),
            Self::Present(path) => scope.find(path).values().any(has_content),
            Self::Compare(path, compare, value) => compare_any(&scope.find(path), *compare, value),
            Self::Has(path, inner) => {
                let found = scope.find(path);
                found.values().any(|element| inner.matches_in(&Scope::Element { element, parent: found.attribute }))
            }
        }
    }
}

/// Whether one value of a multi-valued attribute satisfies the filter in its brackets.
pub(crate) fn matches_element(filter: &Filter, element: &Value, parent: Option<&Attribute>) -> bool {
    filter.matches_in(&Scope::Element { element, parent })
}

/// What the paths of a filter begin in.
enum Scope<'a> {
    Resource { document: &'a Object, kind: Kind, schemas: &'a Schemas },
    Element { element: &'a Value, parent: Option<&'a Attribute> },
}

/// What a path found: the attribute's value, and the sub-attribute to read in it.
struct PathValues<'a> {
    value: Option<&'a Value>,
    sub: Option<&'a str>,
    /// The attribute whose value this is.
    attribute: Option<&'a Attribute>,
    /// The definition that says how to compare.
    rule: Option<&'a Attribute>,
}

impl<'a> Scope<'a> {
    fn find<'p: 'a>(&self, path: &'p AttrPath) -> PathValues<'a> {
        match self {
            Self::Resource { document, kind, schemas } => in_resource(document, resolve_path(path, *kind, schemas)),
            Self::Element { element, parent } => {
                let value = match element {
                    Value::Object(object) => get(object, &path.name),
                    simple if path.name.eq_ignore_ascii_case("value") => Some(*simple),
                    _ => None,
                };
                let (attribute, rule) = in_element(path, *parent);
                PathValues { value, sub: path.sub.as_deref(), attribute, rule }
            }
        }
    }
}

/// What a path means in a resource of some type.
#[derive(Clone, Copy)]
pub(super) struct ResolvedPath<'a> {
    /// The URN under which the attribute's object stands; `None` where that is the document.
    outer: Option<&'a str>,
    name: &'a str,
    sub: Option<&'a str>,
    /// The attribute of that name.
    pub(super) attribute: Option<&'a Attribute>,
    /// The definition that says how to compare.
    pub(super) rule: Option<&'a Attribute>,
}

impl<'a> ResolvedPath<'a> {
    /// The top-level attribute of the document that it is or stands in.
    pub(super) fn top(&self) -> &'a str {
        self.outer.unwrap_or(self.name)
    }
}

pub(super) fn resolve_path<'a>(path: &'a AttrPath, kind: Kind, schemas: &'a Schemas) -> ResolvedPath<'a> {
    let sub = path.sub.as_deref();
    match schemas.resolve(kind, path) {
        Some(Resolved::Extension(schema)) => {
            ResolvedPath { outer: None, name: &schema.id, sub: None, attribute: None, rule: None }
        }
        Some(Resolved::Attribute { extension, attribute, sub: part }) => ResolvedPath {
            outer: extension.map(|schema| schema.id.as_str()),
            name: &attribute.name,
            sub,
            attribute: Some(attribute),
            rule: part.or_else(|| attribute.sub("value")).or(Some(attribute)),
        },
        None => {
            let outer = path.schema.as_deref().filter(|urn| !urn.eq_ignore_ascii_case(kind.urn()));
            ResolvedPath { outer, name: &path.name, sub, attribute: None, rule: None }
        }
    }
}

/// The attribute that a path names within brackets, and the definition that says how to compare it.
pub(super) fn in_element<'a>(
    path: &AttrPath,
    parent: Option<&'a Attribute>,
) -> (Option<&'a Attribute>, Option<&'a Attribute>) {
    let attribute = parent.and_then(|parent| parent.sub(&path.name));
    (attribute, attribute.or(parent))
}

fn in_resource<'a>(document: &'a Object, path: ResolvedPath<'a>) -> PathValues<'a> {
    let object = match path.outer {
        None => Some(document),
        Some(urn) => get(document, urn).and_then(Value::as_object),
    };
    let value = object.and_then(|object| get(object, path.name));
    PathValues { value, sub: path.sub, attribute: path.attribute, rule: path.rule }
}

impl<'a> PathValues<'a> {
    /// The values of the attribute itself: the elements of an array, or the one value.
    fn roots(&self) -> impl Iterator<Item = &'a Value> + use<'a> {
        let (many, one) = match self.value {
            Some(Value::Array(elements)) => (elements.as_slice(), None),
            other => (&[][..], other),
        };
        many.iter().chain(one).filter(|value| !value.is_null())
    }

    /// The values that the path names.
    fn values(&self) -> impl Iterator<Item = &'a Value> + use<'a> {
        let sub = self.sub;
        self.roots().filter_map(move |root| match sub {
            None => Some(root),
            Some(sub) => root.as_object().and_then(|object| get(object, sub)).filter(|value| !value.is_null()),
        })
    }
}

/// Whether a value is more than an empty shell (`pr`).
fn has_content(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(elements) => elements.iter().any(has_content),
        Value::Object(object) => object.values().any(has_content),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

fn compare_any(found: &PathValues<'_>, compare: Compare, operand: &Value) -> bool {
    let mut values = found.values().map(|value| match value {
        Value::Object(object) => get(object, "value").unwrap_or(value),
        other => other,
    });
    match (operand, compare) {
        (Value::Null, Compare::Eq) => values.next().is_none(),
        (Value::Null, Compare::Ne) => values.next().is_some(),
        (Value::Null, _) => false,
        (_, Compare::Ne) => {
            let mut values = values.peekable();
            values.peek().is_none() || values.any(|value| !value_matches(found.rule, value, Compare::Eq, operand))
        }
        _ => values.any(|value| value_matches(found.rule, value, compare, operand)),
    }
}

/// One value against the operand.
fn value_matches(rule: Option<&Attribute>, value: &Value, compare: Compare, operand: &Value) -> bool {
    match (value, operand) {
        (Value::String(value), Value::String(operand)) => text_matches(rule, value, compare, operand),
        (Value::Number(value), Value::Number(operand)) => {
            number::order(value, operand).is_some_and(|order| order_matches(order, compare))
        }
        (Value::Bool(value), Value::Bool(operand)) => compare == Compare::Eq && value == operand,
        // Entra writes `primary eq "True"`.
        (Value::Bool(value), Value::String(operand)) => {
            compare == Compare::Eq && operand.eq_ignore_ascii_case(if *value { "true" } else { "false" })
        }
        _ => false,
    }
}

fn text_matches(rule: Option<&Attribute>, value: &str, compare: Compare, operand: &str) -> bool {
    if rule.is_some_and(|rule| rule.r#type == Type::DateTime)
        && !matches!(compare, Compare::Co | Compare::Sw | Compare::Ew)
        && let (Some(value), Some(operand)) = (instant(value), instant(operand))
    {
        return order_matches(value.cmp(&operand), compare);
    }
    if rule.is_some_and(|rule| rule.case_exact) {
        return plain_text_matches(value, compare, operand);
    }
    plain_text_matches(&fold(value), compare, &fold(operand))
}

fn plain_text_matches(value: &str, compare: Compare, operand: &str) -> bool {
    match compare {
        Compare::Co => value.contains(operand),
        Compare::Sw => value.starts_with(operand),
        Compare::Ew => value.ends_with(operand),
        _ => order_matches(value.cmp(operand), compare),
    }
}

fn order_matches(order: Ordering, compare: Compare) -> bool {
    match compare {
        Compare::Eq => order.is_eq(),
        Compare::Ne => order.is_ne(),
        Compare::Gt => order.is_gt(),
        Compare::Ge => order.is_ge(),
        Compare::Lt => order.is_lt(),
        Compare::Le => order.is_le(),
        Compare::Co | Compare::Sw | Compare::Ew => false,
    }
}

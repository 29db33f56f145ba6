//! Validates a filter against the schemas of a resource type.

use serde_json::Value;

use super::{Compare, Filter};
use crate::scim::date_time::instant;
use crate::scim::message::shown;
use crate::scim::resource::Kind;
use crate::scim::schema::{Attribute, Resolved, Returned, Type};
use crate::scim::{AttrPath, Rules, Schemas, ScimError};

impl Filter {
    /// Validates a filter before it is evaluated.
    ///
    /// # Errors
    /// 400 `invalidFilter` for an attribute that is never returned (`password`), an operator or operand that does not fit
    /// the attribute's type, an extension attribute without its URN, and in strict mode an unknown attribute.
    pub fn check(&self, kind: Kind, schemas: &Schemas, rules: Rules) -> Result<(), ScimError> {
        self.validate(&Validator { kind, schemas, rules, parent: None })
    }

    fn validate(&self, validator: &Validator<'_>) -> Result<(), ScimError> {
        match self {
            Self::And(left, right) | Self::Or(left, right) => {
                left.validate(validator)?;
                right.validate(validator)
            }
            Self::Not(inner) => inner.validate(validator),
            Self::Present(path) => validator.find(path).map(|_| ()),
            Self::Compare(path, compare, value) => match validator.find(path)? {
                Some(attribute) => validator.comparison(path, attribute, *compare, value),
                None if !value.is_null() && validator.is_extension(path) => {
                    Err(reject(&format!("{path} is an extension; compare one of its attributes, as in {path}:name")))
                }
                None => check_operand(path, *compare, value),
            },
            Self::Has(path, inner) => match validator.find(path)? {
                Some(attribute) if attribute.r#type != Type::Complex && !attribute.multi_valued => Err(reject(
                    &format!("{path} is a simple attribute; only complex attributes can have a filter in brackets"),
                )),
                Some(attribute) => inner.validate(&Validator { parent: Some(attribute), ..*validator }),
                None => Ok(()),
            },
        }
    }
}

#[derive(Clone, Copy)]
struct Validator<'a> {
    kind: Kind,
    schemas: &'a Schemas,
    rules: Rules,
    /// The attribute before the brackets that contain the filter.
    parent: Option<&'a Attribute>,
}

impl<'a> Validator<'a> {
    /// Finds the definition of an attribute; `None` if it is unknown and the rules allow that.
    fn find(&self, path: &AttrPath) -> Result<Option<&'a Attribute>, ScimError> {
        let found = match self.parent {
            Some(parent) if parent.sub_attributes.is_empty() => {
                path.name.eq_ignore_ascii_case("value").then_some(parent)
            }
            Some(parent) if path.schema.is_none() && path.sub.is_none() => {
                let sub = parent.sub(&path.name);
                if sub.is_some_and(|sub| is_computed(parent, sub)) {
                    return Err(computed(parent));
                }
                sub
            }
            Some(_) => None,
            None => match self.schemas.resolve(self.kind, path) {
                Some(Resolved::Extension(_)) => return Ok(None),
                Some(Resolved::Attribute { extension: None, attribute, sub: Some(sub) })
                    if is_computed(attribute, sub) =>
                {
                    return Err(computed(attribute));
                }
                Some(Resolved::Attribute { attribute, sub, .. }) => {
                    // A sub-attribute of a secret is secret, too.
                    visible(path, attribute)?;
                    Some(sub.unwrap_or(attribute))
                }
                None => None,
            },
        };
        match found {
            Some(attribute) => visible(path, attribute).map(|()| Some(attribute)),
            None => self.unknown(path).map(|()| None),
        }
    }

    fn is_extension(&self, path: &AttrPath) -> bool {
        self.parent.is_none() && matches!(self.schemas.resolve(self.kind, path), Some(Resolved::Extension(_)))
    }

    fn unknown(&self, path: &AttrPath) -> Result<(), ScimError> {
        if path.schema.is_none() && self.parent.is_none() {
            let holder = self.schemas.extensions(self.kind).find(|schema| schema.attribute(&path.name).is_some());
            if let Some(schema) = holder {
                return Err(reject(&format!("{path} is an attribute of an extension; use {}:{path}", schema.id)));
            }
        }
        if self.rules.keep_unknown {
            return Ok(());
        }
        Err(reject(&format!("{path} is not in a schema of a {}", self.kind.name())))
    }

    fn comparison(
        &self,
        path: &AttrPath,
        attribute: &Attribute,
        compare: Compare,
        value: &Value,
    ) -> Result<(), ScimError> {
        let attribute = match attribute.sub("value") {
            Some(part) if attribute.multi_valued => part,
            _ => attribute,
        };
        if value.is_null() {
            return check_operand(path, compare, value);
        }
        let ordering = matches!(compare, Compare::Gt | Compare::Ge | Compare::Lt | Compare::Le);
        let part_of_text = matches!(compare, Compare::Co | Compare::Sw | Compare::Ew);
        let op = compare.as_str();
        match attribute.r#type {
            Type::Complex => {
                return Err(reject(&format!(
                    "{path} is complex; compare one of its sub-attributes, such as {path}.{}",
                    { attribute.sub_attributes.first().map_or("value", |sub| sub.name.as_str()) }
                )));
            }
            Type::Boolean if ordering || part_of_text => {
                return Err(reject(&format!("{path} is a boolean and cannot be compared with `{op}`")));
            }
            Type::Binary if ordering => {
                return Err(reject(&format!("{path} is binary and cannot be compared with `{op}`")));
            }
            Type::Integer | Type::Decimal if part_of_text => {
                return Err(reject(&format!("{path} is a number and cannot be compared with `{op}`")));
            }
            _ => {}
        }
        let fits = match (attribute.r#type, value) {
            (Type::Boolean, Value::String(text)) => {
                self.rules.booleans_as_strings && crate::scim::schema::boolean(text).is_some()
            }
            (Type::DateTime, Value::String(text)) => part_of_text || instant(text).is_some(),
            (Type::Boolean, Value::Bool(_))
            | (Type::Integer | Type::Decimal, Value::Number(_))
            | (Type::String | Type::Reference | Type::Binary, Value::String(_)) => true,
            _ => false,
        };
        if fits {
            return Ok(());
        }
        let wanted = match attribute.r#type {
            Type::Boolean => "true or false",
            Type::Integer | Type::Decimal => "a number",
            Type::DateTime => "a dateTime such as \"2026-11-20T10:15:00Z\"",
            _ => "a string in double quotes",
        };
        Err(reject(&format!("{path} must be compared with {wanted}, not {}", shown(value))))
    }
}

fn visible(path: &AttrPath, attribute: &Attribute) -> Result<(), ScimError> {
    if attribute.returned == Returned::Never {
        return Err(reject(&format!("{path} is never returned and cannot be used in a filter")));
    }
    Ok(())
}

/// Returns true for a sub-attribute that is computed for the response and never stored.
fn is_computed(attribute: &Attribute, sub: &Attribute) -> bool {
    sub.name == "$ref" && matches!(attribute.name.as_str(), "members" | "groups")
}

fn computed(attribute: &Attribute) -> ScimError {
    let name = &attribute.name;
    reject(&format!("{name}.$ref is computed for the response and cannot be used in a filter; compare {name}.value"))
}

/// Checks the operator and operand for an attribute of unknown type.
fn check_operand(path: &AttrPath, compare: Compare, value: &Value) -> Result<(), ScimError> {
    let op = compare.as_str();
    match (compare, value) {
        (Compare::Eq | Compare::Ne, _)
        | (_, Value::String(_))
        | (Compare::Gt | Compare::Ge | Compare::Lt | Compare::Le, Value::Number(_)) => Ok(()),
        _ => Err(reject(&format!("`{path} {op}` cannot be followed by {}", shown(value)))),
    }
}

fn reject(why: &str) -> ScimError {
    ScimError::invalid_filter(why)
}

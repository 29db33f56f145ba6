//! Whether a filter makes sense for a resource type: what the grammar lets through and the schema does not.

use serde_json::Value;

use super::{Compare, Filter};
use crate::scim::date_time::instant;
use crate::scim::message::shown;
use crate::scim::resource::Kind;
use crate::scim::schema::{Attribute, Resolved, Returned, Type};
use crate::scim::{AttrPath, Rules, Schemas, ScimError};

impl Filter {
    /// Judges a filter before it is run.
    ///
    /// # Errors
    /// 400 `invalidFilter`: an attribute that is never returned (`password`), an operator that its type does not have,
    /// an operand of another type, an extension's attribute without its URN, and in strict mode an unknown attribute.
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
                    Err(refuse(&format!("{path} is an extension; compare one of its attributes, after a colon")))
                }
                None => operand(path, *compare, value),
            },
            Self::Has(path, inner) => match validator.find(path)? {
                Some(attribute) if attribute.r#type != Type::Complex && !attribute.multi_valued => {
                    Err(refuse(&format!("{path} is a simple attribute; a filter in brackets needs a complex one")))
                }
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
    /// Inside brackets: the attribute before them.
    parent: Option<&'a Attribute>,
}

impl<'a> Validator<'a> {
    /// The definition that a path names; none for an unknown one where that is allowed.
    fn find(&self, path: &AttrPath) -> Result<Option<&'a Attribute>, ScimError> {
        let found = match self.parent {
            Some(parent) if parent.sub_attributes.is_empty() => {
                path.name.eq_ignore_ascii_case("value").then_some(parent)
            }
            Some(parent) if path.schema.is_none() && path.sub.is_none() => {
                let sub = parent.sub(&path.name);
                if sub.is_some_and(|sub| is_made(parent, sub)) {
                    return Err(made(parent));
                }
                sub
            }
            Some(_) => None,
            None => match self.schemas.resolve(self.kind, path) {
                Some(Resolved::Extension(_)) => return Ok(None),
                Some(Resolved::Attribute { extension: None, attribute, sub: Some(sub) }) if is_made(attribute, sub) => {
                    return Err(made(attribute));
                }
                Some(Resolved::Attribute { attribute, sub, .. }) => {
                    // Nothing below a secret may be asked for either.
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
                return Err(refuse(&format!("{path} belongs to an extension; write {}:{path}", schema.id)));
            }
        }
        if self.rules.keep_unknown {
            return Ok(());
        }
        Err(refuse(&format!("{path} is in no schema of a {}", self.kind.name())))
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
            return operand(path, compare, value);
        }
        let ordering = matches!(compare, Compare::Gt | Compare::Ge | Compare::Lt | Compare::Le);
        let part_of_text = matches!(compare, Compare::Co | Compare::Sw | Compare::Ew);
        let op = compare.as_str();
        match attribute.r#type {
            Type::Complex => {
                return Err(refuse(&format!(
                    "{path} is complex; compare one of its sub-attributes, such as {path}.{}",
                    { attribute.sub_attributes.first().map_or("value", |sub| sub.name.as_str()) }
                )));
            }
            Type::Boolean if ordering || part_of_text => {
                return Err(refuse(&format!("{path} is a boolean, which has no `{op}`")));
            }
            Type::Binary if ordering => return Err(refuse(&format!("{path} is binary, which has no `{op}`"))),
            Type::Integer | Type::Decimal if part_of_text => {
                return Err(refuse(&format!("{path} is a number, which has no `{op}`")));
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
        Err(refuse(&format!("{path} is compared with {wanted}, and {} was given", shown(value))))
    }
}

fn visible(path: &AttrPath, attribute: &Attribute) -> Result<(), ScimError> {
    if attribute.returned == Returned::Never {
        return Err(refuse(&format!("{path} is never returned and can't be filtered by")));
    }
    Ok(())
}

/// Whether a part of a value is made when answering, and never stored.
fn is_made(attribute: &Attribute, sub: &Attribute) -> bool {
    sub.name == "$ref" && matches!(attribute.name.as_str(), "members" | "groups")
}

fn made(attribute: &Attribute) -> ScimError {
    let name = &attribute.name;
    refuse(&format!("{name}.$ref is made when answering and can't be filtered by; compare {name}.value"))
}

/// What no type allows.
fn operand(path: &AttrPath, compare: Compare, value: &Value) -> Result<(), ScimError> {
    let op = compare.as_str();
    match (compare, value) {
        (Compare::Eq | Compare::Ne, _)
        | (_, Value::String(_))
        | (Compare::Gt | Compare::Ge | Compare::Lt | Compare::Le, Value::Number(_)) => Ok(()),
        _ => Err(refuse(&format!("`{path} {op}` can't take {}", shown(value)))),
    }
}

fn refuse(why: &str) -> ScimError {
    ScimError::invalid_filter(why)
}

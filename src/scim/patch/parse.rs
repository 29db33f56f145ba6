//! Parses and validates PATCH bodies.

use serde_json::Value;

use super::{Op, Operation, Patch, Path, at_operation, members};
use crate::base::limits;
use crate::scim::attr::get;
use crate::scim::message::{PATCH_OP, kind_of, shown};
use crate::scim::resource::Kind;
use crate::scim::schema::{
    Attribute, Mutability, Normalizer, Resolved, Schema, SeenNames, Type, ValuePath, is_members, is_urn,
};
use crate::scim::{AttrPath, Filter, Object, Rules, Schemas, ScimError};

impl Patch {
    /// Parses a body and validates `schemas`, operations, paths and values. `id` in a path-less value is ignored if it
    /// equals the ID of the resource.
    ///
    /// # Errors
    /// The detail starts with the position of the operation. 400 `invalidSyntax` for a body that is not a PatchOp, 413 for
    /// more operations, attributes or members than the limits allow.
    pub fn parse(body: &Object, kind: Kind, id: &str, schemas: &Schemas, rules: Rules) -> Result<Self, ScimError> {
        let operations = operations(body)?;
        let mut parser = Parser { kind, id, schemas, rules, at: 0, terms: 0, patch: Self::default() };
        for (index, operation) in operations.iter().enumerate() {
            parser.at = index;
            parser.operation(operation).map_err(|error| at_operation(index, &error))?;
        }
        Ok(parser.patch)
    }
}

/// Returns the operations of a PatchOp.
fn operations(body: &Object) -> Result<&[Value], ScimError> {
    let is_patch = match get(body, "schemas") {
        Some(Value::Array(urns)) => {
            urns.iter().any(|urn| urn.as_str().is_some_and(|urn| urn.eq_ignore_ascii_case(PATCH_OP)))
        }
        _ => false,
    };
    if !is_patch {
        return Err(ScimError::invalid_syntax(format!("schemas must be an array that contains {PATCH_OP:?}")));
    }
    match get(body, "Operations") {
        Some(Value::Array(operations)) if operations.is_empty() => {
            Err(ScimError::invalid_syntax("Operations is empty; expected at least one operation"))
        }
        Some(Value::Array(operations)) if operations.len() > limits::PATCH_OPERATIONS => Err(ScimError::new(
            413,
            format!("the request has {} operations; the limit is {}", operations.len(), limits::PATCH_OPERATIONS),
        )),
        Some(Value::Array(operations)) => Ok(operations),
        Some(other) => Err(ScimError::invalid_syntax(format!("Operations must be an array, not {}", kind_of(other)))),
        None => Err(ScimError::invalid_syntax("Operations is missing")),
    }
}

struct Parser<'a> {
    kind: Kind,
    id: &'a str,
    schemas: &'a Schemas,
    rules: Rules,
    /// The position of the current operation.
    at: usize,
    /// The number of comparisons in filters so far.
    terms: usize,
    patch: Patch,
}

/// An attribute that an operation names: its extension, its definition and the sub-attribute.
#[derive(Clone, Copy)]
struct Named<'a> {
    extension: Option<&'a Schema>,
    attribute: &'a Attribute,
    sub: Option<&'a Attribute>,
}

impl Parser<'_> {
    fn operation(&mut self, operation: &Value) -> Result<(), ScimError> {
        let Value::Object(operation) = operation else {
            return Err(ScimError::invalid_syntax(format!(
                "an operation must be an object, not {}",
                kind_of(operation)
            )));
        };
        let op = self.op(get(operation, "op"))?;
        let value = get(operation, "value");
        match get(operation, "path") {
            None | Some(Value::Null) => self.without_path(op, value),
            Some(Value::String(path)) => self.with_path(op, &path.parse()?, value),
            Some(other) => Err(ScimError::invalid_path(format!("the path must be a string, not {}", shown(other)))),
        }
    }

    fn op(&self, op: Option<&Value>) -> Result<Op, ScimError> {
        let all = [("add", Op::Add), ("replace", Op::Replace), ("remove", Op::Remove)];
        let Some(Value::String(text)) = op else {
            let given = op.map_or_else(|| "missing".to_owned(), shown);
            return Err(ScimError::invalid_syntax(format!(
                "op must be \"add\", \"replace\" or \"remove\", not {given}"
            )));
        };
        let fits =
            |name: &str| if self.rules.any_case_operations { text.eq_ignore_ascii_case(name) } else { text == name };
        all.into_iter().find(|(name, _)| fits(name)).map(|(_, op)| op).ok_or_else(|| {
            let given = shown(&Value::String(text.clone()));
            ScimError::invalid_syntax(format!("op must be \"add\", \"replace\" or \"remove\", not {given}"))
        })
    }

    /// Parses a value without a path: each key becomes an operation.
    fn without_path(&mut self, op: Op, value: Option<&Value>) -> Result<(), ScimError> {
        if op == Op::Remove {
            return Err(ScimError::no_target("a remove operation must have a path"));
        }
        let Some(Value::Object(set)) = value else {
            let given = value.map_or_else(|| "missing".to_owned(), shown);
            return Err(ScimError::invalid_value(format!(
                "without a path, the value must be an object of attributes, not {given}"
            )));
        };
        let mut names = SeenNames::default();
        for (key, value) in set {
            names.add(key)?;
            self.key(op, key, value)?;
        }
        Ok(())
    }

    fn key(&mut self, op: Op, key: &str, value: &Value) -> Result<(), ScimError> {
        if key.eq_ignore_ascii_case("id") {
            return if value.as_str() == Some(self.id) {
                Ok(())
            } else {
                Err(ScimError::mutability(format!(
                    "id is readOnly; the ID of the resource is {:?}, not {}",
                    self.id,
                    shown(value)
                )))
            };
        }
        if key.eq_ignore_ascii_case("schemas") && self.rules.repeated_schemas {
            self.patch.dropped.push("schemas in a value without a path was ignored".to_owned());
            return Ok(());
        }
        if value.is_null() && op == Op::Add {
            return Ok(());
        }
        if let (true, Value::Object(set)) = (key.eq_ignore_ascii_case(self.kind.urn()), value) {
            return set.iter().try_for_each(|(key, value)| self.key(op, key, value));
        }
        let path = match key.parse::<Path>() {
            Ok(path) => path,
            // A key that is not a path cannot be in a schema.
            Err(error) if key.contains('[') => return Err(error),
            Err(_) => AttrPath::named(key).into(),
        };
        if self.schemas.resolve(self.kind, &path.attr).is_some() {
            return self.with_path(op, &path, Some(value));
        }
        if !self.rules.keep_unknown || path.filter.is_some() {
            return Err(ScimError::invalid_value(format!(
                "{key:?} is not in a schema of a {}; remove it",
                self.kind.name()
            )));
        }
        if key.eq_ignore_ascii_case("password") {
            let said = format!("a {} has no password; the password was not stored", self.kind.name());
            self.patch.dropped.push(said);
            return Ok(());
        }
        // The object of an extension without a schema has its URN as key.
        let path = if is_urn(key) && value.is_object() { AttrPath::named(key).into() } else { path };
        self.unknown(op, path, value)
    }

    /// Parses an attribute that is in no schema.
    fn unknown(&mut self, op: Op, path: Path, value: &Value) -> Result<(), ScimError> {
        let at = path.to_string();
        let mut normalizer = Normalizer { rules: self.rules, dropped: &mut self.patch.dropped };
        let kept = normalizer.unknown(ValuePath::top(&at), value.clone())?;
        if kept.is_some() || op != Op::Add {
            self.push(op, path, Some(kept.unwrap_or(Value::Null)))?;
        }
        Ok(())
    }

    fn with_path(&mut self, op: Op, path: &Path, value: Option<&Value>) -> Result<(), ScimError> {
        let schemas = self.schemas;
        self.terms += path.filter.as_ref().map_or(0, Filter::terms);
        if self.terms > limits::PATCH_TERMS {
            return Err(ScimError::new(
                413,
                format!("the filters of the request contain more than {} comparisons", limits::PATCH_TERMS),
            ));
        }
        match schemas.resolve(self.kind, &path.attr) {
            None => Err(self.unknown_path(path)),
            Some(Resolved::Extension(extension)) => self.extension(op, extension, path, value),
            Some(Resolved::Attribute { extension, attribute, sub }) => {
                let sub = match &path.sub {
                    None => sub,
                    Some(name) => Some(attribute.sub(name).ok_or_else(|| self.unknown_path(path))?),
                };
                self.attribute(op, Named { extension, attribute, sub }, path, value)
            }
        }
    }

    fn unknown_path(&self, path: &Path) -> ScimError {
        let holder = self.schemas.extensions(self.kind).find(|schema| schema.attribute(&path.attr.name).is_some());
        let way_out = match holder {
            Some(schema) if path.attr.schema.is_none() => format!("; use {}:{path}", schema.id),
            _ => "; /Schemas lists all attributes".to_owned(),
        };
        ScimError::invalid_path(format!("{:?} is not in a schema of a {}{way_out}", path.to_string(), self.kind.name()))
    }

    fn extension(&mut self, op: Op, extension: &Schema, path: &Path, value: Option<&Value>) -> Result<(), ScimError> {
        if path.filter.is_some() {
            return Err(ScimError::invalid_path(format!("{} is an extension and cannot have a filter", extension.id)));
        }
        match (op, value) {
            (Op::Remove, _) | (Op::Replace, Some(Value::Null)) => self.push(Op::Remove, path.clone(), None),
            (_, Some(Value::Object(object))) => self.parts(op, object, false, |name| AttrPath {
                schema: Some(extension.id.clone()),
                name: name.to_owned(),
                sub: None,
            }),
            (_, given) => Err(ScimError::invalid_value(format!(
                "{} must be an object, not {}",
                extension.id,
                given.map_or_else(|| "missing".to_owned(), shown)
            ))),
        }
    }

    /// Splits the object of an extension or a complex value into operations on single attributes.
    fn parts(
        &mut self,
        op: Op,
        object: &Object,
        keep_read_only: bool,
        path: impl Fn(&str) -> AttrPath,
    ) -> Result<(), ScimError> {
        let mut names = SeenNames::default();
        for (key, value) in object {
            names.add(key)?;
            if value.is_null() && op == Op::Add {
                continue;
            }
            let path = path(key);
            match self.schemas.find(self.kind, &path) {
                Some(part) if part.mutability == Mutability::ReadOnly && keep_read_only => {
                    let at = path.to_string();
                    let mut normalizer = Normalizer { rules: self.rules, dropped: &mut self.patch.dropped };
                    let value = normalizer.attribute(part, ValuePath::top(&at), value.clone())?;
                    self.push(op, path.into(), Some(value.unwrap_or(Value::Null)))?;
                }
                Some(part) if part.mutability == Mutability::ReadOnly => {
                    self.patch.dropped.push(format!("{path} is readOnly and was ignored"));
                }
                Some(_) => self.with_path(op, &path.into(), Some(value))?,
                None if self.rules.keep_unknown => self.unknown(op, path.into(), value)?,
                None => return Err(ScimError::invalid_value(format!("{path} is not in a schema; remove it"))),
            }
        }
        Ok(())
    }

    fn attribute(&mut self, op: Op, named: Named<'_>, path: &Path, value: Option<&Value>) -> Result<(), ScimError> {
        let Named { attribute, sub, .. } = named;
        if attribute.mutability == Mutability::ReadOnly || sub.is_some_and(|sub| sub.mutability == Mutability::ReadOnly)
        {
            return Err(ScimError::mutability(format!("{path} is readOnly")));
        }
        if is_members(self.kind, attribute) && named.extension.is_none() {
            let edit = members::edit(op, path, value, self.schemas, self.rules, &mut self.patch.dropped)?;
            return self.patch.push_members(edit, self.rules);
        }
        if let Some(filter) = &path.filter {
            if !attribute.multi_valued {
                return Err(ScimError::invalid_path(format!(
                    "{} is not multi-valued and cannot have a filter",
                    path.attr
                )));
            }
            let whole = Filter::Has(path.attr.clone(), Box::new(filter.clone()));
            whole.check(self.kind, self.schemas, Rules { keep_unknown: false, ..self.rules })?;
        }
        match op {
            Op::Remove => self.remove(named, path, value),
            Op::Add | Op::Replace => self.assign(op, named, path, value),
        }
    }

    fn remove(&mut self, named: Named<'_>, path: &Path, value: Option<&Value>) -> Result<(), ScimError> {
        let Named { attribute, sub, .. } = named;
        let whole = path.filter.is_none() && sub.is_none();
        let some_only = whole && attribute.multi_valued && value.is_some_and(|value| !value.is_null());
        if (whole && attribute.required && !some_only) || sub.is_some_and(|sub| sub.required) {
            return Err(ScimError::mutability(format!("{path} is required and cannot be removed")));
        }
        if attribute.mutability == Mutability::WriteOnly {
            return Ok(());
        }
        let listed = match value {
            Some(value) if some_only => {
                self.normalize(attribute, path, value.clone())?.or(Some(Value::Array(Vec::new())))
            }
            _ => None,
        };
        self.push(Op::Remove, path.clone(), listed)
    }

    fn assign(&mut self, op: Op, named: Named<'_>, path: &Path, value: Option<&Value>) -> Result<(), ScimError> {
        let Named { attribute, sub, .. } = named;
        let value = match value {
            None => return Err(ScimError::invalid_value(format!("the operation on {path} has no value"))),
            Some(Value::Null) if op == Op::Add => {
                return Err(ScimError::invalid_value(format!("the value of the operation on {path} must not be null")));
            }
            Some(value) => value,
        };
        let target = sub.unwrap_or(attribute);
        let expand_reference = self.rules.expand_reference(target, value);
        let value = expand_reference.as_ref().unwrap_or(value);
        if let (Type::Complex, false, Value::Object(object)) = (target.r#type, target.multi_valued, value) {
            let base = path.attr.clone();
            let keep_read_only = self.rules.keep_read_only_parts;
            return self
                .parts(op, object, keep_read_only, |name| AttrPath { sub: Some(name.to_owned()), ..base.clone() });
        }
        let normalized = match (path.filter.is_some() && sub.is_none(), value) {
            (true, Value::Array(one)) if one.len() == 1 => self.normalize_element(attribute, path, one.first())?,
            (true, one) => self.normalize_element(attribute, path, Some(one))?,
            (false, one) => self.normalize(target, path, one.clone())?,
        };
        if attribute.mutability == Mutability::WriteOnly
            || sub.is_some_and(|sub| sub.mutability == Mutability::WriteOnly)
        {
            self.patch.password_set |=
                normalized.is_some() && attribute.name == "password" && named.extension.is_none();
            return Ok(());
        }
        match normalized {
            None if op == Op::Add => {}
            None if target.required => {
                return Err(ScimError::invalid_value(format!("{path} is required and cannot be unassigned")));
            }
            normalized => self.push(op, path.clone(), Some(normalized.unwrap_or(Value::Null)))?,
        }
        Ok(())
    }

    /// Normalizes a whole attribute. A single value is accepted in place of an array, unless it is a string for an object.
    fn normalize(&mut self, attribute: &Attribute, path: &Path, value: Value) -> Result<Option<Value>, ScimError> {
        let value = match value {
            Value::Array(_) | Value::Null => value,
            text @ Value::String(_) if attribute.r#type == Type::Complex => text,
            one if attribute.multi_valued => Value::Array(vec![one]),
            one => one,
        };
        let at = path.to_string();
        Normalizer { rules: self.rules, dropped: &mut self.patch.dropped }.attribute(
            attribute,
            ValuePath::top(&at),
            value,
        )
    }

    fn normalize_element(
        &mut self,
        attribute: &Attribute,
        path: &Path,
        value: Option<&Value>,
    ) -> Result<Option<Value>, ScimError> {
        let at = path.to_string();
        let value = value.cloned().unwrap_or(Value::Null);
        Normalizer { rules: self.rules, dropped: &mut self.patch.dropped }.element(
            attribute,
            ValuePath::top(&at),
            value,
        )
    }

    fn push(&mut self, op: Op, path: Path, value: Option<Value>) -> Result<(), ScimError> {
        if self.patch.document.len() >= limits::PATCH_ATTRIBUTES {
            return Err(ScimError::new(
                413,
                format!("the operations set more than {} attributes; send fewer at once", limits::PATCH_ATTRIBUTES),
            ));
        }
        self.patch.document.push(Operation { at: self.at, op, path: Some(path), value });
        Ok(())
    }
}

//! A validator for the part of JSON Schema that the schema of scenarios and the OpenAPI document use.

use serde_json::{Map, Value};

/// Returns the errors of a document, each with its place.
pub(crate) fn errors(schema: &Value, document: &Value) -> Vec<String> {
    errors_in(schema, schema, document)
}

/// Returns the errors of a document by a schema whose references lead into `root`.
pub(crate) fn errors_in(root: &Value, schema: &Value, document: &Value) -> Vec<String> {
    let mut errors = Vec::new();
    validate(root, schema, document, "", &mut errors);
    errors
}

fn validate(root: &Value, schema: &Value, value: &Value, at: &str, errors: &mut Vec<String>) {
    let Some(rules) = schema.as_object() else {
        assert_eq!(schema, &Value::Bool(true), "{at}");
        return;
    };
    for (rule, expected) in rules {
        match rule.as_str() {
            "$ref" => {
                let target = root.pointer(expected.as_str().unwrap().trim_start_matches('#')).unwrap();
                validate(root, target, value, at, errors);
            }
            "allOf" => expected.as_array().unwrap().iter().for_each(|part| validate(root, part, value, at, errors)),
            "anyOf" | "oneOf" => {
                let fits = |part: &&Value| {
                    let mut errors = Vec::new();
                    validate(root, part, value, at, &mut errors);
                    errors.is_empty()
                };
                let count = expected.as_array().unwrap().iter().filter(fits).count();
                if count == 0 || (rule == "oneOf" && count > 1) {
                    errors.push(format!("{at}: {count} alternatives of {rule} fit {value}"));
                }
            }
            "type" => {
                let one = |name: &Value| is_of(value, name.as_str().unwrap());
                if !expected.as_array().map_or_else(|| one(expected), |names| names.iter().any(one)) {
                    errors.push(format!("{at}: {value} is not of type {expected}"));
                }
            }
            "const" if value != expected => errors.push(format!("{at}: {value} is not {expected}")),
            "enum" if !expected.as_array().unwrap().contains(value) => errors.push(format!("{at}: {value}")),
            "items" => value.as_array().into_iter().flatten().enumerate().for_each(|(number, item)| {
                validate(root, expected, item, &format!("{at}/{number}"), errors);
            }),
            "required" => {
                for name in expected.as_array().unwrap() {
                    if value.is_object() && value.get(name.as_str().unwrap()).is_none() {
                        errors.push(format!("{at}: {name} is missing"));
                    }
                }
            }
            "properties" | "additionalProperties" => properties(root, rules, rule, value, at, errors),
            "minimum" if value.is_number() && value.as_f64() < expected.as_f64() => {
                errors.push(format!("{at}: {value} is too small"));
            }
            "maximum" if value.is_number() && value.as_f64() > expected.as_f64() => {
                errors.push(format!("{at}: {value} is too large"));
            }
            "pattern"
                if value
                    .as_str()
                    .is_some_and(|text| !regex::Regex::new(expected.as_str().unwrap()).unwrap().is_match(text)) =>
            {
                errors.push(format!("{at}: {value} does not match {expected}"));
            }
            "minLength" if value.as_str().is_some_and(|text| text.chars().count() < limit(expected)) => {
                errors.push(format!("{at}: {value} is too short"));
            }
            "maxLength" if value.as_str().is_some_and(|text| text.chars().count() > limit(expected)) => {
                errors.push(format!("{at}: {value} is too long"));
            }
            "minItems" if value.as_array().is_some_and(|items| items.len() < limit(expected)) => {
                errors.push(format!("{at}: too few items"));
            }
            "maxProperties" if value.as_object().is_some_and(|members| members.len() > limit(expected)) => {
                errors.push(format!("{at}: too many members"));
            }
            "propertyNames" => value.as_object().into_iter().flat_map(|members| members.keys()).for_each(|name| {
                validate(root, expected, &Value::from(name.as_str()), &format!("{at}/{name}"), errors);
            }),
            "minLength" | "maxLength" | "minItems" | "maxProperties" | "const" | "enum" | "pattern" | "minimum"
            | "maximum" | "format" | "default" | "description" | "title" | "$schema" | "definitions" => {}
            other => panic!("{at}: the validator does not know {other}"),
        }
    }
}

fn properties(root: &Value, rules: &Map<String, Value>, rule: &str, value: &Value, at: &str, errors: &mut Vec<String>) {
    let Some(members) = value.as_object() else { return };
    let known = rules.get("properties").and_then(Value::as_object);
    for (name, member) in members {
        let place = format!("{at}/{name}");
        match (known.and_then(|known| known.get(name)), &rules[rule]) {
            (Some(schema), _) if rule == "properties" => validate(root, schema, member, &place, errors),
            (None, Value::Bool(false)) => errors.push(format!("{place}: unknown")),
            (None, schema) if rule == "additionalProperties" => validate(root, schema, member, &place, errors),
            _ => {}
        }
    }
}

fn limit(expected: &Value) -> usize {
    usize::try_from(expected.as_u64().unwrap()).unwrap()
}

fn is_of(value: &Value, name: &str) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "null" => value.is_null(),
        other => panic!("{other}"),
    }
}

//! The verbs of a timeline and their fields, as the JSON schema has them. Pure.

use std::fmt::Write as _;

use serde_json::Value;

use super::schema::{actions, schema};

/// A verb: the value of `do`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verb {
    pub name: String,
    pub about: String,
    pub fields: Vec<Field>,
}

/// A field of an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    pub name: String,
    pub is_required: bool,
    pub kind: FieldKind,
}

/// The type of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    Text,
    /// A list of strings.
    List,
    Switch,
    Number,
    /// A profile: strings and lists of strings by name.
    Profile,
}

impl FieldKind {
    /// Describes the type with an example.
    #[must_use]
    pub fn expected(self, name: &str) -> String {
        match self {
            Self::Text => format!("a string, such as {name} = \"…\""),
            Self::List => format!("a list of strings, such as {name} = [\"…\"]"),
            Self::Switch => format!("{name} = true or {name} = false"),
            Self::Number => format!("a number from 0, such as {name} = 0"),
            Self::Profile => format!("a table, such as {name} = {{ title = \"…\" }}"),
        }
    }

    /// Returns true if a value is of this type. The values of a profile are not checked.
    #[must_use]
    pub fn fits(self, value: &toml::Value) -> bool {
        match self {
            Self::Text => value.is_str(),
            Self::List => value.as_array().is_some_and(|items| items.iter().all(toml::Value::is_str)),
            Self::Switch => value.is_bool(),
            Self::Number => value.as_integer().is_some_and(|number| u32::try_from(number).is_ok()),
            Self::Profile => value.is_table(),
        }
    }
}

/// Returns every verb, in the order of [`Action`](crate::okta::Action).
#[must_use]
pub fn verbs() -> Vec<Verb> {
    let mut schema = schema();
    actions(&mut schema).filter_map(|action| verb(action)).collect()
}

fn verb(action: &Value) -> Option<Verb> {
    let properties = action.get("properties")?.as_object()?;
    let required = action.get("required").and_then(Value::as_array);
    let is_required = |name: &String| required.is_some_and(|names| names.iter().any(|other| other == name));
    let field = |(name, value): (&String, &Value)| Field {
        name: name.clone(),
        is_required: is_required(name),
        kind: kind(value),
    };
    let is_own = |(name, _): &(&String, &Value)| !["do", "at", "expect-task"].contains(&name.as_str());
    let mut fields: Vec<Field> = properties.iter().filter(is_own).map(field).collect();
    fields.sort_by_key(|field| (!field.is_required, field.name == "app"));
    let name = properties.get("do")?.get("const")?.as_str()?.to_owned();
    let about = action.get("description").and_then(Value::as_str).unwrap_or_default().to_owned();
    Some(Verb { name, about, fields })
}

fn kind(property: &Value) -> FieldKind {
    let of = |kind: &Value, name: &str| kind == name || kind.as_array().is_some_and(|all| all.contains(&name.into()));
    match property.get("type") {
        Some(kind) if of(kind, "string") => FieldKind::Text,
        Some(kind) if of(kind, "array") => FieldKind::List,
        Some(kind) if of(kind, "boolean") => FieldKind::Switch,
        Some(kind) if of(kind, "integer") => FieldKind::Number,
        _ => FieldKind::Profile,
    }
}

/// Renders the table of verbs in docs/scenarios.md.
#[must_use]
pub fn table() -> String {
    let mut page = String::from("| verb | required fields | optional fields | in Okta |\n|---|---|---|---|\n");
    for verb in verbs() {
        let names = |is_required: bool| {
            let fields = verb.fields.iter().filter(|field| field.is_required == is_required);
            fields.map(|field| format!("`{}`", field.name)).collect::<Vec<String>>().join(", ")
        };
        let _ = writeln!(page, "| `{}` | {} | {} | {} |", verb.name, names(true), names(false), verb.about);
    }
    page
}

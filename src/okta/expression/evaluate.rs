//! Evaluates an expression for a person.

use super::parse::{Expression, Function, Node};
use crate::okta::mapping::{Profile, ProfileValue};

/// The person for whom an expression is evaluated.
pub struct Subject<'a> {
    pub profile: &'a Profile,
    /// The state, as in Okta's API: `ACTIVE`.
    pub status: &'a str,
    /// Checks the membership in a group by its name.
    pub is_member_of: &'a dyn Fn(&str) -> bool,
}

/// The value of an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    Null,
    Bool(bool),
    Number(i64),
    Text(String),
    List(Vec<Value>),
}

impl Value {
    /// Returns true for the boolean `true` only.
    #[must_use]
    pub fn is_true(&self) -> bool {
        *self == Self::Bool(true)
    }

    /// Returns the value as a text; an unset attribute is empty (inferred).
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Null => String::new(),
            Self::Bool(value) => value.to_string(),
            Self::Number(value) => value.to_string(),
            Self::Text(text) => text.clone(),
            Self::List(items) => items.iter().map(Self::text).collect::<Vec<_>>().join(","),
        }
    }
}

impl Expression {
    /// Returns the value for a person.
    #[must_use]
    pub fn evaluate(&self, subject: &Subject<'_>) -> Value {
        value(&self.root, subject)
    }
}

fn value(node: &Node, subject: &Subject<'_>) -> Value {
    let is_true = |node: &Node| value(node, subject).is_true();
    match node {
        Node::Null => Value::Null,
        Node::Text(text) => Value::Text(text.clone()),
        Node::Number(number) => Value::Number(*number),
        Node::Bool(value) => Value::Bool(*value),
        Node::List(items) => Value::List(items.iter().map(|item| value(item, subject)).collect()),
        Node::Attribute(name) => match subject.profile.get(name).filter(|value| !value.is_empty()) {
            None => Value::Null,
            Some(ProfileValue::Text(text)) => Value::Text(text.clone()),
            Some(ProfileValue::List(items)) => Value::List(items.iter().cloned().map(Value::Text).collect()),
        },
        Node::Not(node) => Value::Bool(!is_true(node)),
        Node::And(left, right) => Value::Bool(is_true(left) && is_true(right)),
        Node::Or(left, right) => Value::Bool(is_true(left) || is_true(right)),
        Node::Equal(left, right) => Value::Bool(value(left, subject) == value(right, subject)),
        Node::Plus(left, right) => match (value(left, subject), value(right, subject)) {
            (Value::Number(left), Value::Number(right)) => Value::Number(left.saturating_add(right)),
            (left, right) => Value::Text(left.text() + &right.text()),
        },
        Node::Choose(parts) => {
            let [condition, yes, no] = parts.as_ref();
            value(if is_true(condition) { yes } else { no }, subject)
        }
        Node::Call(function, arguments) => {
            let arguments: Vec<Value> = arguments.iter().map(|argument| value(argument, subject)).collect();
            call(*function, &arguments, subject)
        }
    }
}

/// Calls a function. The parser has checked the number of arguments.
fn call(function: Function, arguments: &[Value], subject: &Subject<'_>) -> Value {
    let text = |at: usize| arguments.get(at).map(Value::text).unwrap_or_default();
    let first = text(0);
    match function {
        // Without a match Okta returns the whole text, or an empty one (MGMTAPI).
        Function::SubstringBefore => Value::Text(first.split(&text(1)).next().unwrap_or_default().to_owned()),
        Function::SubstringAfter => {
            Value::Text(first.split_once(&text(1)).map(|(_, after)| after.to_owned()).unwrap_or_default())
        }
        Function::Substring => {
            let bound = |at: usize| match arguments.get(at) {
                Some(Value::Number(number)) => usize::try_from(*number).unwrap_or(0),
                _ => 0,
            };
            let (from, to) = (bound(1), bound(2));
            Value::Text(first.chars().take(to).skip(from).collect())
        }
        Function::ToLowerCase => Value::Text(first.to_lowercase()),
        Function::ToUpperCase => Value::Text(first.to_uppercase()),
        Function::Len => Value::Number(i64::try_from(first.chars().count()).unwrap_or(i64::MAX)),
        Function::Replace if text(1).is_empty() => Value::Text(first),
        Function::Replace => Value::Text(first.replace(&text(1), &text(2))),
        Function::RemoveSpaces => Value::Text(first.replace(' ', "")),
        Function::StringContains => Value::Bool(first.contains(&text(1))),
        Function::StartsWith => Value::Bool(first.starts_with(&text(1))),
        Function::Append => Value::Text(first + &text(1)),
        Function::Join => {
            let rest = arguments.get(1..).unwrap_or_default().iter().map(Value::text);
            Value::Text(rest.collect::<Vec<_>>().join(&first))
        }
        Function::ToInt => first.trim().parse().map_or(Value::Null, Value::Number),
        Function::IsMemberOfGroupName => Value::Bool((subject.is_member_of)(&first)),
        Function::InternalProperty if first == "status" => Value::Text(subject.status.to_owned()),
        Function::InternalProperty => Value::Null,
    }
}

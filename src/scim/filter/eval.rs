//! Evaluates a compiled filter against a document or a value, and counts the work.

use std::cmp::Ordering;
use std::collections::HashMap;

use serde_json::Value;

use super::compile::{Node, Operand, Selector, TextOperand};
use super::{Compare, CompiledFilter, Filter};
use crate::scim::attr::{fold, get};
use crate::scim::date_time::instant;
use crate::scim::resource::Kind;
use crate::scim::work::{BYTES_PER_STEP, fold_steps};
use crate::scim::{Object, Schemas, number};

impl Filter {
    /// Evaluates the filter once against a document as a client would see it. For many documents, compile the filter
    /// first.
    #[must_use]
    pub fn matches(&self, document: &Object, kind: Kind, schemas: &Schemas) -> bool {
        CompiledFilter::new(self, kind, schemas).matches(document)
    }
}

impl CompiledFilter {
    /// Evaluates the filter against a document as a client would see it.
    #[must_use]
    pub fn matches(&self, document: &Object) -> bool {
        // Remembering folded texts pays only where a second comparison reads them.
        let mut evaluation = Evaluation { remember: self.terms > 1, ..Evaluation::default() };
        evaluation.node(&self.root, Scope::Resource(document))
    }

    /// Evaluates the filter in the brackets after a multi-valued attribute against one of its values.
    #[must_use]
    pub fn matches_element(&self, element: &Value, evaluation: &mut Evaluation) -> bool {
        evaluation.node(&self.root, Scope::Element(element))
    }
}

/// The state of one or more evaluations: the texts folded so far, and the steps taken.
#[derive(Debug, Default)]
pub struct Evaluation {
    steps: usize,
    /// Set if folded texts are stored in `folded` and reused.
    remember: bool,
    /// Non-ASCII texts in their folded form. ASCII texts are compared without folding them first.
    folded: HashMap<String, String>,
}

/// The starting point of the paths in an expression.
#[derive(Clone, Copy)]
enum Scope<'a> {
    Resource(&'a Object),
    Element(&'a Value),
}

impl Evaluation {
    /// Starts a series of evaluations that folds each text only once. The texts stay in memory until it ends, so the
    /// caller bounds the steps.
    #[must_use]
    pub fn remembering() -> Self {
        Self { remember: true, ..Self::default() }
    }

    /// Returns the steps taken since the last call, and starts counting again.
    pub fn take_steps(&mut self) -> usize {
        std::mem::take(&mut self.steps)
    }

    fn node(&mut self, node: &Node, scope: Scope<'_>) -> bool {
        match node {
            Node::And(left, right) => self.node(left, scope) && self.node(right, scope),
            Node::Or(left, right) => self.node(left, scope) || self.node(right, scope),
            Node::Not(inner) => !self.node(inner, scope),
            Node::Present(selector) => {
                self.steps += 1;
                values(find(selector, scope), selector.sub.as_deref()).any(has_content)
            }
            Node::Compare(selector, compare, operand) => self.compare_any(selector, scope, *compare, operand),
            Node::Any(selector, inner) => {
                roots(find(selector, scope)).any(|element| self.node(inner, Scope::Element(element)))
            }
        }
    }

    fn compare_any(&mut self, selector: &Selector, scope: Scope<'_>, compare: Compare, operand: &Operand) -> bool {
        let found = find(selector, scope);
        self.steps += found.and_then(Value::as_array).map_or(1, Vec::len);
        let mut values = values(found, selector.sub.as_deref()).map(|value| match value {
            Value::Object(object) => get(object, "value").unwrap_or(value),
            other => other,
        });
        match (operand, compare) {
            (Operand::Null, Compare::Eq) => values.next().is_none(),
            (Operand::Null, Compare::Ne) => values.next().is_some(),
            (Operand::Null, _) => false,
            (_, Compare::Ne) => {
                let mut values = values.peekable();
                values.peek().is_none() || values.any(|value| !self.value_matches(value, Compare::Eq, operand))
            }
            _ => values.any(|value| self.value_matches(value, compare, operand)),
        }
    }

    fn value_matches(&mut self, value: &Value, compare: Compare, operand: &Operand) -> bool {
        match (value, operand) {
            (Value::String(value), Operand::Text(operand)) => self.text_matches(value, compare, operand),
            (Value::Number(value), Operand::Number(operand)) => {
                number::order(value, operand).is_some_and(|order| order_matches(order, compare))
            }
            (Value::Bool(value), Operand::Bool(operand)) => compare == Compare::Eq && value == operand,
            (Value::Bool(value), Operand::Text(operand)) => compare == Compare::Eq && operand.boolean == Some(*value),
            _ => false,
        }
    }

    fn text_matches(&mut self, value: &str, compare: Compare, operand: &TextOperand) -> bool {
        self.steps += value.len() / BYTES_PER_STEP;
        if let Some(operand) = operand.instant
            && let Some(value) = instant(value)
        {
            return order_matches(value.cmp(&operand), compare);
        }
        if operand.case_exact {
            return text_matches(value, compare, &operand.text);
        }
        if value.is_ascii() {
            return ascii_matches(value, compare, &operand.text);
        }
        if !self.remember {
            self.steps += fold_steps(value.len());
            return text_matches(&fold(value), compare, &operand.text);
        }
        if let Some(folded) = self.folded.get(value) {
            return text_matches(folded, compare, &operand.text);
        }
        self.steps += fold_steps(value.len());
        let folded = fold(value);
        let matches = text_matches(&folded, compare, &operand.text);
        self.folded.insert(value.to_owned(), folded);
        matches
    }
}

/// Returns the attribute value that a selector names in its scope.
fn find<'a>(selector: &Selector, scope: Scope<'a>) -> Option<&'a Value> {
    match scope {
        Scope::Resource(document) => {
            let object = match &selector.container {
                None => Some(document),
                Some(urn) => get(document, urn).and_then(Value::as_object),
            };
            get(object?, &selector.name)
        }
        Scope::Element(Value::Object(object)) => get(object, &selector.name),
        // The values of a simple multi-valued attribute are called `value` in brackets.
        Scope::Element(simple) => selector.name.eq_ignore_ascii_case("value").then_some(simple),
    }
}

/// Iterates over the elements of an array, or over the one value. Nulls are unassigned and left out.
fn roots(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    let (many, one) = match value {
        Some(Value::Array(elements)) => (elements.as_slice(), None),
        other => (&[][..], other),
    };
    many.iter().chain(one).filter(|value| !value.is_null())
}

/// Iterates over the values of an attribute, or over one sub-attribute of each.
fn values<'a>(attribute: Option<&'a Value>, sub: Option<&str>) -> impl Iterator<Item = &'a Value> {
    roots(attribute).filter_map(move |root| match sub {
        None => Some(root),
        Some(sub) => root.as_object().and_then(|object| get(object, sub)).filter(|value| !value.is_null()),
    })
}

/// Checks for a value that is not empty, as `pr` requires.
fn has_content(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(elements) => elements.iter().any(has_content),
        Value::Object(object) => object.values().any(has_content),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

fn text_matches(value: &str, compare: Compare, operand: &str) -> bool {
    match compare {
        Compare::Co => value.contains(operand),
        Compare::Sw => value.starts_with(operand),
        Compare::Ew => value.ends_with(operand),
        _ => order_matches(value.cmp(operand), compare),
    }
}

/// Compares an ASCII text with a folded operand, as [`text_matches`] would after folding the text.
fn ascii_matches(value: &str, compare: Compare, operand: &str) -> bool {
    let (bytes, operand_bytes) = (value.as_bytes(), operand.as_bytes());
    let split = bytes.len().checked_sub(operand_bytes.len());
    let equals = |part: Option<&[u8]>| part.is_some_and(|part| part.eq_ignore_ascii_case(operand_bytes));
    match compare {
        Compare::Eq => bytes.eq_ignore_ascii_case(operand_bytes),
        Compare::Sw => equals(bytes.get(..operand_bytes.len())),
        Compare::Ew => equals(split.and_then(|split| bytes.get(split..))),
        Compare::Co => split.is_some() && value.to_ascii_lowercase().contains(operand),
        _ => order_matches(bytes.iter().map(u8::to_ascii_lowercase).cmp(operand_bytes.iter().copied()), compare),
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

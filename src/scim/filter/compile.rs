//! A filter prepared for many documents or values: paths are resolved against the schemas, and operands folded and
//! parsed, once instead of once a comparison.

use jiff::Timestamp;
use serde_json::{Number, Value};

use super::{Compare, Filter};
use crate::scim::attr::fold;
use crate::scim::date_time::instant;
use crate::scim::resource::Kind;
use crate::scim::schema::{Attribute, Resolved, Type, boolean};
use crate::scim::{AttrPath, Schemas};

/// A filter that is ready to be evaluated with an [`Evaluation`](super::Evaluation).
#[derive(Debug, Clone)]
pub struct CompiledFilter {
    pub(super) root: Node,
    /// The comparisons that it contains.
    pub(super) terms: usize,
}

/// A compiled expression.
#[derive(Debug, Clone)]
pub(super) enum Node {
    And(Box<Node>, Box<Node>),
    Or(Box<Node>, Box<Node>),
    Not(Box<Node>),
    Present(Selector),
    Compare(Selector, Compare, Operand),
    /// At least one value of the attribute satisfies the inner expression.
    Any(Selector, Box<Node>),
}

/// The values that a path selects.
#[derive(Debug, Clone)]
pub(super) struct Selector {
    /// The URN of the extension object that contains the attribute; `None` for the document itself.
    pub(super) container: Option<String>,
    pub(super) name: String,
    pub(super) sub: Option<String>,
}

/// The right-hand side of a comparison.
#[derive(Debug, Clone)]
pub(super) enum Operand {
    Null,
    Bool(bool),
    Number(Number),
    Text(TextOperand),
}

/// A string operand in every form in which a value may be compared with it.
#[derive(Debug, Clone)]
pub(super) struct TextOperand {
    /// Folded unless the attribute is caseExact.
    pub(super) text: String,
    pub(super) case_exact: bool,
    /// Set where a boolean attribute can equal it: Entra writes `primary eq "True"`.
    pub(super) boolean: Option<bool>,
    /// Set where a dateTime attribute is compared as a moment.
    pub(super) instant: Option<Timestamp>,
}

impl Filter {
    /// The bytes of operands that compiling the filter folds and that folding is slow for.
    pub(crate) fn non_ascii_bytes(&self) -> usize {
        match self {
            Self::And(left, right) | Self::Or(left, right) => left.non_ascii_bytes() + right.non_ascii_bytes(),
            Self::Not(inner) | Self::Has(_, inner) => inner.non_ascii_bytes(),
            Self::Compare(_, _, Value::String(text)) if !text.is_ascii() => text.len(),
            Self::Present(_) | Self::Compare(..) => 0,
        }
    }
}

impl CompiledFilter {
    /// Prepares a filter for documents of a resource type. Case rules come from the schema.
    #[must_use]
    pub fn new(filter: &Filter, kind: Kind, schemas: &Schemas) -> Self {
        Self { root: compile(filter, &Scope::Resource(kind, schemas)), terms: filter.terms() }
    }

    /// Prepares the filter in the brackets after an attribute, for the values of that attribute.
    #[must_use]
    pub fn for_elements(filter: &Filter, attribute: Option<&Attribute>) -> Self {
        Self { root: compile(filter, &Scope::Element(attribute)), terms: filter.terms() }
    }
}

/// The starting point of the paths in an expression.
#[derive(Clone, Copy)]
enum Scope<'a> {
    Resource(Kind, &'a Schemas),
    /// A value of the attribute before the brackets.
    Element(Option<&'a Attribute>),
}

fn compile(filter: &Filter, scope: &Scope<'_>) -> Node {
    let boxed = |filter: &Filter| Box::new(compile(filter, scope));
    match filter {
        Filter::And(left, right) => Node::And(boxed(left), boxed(right)),
        Filter::Or(left, right) => Node::Or(boxed(left), boxed(right)),
        Filter::Not(inner) => Node::Not(boxed(inner)),
        Filter::Present(path) => Node::Present(scope.select(path).0),
        Filter::Compare(path, compare, value) => {
            let (selector, _, rule) = scope.select(path);
            Node::Compare(selector, *compare, Operand::new(*compare, value, rule))
        }
        Filter::Has(path, inner) => {
            let (selector, attribute, _) = scope.select(path);
            Node::Any(selector, Box::new(compile(inner, &Scope::Element(attribute))))
        }
    }
}

impl<'a> Scope<'a> {
    /// Returns the selector of a path, the attribute it names, and the definition whose case rules apply.
    fn select(&self, path: &'a AttrPath) -> (Selector, Option<&'a Attribute>, Option<&'a Attribute>) {
        match *self {
            Self::Resource(kind, schemas) => {
                let resolved = resolve_path(path, kind, schemas);
                let selector = Selector {
                    container: resolved.container.map(str::to_owned),
                    name: resolved.name.to_owned(),
                    sub: resolved.sub.map(str::to_owned),
                };
                (selector, resolved.attribute, resolved.rule)
            }
            Self::Element(parent) => {
                let (attribute, rule) = in_element(path, parent);
                let selector = Selector { container: None, name: path.name.clone(), sub: path.sub.clone() };
                (selector, attribute, rule)
            }
        }
    }
}

impl Operand {
    fn new(compare: Compare, value: &Value, rule: Option<&Attribute>) -> Self {
        match value {
            Value::Bool(value) => Self::Bool(*value),
            Value::Number(number) => Self::Number(number.clone()),
            Value::String(text) => {
                let case_exact = rule.is_some_and(|rule| rule.case_exact);
                let is_moment = rule.is_some_and(|rule| rule.r#type == Type::DateTime)
                    && !matches!(compare, Compare::Co | Compare::Sw | Compare::Ew);
                Self::Text(TextOperand {
                    text: if case_exact { text.clone() } else { fold(text) },
                    case_exact,
                    boolean: boolean(text),
                    instant: is_moment.then(|| instant(text)).flatten(),
                })
            }
            // The grammar has no arrays and objects as operands.
            Value::Null | Value::Array(_) | Value::Object(_) => Self::Null,
        }
    }
}

/// A path resolved in a resource of some type.
#[derive(Clone, Copy)]
pub(super) struct ResolvedPath<'a> {
    /// The URN of the extension object that contains the attribute; `None` for the document itself.
    container: Option<&'a str>,
    name: &'a str,
    sub: Option<&'a str>,
    /// The definition of the attribute itself.
    pub(super) attribute: Option<&'a Attribute>,
    /// The definition whose type and case rules apply to comparisons.
    pub(super) rule: Option<&'a Attribute>,
}

impl<'a> ResolvedPath<'a> {
    /// The top-level attribute of the document that is or contains the target.
    pub(super) fn top(&self) -> &'a str {
        self.container.unwrap_or(self.name)
    }
}

/// Resolves a path of a filter over resources.
pub(super) fn resolve_path<'a>(path: &'a AttrPath, kind: Kind, schemas: &'a Schemas) -> ResolvedPath<'a> {
    let sub = path.sub.as_deref();
    match schemas.resolve(kind, path) {
        Some(Resolved::Extension(schema)) => {
            ResolvedPath { container: None, name: &schema.id, sub: None, attribute: None, rule: None }
        }
        Some(Resolved::Attribute { extension, attribute, sub: part }) => ResolvedPath {
            container: extension.map(|schema| schema.id.as_str()),
            name: &attribute.name,
            sub,
            attribute: Some(attribute),
            rule: part.or_else(|| attribute.sub("value")).or(Some(attribute)),
        },
        None => {
            let container = path.schema.as_deref().filter(|urn| !urn.eq_ignore_ascii_case(kind.urn()));
            ResolvedPath { container, name: &path.name, sub, attribute: None, rule: None }
        }
    }
}

/// Resolves a path within brackets: the attribute that it names, and the definition whose rules apply to comparisons.
pub(super) fn in_element<'a>(
    path: &AttrPath,
    parent: Option<&'a Attribute>,
) -> (Option<&'a Attribute>, Option<&'a Attribute>) {
    let attribute = parent.and_then(|parent| parent.sub(&path.name));
    (attribute, attribute.or(parent))
}

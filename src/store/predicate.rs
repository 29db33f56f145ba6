//! Compiles a filter to a condition on the stored [columns](super::columns), in a form that every backend translates to
//! its own query language.
//!
//! The condition never excludes a resource that satisfies the filter. If it also admits no other resource, it is exact,
//! and a backend can count matches without reading documents. Otherwise the backend evaluates the filter on the document
//! of each candidate. A filter about which the columns say nothing compiles to no condition: the backend scans.

use jiff::Timestamp;
use serde_json::Value;

use super::columns::Column;
use crate::scim::attr::fold;
use crate::scim::date_time::instant;
use crate::scim::filter::Compare;
use crate::scim::resource::Kind;
use crate::scim::{Filter, Schemas};

/// A compiled filter.
#[derive(Debug, Clone, PartialEq)]
pub struct Narrowing {
    pub predicate: Predicate,
    /// The predicate is true only for resources that satisfy the filter.
    pub exact: bool,
}

/// A condition on the columns of a resource. It is true or false, never unknown: a test of a column without a value is
/// false, except where [`Test`] says otherwise.
#[derive(Debug, Clone, PartialEq)]
pub enum Predicate {
    And(Box<Self>, Box<Self>),
    Or(Box<Self>, Box<Self>),
    /// A test of one column.
    Is(Column, Test),
    /// Every resource that the test excludes.
    IsNot(Column, Test),
}

/// A test of the value of one column.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// False for every value. It keeps its column, so that a backend can still choose the column's index.
    Never,
    /// True if the column has no value.
    Unassigned,
    /// True if the column has a value, even an empty one.
    Assigned,
    /// True if the column has a value that is not empty.
    NonEmpty,
    /// Compares text byte by byte. `ne` is true for a column without a value.
    Text(Compare, String),
    /// Equality with a Boolean. `None` stands for an operand that is not a Boolean: no value equals it.
    Equals(Option<bool>),
    /// The opposite of [`Test::Equals`]: true for a column without a value.
    Differs(Option<bool>),
    /// The id, spelled exactly so.
    Id(String),
    /// One of the related ids is this one, in its canonical spelling.
    Related(String),
    /// Compares a time, in milliseconds since 1970, with `eq`, `ne`, `gt`, `ge`, `lt` or `le`.
    Millis(Compare, i64),
}

impl Narrowing {
    /// Compiles a filter, unless the columns say nothing about it.
    #[must_use]
    pub fn of(filter: &Filter, kind: Kind, schemas: &Schemas) -> Option<Self> {
        narrow(filter, kind, schemas, true)
    }

    fn exact(column: Column, test: Test) -> Self {
        Self { predicate: Predicate::Is(column, test), exact: true }
    }

    fn and(self, other: Self) -> Self {
        let predicate = Predicate::And(Box::new(self.predicate), Box::new(other.predicate));
        Self { predicate, exact: self.exact && other.exact }
    }

    fn or(self, other: Self) -> Self {
        let predicate = Predicate::Or(Box::new(self.predicate), Box::new(other.predicate));
        Self { predicate, exact: self.exact && other.exact }
    }

    /// Negates a single exact test. The opposite of an inexact condition says nothing.
    fn negated(self) -> Option<Self> {
        let predicate = match self.predicate {
            Predicate::Is(column, test) => Predicate::IsNot(column, test),
            _ => return None,
        };
        self.exact.then_some(Self { predicate, exact: true })
    }
}

/// Compiles a filter, or its opposite if `wanted` is false. Pushing `not` inwards lets one side of an `or` help even if
/// the columns say nothing about the other.
fn narrow(filter: &Filter, kind: Kind, schemas: &Schemas, wanted: bool) -> Option<Narrowing> {
    let of = |filter: &Filter| narrow(filter, kind, schemas, wanted);
    match filter {
        Filter::Not(inner) => narrow(inner, kind, schemas, !wanted),
        Filter::And(one, other) if wanted => either_or_both(of(one), of(other)),
        Filter::Or(one, other) if !wanted => either_or_both(of(one), of(other)),
        Filter::And(one, other) | Filter::Or(one, other) => Some(of(one)?.or(of(other)?)),
        leaf => {
            let narrowing = test(leaf, kind, schemas)?;
            if wanted { Some(narrowing) } else { narrowing.negated() }
        }
    }
}

fn either_or_both(one: Option<Narrowing>, other: Option<Narrowing>) -> Option<Narrowing> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.and(other)),
        (only, None) | (None, only) => only.map(|only| Narrowing { exact: false, ..only }),
    }
}

/// Compiles a comparison, `pr`, or a filter in brackets.
fn test(filter: &Filter, kind: Kind, schemas: &Schemas) -> Option<Narrowing> {
    match filter {
        Filter::Compare(path, compare, value) => {
            let column = Column::of(path, kind, schemas)?;
            Some(Narrowing::exact(column, comparison(column, *compare, value)?))
        }
        Filter::Present(path) => {
            let column = Column::of(path, kind, schemas).filter(|column| has_value(*column))?;
            Some(Narrowing::exact(column, Test::NonEmpty))
        }
        Filter::Has(path, inner) if path.sub.is_none() && Column::of(path, kind, schemas) == Some(Column::Relation) => {
            related_element(inner)
        }
        _ => None,
    }
}

/// Reports whether the column holds at most one value that can be absent.
const fn has_value(column: Column) -> bool {
    matches!(column, Column::Name | Column::ExternalId | Column::Active)
}

fn comparison(column: Column, compare: Compare, value: &Value) -> Option<Test> {
    match (column, compare, value) {
        (_, Compare::Eq, Value::Null) if has_value(column) => Some(Test::Unassigned),
        (_, Compare::Ne, Value::Null) if has_value(column) => Some(Test::Assigned),
        (Column::Active, _, Value::Bool(operand)) => boolean(compare, Some(*operand)),
        (Column::Active, _, Value::String(operand)) => {
            let known = [true, false].into_iter().find(|known| operand.eq_ignore_ascii_case(&known.to_string()));
            boolean(compare, known)
        }
        (Column::Id, Compare::Eq, Value::String(operand)) => Some(Test::Id(operand.clone())),
        (Column::Relation, Compare::Eq, Value::String(operand)) => Some(related(operand)),
        (Column::Name, _, Value::String(operand)) => Some(Test::Text(compare, fold(operand))),
        (Column::ExternalId, _, Value::String(operand)) => Some(Test::Text(compare, operand.clone())),
        (Column::Created | Column::LastModified, _, Value::String(operand)) => time(compare, operand),
        _ => None,
    }
}

fn boolean(compare: Compare, operand: Option<bool>) -> Option<Test> {
    match compare {
        Compare::Eq => Some(Test::Equals(operand)),
        Compare::Ne => Some(Test::Differs(operand)),
        _ => None,
    }
}

/// Ids of related resources compare without letter case; the canonical spelling is upper case.
fn related(operand: &str) -> Test {
    Test::Related(fold(operand).to_ascii_uppercase())
}

/// Compiles a filter in brackets that requires one value of the relation, possibly among other things.
fn related_element(inner: &Filter) -> Option<Narrowing> {
    match inner {
        Filter::Compare(path, Compare::Eq, Value::String(operand))
            if path.name.eq_ignore_ascii_case("value") && path.sub.is_none() =>
        {
            Some(Narrowing::exact(Column::Relation, related(operand)))
        }
        Filter::And(one, other) => {
            let narrowing = related_element(one).or_else(|| related_element(other))?;
            Some(Narrowing { exact: false, ..narrowing })
        }
        _ => None,
    }
}

/// Compares times. The columns hold whole milliseconds; a finer operand lies between two of them.
fn time(compare: Compare, operand: &str) -> Option<Test> {
    const NANOSECONDS: i128 = 1_000_000;
    let at: Timestamp = instant(operand)?;
    let is_whole = at.as_nanosecond().rem_euclid(NANOSECONDS) == 0;
    let before = i64::try_from(at.as_nanosecond().div_euclid(NANOSECONDS)).ok()?;
    let compare = match compare {
        Compare::Eq if !is_whole => return Some(Test::Never),
        Compare::Ne if !is_whole => return Some(Test::Assigned),
        Compare::Ge if !is_whole => Compare::Gt,
        Compare::Lt if !is_whole => Compare::Le,
        Compare::Eq | Compare::Ne | Compare::Gt | Compare::Ge | Compare::Lt | Compare::Le => compare,
        Compare::Co | Compare::Sw | Compare::Ew => return None,
    };
    Some(Test::Millis(compare, before))
}

/// Returns the least text that comes after all texts with this prefix, in byte order, if there is one: a prefix test is
/// then a range of an index.
#[must_use]
pub fn end_of_prefix(prefix: &str) -> Option<String> {
    let mut text = prefix.to_owned();
    while let Some(last) = text.pop() {
        let next = (u32::from(last) + 1..=u32::from(char::MAX)).find_map(char::from_u32);
        if let Some(next) = next {
            text.push(next);
            return Some(text);
        }
    }
    None
}

#[cfg(test)]
mod tests;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::base::clock::rfc3339;
use crate::scim::Object;
use crate::store::columns::ColumnValues;
use crate::store::contract::filters;

/// A resource as a client sees it, and as its columns have it.
struct Row {
    document: Object,
    id: String,
    values: ColumnValues,
    created: i64,
    last_modified: i64,
    related: Vec<String>,
}

impl Row {
    fn new(n: usize, kind: Kind, mut document: Value) -> Self {
        let id = |n: usize| format!("01ARZ3NDEKTSV4RRFFQ69G5FA{}", ["A", "B", "C", "D"][n % 4]);
        let related: Vec<String> = (0..n % 3).map(|other| id(n + other)).collect();
        let (created, last_modified) = (1, i64::try_from(1 + n % 3).unwrap());
        let values = ColumnValues::of(kind, document.as_object().unwrap());
        let at = |millis| rfc3339(Timestamp::from_millisecond(millis).unwrap());
        document["id"] = id(n).into();
        document["meta"] =
            json!({"resourceType": kind.name(), "created": at(created), "lastModified": at(last_modified)});
        if !related.is_empty() {
            let relation = if kind == Kind::User { "groups" } else { "members" };
            document[relation] = related.iter().map(|id| json!({"value": id, "type": "User"})).collect();
        }
        let Value::Object(document) = document else { unreachable!() };
        Self { document, id: id(n), values, created, last_modified, related }
    }
}

/// Evaluates a predicate by its definition, with which the translations of all backends must agree.
fn is_true(predicate: &Predicate, row: &Row) -> bool {
    match predicate {
        Predicate::And(one, other) => is_true(one, row) && is_true(other, row),
        Predicate::Or(one, other) => is_true(one, row) || is_true(other, row),
        Predicate::Is(column, test) => passes(*column, test, row),
        Predicate::IsNot(column, test) => !passes(*column, test, row),
    }
}

fn passes(column: Column, test: &Test, row: &Row) -> bool {
    let value = match column {
        Column::Name => row.values.name.clone(),
        Column::ExternalId => row.values.external_id.clone(),
        Column::Active => row.values.active.map(|active| active.to_string()),
        _ => Some("always there".to_owned()),
    };
    let millis = if column == Column::Created { row.created } else { row.last_modified };
    match test {
        Test::Never => false,
        Test::Unassigned => value.is_none(),
        Test::Assigned => value.is_some(),
        Test::NonEmpty => value.is_some_and(|value| !value.is_empty()),
        Test::Text(Compare::Ne, operand) => value.as_ref() != Some(operand),
        Test::Text(compare, operand) => value.is_some_and(|value| match compare {
            Compare::Co => value.contains(operand),
            Compare::Sw => value.starts_with(operand),
            Compare::Ew => value.ends_with(operand),
            ordered => compares(*ordered, &value, operand),
        }),
        Test::Equals(operand) => operand.is_some() && row.values.active == *operand,
        Test::Differs(operand) => operand.is_none() || row.values.active != *operand,
        Test::Id(id) => row.id == *id,
        Test::Related(id) => row.related.contains(id),
        Test::Millis(compare, operand) => compares(*compare, &millis, operand),
    }
}

fn compares<T: Ord>(compare: Compare, value: &T, operand: &T) -> bool {
    match compare {
        Compare::Eq => value == operand,
        Compare::Ne => value != operand,
        Compare::Gt => value > operand,
        Compare::Ge => value >= operand,
        Compare::Lt => value < operand,
        Compare::Le => value <= operand,
        Compare::Co | Compare::Sw | Compare::Ew => unreachable!("only texts compare so"),
    }
}

fn rows(kind: Kind) -> Vec<Row> {
    let name = if kind == Kind::User { "userName" } else { "displayName" };
    let documents = filters::NAMES.iter().enumerate().map(|(n, text)| {
        let mut document = json!({name: text});
        if n % 5 != 4 && kind == Kind::User {
            document["active"] = (n % 3 != 0).into();
        }
        if let Some(id) = filters::EXTERNAL.get(n % 7) {
            document["externalId"] = (*id).into();
        }
        Row::new(n, kind, document)
    });
    let unnamed = Row::new(3, kind, json!({"title": "Lead"}));
    documents.chain([unnamed]).collect()
}

fn ids() -> Vec<String> {
    ["A", "B", "C", "D"].map(|last| format!("01ARZ3NDEKTSV4RRFFQ69G5FA{last}")).to_vec()
}

fn times() -> Vec<String> {
    ["00.001Z", "00.0015Z", "00Z", "00.002Z", "00.002000001Z"].map(|at| format!("1970-01-01T00:00:{at}")).to_vec()
}

fn compile(filter: &str, kind: Kind) -> Option<Narrowing> {
    Narrowing::of(&filter.parse().unwrap(), kind, Schemas::standard())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// No resource that satisfies the filter is excluded; an exact predicate admits no other.
    #[test]
    fn a_predicate_narrows_its_filter(filter in filters::filters(ids(), times())) {
        for kind in [Kind::User, Kind::Group] {
            let Some(narrowing) = Narrowing::of(&filter, kind, Schemas::standard()) else { continue };
            for row in rows(kind) {
                let (matches, admits) =
                    (filter.matches(&row.document, kind, Schemas::standard()), is_true(&narrowing.predicate, &row));
                prop_assert!(admits || !matches, "{} excludes {:?}: {:?}", filter, row.document, narrowing);
                prop_assert!(!narrowing.exact || matches || !admits, "{} admits {:?}", filter, row.document);
            }
        }
    }

    #[test]
    fn a_prefix_is_a_range(prefix in "[ab\u{10ffff}\u{d7ff}]{0,3}", text in "[ab\u{10ffff}\u{e000}]{0,5}") {
        let end = end_of_prefix(&prefix);
        let in_range = text >= prefix && end.is_none_or(|end| text < end);
        prop_assert_eq!(in_range, text.starts_with(&prefix));
    }
}

#[test]
fn only_filters_on_columns_are_exact() {
    let exact = |filter: &str| compile(filter, Kind::User).map(|narrowing| narrowing.exact);
    for (filter, wanted) in [
        (r#"userName eq "a""#, Some(true)),
        (r#"userName eq "a" and active eq true"#, Some(true)),
        (r#"userName eq "a" and title eq "b""#, Some(false)),
        (r#"userName eq "a" or title eq "b""#, None),
        (r#"not (userName eq "a" or title eq "b")"#, Some(false)),
        (r#"not (userName eq "a" and title eq "b")"#, None),
        (r#"groups[value eq "x"]"#, Some(true)),
        (r#"groups[value eq "x" and type eq "direct"]"#, Some(false)),
        (r#"not (groups[value eq "x" and type eq "direct"])"#, None),
        (r#"title eq "b""#, None),
        ("id pr", None),
    ] {
        assert_eq!(exact(filter), wanted, "{filter}");
    }
}

#[test]
fn operands_are_normalized() {
    let is = |filter: &str, column, test| {
        let wanted = Narrowing { predicate: Predicate::Is(column, test), exact: true };
        assert_eq!(compile(filter, Kind::User), Some(wanted), "{filter}");
    };
    is(r#"userName eq "STRAßE""#, Column::Name, Test::Text(Compare::Eq, "straße".to_owned()));
    is(r#"externalId eq "Ab""#, Column::ExternalId, Test::Text(Compare::Eq, "Ab".to_owned()));
    is(r#"active eq "True""#, Column::Active, Test::Equals(Some(true)));
    is(r#"active ne "yes""#, Column::Active, Test::Differs(None));
    is(r#"groups eq "ab""#, Column::Relation, Test::Related("AB".to_owned()));
    is(r#"meta.created ge "1970-01-01T00:00:00.0015Z""#, Column::Created, Test::Millis(Compare::Gt, 1));
    is(r#"meta.created eq "1970-01-01T00:00:00.0015Z""#, Column::Created, Test::Never);
    is("userName eq null", Column::Name, Test::Unassigned);
}

//! Compares our filter and path parsers with those of the crate `scim_v2`, on the inputs that both support.
//!
//! Intended differences:
//! - `scim_v2` accepts any white space between words and around brackets; we accept only spaces, and none around brackets;
//! - `scim_v2` requires a space after `not`; we do not;
//! - `scim_v2` does not support `$ref`, nor attributes named `true`, `false` and `null`;
//! - after a URN we accept a name that begins with a digit, since a URN alone (`…:2.0`) must parse as a path;
//! - in a PATCH path `scim_v2` accepts brackets after a sub-attribute, which no schema can define;
//! - `scim_v2` limits depth to 64 and terms to 1,024; we limit them to 32 and 128.
#![allow(clippy::unwrap_used, clippy::panic)]

use proptest::prelude::*;
use scim_v2::filter as other;
use scimulate::scim::AttrPath;
use scimulate::scim::filter::{Compare, Filter};
use scimulate::scim::patch::Path;
use serde_json::Value;

fn attr(path: &AttrPath) -> other::AttrPath {
    other::AttrPath { uri: path.schema.clone(), name: path.name.clone(), sub_attr: path.sub.clone() }
}

fn term(filter: &Filter) -> Option<other::AttrExp> {
    match filter {
        Filter::Present(path) => Some(other::AttrExp::Present(attr(path))),
        Filter::Compare(path, compare, value) => {
            Some(other::AttrExp::Comparison(attr(path), operator(*compare), operand(value)))
        }
        _ => None,
    }
}

fn operator(compare: Compare) -> other::CompareOp {
    match compare {
        Compare::Eq => other::CompareOp::Eq,
        Compare::Ne => other::CompareOp::Ne,
        Compare::Co => other::CompareOp::Co,
        Compare::Sw => other::CompareOp::Sw,
        Compare::Ew => other::CompareOp::Ew,
        Compare::Gt => other::CompareOp::Gt,
        Compare::Ge => other::CompareOp::Ge,
        Compare::Lt => other::CompareOp::Lt,
        Compare::Le => other::CompareOp::Le,
    }
}

fn operand(value: &Value) -> other::CompValue {
    match value {
        Value::Null => other::CompValue::Null,
        Value::Bool(true) => other::CompValue::True,
        Value::Bool(false) => other::CompValue::False,
        Value::Number(number) => other::CompValue::Number(number.clone()),
        Value::String(text) => other::CompValue::Str(text.clone()),
        other => panic!("a filter cannot contain {other}"),
    }
}

fn translate(filter: &Filter) -> other::Filter {
    match filter {
        Filter::And(left, right) => other::Filter::and(translate(left), translate(right)),
        Filter::Or(left, right) => other::Filter::or(translate(left), translate(right)),
        Filter::Not(inner) => other::Filter::Not(Box::new(translate(inner))),
        Filter::Has(path, inner) => {
            other::Filter::ValuePath(other::ValuePath { attr: attr(path), filter: Box::new(translate_inner(inner)) })
        }
        leaf => other::Filter::Attr(term(leaf).unwrap()),
    }
}

fn translate_inner(filter: &Filter) -> other::ValFilter {
    match filter {
        Filter::And(left, right) => other::ValFilter::and(translate_inner(left), translate_inner(right)),
        Filter::Or(left, right) => other::ValFilter::or(translate_inner(left), translate_inner(right)),
        Filter::Not(inner) => other::ValFilter::Not(Box::new(translate_inner(inner))),
        leaf => other::ValFilter::Attr(term(leaf).unwrap()),
    }
}

/// Generates words of the language, joined by single spaces or by nothing.
fn text() -> impl Strategy<Value = String> {
    let word = proptest::sample::select(vec![
        "userName",
        "a",
        "emails",
        "name.givenName",
        "urn:x:y:2.0:User:a.b",
        "a.b.c",
        "1a",
        "eq",
        "EQ",
        "co",
        "pr",
        "and",
        "or",
        "AND",
        "not (",
        "NOT (",
        "(",
        ")",
        "[",
        "]",
        "\"x\"",
        "\"a \\\" ] and\"",
        "\"\\u00e9\"",
        "\"\\x\"",
        "\"",
        "1",
        "-0.5e3",
        "01",
        "true",
        "false",
        "null",
        "True",
        "ne",
        "gt",
        ",",
        "'x'",
        "a eq 1",
        "a pr",
        "b eq \"x\"",
        "emails[type eq \"work\"]",
        ".value",
        " and ",
        " or ",
    ]);
    prop::collection::vec((word, any::<bool>()), 0..10).prop_map(|words| {
        let mut text = String::new();
        for (word, spaced) in words {
            if spaced && !text.ends_with(' ') {
                text.push(' ');
            }
            text.push_str(word);
        }
        text.replace("  ", " ").replace(" [", "[").replace("] .", "].").trim().to_owned()
    })
}

/// Generates filters that are mostly well formed.
fn sentence() -> impl Strategy<Value = String> {
    let term = proptest::sample::select(vec![
        "a pr",
        "userName eq \"x\"",
        "name.givenName co \"\\\\\"",
        "urn:x:y:2.0:User:a.b ge 1.5",
        "active EQ true",
        "a ne null",
        "emails[type eq \"work\" and (value pr or not (b lt -3))]",
        "m Pr",
    ])
    .prop_map(str::to_owned);
    term.prop_recursive(5, 30, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone(), any::<bool>())
                .prop_map(|(a, b, and)| format!("{a} {} {b}", if and { "and" } else { "or" })),
            inner.clone().prop_map(|a| format!("({a})")),
            inner.prop_map(|a| format!("not ({a})")),
        ]
    })
}

/// Reports whether an attribute is named `true`, `false` or `null`, or begins with a digit.
fn has_literal_name(parsed: &impl std::fmt::Debug) -> bool {
    let shown = format!("{parsed:?}");
    let starts = |name: &str| shown.contains(&format!("name: \"{name}"));
    ["true\"", "false\"", "null\""].into_iter().any(starts) || ('0'..='9').any(|digit| starts(&digit.to_string()))
}

fn both_agree(text: &str) -> Result<(), TestCaseError> {
    match (text.parse::<Filter>(), text.parse::<other::Filter>()) {
        (Ok(ours), Ok(theirs)) => {
            prop_assert_eq!(translate(&ours), theirs, "{}", text);
            // Our printed filter parses to the same filter.
            prop_assert_eq!(translate(&ours), ours.to_string().parse::<other::Filter>().unwrap());
        }
        (Err(_), Err(_)) => {}
        (Ok(ours), Err(_)) if has_literal_name(&ours) => {}
        (ours, theirs) => prop_assert!(false, "{text:?}: ours {ours:?}, theirs {theirs:?}"),
    }
    match (text.parse::<Path>(), text.parse::<other::PatchPath>()) {
        (Ok(ours), Ok(theirs)) => {
            let ours = match &ours.filter {
                None => other::PatchPath::Attr(attr(&ours.attr)),
                Some(filter) => other::PatchPath::Value(other::PatchValuePath {
                    attr: attr(&ours.attr),
                    filter: translate_inner(filter),
                    sub_attr: ours.sub.clone(),
                }),
            };
            prop_assert_eq!(ours, theirs, "{}", text);
        }
        (Err(_), Err(_)) => {}
        (Ok(ours), Err(_)) if has_literal_name(&ours) => {}
        (Err(_), Ok(other::PatchPath::Value(theirs))) if theirs.attr.sub_attr.is_some() => {}
        (ours, theirs) => prop_assert!(false, "path {text:?}: ours {ours:?}, theirs {theirs:?}"),
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_words_parse_alike(text in text()) {
        both_agree(&text)?;
    }

    #[test]
    fn well_formed_filters_parse_alike(text in sentence()) {
        both_agree(&text)?;
    }
}

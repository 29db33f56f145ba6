use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::base::limits;
use crate::scim::resource::Kind;
use crate::scim::schema::{ENTERPRISE, USER};
use crate::scim::{Mode, Object, Schemas, ScimType};

fn parse(text: &str) -> Filter {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn ada() -> Object {
    let ada = json!({
        "schemas": [USER, ENTERPRISE],
        "id": "Ab1",
        "externalId": "00uX",
        "userName": "Ada@Example.com",
        "name": {"givenName": "Ada", "familyName": "O'Malley \"and\" ](x"},
        "nickName": "",
        "title": "Straße",
        "emails": [
            {"value": "ada@work.example", "type": "work", "primary": true},
            {"value": "ada@home.example", "type": "home"},
        ],
        "active": true,
        "shoeSize": 38,
        "ratio": 0.5,
        "tags": ["Blue", "green"],
        "meta": {"resourceType": "User", "lastModified": "2011-05-13T04:42:34Z", "version": "W/\"1\""},
        ENTERPRISE: {"department": "Engines", "manager": {"value": "m1"}},
    });
    ada.as_object().unwrap().clone()
}

fn holds(text: &str) -> bool {
    parse(text).matches(&ada(), Kind::User, Schemas::standard())
}

#[test]
fn filters_that_match_ada() {
    for text in [
        "userName eq \"ada@EXAMPLE.com\"",
        "USERNAME Eq \"ada@example.com\"",
        "userName ne \"bob\"",
        "userName co \"@ex\"",
        "userName sw \"ADA\"",
        "userName ew \".COM\"",
        "title eq \"STRAßE\"",
        "userName gt \"ACA\" and userName lt \"b\" and userName ge \"ada@example.com\"",
        "externalId eq \"00uX\" and id eq \"Ab1\"",
        "name.givenName eq \"ada\"",
        "name.familyName co \"\\\"and\\\" ](\"",
        "userName eq \"\\u0061da@example.com\"",
        "name pr and emails pr and active pr",
        "nickName eq \"\" and not (nickName pr)",
        "displayName eq null and userName ne null",
        "displayName ne \"x\"",
        "active eq true and active ne false",
        "emails eq \"ada@home.example\" and emails co \"work\"",
        "emails.type eq \"work\" and emails.value co \"home\"",
        "emails[type eq \"home\" and value co \"home\"]",
        "emails[not (type eq \"work\")]",
        "emails[primary eq true]",
        "emails[primary eq \"True\"]",
        "emails[type ne \"work\" and value sw \"ada\"]",
        "emails.type ne \"work\"",
        "schemas eq \"urn:ietf:params:scim:schemas:core:2.0:user\"",
        "schemas[value eq \"urn:ietf:params:scim:schemas:core:2.0:User\"]",
        "meta.lastModified eq \"2011-05-13T06:42:34.000+02:00\"",
        "meta.lastModified gt \"2011-05-13T04:42:33.999Z\" and meta.lastModified le \"2011-05-13T04:42:34Z\"",
        "meta.lastModified sw \"2011\"",
        "meta.resourceType eq \"User\"",
        "urn:ietf:params:scim:schemas:core:2.0:User:userName sw \"ada\"",
        "URN:IETF:params:scim:schemas:extension:enterprise:2.0:user:department eq \"engines\"",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value eq \"m1\"",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User pr",
        "shoeSize gt 9 and shoeSize lt 38.5 and ratio eq 5e-1 and ratio ge 0.5",
        "tags eq \"blue\" and tags[value sw \"GR\"]",
        "userName eq \"x\" or active eq true and name.givenName eq \"Ada\"",
        "not (userName eq \"x\") and (active eq false or active eq true)",
        "NOT(active eq false) AND active PR",
    ] {
        assert!(holds(text), "{text}");
    }
}

#[test]
fn filters_that_do_not_match_ada() {
    for text in [
        "externalId eq \"00ux\"",
        "id eq \"ab1\"",
        "userName sw \"da\"",
        "nickName pr",
        "displayName pr",
        "displayName eq \"x\"",
        "displayName gt \"a\"",
        "displayName ne null",
        "userName eq null",
        "emails[type eq \"home\" and value co \"work\"]",
        "emails[type eq \"other\"]",
        "meta.lastModified lt \"2011-05-13T05:42:34+01:00\"",
        "shoeSize gt 40",
        "userName eq 7",
        "active eq false",
        "department eq \"Engines\"",
        "(active eq true or active eq false) and userName eq \"x\"",
        "not (active eq true) or userName eq \"x\"",
        "phoneNumbers[value pr]",
    ] {
        assert!(!holds(text), "{text}");
    }
}

#[test]
fn errors_contain_the_byte_position() {
    for (text, at) in [
        ("", 0),
        ("   ", 3),
        ("userName", 8),
        ("userName eq", 11),
        ("userName eq ", 12),
        ("userName eq bob", 12),
        ("userName eq 'bob'", 12),
        ("userName eq \"bob", 12),
        ("userName eq \"b\\x\"", 12),
        ("userName is \"bob\"", 9),
        ("userName pr \"x\"", 12),
        ("userName pr and", 15),
        ("userName pr and ", 16),
        ("userName pr or or active pr", 18),
        ("and userName pr", 4),
        ("(userName pr", 12),
        ("userName pr)", 11),
        ("(userName pr))", 13),
        ("not userName pr", 0),
        ("emails[type eq \"work\"", 21),
        ("emails[]", 7),
        ("emails[type eq \"x\"].value eq \"y\"", 19),
        ("emails[a[b pr]]", 8),
        ("userName eq [1]", 12),
        ("userName eq {\"a\":1}", 12),
        ("user name pr", 5),
        ("a.b.c pr", 0),
        ("1a pr", 0),
        ("ä pr", 0),
        ("userName eq \"ä\" x", 17),
        ("userName\teq \"x\"", 8),
        ("userName eq True", 12),
        ("userName eq NaN", 12),
        ("userName eq \"a\"and active pr", 15),
    ] {
        let error = text.parse::<Filter>().unwrap_err();
        assert_eq!((error.status, error.scim_type), (400, Some(ScimType::InvalidFilter)), "{text}");
        assert!(error.detail.contains(&format!("at byte {at} ")), "{text}: {}", error.detail);
    }
}

#[test]
fn filters_are_accepted_up_to_the_limits() {
    let nested = |levels: usize| format!("{}a pr{}", "(".repeat(levels), ")".repeat(levels));
    assert!(nested(limits::FILTER_DEPTH).parse::<Filter>().is_ok());
    assert!(nested(limits::FILTER_DEPTH + 1).parse::<Filter>().is_err());
    assert!(nested(5_000).parse::<Filter>().unwrap_err().detail.contains("nests deeper"));
    let terms = |count: usize| vec!["a pr"; count].join(" and ");
    assert!(terms(limits::FILTER_TERMS_MOST).parse::<Filter>().is_ok());
    assert!(terms(limits::FILTER_TERMS_MOST + 1).parse::<Filter>().unwrap_err().detail.contains("comparisons"));
    let long = |bytes: usize| format!("a eq \"{}\"", "x".repeat(bytes - 7));
    assert!(long(limits::FILTER_BYTES).parse::<Filter>().is_ok());
    assert!(long(limits::FILTER_BYTES + 1).parse::<Filter>().is_err());
}

#[test]
fn and_binds_tighter_than_or() {
    let term = |name: &str| Box::new(Filter::Present(AttrPath::named(name)));
    assert_eq!(
        parse("a pr or b pr and not (c pr)"),
        Filter::Or(term("a"), Box::new(Filter::And(term("b"), Box::new(Filter::Not(term("c"))))))
    );
    assert_eq!(parse("(a pr or b pr) and c pr"), Filter::And(Box::new(Filter::Or(term("a"), term("b"))), term("c")));
}

#[test]
fn validation_depends_on_schema_and_mode() {
    let check = |text: &str, mode: Mode| parse(text).check(Kind::User, Schemas::standard(), mode.into());
    for text in [
        "active gt true",
        "active co \"t\"",
        "active eq 1",
        "x509Certificates.value gt \"a\"",
        "name eq \"Ada\"",
        "addresses eq \"x\"",
        "userName eq 7",
        "userName gt null",
        "userName co true",
        "password eq \"x\"",
        "password pr",
        "meta.lastModified gt \"yesterday\"",
        "employeeNumber eq \"7\"",
        "userName[value eq \"x\"]",
        "not (emails[primary lt false])",
        "unknown gt true",
    ] {
        for mode in [Mode::Lenient, Mode::Strict] {
            let error = check(text, mode).expect_err(text);
            assert_eq!(error.scim_type, Some(ScimType::InvalidFilter), "{text}");
        }
    }
    for text in ["favouriteColour eq \"red\"", "name.nick pr", "emails[nope eq \"x\"]", "roles[primary eq \"True\"]"] {
        assert!(check(text, Mode::Lenient).is_ok(), "{text}");
        assert!(check(text, Mode::Strict).is_err(), "{text}");
    }
    for text in [
        "emails co \"x\"",
        "emails[type eq \"work\" and value co \"@x\"]",
        "schemas eq \"urn:x\"",
        "meta.created ge \"2011-05-13T04:42:34\"",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber eq \"7\"",
        "active eq true",
        "name.givenName eq null",
        "groups.value eq \"g\"",
        "id gt \"a\"",
    ] {
        assert!(check(text, Mode::Strict).is_ok(), "{text}");
    }
}

pub(in crate::scim) fn name() -> impl Strategy<Value = String> {
    "[A-Za-z][A-Za-z0-9_-]{0,6}".prop_filter("`not` begins a negation", |name| !name.eq_ignore_ascii_case("not"))
}

fn attr() -> impl Strategy<Value = AttrPath> {
    let urn = proptest::option::weighted(0.2, "urn:[a-z]{1,4}:[a-z0-9.]{1,4}:[A-Z][a-z]{0,3}");
    (urn, name(), proptest::option::of(name())).prop_map(|(schema, name, sub)| AttrPath { schema, name, sub })
}

fn operand() -> impl Strategy<Value = Value> {
    prop_oneof![
        ".{0,8}".prop_map(Value::from),
        "[\\x00-\\x7f]{0,8}".prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-1e9..1e9_f64).prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        Just(Value::Null),
    ]
}

fn term() -> impl Strategy<Value = Filter> {
    prop_oneof![
        attr().prop_map(Filter::Present),
        (attr(), proptest::sample::select(Compare::ALL.as_slice()), operand())
            .prop_map(|(path, compare, value)| Filter::Compare(path, compare, value)),
    ]
}

pub(crate) fn tree(leaf: impl Strategy<Value = Filter> + 'static) -> impl Strategy<Value = Filter> {
    leaf.prop_recursive(4, 24, 2, |inner| {
        let pair = (inner.clone(), inner.clone()).prop_map(|(left, right)| (Box::new(left), Box::new(right)));
        prop_oneof![
            pair.clone().prop_map(|(left, right)| Filter::And(left, right)),
            pair.prop_map(|(left, right)| Filter::Or(left, right)),
            inner.prop_map(|inner| Filter::Not(Box::new(inner))),
        ]
    })
}

/// Any filter within the limits.
pub(in crate::scim) fn any_filter() -> impl Strategy<Value = Filter> {
    let has = (attr(), tree(term())).prop_map(|(path, inner)| Filter::Has(path, Box::new(inner)));
    tree(prop_oneof![4 => term(), 1 => has])
}

/// A filter that can be used in brackets.
pub(in crate::scim) fn value_filter() -> impl Strategy<Value = Filter> {
    tree(term())
}

#[test]
fn an_operand_that_ends_in_sigma_finds_its_substring() {
    let document = serde_json::json!({"userName": "ΟΔΟΣΑ", "nickName": "οδος"});
    let document = document.as_object().unwrap();
    for filter in [
        "userName co \"ΟΔΟΣ\"",
        "userName sw \"ΟΔΟΣ\"",
        "userName sw \"οδος\"",
        "nickName eq \"ΟΔΟΣ\"",
        "nickName ew \"σ\"",
    ] {
        assert!(parse(filter).matches(document, Kind::User, Schemas::standard()), "{filter}");
    }
}

/// Each term is compared once with each value, and each value is folded once for all terms.
#[test]
fn a_filter_of_many_terms_folds_each_value_once() {
    let emails: Vec<Value> =
        (0..100).map(|n| serde_json::json!({"value": format!("{}{n}", "é".repeat(400))})).collect();
    let element = Value::Array(emails);
    let steps = |terms: usize| {
        let filter = parse(&vec!["value co \"ü\""; terms].join(" or "));
        let filter = CompiledFilter::for_elements(&filter, None);
        let mut evaluation = Evaluation::remembering();
        for element in element.as_array().unwrap() {
            assert!(!filter.matches_element(element, &mut evaluation));
        }
        evaluation.take_steps()
    };
    let (one, two, three) = (steps(1), steps(2), steps(3));
    assert_eq!(three - two, two - one);
    assert!(one > 10 * (two - one), "{one} {two}");
}

proptest! {
    #[test]
    fn a_printed_filter_parses_to_itself(filter in any_filter()) {
        let text = filter.to_string();
        match text.parse::<Filter>() {
            Ok(back) => prop_assert_eq!(back, filter),
            Err(error) => prop_assert!(error.detail.contains("more than") || error.detail.contains("deeper"), "{text}: {error}"),
        }
    }

    #[test]
    fn any_text_is_parsed_without_panic(text in "[a-z \"\\\\()\\[\\].:0-9é]{0,40}|(not |\\(|a eq \"|\"|\\) and |x\\[|\\]| pr){0,12}") {
        match text.parse::<Filter>() {
            Ok(filter) => {
                let _ = filter.matches(&ada(), Kind::User, Schemas::standard());
                let _ = filter.check(Kind::User, Schemas::standard(), Mode::Strict.into());
                prop_assert_eq!(parse(&filter.to_string()), filter);
            }
            Err(error) => prop_assert_eq!(error.scim_type, Some(ScimType::InvalidFilter)),
        }
    }

    #[test]
    fn and_or_and_not_are_boolean_operators(a in any_filter(), b in any_filter()) {
        let ada = ada();
        let holds = |filter: &Filter| filter.matches(&ada, Kind::User, Schemas::standard());
        let (x, y) = (holds(&a), holds(&b));
        let boxed = |filter: &Filter| Box::new(filter.clone());
        prop_assert_eq!(holds(&Filter::And(boxed(&a), boxed(&b))), x && y);
        prop_assert_eq!(holds(&Filter::Or(boxed(&a), boxed(&b))), x || y);
        prop_assert_eq!(holds(&Filter::Not(boxed(&a))), !x);
    }

    #[test]
    fn ascii_is_compared_as_if_it_were_folded(
        value in "[a-cA-C@.]{0,6}",
        operand in "[a-cA-C@.éΣ]{0,3}",
        compare in proptest::sample::select(Compare::ALL.as_slice()),
    ) {
        let filter = Filter::Compare(AttrPath::named("userName"), compare, operand.clone().into());
        let document = Object::from_iter([("userName".to_owned(), value.clone().into())]);
        let (value, operand) = (crate::scim::attr::fold(&value), crate::scim::attr::fold(&operand));
        let expected = match compare {
            Compare::Eq => value == operand,
            Compare::Ne => value != operand,
            Compare::Co => value.contains(&operand),
            Compare::Sw => value.starts_with(&operand),
            Compare::Ew => value.ends_with(&operand),
            Compare::Gt => value > operand,
            Compare::Ge => value >= operand,
            Compare::Lt => value < operand,
            Compare::Le => value <= operand,
        };
        prop_assert_eq!(filter.matches(&document, Kind::User, Schemas::standard()), expected);
    }
}

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::json;

use super::*;
use crate::scim::filter::tests::tree;
use crate::scim::schema::ENTERPRISE;
use crate::scim::{AttrPath, Object};

fn prefilter(filter: &str) -> Prefilter {
    filter.parse::<Filter>().unwrap().prefilter(Kind::User, Schemas::standard(), &["id", "meta", "groups"])
}

#[test]
fn documents_that_cannot_match_are_skipped() {
    let ann = br#"{"userName":"ANN","title":"Lead of \"x\"","active":true,"emails":[{"value":"a@x","type":"work"}]}"#;
    for (filter, may_match) in [
        (r#"title co "lead""#, true),
        (r#"title co "zz""#, false),
        (r#"nickName co "lead""#, false),
        (r#"not (title co "zz")"#, true),
        (r#"title co "zz" or userName sw "an""#, true),
        (r#"title co "zz" or not (active eq true)"#, true),
        (r#"title co "zz" and not (active eq true)"#, false),
        (r#"title eq "lead of \"x\"""#, true),
        (r#"title ne "zz""#, true),
        (r#"nickName ne "zz""#, true),
        ("nickName eq null", true),
        ("nickName pr", false),
        ("active eq false", false),
        (r#"active eq "True""#, true),
        (r#"emails[type eq "home"]"#, false),
        (r#"emails[type eq "work" and value ew "@X"]"#, true),
        (r#"emails[not (type eq "home")]"#, true),
        (r#"id eq "zz" or meta.version eq "zz" or groups.value eq "zz""#, true),
        (r#"meta.created gt "2026-01-01T00:00:00Z""#, true),
    ] {
        assert_eq!(prefilter(filter).may_match(ann), may_match, "{filter}");
    }
    // A wide letter is the plain one where letter case does not count, and only there.
    let wide = "{\"userName\":\"\u{ff21}NN\",\"externalId\":\"\u{ff21}NN\"}".as_bytes();
    assert!(prefilter(r#"userName eq "ann""#).may_match(wide));
    assert!(!prefilter(r#"externalId eq "ann""#).may_match(wide));
}

fn texts() -> impl Strategy<Value = String> {
    let texts =
        vec!["ann", "Ann Lee", "\u{ff21}nn", "a\"b", "a\\b", "K", "\u{212a}", "true", "", "ab\u{1}", "straße", "1"];
    select(texts).prop_map(str::to_owned)
}

fn documents() -> impl Strategy<Value = Object> {
    let texts = || proptest::option::of(texts());
    (texts(), texts(), texts(), texts(), any::<bool>(), 0..3_u8).prop_map(|(user, title, email, dep, active, n)| {
        let mut document = Object::new();
        let mut put = |name: &str, value: Option<Value>| drop(value.map(|value| document.insert(name.into(), value)));
        put("userName", user.map(Value::from));
        put(if n == 0 { "Title" } else { "title" }, title.map(Value::from));
        put("emails", email.map(|email| json!([{"value": email, "type": "work", "primary": active}])));
        put(ENTERPRISE, dep.map(|dep| json!({"department": dep, "manager": {"value": "m"}})));
        put("active", (n > 0).then(|| active.into()));
        put("tags", (n > 1).then(|| json!(["ann", "K", 1, true])));
        document
    })
}

fn comparisons(paths: Vec<AttrPath>) -> impl Strategy<Value = Filter> {
    let operands = prop_oneof![
        6 => texts().prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::from),
        1 => Just(Value::Null),
        1 => Just(Value::from(1)),
    ];
    (select(paths), select(Compare::ALL.to_vec()), operands)
        .prop_map(|(path, compare, operand)| Filter::Compare(path, compare, operand))
}

fn filters() -> impl Strategy<Value = Filter> {
    let department = format!("{ENTERPRISE}:department");
    let paths: Vec<AttrPath> = [
        "userName",
        "title",
        "emails",
        "emails.value",
        "active",
        "tags",
        "x",
        "name.givenName",
        "externalId",
        ENTERPRISE,
        &department,
    ]
    .map(|path| path.parse().unwrap())
    .to_vec();
    let inner = ["value", "type", "primary"].map(|path| path.parse().unwrap()).to_vec();
    let has =
        (select(paths.clone()), tree(comparisons(inner))).prop_map(|(path, inner)| Filter::Has(path, Box::new(inner)));
    let present = select(paths.clone()).prop_map(Filter::Present);
    tree(prop_oneof![6 => comparisons(paths), 2 => has, 1 => present])
}

proptest! {
    /// No document that satisfies a filter is passed over, and what a filter reads decides it.
    #[test]
    fn documents_that_match_pass(document in documents(), filter in filters()) {
        let schemas = Schemas::standard();
        let holds = filter.matches(&document, Kind::User, schemas);
        let text = serde_json::to_string(&document).unwrap();
        if holds {
            prop_assert!(filter.prefilter(Kind::User, schemas, &[]).may_match(text.as_bytes()), "{filter} {text}");
        }
        let read = filter.reads(Kind::User, schemas).of(&text).unwrap();
        prop_assert_eq!(filter.matches(&read, Kind::User, schemas), holds, "{} {}", filter, text);
    }
}

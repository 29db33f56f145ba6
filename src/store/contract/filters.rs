//! A list gives what the evaluator of filters gives, however the store comes by it.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::{Bench, keep, object};
use crate::base::clock::rfc3339;
use crate::directory::Command;
use crate::scim::filter::Compare;
use crate::scim::resource::{Kind, Resource};
use crate::scim::{AttrPath, Filter, Object};
use crate::store::{Query, Store};

/// Names that fold, grow, end the alphabet or hold each other.
const NAMES: [&str; 16] = [
    "ann",
    "Ann.Lee@x.example",
    "annabel",
    "bob",
    "BOB2",
    "ΑΣ",
    "ας",
    "straße",
    "STRASSE",
    "İstanbul",
    "a",
    "a\u{10ffff}",
    "a\u{10ffff}b",
    "\u{10ffff}",
    "😀@x.example",
    "z'\"%_\\",
];
const OPERAND: &str = "[abns.ßσ\u{10ffff}]{0,3}";
const EXTERNAL: [&str; 5] = ["00u1", "00U1", "00u12", "", "ann"];
const TITLES: [&str; 3] = ["Lead", "lead", "Clerk"];

/// More names, made of the characters that operands are made of.
pub(crate) fn names() -> impl Strategy<Value = Vec<String>> {
    proptest::collection::vec("[abns.ßσ\u{10ffff}]{1,5}", 64)
}

/// Users and groups with [`NAMES`] and `more` in a new directory.
pub(crate) async fn populate<'a>(store: &'a dyn Store, more: &[String]) -> Bench<'a> {
    let bench = Bench::new(store, keep()).await;
    let more = more.iter().map(String::as_str);
    for (n, name) in NAMES.into_iter().chain(more).enumerate() {
        let mut document = json!({"userName": name, "active": n % 3 != 0});
        if let Some(id) = EXTERNAL.get(n % 7) {
            document["externalId"] = (*id).into();
        }
        if let Some(title) = TITLES.get(n % 4) {
            document["title"] = (*title).into();
        }
        bench.create_user(document.clone()).await.unwrap_or_default();
        let group = object(json!({"displayName": name, "externalId": format!("g{n}")}));
        let command = Command::Create { kind: Kind::Group, document: group, members: Vec::new() };
        bench.send(command).await.unwrap();
    }
    bench
}

fn path(text: &str) -> AttrPath {
    text.parse().unwrap()
}

fn comparisons() -> impl Strategy<Value = Compare> {
    use Compare as C;
    select(vec![C::Eq, C::Eq, C::Ne, C::Co, C::Sw, C::Ew, C::Gt, C::Ge, C::Lt, C::Le])
}

fn operands() -> impl Strategy<Value = String> {
    let known: Vec<&str> = NAMES.iter().chain(&EXTERNAL).chain(&TITLES).copied().collect();
    prop_oneof![select(known.clone()).prop_map(str::to_owned), select(known).prop_map(str::to_uppercase), OPERAND,]
}

/// Filters over what a store may index and what it may not; `ids` and `times` are those of resources.
pub(crate) fn filters(ids: Vec<String>, times: Vec<String>) -> impl Strategy<Value = Filter> {
    let named = select(vec![
        "userName",
        "USERNAME",
        "displayName",
        "externalId",
        "title",
        "nickName",
        "urn:ietf:params:scim:schemas:core:2.0:User:userName",
    ]);
    let of = |name: &str, compare, value: String| Filter::Compare(path(name), compare, Value::String(value));
    let leaf = prop_oneof![
        6 => (named.clone(), comparisons(), operands()).prop_map(move |(name, how, value)| of(name, how, value)),
        1 => (comparisons(), select(ids)).prop_map(move |(how, id)| of("id", how, id)),
        1 => (select(vec!["meta.created", "meta.lastModified"]), comparisons(), select(times))
            .prop_map(move |(name, how, at)| of(name, how, at)),
        1 => named.prop_map(|name| Filter::Present(path(name))),
        1 => any::<bool>().prop_map(|active| Filter::Compare(path("active"), Compare::Eq, active.into())),
        1 => Just(Filter::Compare(path("externalId"), Compare::Eq, Value::Null)),
    ];
    leaf.prop_recursive(3, 8, 2, |inner| {
        let two = || (inner.clone().prop_map(Box::new), inner.clone().prop_map(Box::new));
        prop_oneof![
            two().prop_map(|(one, other)| Filter::And(one, other)),
            two().prop_map(|(one, other)| Filter::Or(one, other)),
            inner.clone().prop_map(|inner| Filter::Not(Box::new(inner))),
        ]
    })
}

/// All resources of a kind, in the order of lists.
pub(crate) async fn everything(bench: &Bench<'_>, kind: Kind) -> Vec<Resource> {
    let query = Query { start_index: 1, count: 1_000, ..Query::default() };
    let page = bench.store.list(&bench.access, kind, query).await.unwrap();
    page.found.into_iter().map(|found| found.resource).collect()
}

fn shown(resource: &Resource) -> Object {
    let mut document = resource.document.clone();
    document.insert("id".to_owned(), resource.id.clone().into());
    let meta = json!({
        "resourceType": resource.kind.name(), "created": rfc3339(resource.created),
        "lastModified": rfc3339(resource.last_modified),
    });
    document.insert("meta".to_owned(), meta);
    document
}

/// One filter on both ways; gives how many it selects.
pub(crate) async fn agrees(bench: &Bench<'_>, all: &[Resource], kind: Kind, filter: &Filter) -> usize {
    let schemas = &bench.access.schemas;
    let holds = |resource: &&Resource| filter.matches(&shown(resource), kind, schemas);
    let expected: Vec<String> = all.iter().filter(holds).map(|resource| resource.id.clone()).collect();
    let query = |start_index| Query { filter: Some(filter.clone()), start_index, count: 5, ..Query::default() };
    for start in [1, 3] {
        let page: Vec<String> = expected.iter().skip(start - 1).take(5).cloned().collect();
        let (total, found) = bench.list(kind, query(start as u64)).await;
        assert_eq!((total, found), (expected.len() as u64, page), "{filter} over {}", kind.endpoint());
    }
    expected.len()
}

//! A list contains the resources for which the filter evaluates to true, however the store finds them.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::{Bench, keep, object};
use crate::base::clock::rfc3339;
use crate::directory::Command;
use crate::scim::filter::Compare;
use crate::scim::filter::tests::tree;
use crate::scim::resource::{Kind, Member};
use crate::scim::{AttrPath, Filter, Object};
use crate::store::{Query, Store, StoredResource};

/// Names that change length when folded, end the alphabet, or contain each other.
pub(crate) const NAMES: [&str; 16] = [
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
pub(crate) const EXTERNAL: [&str; 5] = ["00u1", "00U1", "00u12", "", "ann"];
const TITLES: [&str; 3] = ["Lead", "lead", "Clerk"];

/// Generates more names from the characters of the operands.
pub(crate) fn names() -> impl Strategy<Value = Vec<String>> {
    proptest::collection::vec("[abns.ßσ\u{10ffff}]{1,5}", 64)
}

/// Creates users and groups named [`NAMES`] and `more` in a new directory.
pub(crate) async fn populate<'a>(store: &'a dyn Store, more: &[String]) -> Bench<'a> {
    let bench = Bench::new(store, keep()).await;
    let mut users = Vec::new();
    let more = more.iter().map(String::as_str);
    for (n, name) in NAMES.into_iter().chain(more).enumerate() {
        let mut document = json!({"userName": name});
        if n % 5 != 4 {
            document["active"] = (n % 3 != 0).into();
        }
        if let Some(id) = EXTERNAL.get(n % 7) {
            document["externalId"] = (*id).into();
        }
        if let Some(title) = TITLES.get(n % 4) {
            document["title"] = (*title).into();
        }
        users.extend(bench.create_user(document.clone()).await);
        let mut group = object(json!({"displayName": name, "externalId": format!("g{n}")}));
        if n % 4 == 0 {
            // Not an attribute of groups: stored as it was sent.
            group.insert("active".to_owned(), json!("true"));
        }
        let members = users.iter().skip(n % 7).step_by(1 + n % 5).take(n % 6);
        let members = members.map(|id| Member { value: id.clone(), display: None }).collect();
        let command = Command::Create { kind: Kind::Group, document: group, members };
        bench.send(command).await.unwrap();
    }
    bench
}

/// Changes some users, so that their columns must follow.
pub(crate) async fn change_some(bench: &Bench<'_>) {
    for (n, found) in everything(bench, Kind::User).await.iter().enumerate().step_by(9) {
        let name = format!("changed {n}");
        let document = match n % 4 {
            0 => json!({"userName": name, "active": true}),
            1 => json!({"userName": name, "active": false, "externalId": "00u1"}),
            _ => json!({"userName": name}),
        };
        bench.put(&found.resource.id, document).await.unwrap();
    }
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

/// Generates filters on attributes that a store can index and others; `ids` and `times` are those of resources.
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
    let related =
        (select(vec!["members", "members.value", "groups", "groups.value"]), comparisons(), select(ids.clone()))
            .prop_map(move |(name, how, id)| of(name, how, id));
    let booleans = prop_oneof![
        any::<bool>().prop_map(Value::from),
        select(vec!["True", "false", "x"]).prop_map(Value::from),
        Just(Value::Null),
        Just(Value::from(1)),
    ];
    let leaf = prop_oneof![
        6 => (named.clone(), comparisons(), operands()).prop_map(move |(name, how, value)| of(name, how, value)),
        1 => (comparisons(), select(ids.clone())).prop_map(move |(how, id)| of("id", how, id)),
        2 => (select(vec!["meta.created", "META.lastmodified"]), comparisons(), select(times))
            .prop_map(move |(name, how, at)| of(name, how, at)),
        1 => named.clone().prop_map(|name| Filter::Present(path(name))),
        1 => select(vec!["active", "id", "members", "groups", "groups.value", "meta.created", "emails"])
            .prop_map(|name| Filter::Present(path(name))),
        2 => (comparisons(), booleans).prop_map(|(how, value)| Filter::Compare(path("active"), how, value)),
        1 => (named, comparisons()).prop_map(|(name, how)| Filter::Compare(path(name), how, Value::Null)),
        1 => related,
        1 => (select(vec!["members", "groups"]), in_brackets(ids))
            .prop_map(|(name, inner)| Filter::Has(path(name), Box::new(inner))),
    ];
    tree(leaf)
}

/// Generates the filter in the brackets of `members[…]`.
fn in_brackets(ids: Vec<String>) -> impl Strategy<Value = Filter> {
    let value = select(ids).prop_map(|id| Filter::Compare(path("value"), Compare::Eq, id.to_lowercase().into()));
    let kind = select(vec!["User", "direct"]).prop_map(|kind| Filter::Compare(path("type"), Compare::Eq, kind.into()));
    prop_oneof![
        3 => value.clone(),
        1 => (value.clone(), kind).prop_map(|(value, kind)| Filter::And(Box::new(kind), Box::new(value))),
        1 => value.prop_map(|value| Filter::Not(Box::new(value))),
    ]
}

/// Returns all resources of a kind, in list order.
pub(crate) async fn everything(bench: &Bench<'_>, kind: Kind) -> Vec<StoredResource> {
    let query = Query { start_index: 1, count: 1_000, with_members: true, ..Query::default() };
    bench.store.list(&bench.access, kind, query).await.unwrap().resources
}

fn shown(found: &StoredResource) -> Object {
    let resource = &found.resource;
    let mut document = resource.document.clone();
    document.insert("id".to_owned(), resource.id.clone().into());
    let meta = json!({
        "resourceType": resource.kind.name(), "created": rfc3339(resource.created),
        "lastModified": rfc3339(resource.last_modified),
    });
    document.insert("meta".to_owned(), meta);
    let members = found.members.iter().map(|(member, kind)| json!({"value": member.value, "type": kind.name()}));
    let groups = found.groups.iter();
    let groups = groups.map(|one| json!({"value": one.group, "display": one.name, "type": one.type_name()}));
    for (name, values) in [("members", members.collect::<Vec<_>>()), ("groups", groups.collect())] {
        if !values.is_empty() {
            document.insert(name.to_owned(), values.into());
        }
    }
    document
}

/// Compares lists with the evaluator. Returns the number of selected resources.
pub(crate) async fn agrees(bench: &Bench<'_>, all: &[StoredResource], kind: Kind, filter: &Filter) -> usize {
    let schemas = &bench.access.schemas;
    let holds = |found: &&StoredResource| filter.matches(&shown(found), kind, schemas);
    let expected: Vec<String> = all.iter().filter(holds).map(|found| found.resource.id.clone()).collect();
    let query = |start_index| Query { filter: Some(filter.clone()), start_index, count: 5, ..Query::default() };
    for start in [1, 3] {
        let page: Vec<String> = expected.iter().skip(start - 1).take(5).cloned().collect();
        let (total, found) = bench.list(kind, query(start as u64)).await;
        assert_eq!((total, found), (expected.len() as u64, page), "{filter} over {}", kind.endpoint());
    }
    expected.len()
}

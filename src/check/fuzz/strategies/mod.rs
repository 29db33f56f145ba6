//! What a fuzz run is made of: [`okta`] has the shapes that Okta sends, [`hostile`] what nobody should, [`query`] the
//! filters, paths and paging parameters, good and broken.
//!
//! Strategies put the simple first, because proptest shrinks towards the first alternative and the smallest value.

pub mod hostile;
pub mod okta;
pub mod query;

use proptest::prelude::*;
use serde_json::Value;

use super::case::{Act, Case};
use crate::scim::Kind;

/// The most acts of one case.
const ACTS: usize = 4;

/// A case of any kind.
pub fn case() -> impl Strategy<Value = Case> {
    prop_oneof![3 => about(Kind::User), 2 => about(Kind::Group)]
}

fn about(kind: Kind) -> impl Strategy<Value = Case> {
    let create = prop_oneof![3 => okta::document(kind), 2 => hostile::document(kind)];
    let acts = prop::collection::vec(act(kind), 0..=ACTS);
    // The first parts are shrunk first: without a resource, without a companion, then fewer and simpler acts.
    (prop::bool::weighted(0.97), any::<bool>(), acts, create).prop_map(move |(made, companion, acts, create)| Case {
        companion,
        kind,
        create: made.then_some(create),
        acts,
    })
}

fn act(kind: Kind) -> BoxedStrategy<Act> {
    let listed = prop_oneof![Just(kind), Just(Kind::User), Just(Kind::Group)];
    prop_oneof![
        4 => okta::patch(kind).prop_map(|(body, expect)| Act::Patch { body, expect }),
        2 => okta::replacement(kind).prop_map(|(body, expect)| Act::Put { body, expect }),
        3 => hostile::patch(kind).prop_map(|body| Act::Patch { body, expect: Vec::new() }),
        2 => hostile::document(kind).prop_map(|body| Act::Put { body, expect: Vec::new() }),
        3 => (listed, query::list()).prop_map(|(kind, query)| Act::List { kind, query }),
        1 => query::projection().prop_map(|query| Act::Read { query }),
        2 => hostile::odd(),
        1 => Just(Act::Delete),
    ]
    .boxed()
}

/// The object with a key set.
fn with(mut document: Value, key: &str, value: impl Into<Value>) -> Value {
    if let Some(object) = document.as_object_mut() {
        object.insert(key.to_owned(), value.into());
    }
    document
}

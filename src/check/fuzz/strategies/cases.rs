//! The strategy for a whole case.

use proptest::prelude::*;

use super::{hostile, okta, query};
use crate::check::fuzz::case::{Act, Case};
use crate::scim::Kind;

/// The maximum number of acts in a case.
const ACTS: usize = 4;

/// Generates a case about a user or a group.
pub fn case() -> impl Strategy<Value = Case> {
    prop_oneof![3 => about(Kind::User), 2 => about(Kind::Group)]
}

fn about(kind: Kind) -> impl Strategy<Value = Case> {
    let create = prop_oneof![3 => okta::document(kind), 2 => hostile::document(kind)];
    let acts = prop::collection::vec(act(kind), 0..=ACTS);
    // proptest shrinks the parts in order: remove the resource, remove the companion, then fewer and simpler acts.
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

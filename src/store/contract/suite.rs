//! The tests that every store must pass, declared for one kind of store by [`store_contract`].

use std::cell::Cell;
use std::sync::Arc;

use jiff::SignedDuration;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use tokio::runtime::{Builder, Runtime};

use super::filters;
use crate::base::{Clock, TestClock};
use crate::events::OnDeactivate;
use crate::scim::resource::Kind;
use crate::store::{Store, model};

/// Declares the tests of the contract. `$open` is a function from a clock to a new, empty store.
macro_rules! store_contract {
    ($open:path) => {
        store_contract! {
            @tests $open;
            a_user_lives: life_of_a_user;
            members_move: members_move;
            searches: searches;
            pages: pages;
            pages_end_by_size: large::pages_end_by_size;
            searches_end_by_size: large::searches_end_by_size;
            a_page_has_a_resource: large::a_page_has_a_resource;
            log_pages_end_by_size: large::log_pages_end_by_size;
            large_groups: large::large_groups;
            sorted: sorts::sorted;
            sorted_together: sorts::together;
            sorted_by_relations: sorts::by_relations;
            walks_among_writes: sorts::walks_among_writes;
            positions_are_bytes: sorts::positions_are_bytes;
            coming_back: people::coming_back;
            coming_in_inactive: people::coming_in_inactive;
            memberships_are_announced: returning::memberships_are_announced;
            dropped_while_away: returning::dropped_while_away;
            created_inactive: returning::created_inactive;
            kept_while_away: returning::kept_while_away;
            many_groups: returning::many_groups;
            a_group_is_renamed: people::a_group_is_renamed;
            unknown_members: people::unknown_members;
            expected_versions: people::expected_versions;
            long_patches_race: patches::long_patches_race;
            long_patches_in_order: patches::long_patches_in_order;
            long_patches_fail: patches::long_patches_fail;
            large_groups_shrink: patches::large_groups_shrink;
            groups_in_groups: user_groups::groups_in_groups;
            directories_are_apart: people::directories_are_apart;
            one_name_for_sixteen: racing::one_name_for_sixteen;
            racing_members: racing::racing_members;
            a_failure_is_its_own: racing::a_failure_is_its_own;
            writes_in_order: sequence::in_order;
            writes_until_too_many_fail: sequence::until_too_many_fail;
            writes_in_few_transactions: sequence::in_few_transactions;
            credentials: operator::credentials;
            tokens_rotate: operator::tokens_rotate;
            api_keys: operator::api_keys;
            organizations: operator::organizations;
            uniqueness_is_declared: operator::uniqueness_is_declared;
            the_log: operator::the_log;
            old_events_expire: operator::old_events_expire;
            first_start: operator::first_start;
            a_retained_user_returns: returning::a_retained_user_returns;
            roles_follow_groups: returning::roles_follow_groups;
            addresses: operator::addresses;
            pages_of_users: objects::pages_of_users;
            a_cursor_outlives_its_object: objects::a_cursor_outlives_its_object;
            filtered_objects: objects::filtered_objects;
            users_that_return_are_listed_again: objects::users_that_return_are_listed_again;
            pages_of_directories: objects::pages_of_directories;
            organizations_have_properties: objects::organizations_have_properties;
            a_directory_is_removed: objects::a_directory_is_removed;
            webhook_endpoints: webhooks::endpoints;
            webhook_queues: webhooks::queues;
            webhook_attempts: webhooks::attempts;
            webhook_windows: webhooks::windows;
            stream_queues: streams::queues;
            signing_keys: streams::keys;
            queued_changes_expire: streams::expiry;
        }

        #[test]
        fn a_store_is_its_model() {
            $crate::store::contract::suite::a_store_is_its_model(&$open(std::sync::Arc::new($crate::base::SystemClock)));
        }

        #[test]
        fn a_filter_selects_what_the_evaluator_selects() {
            $crate::store::contract::suite::a_filter_selects_what_the_evaluator_selects(|clock| Box::new($open(clock)));
        }
    };
    (@tests $open:path; $($name:ident: $($function:ident)::+;)*) => {
        $(#[tokio::test]
        async fn $name() {
            let store = $open(std::sync::Arc::new($crate::base::SystemClock));
            $crate::store::contract::$($function)::+(&store).await;
            assert_eq!($crate::store::Store::verify(&store).await.unwrap().wrong, Vec::<String>::new());
        })*
    };
}
pub(crate) use store_contract;

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// Plays random commands in every mode. In the end the store verifies itself.
pub(crate) fn a_store_is_its_model(store: &dyn Store) {
    let runtime = runtime();
    let config = ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(mode in 0..OnDeactivate::ALL.len(), steps in model::steps())| {
        runtime.block_on(model::play(store, OnDeactivate::ALL[mode].0, &steps));
    });
    let verification = runtime.block_on(store.verify()).unwrap();
    assert_eq!(verification.wrong, Vec::<String>::new());
    assert!(verification.counted.iter().any(|(what, count)| what == "events" && *count > 1_000));
}

/// Compares lists with the evaluator. `PROPTEST_CASES` sets the number of filters; each is compared on some hundred
/// random resources.
pub(crate) fn a_filter_selects_what_the_evaluator_selects(open: impl FnOnce(Arc<dyn Clock>) -> Box<dyn Store>) {
    let runtime = runtime();
    let clock = Arc::new(TestClock::at("2026-11-24T10:00:00.001Z".parse().unwrap()));
    let store = open(clock.clone());
    // The same names each time, so that a failing filter is all that is needed to reproduce the failure.
    let more = filters::names().new_tree(&mut proptest::test_runner::TestRunner::deterministic()).unwrap().current();
    let bench = runtime.block_on(filters::populate(&*store, &more));
    clock.advance(SignedDuration::from_millis(1));
    let (users, groups) = runtime.block_on(async {
        filters::change_some(&bench).await;
        (filters::everything(&bench, Kind::User).await, filters::everything(&bench, Kind::Group).await)
    });
    let ids = users.iter().chain(&groups).map(|found| found.resource.id.clone()).collect();
    let times = ["00.001Z", "00.0015Z", "00Z", "00.002Z", "00.002000001Z"].map(|at| format!("2026-11-24T10:00:{at}"));
    let (selected, filters) = (Cell::new(0), Cell::new(0));
    proptest!(
        ProptestConfig { failure_persistence: None, ..ProptestConfig::default() },
        |(filter in filters::filters(ids, times.to_vec()))| {
            filters.set(filters.get() + 1);
            selected.set(selected.get() + runtime.block_on(filters::agrees(&bench, &users, Kind::User, &filter)));
            selected.set(selected.get() + runtime.block_on(filters::agrees(&bench, &groups, Kind::Group, &filter)));
        }
    );
    let pairs = filters.get() * (users.len() + groups.len());
    assert!(selected.get() > 0, "none of {pairs} pairs of a filter and a resource matches");
}

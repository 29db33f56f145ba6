use super::*;
use crate::check::engine::Suite;
use crate::check::features;

fn suite() -> Vec<Case> {
    Suite::load(&features::embedded()).unwrap().cases
}

fn leased(id: &str) -> Vec<String> {
    let case = suite().into_iter().find(|case| case.id == id).unwrap();
    People::of(&case).leased
}

#[test]
fn people_who_are_assigned_before_the_action_come_from_the_population_but_not_the_bystander() {
    assert_eq!(leased("okta/deactivate/one-of-two@oin"), ["ada", "ben"]);
    assert_eq!(leased("okta/push-groups/remove@aiw"), ["ada", "ben", "cyd"]);
}

#[test]
fn people_whose_creation_is_judged_are_created() {
    // The action creates them.
    assert_eq!(leased("okta/create/new@oin"), [] as [&str; 0]);
    // The create carries the title, or the password.
    assert_eq!(leased("okta/update/mapped@oin"), [] as [&str; 0]);
    assert_eq!(leased("okta/password/change@oin"), [] as [&str; 0]);
    // The group's assignment creates them.
    assert_eq!(leased("okta/group-assignment/leave@oin"), [] as [&str; 0]);
    assert_eq!(leased("oin/acceptance/get"), [] as [&str; 0]);
}

#[test]
fn a_whole_run_fits_in_the_default_and_leases_no_user_twice() {
    let cases: Vec<Case> = suite().into_iter().filter(|case| case.has("@server")).collect();
    let plan = Plan::of(&cases, true);
    assert!(plan.needs_population());
    assert!(plan.fits(crate::check::population::MAX_USERS).is_ok(), "{}", plan.users(true));
    assert!(plan.fits(SIZE + OTHERS - 1).is_err());
    let distinct: BTreeSet<_> = plan.leases().collect();
    assert_eq!(distinct.len(), plan.leases.len());
    // The scenarios find the rest of the places by turns.
    let most = cases.iter().map(|case| People::of(case).all.len() + People::of(case).markers).max();
    assert!(most <= Some(OTHERS), "{most:?}");
}

#[test]
fn without_a_case_that_needs_it_there_is_no_population() {
    let cases: Vec<Case> = suite().into_iter().filter(|case| case.id.starts_with("okta/create/")).collect();
    assert!(!Plan::of(&cases, true).needs_population());
}

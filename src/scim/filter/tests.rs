use super::*;

#[test]
fn precedence_is_and_before_or() {
    let filter: Filter = "a eq 1 or b eq 2 and c eq 3".parse().unwrap();
    assert!(matches!(filter, Filter::Or(..)));
}

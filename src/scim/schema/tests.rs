use super::*;

#[test]
fn standard_schemas_parse() {
    assert_eq!(Schemas::standard().all.len(), 3);
    assert!(Schemas::standard().top(Kind::User, "ID").is_some());
}

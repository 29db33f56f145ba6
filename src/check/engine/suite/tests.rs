use super::*;

fn source(text: &str) -> Source {
    Source { path: "features/okta/x.feature".to_owned(), text: text.to_owned() }
}

fn mistake_in(text: &str) -> String {
    Suite::load(&[source(text)]).unwrap_err().to_string()
}

#[test]
fn the_shipped_features_load_and_their_ids_are_stable() {
    let suite = Suite::load(&crate::check::features::embedded()).unwrap();
    let ids: Vec<&str> = suite.cases.iter().map(|case| case.id.as_str()).collect();
    for id in ["okta/deactivate/unassign@oin", "okta/deactivate/unassign@aiw", "okta/acceptance/duplicate"] {
        assert!(ids.contains(&id), "{id} is missing in {ids:?}");
    }
    for case in &suite.cases {
        assert!(case.has("@server") != case.has("@agent"), "{} is either @server or @agent", case.id);
    }
}

#[test]
fn every_feature_says_why_it_matters_and_where_that_is_from() {
    for source in crate::check::features::embedded() {
        assert!(source.text.contains("\n  Source"), "{} names no source", source.path);
    }
    for case in Suite::load(&crate::check::features::embedded()).unwrap().cases {
        assert!(!case.why.is_empty() && !case.why.contains("Source"), "{}: {}", case.id, case.why);
    }
}

#[test]
fn each_mistake_names_file_line_and_remedy() {
    let head = "@server\nFeature: X\n";
    let unknown = mistake_in(&format!("{head}  @id:a\n  Scenario: A\n    Given ada is a purson in Okta\n"));
    assert!(unknown.starts_with("features/okta/x.feature:5: no step is written"), "{unknown}");
    assert!(unknown.contains("the nearest is"), "{unknown}");
    let nameless = mistake_in(&format!("{head}  Scenario: A\n    Given a bystander on the server\n"));
    assert!(nameless.starts_with("features/okta/x.feature:3: \"A\" has no id; write a tag"), "{nameless}");
    let twice = mistake_in(&format!(
        "{head}  @id:a\n  Scenario: A\n    Given a bystander on the server\n  @id:a\n  Scenario: B\n    Given a bystander on the server\n"
    ));
    assert!(twice.contains(":7: the id of \"B\" is taken"), "{twice}");
    let prose = mistake_in("this is prose\n");
    assert!(prose.starts_with("features/okta/x.feature:1: this is not Gherkin"), "{prose}");
    let example = mistake_in(&format!(
        "{head}  @id:a\n  Scenario Outline: A\n    Given <who> is a person in Okta\n    Examples:\n      | x |\n      | ada |\n"
    ));
    assert!(example.contains("no example gives <who>"), "{example}");
}

#[test]
fn selection_goes_by_tags_name_and_client() {
    let suite = Suite::load(&crate::check::features::embedded()).unwrap();
    let count = |selection: &Selection| suite.cases.iter().filter(|case| selection.takes(case)).count();
    let all = count(&Selection::default());
    let oin = count(&Selection::default().with_client(ClientKind::Oin));
    assert!(oin < all && oin > 0);
    let agent = count(&Selection::default().with_tags("@agent").unwrap());
    let server = count(&Selection::default().with_tags("@server").unwrap());
    assert_eq!(agent + server, all);
    let one = Selection::default().with_name(Regex::new("^okta/create/new@aiw$").unwrap());
    assert_eq!(count(&one), 1);
    assert!(Selection::default().with_tags("@a and").is_err());
}

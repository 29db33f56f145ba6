use super::*;

fn source(text: &str) -> FeatureFile {
    FeatureFile { path: "features/okta/x.feature".to_owned(), text: text.to_owned() }
}

fn error_in(text: &str) -> String {
    Suite::load(&[source(text)]).unwrap_err().to_string()
}

#[test]
fn embedded_features_load_with_stable_ids() {
    let suite = Suite::load(&crate::check::features::embedded()).unwrap();
    let ids: Vec<&str> = suite.cases.iter().map(|case| case.id.as_str()).collect();
    for id in ["okta/deactivate/unassign@oin", "okta/deactivate/unassign@aiw", "oin/acceptance/duplicate"] {
        assert!(ids.contains(&id), "{id} is missing in {ids:?}");
    }
    for case in &suite.cases {
        assert!(case.has("@server") != case.has("@agent"), "{} is either @server or @agent", case.id);
    }
}

#[test]
fn every_feature_states_its_reason_and_its_sources() {
    for source in crate::check::features::embedded() {
        assert!(source.text.contains("\n  Source"), "{} names no source", source.path);
    }
    for case in Suite::load(&crate::check::features::embedded()).unwrap().cases {
        assert!(!case.why.is_empty() && !case.why.contains("Source"), "{}: {}", case.id, case.why);
    }
}

#[test]
fn each_error_names_file_line_and_remedy() {
    let head = "@server\nFeature: X\n";
    let unknown = error_in(&format!("{head}  @id:a\n  Scenario: A\n    Given ada is a purson in Okta\n"));
    assert!(unknown.starts_with("features/okta/x.feature:5: no step is written"), "{unknown}");
    assert!(unknown.contains("the nearest is"), "{unknown}");
    let nameless = error_in(&format!("{head}  Scenario: A\n    Given an unrelated user on the server\n"));
    assert!(nameless.starts_with("features/okta/x.feature:3: \"A\" has no id; write a tag"), "{nameless}");
    let twice = error_in(&format!(
        "{head}  @id:a\n  Scenario: A\n    Given an unrelated user on the server\n  @id:a\n  Scenario: B\n    Given an unrelated user on the server\n"
    ));
    assert!(twice.contains(":7: the id of \"B\" is taken"), "{twice}");
    let prose = error_in("this is prose\n");
    assert!(prose.starts_with("features/okta/x.feature:1: this is not Gherkin"), "{prose}");
    let example = error_in(&format!(
        "{head}  @id:a\n  Scenario Outline: A\n    Given <who> is a user in Okta\n    Examples:\n      | x |\n      | ada |\n"
    ));
    assert!(example.contains("no example gives <who>"), "{example}");
}

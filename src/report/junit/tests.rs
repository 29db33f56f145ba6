use super::*;
use crate::report::run::tests::{result, run};

#[test]
fn each_verdict_maps_to_a_junit_status() {
    let xml = render(&run(vec![
        result("okta/create/new@oin", Verdict::Passed),
        result("okta/create/dup@oin", Verdict::Deviation),
        result("okta/create/slow@oin", Verdict::Inconclusive),
        result("okta/create/odd@oin", Verdict::Weak),
        result("okta/create/new@oin#events", Verdict::NotObserved),
    ]))
    .unwrap();
    assert!(xml.contains(r#"tests="5""#), "{xml}");
    assert!(xml.contains(r#"<property name="seed" value="7"/>"#), "{xml}");
    assert!(xml.contains(r#"failures="1""#) && xml.contains(r#"errors="1""#), "{xml}");
    assert!(xml.contains("<skipped message=\"not_observed: "), "{xml}");
    assert!(xml.contains("<system-out>weak: "), "{xml}");
    assert!(xml.contains("okta/create/dup@oin") && xml.contains("curl -X POST"), "{xml}");
}

#[test]
fn control_characters_from_a_target_do_not_break_the_file() {
    let mut odd = result("okta/create/new@oin", Verdict::Deviation);
    odd.sentence = "the body was \u{0}\u{1b}[31m]]>".to_owned();
    let xml = render(&run(vec![odd])).unwrap();
    assert!(!xml.contains('\u{0}') && !xml.contains('\u{1b}'), "{xml:?}");
}

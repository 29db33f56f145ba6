use proptest::prelude::*;

use super::*;
use crate::okta::mapping::Profile;

fn evaluate(text: &str) -> Value {
    let profile: Profile = serde_json::from_value(serde_json::json!({
        "firstName": "Ada", "lastName": "Lovelace", "login": "ada@example.com", "department": "Engineering",
        "middleName": "", "roles": ["a", "b"],
    }))
    .unwrap();
    let subject = Subject { profile: &profile, status: "ACTIVE", is_member_of: &|name| name == "eng" };
    Expression::parse(text).unwrap().evaluate(&subject)
}

#[test]
fn expressions_have_the_values_that_okta_documents() {
    for (text, expected) in [
        ("user.firstName + \" \" + user.lastName", "Ada Lovelace"),
        ("String.substringBefore(user.login, \"@\")", "ada"),
        ("String.substringAfter(source.login, '@')", "example.com"),
        ("String.toUpperCase(String.substring(user.lastName, 0, 3))", "LOV"),
        ("String.replace(user.login, \"example.com\", \"corp.example\")", "ada@corp.example"),
        ("String.join(\"-\", user.firstName, user.lastName)", "Ada-Lovelace"),
        ("user.department == \"Engineering\" ? \"E\" : \"other\"", "E"),
        ("user.city == null ? \"none\" : user.city", "none"),
        ("user.middleName + user.firstName", "Ada"),
        ("String.len(user.firstName)", "3"),
        ("Convert.toInt(\"40\") + 2", "42"),
        ("user.getInternalProperty(\"status\")", "ACTIVE"),
        ("user.roles", "a,b"),
        ("{\"x\", \"y\"}", "x,y"),
    ] {
        assert_eq!(evaluate(text).text(), expected, "{text}");
    }
    for (text, expected) in [
        ("user.department == \"Engineering\" and user.firstName != \"Bob\"", true),
        ("user.department == \"Legal\" or isMemberOfGroupName(\"eng\")", true),
        ("not isMemberOfGroupName(\"eng\")", false),
        ("!(user.city == null) || String.stringContains(user.login, \"@example\")", true),
        ("user.firstName", false),
    ] {
        assert_eq!(evaluate(text).is_true(), expected, "{text}");
    }
}

#[test]
fn an_error_says_where_and_why() {
    for (text, at, why) in [
        ("user.department == ", 20, "a value is missing"),
        ("user.department = \"x\"", 17, "\"=\" is not expected here; write == to compare two values"),
        ("department == \"x\"", 1, "write user.NAME"),
        ("String.lower(user.login)", 1, "there is no function \"String.lower\"; there are String.substringBefore"),
        ("String.len()", 1, "takes one argument, but there are 0; write String.len(text)"),
        ("String.toUppercse(user.login)", 1, "did you mean \"String.toUpperCase\"?"),
        ("user.login == \u{201c}a\u{201d}", 15, "in straight quotation marks"),
        ("\"é\" + 'open", 7, "does not end"),
        ("(user.login", 12, ") is missing"),
        ("user.login user.email", 12, "\"user.email\" is not expected here; join two values with +"),
        ("", 1, "a value is missing"),
    ] {
        let error = Expression::parse(text).unwrap_err();
        assert_eq!(error.at, at, "{error}");
        assert!(error.to_string().contains(why), "{error}");
    }
    assert_eq!(
        Expression::parse("user.department = \"x\"").unwrap_err().to_string(),
        "the expression is not valid at character 17: \"=\" is not expected here; write == to compare two values\n    \
         user.department = \"x\"\n                    ^"
    );
    let long = Expression::parse(&format!("\"{}\" = 1", "x".repeat(60))).unwrap_err().to_string();
    let lines: Vec<&str> = long.lines().skip(1).collect();
    assert_eq!(lines[0].chars().nth(lines[1].chars().count() - 1), Some('='), "{long}");
    assert!(lines[0].starts_with("    \u{2026}xxx"), "{long}");
    let deep = "(".repeat(1_000);
    assert!(matches!(Expression::parse(&deep).unwrap_err().kind, ExpressionErrorKind::TooDeep(_)));
    assert!(matches!(Expression::parse(&" ".repeat(5_000)).unwrap_err().kind, ExpressionErrorKind::TooLong(_)));
}

#[test]
fn an_expression_lists_the_attributes_that_it_uses() {
    let expression =
        Expression::parse("!(user.a == null) ? String.join(\"-\", user.b, {user.c}) : user.d + 1").unwrap();
    let mut names = expression.attributes();
    names.sort_unstable();
    assert_eq!(names, ["a", "b", "c", "d"]);
}

proptest! {
    #[test]
    fn any_text_is_parsed_or_refused(text in "[a-z.()\"'{},?:!=+& 0-9\u{e9}]{0,60}") {
        let profile = Profile::default();
        let subject = Subject { profile: &profile, status: "ACTIVE", is_member_of: &|_| false };
        if let Ok(expression) = Expression::parse(&text) {
            let _ = expression.evaluate(&subject).text();
        }
    }
}

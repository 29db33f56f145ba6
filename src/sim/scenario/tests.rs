use super::*;
use crate::sim::shipped;

const HEAD: &str = "name = \"x\"\n[[app]]\nlabel = \"app\"\n[people.ada]\n[groups]\neng = [\"ada\"]\n";

fn error_in(tail: &str) -> String {
    Scenario::parse("s.toml", &format!("{HEAD}{tail}")).unwrap_err().to_string()
}

#[test]
fn every_shipped_scenario_is_valid() {
    let names = shipped::names();
    assert_eq!(names.len(), 26, "{names:?}");
    for name in names {
        let (file, text) = shipped::text(&name).unwrap();
        let scenario = Scenario::parse(&file, &text).unwrap();
        assert_eq!(scenario.name, name);
        assert!(!scenario.about.is_empty() && !scenario.timeline.is_empty());
    }
}

#[test]
fn an_error_names_file_line_and_fix() {
    for (tail, line, words) in [
        ("[[timeline]]\ndo = \"asign\"\n", 8, "unknown verb `asign`; did you mean `assign`? docs/scenarios.md and "),
        (
            "[[timeline]]\ndo = \"assign\"\n",
            8,
            "missing field `people` of assign: add a list of strings, such as people = ",
        ),
        (
            "[[timeline]]\ndo = \"push-group\"\ngruop = \"eng\"\n",
            9,
            "unknown field `gruop` of push-group; did you mean `group`? The fields are group, immediately, app",
        ),
        (
            "[[timeline]]\ndo = \"save-to-app\"\ncraete = true\n",
            9,
            "unknown field `craete` of save-to-app; did you mean `create`?",
        ),
        ("[[timeline]]\ndo = \"assign\"\npeople = [\"bob\"]\n", 9, "there is no person \"bob\"; those that exist: ada"),
        ("[[timeline]]\ndo = \"assign\"\npeople = [\"ad\"]\n", 9, "no person \"ad\"; did you mean \"ada\"?"),
        (
            "[[timeline]]\ndo = \"assign\"\npeople = \"ada\"\n",
            9,
            "`people` must be a list of strings, such as people = [\"…\"], but it is the string \"ada\"",
        ),
        ("[[timeline]]\ndo = \"assign\"\npeople = [1]\n", 9, "`people` must be a list of strings"),
        (
            "[[timeline]]\ndo = \"unlink-group\"\ngroup = \"eng\"\ndelete = 1\n",
            10,
            "delete = true or delete = false, but it is the number 1",
        ),
        ("[[timeline]]\ndo = 1\n", 8, "`do` must be a verb"),
        ("[[app]]\nlable = \"b\"\n[[timeline]]\ndo = \"import\"\n", 8, "did you mean `label`?"),
        (
            "[[app]]\nlabel = 3\n[[timeline]]\ndo = \"import\"\n",
            8,
            "`label` must be a string, such as label = \"…\", but it is the number 3",
        ),
        ("[[timeline]]\ndo = \"push-now\"\ngroup = \"eng\"\n", 9, "push it first"),
        ("[[timeline]]\ndo = \"import\"\nexpect-task = 1\n", 9, "must be a string"),
        ("team = []\n[[timeline]]\n", 8, "missing field `do`"),
        ("ops = [\"bob\"]\n[[timeline]]\ndo = \"import\"\n", 7, "there is no person"),
        ("[[people]]\n", 7, ""),
        ("[[timeline]\n", 7, ""),
        ("", 1, "missing field `timeline`: add a section [[timeline]]"),
    ] {
        let error = error_in(tail);
        assert!(error.starts_with(&format!("s.toml:{line}: ")), "{tail}: {error}");
        assert!(error.contains(words), "{tail}: {error}");
    }
}

#[test]
fn a_mistake_in_a_fault_or_a_time_names_its_line() {
    let action = |at: &str| format!("[[timeline]]\nat = {at}\ndo = \"import\"\n");
    let good = "\"2027-03-01\"";
    for (fault, at, line, words) in [
        ("status = 502\nretry_after = 1", good, 0, ""),
        ("status = 502", "2027-03-01T09:00:00", 0, ""),
        ("status = 502", "\"March\"", 10, "`at` must be a date, or a date and a time"),
        ("status = 502", "1", 10, "but it is the number 1"),
        ("status = 502\nunreachable = true", good, 8, "a fault has only one of"),
        ("from = \"2027-03-01\"", good, 7, "the fault has no effect"),
        ("status = 99", good, 8, "from 200 to 599"),
        ("unreachable = true\nretry-after = 5", good, 9, "`retry-after` needs a `status`"),
        (
            "status = 502\nfrom = \"2027-03-02\"\nto = \"2027-03-01\"",
            good,
            10,
            "`to` is 2027-03-01 00:00, but it must be later than `from`",
        ),
        ("status = 502\nfrom = \"soon\"", good, 9, "such as from = \"2027-03-01 09:00\", but it is \"soon\""),
        ("statsu = 502", good, 8, "did you mean `status`?"),
        ("status = \"${code}\"", good, 8, "there is no parameter `code`"),
    ] {
        let text = format!("{HEAD}[[fault]]\n{fault}\n[[timeline]]\nat = {at}\ndo = \"import\"\n");
        match Scenario::parse("s.toml", &text) {
            Ok(scenario) => assert_eq!((scenario.faults.len(), line), (1, 0), "{fault} {at}"),
            Err(error) => {
                let error = error.to_string();
                assert!(
                    error.starts_with(&format!("s.toml:{line}: ")) && error.contains(words),
                    "{fault} {at}: {error}"
                );
            }
        }
    }
    let backwards = error_in(&format!("{}{}", action("\"2027-03-02\""), action(good)));
    assert!(
        backwards.starts_with("s.toml:11: `at` is 2027-03-01 00:00, which is before 2027-03-02 00:00 in line 8;"),
        "{backwards}"
    );
    let no_clock = error_in("[[fault]]\nstatus = 502\nfrom = \"2027-03-01\"\n[[timeline]]\ndo = \"import\"\n");
    assert!(no_clock.contains("no action has a time"), "{no_clock}");
}

#[test]
fn a_list_is_refused_where_the_mapping_takes_one_value() {
    let text = |roles: &str, title: &str, change: &str| {
        format!(
            "name = \"x\"\n[[app]]\nlabel = \"app\"\n[[app.custom]]\nsource = \"roles\"\nname = \"roles\"\n\
             namespace = \"urn:ietf:params:scim:schemas:core:2.0:User\"\n[people.ada]\nroles = {roles}\n\
             title = {title}\n[[timeline]]\ndo = \"update-profile\"\nperson = \"ada\"\nset = {{ {change} }}\n"
        )
    };
    let good = Scenario::parse("s.toml", &text("[\"role1\", \"role2\"]", "\"a\"", "roles = [\"role3\"]")).unwrap();
    assert!(good.org.person("ada").unwrap().profile["roles"].is_list());
    for (roles, title, change, line, words) in [
        ("\"r\"", "[\"a\", \"b\"]", "title = \"c\"", 10, "`title` is a list, but the mapping row \"title\""),
        ("\"r\"", "\"a\"", "title = [\"c\"]", 14, "`title` is a list, but the mapping row \"title\""),
        ("1", "\"a\"", "", 9, "must be a string or a list of strings"),
        ("\"r\"", "\"a\"", "title = [1]", 14, "must be a string or a list of strings"),
    ] {
        let error = Scenario::parse("s.toml", &text(roles, title, change)).unwrap_err().to_string();
        assert!(error.starts_with(&format!("s.toml:{line}: ")) && error.contains(words), "{error}");
    }
}

#[test]
fn an_action_names_its_app_if_there_are_several() {
    let text = format!("{HEAD}[[timeline]]\ndo = \"import\"\n").replace("[people", "[[app]]\nlabel = \"b\"\n[people");
    let error = Scenario::parse("s.toml", &text).unwrap_err().to_string();
    assert!(error.contains("with one of app, b"), "{error}");
    let error = Scenario::parse("s.toml", &text.replace("\"b\"", "\"app\"")).unwrap_err().to_string();
    assert!(error.contains("two apps"), "{error}");
    let error = error_in("[[timeline]]\ndo = \"import\"\n[[app]]\nlabel = \"b\"\nwithout = [\"emial\"]\n");
    assert!(error.contains("givenName"), "{error}");
}

#[test]
fn an_expression_of_a_mapping_is_checked() {
    let text = |mapping: &str| {
        format!("{HEAD}[[timeline]]\ndo = \"import\"\n").replace("[people", &format!("mapping = {mapping}\n[people"))
    };
    let error = Scenario::parse("s.toml", &text("{ title = 'user.title = \"x\"' }")).unwrap_err().to_string();
    assert!(
        error.starts_with("s.toml:4: the expression is not valid at character 12: \"=\" is not expected"),
        "{error}"
    );
    assert!(error.ends_with("\n    user.title = \"x\"\n               ^"), "{error}");
    let error = Scenario::parse("s.toml", &text("{ titel = 'user.title' }")).unwrap_err().to_string();
    assert!(error.contains("there is no mapping row \"titel\""), "{error}");
    let scenario = Scenario::parse("s.toml", &text("{ title = 'user.departmnt + user.badge' }")).unwrap();
    let warnings: Vec<String> = scenario.warnings.iter().map(ToString::to_string).collect();
    assert!(
        warnings.iter().any(|warning| warning.ends_with("did you mean user.department?")) && warnings.len() == 2,
        "{warnings:?}"
    );
    // The run ID is in the names of groups, also in those that an expression asks for.
    let asks = text("{ title = 'isMemberOfGroupName(\"eng\") ? \"in\" : \"out\"' }");
    let scenario = Scenario::parse_with("s.toml", &asks, Some("r1"), &[]).unwrap();
    let (_, expression) = scenario.org.apps()[0].expressions().next().unwrap();
    assert_eq!(expression.text(), "isMemberOfGroupName(\"eng r1\") ? \"in\" : \"out\"");
}

#[test]
fn misspelled_attributes_are_found_in_username_formats_and_group_rules() {
    let text = "name = \"x\"\nabout = \"x\"\n[[app]]\nlabel = \"W\"\nusername-format = 'user.firstnam'\n[people.ada]\n\
        [groups]\neng = []\n[[timeline]]\ndo = \"create-group-rule\"\nrule = \"r\"\n\
        when = 'user.departmant == \"Eng\"'\ngroups = [\"eng\"]\n";
    let scenario = Scenario::parse_with("s.toml", text, None, &[]).unwrap();
    let warnings: Vec<String> = scenario.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    assert!(
        warnings[0].ends_with("did you mean user.firstName?") && warnings[1].ends_with("did you mean user.department?")
    );
}

#[test]
fn usernames_of_other_attributes_contain_the_run_id() {
    let text = |format: &str| {
        format!(
            "name = \"x\"\n[[app]]\nlabel = \"W\"\nusername-format = '{format}'\n[people.ada]\nemployeeNumber = \"7\"\n\
             nickName = \"ada@corp.example.com\"\n[[timeline]]\ndo = \"import\"\n"
        )
    };
    for (format, without, with) in [
        ("user.employeeNumber", "7", "7.r1"),
        ("user.nickName", "ada@corp.example.com", "ada.r1@corp.example.com"),
        ("user.employeeNumber + \"@x.example.com\"", "7@x.example.com", "7.r1@x.example.com"),
        ("user.title", "", ""),
        ("email-prefix", "ada", "ada.r1"),
        ("user.login", "ada@example.com", "ada.r1@example.com"),
    ] {
        for (run_id, expected) in [(None, without), (Some("r1"), with)] {
            let org = Scenario::parse_with("s.toml", &text(format), run_id, &[]).unwrap().org;
            assert_eq!(org.user_name(&org.apps()[0], org.person_id("ada").unwrap()), expected, "{format} {run_id:?}");
        }
    }
}

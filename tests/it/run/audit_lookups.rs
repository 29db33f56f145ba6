//! The access audit of targets whose lookups return other resources than Okta asked for, and of sound ones that show names in a
//! form of their own.

use bytes::Bytes;
use futures::future::BoxFuture;
use scimulate::server::defects::Upstream;
use serde_json::{Value, json};

use super::{Outcome, run, run_at, scenario};
use crate::support::proxy;
use crate::support::reference::Server;

/// Two people get the app, and one loses it.
const BEN_LEAVES: &str = "[people.ben]\n[audit]\n[[timeline]]\ndo = \"assign\"\npeople = [\"ada\", \"ben\"]\n\
    [[timeline]]\ndo = \"unassign\"\npeople = [\"ben\"]\n";

fn problems<'a>(ran: &'a Outcome, fault: &str) -> Vec<&'a Value> {
    let problems = ran.report["audit"]["problems"].as_array().unwrap();
    problems.iter().filter(|problem| problem["fault"] == fault).collect()
}

fn requirements(ran: &Outcome) -> Vec<&str> {
    ran.report["findings"].as_array().unwrap().iter().map(|one| one["requirement"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_lookup_that_returns_another_user_is_the_fault_of_the_target() {
    let file = scenario(BEN_LEAVES);
    let path = file.path().to_str().unwrap();
    let ran = run(&Server::with_defects(&["username-filter-ignored"]).await, &[path]).await;
    assert_eq!((ran.code, requirements(&ran)), (1, vec!["okta/lookup-matches"]), "{}", ran.stdout);
    assert!(problems(&ran, "okta").is_empty(), "{}", ran.stdout);
    let blamed = problems(&ran, "target");
    let sentences: Vec<&str> = blamed.iter().map(|problem| problem["sentence"].as_str().unwrap()).collect();
    assert_eq!(
        sentences,
        [
            "The lookup of userName \"ben@example.com\" returned 1 user with another userName: \"ada@example.com\".",
            "The user of ada and ben should have access, and is inactive on the target.",
        ]
    );
    let request = &blamed[0]["request"];
    assert!(request["path"].as_str().unwrap().contains("ben"), "{request}");
    assert_eq!((&request["action"], &request["method"], &request["status"]), (&json!(1), &json!("GET"), &json!(200)));
    let why = "Okta links a person to the only user that a lookup returns, and stops if there are several. These have one user on the \
               target: ada, ben.";
    assert_eq!((&blamed[0]["kind"], &blamed[0]["why"]), (&json!("lookup"), &json!(why)));
    assert!(ran.stdout.contains("Lookups return other resources than Okta asked for"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("The target does not store"), "{}", ran.stdout);
    let sound = run(&Server::start().await, &[path]).await;
    assert_eq!((sound.code, &sound.report["audit"]["problems"]), (0, &json!([])), "{}", sound.stdout);
}

#[tokio::test]
async fn lookups_that_return_too_much_are_found_in_shipped_scenarios() {
    for (defect, scenario, requirement) in [
        ("username-filter-ignored", "company-year", "okta/lookup-matches"),
        ("username-filter-ignored", "guide", "okta/lookup-matches"),
        ("username-filter-ignored", "wizard-app", "okta/lookup-matches"),
        ("group-filter-ignored", "company-year", "okta/group-lookup-matches"),
    ] {
        let ran = run(&Server::with_defects(&[defect]).await, &[scenario, "-q"]).await;
        let words = (ran.code, requirements(&ran).contains(&requirement));
        assert_eq!(words, (1, true), "{defect}, {scenario}: {}", ran.stdout);
        let cause = "Another app provisions the same user";
        assert!(!ran.stdout.contains(cause), "{defect}, {scenario}: {}", ran.stdout);
    }
}

#[tokio::test]
async fn users_of_others_are_counted_and_not_named() {
    let server = Server::with_defects(&["username-filter-ignored"]).await;
    for name in ["mallory@example.com", "trudy@example.com"] {
        server.user(name).await;
    }
    let text = format!("{BEN_LEAVES}expect-task = \"\"\n").replacen(
        "[[timeline]]\ndo = \"unassign\"\npeople = [\"ben\"]\n",
        "",
        1,
    );
    let ran = run(&server, &[scenario(&text).path().to_str().unwrap()]).await;
    let blamed = problems(&ran, "target");
    let first = "The lookup of userName \"ada@example.com\" returned 2 users with another userName. So did 1 lookup of other names.";
    assert_eq!((ran.code, &blamed[0]["sentence"]), (1, &json!(first)), "{}", ran.stdout);
    assert!(problems(&ran, "okta").is_empty(), "{}", ran.stdout);
    assert!(!ran.report["audit"].to_string().contains("mallory"), "{}", ran.stdout);
}

#[tokio::test]
async fn people_with_one_user_name_share_a_user_without_fault_of_the_target() {
    let text = BEN_LEAVES.replacen("[people.ben]\n", "[people.ben]\nlogin = \"ada@other.example.com\"\n", 1).replacen(
        "[[timeline]]",
        "[[timeline]]\ndo = \"set-username-format\"\nformat = \"okta-username-prefix\"\n[[timeline]]",
        1,
    );
    let ran = run(&Server::start().await, &[scenario(&text).path().to_str().unwrap()]).await;
    let holes = problems(&ran, "okta");
    assert_eq!((ran.code, problems(&ran, "target").len(), holes.len()), (0, 0, 1), "{}", ran.stdout);
    assert_eq!(holes[0]["sentence"], "The user of ada and ben should have access, and is inactive on the target.");
    assert!(
        holes[0]["why"].as_str().unwrap().starts_with("Several people have this user in one app."),
        "{}",
        ran.stdout
    );
}

#[tokio::test]
async fn a_target_may_show_names_in_a_form_of_its_own() {
    // The second app looks up the user that the first one created.
    let text = "email = \"Ada+Work@example.com\"\n[[app]]\nlabel = \"second\"\n[audit]\n\
        [[timeline]]\ndo = \"assign\"\napp = \"app\"\npeople = [\"ada\"]\n\
        [[timeline]]\ndo = \"assign\"\napp = \"second\"\npeople = [\"ada\"]\n";
    let file = scenario(text);
    let lower: Form = |name| name.to_lowercase();
    let without_tag: Form = |name| name.replace("+Work", "");
    for (form, allowed) in [(lower, 0), (without_tag, 1)] {
        let server = Server::start().await;
        let ran = run_at(&showing(&server, form).await, &server.token, &[file.path().to_str().unwrap()]).await;
        let lookups = problems(&ran, "target").into_iter().filter(|problem| problem["kind"] == "lookup").count();
        assert_eq!((ran.verdicts()[1], lookups), ("passed", 0), "{}", ran.stdout);
        // Another userName than the accepted one is judged as such.
        assert!(problems(&ran, "target").len() <= allowed, "{}", ran.stdout);
    }
}

/// The form in which a target shows a userName.
type Form = fn(&str) -> String;

/// Serves the reference through a proxy that shows each userName in another form. Returns the URL.
async fn showing(server: &Server, form: Form) -> String {
    #[derive(Debug)]
    struct Showing(std::sync::Arc<dyn Upstream>, Form);
    impl Upstream for Showing {
        fn call(&self, request: http::Request<Bytes>) -> BoxFuture<'_, http::Response<Bytes>> {
            Box::pin(async move {
                let mut response = self.0.call(request).await;
                if let Ok(mut body) = serde_json::from_slice::<Value>(response.body()) {
                    rename(&mut body, self.1);
                    *response.body_mut() = body.to_string().into();
                    response.headers_mut().remove("content-length");
                }
                response
            })
        }
    }
    let (origin, path) = server.scim_url.split_at(server.scim_url.find("/scim").unwrap());
    let address = proxy::serve(std::sync::Arc::new(Showing(proxy::remote(origin), form))).await;
    format!("http://{address}{path}")
}

fn rename(body: &mut Value, form: Form) {
    if let Some(Value::String(name)) = body.get_mut("userName") {
        *name = form(name);
    }
    for resource in body.get_mut("Resources").and_then(Value::as_array_mut).into_iter().flatten() {
        rename(resource, form);
    }
}

//! The scenarios that ship, against directories with the rules of WorkOS (docs/workos-rules.md).

use scimulate::directory::Settings;
use scimulate::events::OnDeactivate;
use scimulate::scim::RuleSet;
use scimulate::sim::shipped;

use super::run_at;
use crate::support::reference::Server;

/// The scenario whose people share an e-mail address, which WorkOS does not allow.
const SHARED_ADDRESS: &str = "import-matching";

#[tokio::test]
async fn every_scenario_but_one_works_with_the_rules_of_workos() {
    let server = Server::start().await;
    for on_deactivate in [OnDeactivate::Keep, OnDeactivate::Delete] {
        let settings = Settings { on_deactivate, rules: RuleSet::Workos, ..Settings::default() };
        let (url, token) = server.another_directory_with("Okta", settings).await;
        for name in shipped::names() {
            let ran = run_at(&url, &token, &[&name]).await;
            let is_shared = name == SHARED_ADDRESS;
            assert_eq!(ran.code, i32::from(is_shared), "{name}, {on_deactivate}: {}{}", ran.stdout, ran.stderr);
            let refused = "Another user already exists with this email 'kenneth@matching.example.com'";
            assert_eq!(ran.stdout.contains(refused), is_shared, "{name}: {}", ran.stdout);
            let problems = ran.report["audit"]["problems"].as_array().into_iter().flatten();
            assert!(problems.filter(|problem| problem["fault"] != "okta").count() == 0, "{name}: {}", ran.stdout);
        }
    }
}

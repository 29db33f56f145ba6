//! Faults that users reported about SCIM servers, each with its public source: a check finds them, or passes a server that works
//! with Okta. Faults of the simulation itself have a test elsewhere, which is named here.

use std::collections::BTreeSet;

use scimulate::report::{Level, Verdict};
use scimulate::server::defects::by_name;

use crate::support::matrix::{broken, check, runs};

/// A reported fault of a server, with the defect of the reference that reproduces it.
struct Reported {
    /// Number in this list, and the project with the numbers of its issues.
    report: (u8, &'static str),
    defect: &'static str,
    /// The results that judge it.
    results: &'static str,
    /// The requirement of the first finding, with its level; `None` if there is no finding.
    finding: Option<(&'static str, Level)>,
}

const fn row(
    report: (u8, &'static str),
    defect: &'static str,
    results: &'static str,
    finding: Option<(&'static str, Level)>,
) -> Reported {
    Reported { report, defect, results, finding }
}

use Level::{Must, Note, Okta, Review, Security, Should};

const REPORTED: &[Reported] = &[
    // The extension is returned at the top level, never kept, or lost later.
    row(
        (1, "SimpleIdServer 305, 287"),
        "enterprise-at-top-level",
        "attributes/create",
        Some(("rfc/extension-urn", Must)),
    ),
    row(
        (1, "SimpleIdServer 305, 287"),
        "enterprise-dropped",
        "attributes/create",
        Some(("note/attributes-kept", Note)),
    ),
    row(
        (1, "SimpleIdServer 305, 287"),
        "put-drops-enterprise",
        "attributes/unrelated",
        Some(("okta/attributes-survive", Okta)),
    ),
    row(
        (2, "snipe-it 19005, fleet 44822"),
        "unknown-manager-refused",
        "attributes/create",
        Some(("okta/create-accepted", Okta)),
    ),
    row(
        (2, "snipe-it 19005, fleet 44822"),
        "unknown-cost-center-refused",
        "attributes/create",
        Some(("okta/create-accepted", Okta)),
    ),
    row((3, "PostHog 42253"), "user-name-lower-cased", "lookups/capitals", Some(("oin/user-name-case", Review))),
    // The lookup alone is case-sensitive, or also the check for uniqueness.
    row(
        (4, "zulip 21758, langfuse 13528"),
        "case-sensitive-lookup",
        "lookups/other-case",
        Some(("rfc/lookup-ignores-case", Must)),
    ),
    row((4, "open-webui 18039"), "case-sensitive-user-names", "lookups/other-case", Some(("okta/one-account", Okta))),
    row(
        (5, "wso2 product-is 6919, 6914"),
        "apostrophe-in-filter-fails",
        "lookups/",
        Some(("okta/lookup-apostrophe", Okta)),
    ),
    row(
        (6, "FusionAuth 3111"),
        "group-eq-works-as-co",
        "group-names/contained",
        Some(("okta/group-lookup-matches", Okta)),
    ),
    row((7, "PostHog 42205"), "no-token-answered-500", "security/", Some(("rfc/missing-token-status", Must))),
    row((7, "PostHog 42205"), "token-not-required", "security/", Some(("security/missing-token", Security))),
    row((8, "FusionAuth 2784"), "group-cut-at-100", "large-groups/", Some(("okta/many-members", Okta))),
    row(
        (9, "keycloak-scim-server 100, 101"),
        "pathless-members-refused",
        "group-forms/",
        Some(("okta/pathless-members", Okta)),
    ),
    row(
        (10, "keycloak-scim-server 114, tuist 11688"),
        "conflict-in-plain-text",
        "taken-name",
        Some(("oin/error-schema", Review)),
    ),
    row((11, "sentry 117860"), "conflict-without-scim-type", "taken-name", Some(("rfc/conflict-type", Must))),
    // The taken name is accepted, or refused with 500.
    row((12, "SimpleIdServer 510"), "put-takes-taken-name", "taken-name", Some(("rfc/put-conflict", Must))),
    row((12, "SimpleIdServer 510"), "put-of-taken-name-answered-500", "taken-name", Some(("rfc/put-conflict", Must))),
    row(
        (13, "wso2 product-is 5333"),
        "member-listed-twice",
        "push-groups/member-already",
        Some(("rfc/member-once", Should)),
    ),
    row(
        (14, "better-auth 8549"),
        "unchanged-patch-refused",
        "deactivate/inactive-already",
        Some(("okta/patch-accepted", Okta)),
    ),
    // Okta works with both.
    row((15, "ssoready 232"), "list-keys-in-lower-case", "create/new", Some(("note/list-keys", Note))),
    row((16, "authentik 23005"), "members-not-returned", "push-groups/.*@oin", None),
];

/// Reports about identity providers and about directories, with the tests that hold the right behavior: number, source, file, test.
const ELSEWHERE: &[(u8, &str, &str, &str)] = &[
    (17, "better-auth 10682", "src/scim/patch/tests/entra.rs", "a_filtered_replace_of_an_unset_value_creates_it"),
    (18, "devforum 7207", "src/okta/plan/tests/failures.rs", "a_failed_link_leaves_an_account_that_okta_lost_track_of"),
    (
        19,
        "support.okta.com, multi-valued roles",
        "src/okta/mapping/document.rs",
        "custom_core_attributes_are_under_the_urn_or_at_the_top",
    ),
    // That a directory drops the memberships of suspended users is a setting of it; Okta sends nothing.
    (20, "WorkOS changelog", "src/okta/plan/tests/users.rs", "suspending_sends_nothing"),
];

#[test]
fn each_reported_fault_yields_its_requirement_first() {
    let defects: Vec<_> = REPORTED.iter().map(|one| by_name(one.defect).unwrap()).collect();
    let problems = runs(&defects, |defect| {
        let one = REPORTED.iter().find(|one| one.defect == defect.name).unwrap();
        let run = check(&broken(defect)).name(one.results).run_blocking().unwrap();
        let first = run.findings().first().map(|finding| (finding.requirement.as_str(), finding.level));
        let judged =
            run.scenarios.iter().any(|result| matches!(result.verdict, Verdict::Passed | Verdict::NotObserved));
        (first != one.finding || (first.is_none() && !judged))
            .then(|| format!("{:?} {}: {first:?}, not {:?}", one.report, one.defect, one.finding))
    });
    let problems: Vec<String> = problems.into_values().flatten().collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn each_report_has_a_row_or_a_test() {
    let of_servers = REPORTED.iter().map(|one| one.report);
    let others = ELSEWHERE.iter().map(|(number, source, ..)| (*number, *source));
    let numbers: BTreeSet<u8> = of_servers.chain(others).map(|(number, _)| number).collect();
    let missing: Vec<u8> = (1..=20).filter(|number| !numbers.contains(number)).collect();
    assert!(missing.is_empty(), "{missing:?}");
    for (_, source, file, test) in ELSEWHERE {
        let text = std::fs::read_to_string(format!("{}/{file}", env!("CARGO_MANIFEST_DIR"))).unwrap();
        assert!(text.contains(&format!("fn {test}(")), "{source}: {file} has no test {test}");
    }
}

//! Broken servers that once passed: each yields, as its first finding, the requirement of its row, at the level that it deserves.

use scimulate::Profile;
use scimulate::report::{Level, Run, Verdict};

use crate::support::harness::{check_of, reference, report_of};

/// Defect, results that show it, requirement, and level.
const ROWS: &[(&str, &str, &str, Level)] = &[
    // Lists.
    ("count-ignored", "import/page|connect/", "rfc/list-page", Level::Must),
    ("start-index-ignored", "import/page", "okta/list-complete", Level::Okta),
    ("later-pages-empty", "import/page", "okta/list-complete", Level::Okta),
    ("pages-overlap", "import/page", "rfc/list-page", Level::Must),
    ("total-is-page-size", "import/page", "okta/list-total", Level::Okta),
    ("items-per-page-echoes-count", "import/page|create/new", "oin/items-per-page", Level::Review),
    // Lookups.
    ("eq-works-as-co", "lookups/contained", "okta/lookup-matches", Level::Okta),
    ("apostrophe-in-filter-fails", "lookups/apostrophe", "okta/lookup-apostrophe", Level::Okta),
    ("plus-in-filter-is-a-space", "lookups/plus", "okta/lookup-plus", Level::Okta),
    ("apostrophe-in-user-name-refused", "lookups/", "okta/create-accepted", Level::Okta),
    ("plus-in-user-name-refused", "lookups/", "okta/create-accepted", Level::Okta),
    ("non-ascii-user-name-refused", "lookups/", "note/non-ascii-user-name", Level::Note),
    ("non-ascii-replaced", "lookups/", "rfc/text-kept", Level::Must),
    ("quote-in-name-refused", "lookups/", "okta/create-accepted", Level::Okta),
    ("slash-in-name-refused", "lookups/", "okta/create-accepted", Level::Okta),
    ("percent-in-name-decoded", "lookups/", "rfc/text-kept", Level::Must),
    ("ampersand-in-name-escaped", "lookups/", "rfc/text-kept", Level::Must),
    ("user-name-lower-cased", "lookups/", "oin/user-name-case", Level::Review),
    ("case-sensitive-lookup", "lookups/other-case", "rfc/lookup-ignores-case", Level::Must),
    ("case-sensitive-user-names", "lookups/other-case", "okta/one-account", Level::Okta),
    ("found-under-old-name", "update/", "okta/lookup-renamed", Level::Okta),
    ("inactive-hidden-from-lookup", "reactivate/reassign", "okta/lookup-inactive", Level::Okta),
    // Attributes.
    ("unknown-manager-refused", "attributes/", "okta/create-accepted", Level::Okta),
    ("unknown-cost-center-refused", "attributes/", "okta/create-accepted", Level::Okta),
    ("put-drops-enterprise", "attributes/", "okta/attributes-survive", Level::Okta),
    ("put-drops-phones", "attributes/", "okta/attributes-survive", Level::Okta),
    ("put-drops-addresses", "attributes/", "okta/attributes-survive", Level::Okta),
    ("phones-never-kept", "attributes/", "note/attributes-kept", Level::Note),
    ("addresses-never-kept", "attributes/", "note/attributes-kept", Level::Note),
    ("enterprise-dropped", "attributes/", "note/attributes-kept", Level::Note),
    ("put-merges", "^okta/attributes/", "note/put-replaces", Level::Note),
    ("custom-extension-refused", "custom-attributes/", "note/custom-extension", Level::Note),
    ("put-drops-custom-extension", "custom-attributes/", "okta/attributes-survive", Level::Okta),
    ("custom-extension-dropped", "custom-attributes/", "note/attributes-kept", Level::Note),
    ("names-not-kept", "create/new|acceptance/", "oin/user-complete", Level::Review),
    ("emails-not-kept", "create/new|acceptance/", "oin/user-complete", Level::Review),
    // Lifecycle and passwords.
    ("active-ignored", "deactivate/", "okta/deactivated", Level::Okta),
    ("reactivation-ignored", "reactivate/reassign", "okta/reactivated", Level::Okta),
    ("deactivated-user-deleted", "plan/same-user|reactivate/", "oin/same-user", Level::Review),
    ("unchanged-patch-refused", "deactivate/inactive-already", "okta/patch-accepted", Level::Okta),
    ("create-refuses-password", "create/new", "okta/create-accepted", Level::Okta),
    ("create-refuses-groups", "create/new", "okta/create-accepted", Level::Okta),
    ("create-refuses-password", "password/", "okta/create-accepted", Level::Okta),
    ("password-change-refused", "password/", "oin/password-accepted", Level::Review),
    ("password-returned", "password/", "security/password-returned", Level::Security),
    ("put-returns-password", "password/", "security/password-returned", Level::Security),
    ("unchanged-put-refused", "update/force-sync", "okta/put-accepted", Level::Okta),
    // Names that are taken, and names that are free again.
    ("put-takes-taken-name", "update/taken-name", "rfc/put-conflict", Level::Must),
    ("conflict-without-scim-type", "update/taken-name", "rfc/conflict-type", Level::Must),
    ("conflict-in-plain-text", "update/taken-name", "oin/error-schema", Level::Review),
    ("old-user-name-reserved", "update/old-name-again", "okta/create-accepted", Level::Okta),
    ("old-user-name-reserved-in-put", "update/retry", "okta/put-accepted", Level::Okta),
    ("e-mail-unique", "create/", "note/e-mail-shared", Level::Note),
    ("taken-e-mail-answered-500", "create/", "rfc/e-mail-conflict", Level::Must),
    ("e-mail-identifies", "create/", "okta/own-id", Level::Okta),
    ("put-wipes-memberships", "update/in-a-group", "okta/memberships-survive", Level::Okta),
    // Large groups.
    ("group-cut-at-100", "large-groups/", "okta/many-members", Level::Okta),
    ("more-than-5-members-refused", "large-groups/", "okta/group-patch-accepted", Level::Okta),
    ("second-removal-ignored", "large-groups/", "okta/patch-remove-member", Level::Okta),
    // Responses to a create.
    ("create-without-id", "create/new", "okta/id", Level::Okta),
    ("create-without-location", "create/new", "rfc/create-location", Level::Must),
    // Groups.
    ("pathless-members-refused", "group-forms/", "okta/pathless-members", Level::Okta),
    ("pathless-members-ignored", "group-forms/", "okta/pathless-members", Level::Okta),
    ("empty-replace-refused", "push-groups/", "okta/group-patch-accepted", Level::Okta),
    ("put-members-adds", "push-groups/", "okta/put-members", Level::Okta),
    ("unchanged-group-name-refused", "push-groups/", "okta/group-rename-accepted", Level::Okta),
    ("member-listed-twice", "push-groups/member-already", "rfc/member-once", Level::Should),
    ("add-members-replaces", "push-groups/link", "okta/patch-add-members", Level::Okta),
    ("group-eq-works-as-co", "group-names/", "okta/group-lookup-matches", Level::Okta),
    ("quote-in-group-filter-fails", "group-names/", "okta/lookup-quotes", Level::Okta),
    ("ampersand-ends-group-filter", "group-names/", "okta/group-lookup-finds", Level::Okta),
    ("non-ascii-in-group-filter", "group-names/", "okta/lookup-non-ascii", Level::Okta),
    ("group-found-under-old-name", "push-groups/rename", "okta/lookup-renamed", Level::Okta),
    ("deleted-group-name-reserved", "group-names/", "okta/group-create-accepted", Level::Okta),
];

fn check(defects: &[&str], name: &str, profile: Profile) -> Run {
    let server = reference(defects);
    report_of(check_of(&server).events_from(None).tags("@server").name(name).profile(profile))
}

#[test]
fn each_broken_server_yields_the_requirement_of_its_row_first() {
    let mut wrong = Vec::new();
    for (defect, name, requirement, level) in ROWS {
        let run = check(&[defect], name, Profile::All);
        let first = run.findings().first().map(|finding| (finding.requirement.as_str(), finding.level));
        let verdict = run.findings().first().map(|finding| finding.verdict);
        let expected = match level {
            Level::Note => Verdict::Note,
            Level::Should => Verdict::Weak,
            _ => Verdict::Deviation,
        };
        if first != Some((requirement, *level)) || verdict != Some(expected) {
            wrong.push(format!("{defect}: {first:?} {verdict:?}, not {requirement} {}", level.as_str()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_refused_odd_name_blocks_nothing_else() {
    let run = check(&["apostrophe-in-user-name-refused"], "lookups/", Profile::Okta);
    let others: Vec<&str> =
        run.scenarios.iter().filter(|one| one.verdict != Verdict::Passed).map(|one| one.id.as_str()).collect();
    assert_eq!(others, ["okta/lookups/apostrophe"]);
}

#[test]
fn a_server_without_passwords_can_be_declared() {
    let server = reference(&["password-change-refused"]);
    let run = report_of(check_of(&server).name("password/change@").without("password").profile(Profile::Oin));
    assert!(run.findings().is_empty(), "{:?}", run.findings());
    assert!(run.scenarios.iter().all(|result| result.verdict == Verdict::NotSupported), "{:?}", run.clients);
}

//! The sources of the table: the meaning of each key, and where to find it.

/// Keys and locations. A key followed by a number is the issue, pull request or thread of that number.
pub const SOURCES: &[(&str, &str)] = &[
    ("REF20", "Okta's SCIM 2.0 reference: developer.okta.com/docs/api/openapi/okta-scim/guides/scim-20"),
    ("REF11", "Okta's SCIM 1.1 reference, next to the 2.0 reference"),
    ("DOC2018", "the same reference as of 2018, with complete header dumps: github.com/okta/okta-developer-docs"),
    ("CONCEPT", "Okta: developer.okta.com/docs/concepts/scim"),
    ("FAQ", "Okta: developer.okta.com/docs/concepts/scim/faqs"),
    ("CONNECT", "Okta's guide on connecting a SCIM integration: scim-provisioning-integration-connect"),
    ("OINW", "Okta's guide on submitting an app to its catalog (OIN): submit-oin-app, SCIM protocol properties"),
    ("SUBMIT", "Okta's earlier guide on submitting an app: submit-app, SCIM (2021 to 2023)"),
    ("HELP", "help.okta.com, group push and provisioning topics"),
    ("KB", "support.okta.com: questions about counters, missing results and rate limits"),
    ("KB-HRMOS", "support.okta.com: okta-provisioning-to-hrmos-fails-with-multiple-users-found-by-username-error"),
    ("DEVF", "devforum.okta.com, thread of that number"),
    (
        "test plan",
        "Okta's manual test plan for its catalog, okta-scim-test-plan-v2.xlsx; C and a number is one of its test cases",
    ),
    (
        "AZLAB",
        "complete log of an Okta org with a wizard (AIW) app, three posts by one engineer (2026-09); the number is a row of docs/sources.md",
    ),
    (
        "ROSTR",
        "server log of a wizard (AIW) app next to Okta's own log: github.com/Timothy-itayi/okta-iam-lifecycle-lab",
    ),
    ("FIREZONE", "header and body dumps of a wizard (AIW) app: the SCIM spike of github.com/firezone/firezone"),
    ("WORKOSSPEC", "payloads in the test data of the WorkOS SDKs"),
    ("WORKOSDOC", "workos.com/docs/integrations/okta-scim"),
    ("ATLASSIAN", "community.atlassian.com, article 2349197"),
    ("OPTI", "support.optimizely.com, article 25849891089165"),
    ("TEALIUM", "docs.tealium.com, patch-group-api"),
    ("JACKSON", "FAQ on directory sync of BoxyHQ Jackson (now Ory Polis)"),
    ("GOSCIM", "github.com/imulab/go-scim"),
    ("SCIMGW", "github.com/jelhub/scimgateway"),
    ("SCIMSDK", "github.com/Captain-P-Goldfish/SCIM-SDK"),
    ("SID", "github.com/simpleidserver/SimpleIdServer"),
    ("FUSIONAUTH", "github.com/FusionAuth/fusionauth-issues"),
    ("FLEET", "github.com/fleetdm/fleet"),
    ("TFOKTA", "github.com/okta/terraform-provider-okta"),
    ("LIGHTDASH", "github.com/lightdash/lightdash"),
    ("MGMTAPI", "Okta's Management API: github.com/okta/okta-management-openapi-spec, as of 2026-06"),
    ("OKTASDK", "responses of a real org, recorded in the tests of github.com/okta/okta-sdk-python"),
    ("PR", "github.com/oktadeveloper/okta-blog-archive, pull request review of that number"),
    ("METATAVU", "github.com/Metatavu/keycloak-scim-server"),
    ("GROWTHBOOK", "github.com/growthbook/growthbook, pull requests"),
    ("SFKC", "github.com/Captain-P-Goldfish/scim-for-keycloak"),
    ("HELPPRE", "help.okta.com, prerequisites of group push"),
    ("KBROLES", "support.okta.com, two articles on multi-valued roles"),
    ("KBIMPORT", "support.okta.com, articles on imports: auto-confirm-provisioning-options"),
    (
        "KBRULE",
        "support.okta.com, articles on group push by rule: Can-A-Group-Push-Contain-All-Okta-Groups and three more",
    ),
    ("OIW", "help.okta.com, provisioning settings of the OIN Wizard (2026)"),
    ("QUIRKS-RS", "third-party notes that name no sources"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::okta::habits::all;

    #[test]
    fn every_source_key_of_the_table_is_listed() {
        // A key begins with two capital letters.
        let key = regex::Regex::new(r"[A-Z]{2}[A-Z0-9-]*").unwrap();
        for habit in all() {
            let source = habit.source();
            for found in key.find_iter(&source) {
                let bare = found.as_str().trim_end_matches(|c: char| c.is_ascii_digit() || c == '-');
                let known = |name: &str| SOURCES.iter().any(|(have, _)| *have == name);
                let help = found.as_str().starts_with("HELP-");
                assert!(help || known(found.as_str()) || known(bare), "{}: {}", habit.name, found.as_str());
            }
        }
    }
}

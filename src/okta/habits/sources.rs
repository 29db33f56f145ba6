//! What the keys in the table's column of sources stand for, and where to look them up.

/// Key and place. A key with a number is an issue, pull request or thread of that number.
pub const SOURCES: &[(&str, &str)] = &[
    ("REF20", "Okta's SCIM 2.0 reference: developer.okta.com/docs/api/openapi/okta-scim/guides/scim-20"),
    ("REF11", "Okta's SCIM 1.1 reference, beside it"),
    ("DOC2018", "the same reference as of 2018, with whole header dumps: github.com/okta/okta-developer-docs"),
    ("CONCEPT", "Okta: developer.okta.com/docs/concepts/scim"),
    ("FAQ", "Okta: developer.okta.com/docs/concepts/scim/faqs"),
    ("CONNECT", "Okta's guide on connecting a SCIM integration: scim-provisioning-integration-connect"),
    ("OINW", "Okta's guide on submitting to its catalogue: submit-oin-app, SCIM protocol properties"),
    ("SUBMIT", "Okta's earlier guide on submitting: submit-app, SCIM (2021 to 2023)"),
    ("HELP", "help.okta.com, group push and provisioning topics"),
    ("KB", "support.okta.com, the questions on counters and on missing results"),
    ("KB-HRMOS", "support.okta.com: okta-provisioning-to-hrmos-fails-with-multiple-users-found-by-username-error"),
    ("DEVF", "devforum.okta.com, the thread of that number"),
    (
        "test plan",
        "Okta's manual test plan for its catalogue, okta-scim-test-plan-v2.xlsx; C and a number is a case of it",
    ),
    ("ROSTR", "a wizard app's server log beside Okta's own: github.com/Timothy-itayi/okta-iam-lifecycle-lab"),
    ("FIREZONE", "header and body dumps of a wizard app: the SCIM spike of github.com/firezone/firezone"),
    ("WORKOSSPEC", "payloads in the test data of the WorkOS SDKs"),
    ("WORKOSDOC", "workos.com/docs/integrations/okta-scim"),
    ("ATLASSIAN", "community.atlassian.com, article 2349197"),
    ("OPTI", "support.optimizely.com, article 25849891089165"),
    ("TEALIUM", "docs.tealium.com, patch-group-api"),
    ("JACKSON", "the FAQ on directory sync of BoxyHQ Jackson (now Ory Polis)"),
    ("GOSCIM", "github.com/imulab/go-scim"),
    ("SCIMGW", "github.com/jelhub/scimgateway"),
    ("SCIMSDK", "github.com/Captain-P-Goldfish/SCIM-SDK"),
    ("SID", "github.com/simpleidserver/SimpleIdServer"),
    ("FLEET", "github.com/fleetdm/fleet"),
    ("TFOKTA", "github.com/okta/terraform-provider-okta"),
    ("LIGHTDASH", "github.com/lightdash/lightdash"),
    ("PR", "github.com/oktadeveloper/okta-blog-archive, the review of that number"),
    ("QUIRKS-RS", "third-party notes without sources of their own"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::okta::habits::TABLE;

    #[test]
    fn every_source_of_the_table_can_be_looked_up() {
        // A key begins with two capitals; what stands in brackets behind it is a value.
        let key = regex::Regex::new(r"[A-Z]{2}[A-Z0-9-]*").unwrap();
        for habit in TABLE {
            for found in key.find_iter(habit.source) {
                let bare = found.as_str().trim_end_matches(|c: char| c.is_ascii_digit() || c == '-');
                let known = |name: &str| SOURCES.iter().any(|(have, _)| *have == name);
                let help = found.as_str().starts_with("HELP-");
                assert!(help || known(found.as_str()) || known(bare), "{}: {}", habit.name, found.as_str());
            }
        }
    }
}

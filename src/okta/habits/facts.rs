//! The habits without a switch: behaviors on which the sources agree.

use super::habit::{Confidence, Habit, Value, Values};
use Confidence::{Captured, Documented, Inferred};

/// The evidence for a fact.
#[derive(Clone, Copy)]
struct Evidence {
    confidence: Confidence,
    /// As [`Habit::seen`].
    seen: &'static str,
    sources: &'static [&'static str],
    shown_by: &'static str,
}

const fn fact(name: &'static str, word: &'static str, about: &'static str, evidence: Evidence) -> Habit {
    let Evidence { confidence, seen, sources, shown_by } = evidence;
    Habit {
        name,
        about,
        values: Values::Fixed(Value { word, about, sources }),
        confidence,
        seen,
        unrecorded: None,
        shown_by,
    }
}

/// A fact of which a part is not in any public recording.
const fn partly_recorded(fact: Habit, unrecorded: &'static str) -> Habit {
    Habit { unrecorded: Some(unrecorded), ..fact }
}

const fn evidence(
    confidence: Confidence,
    seen: &'static str,
    sources: &'static [&'static str],
    shown_by: &'static str,
) -> Evidence {
    Evidence { confidence, seen, sources, shown_by }
}

/// The habits without a switch.
pub const FACTS: &[Habit] = &[
    fact(
        "user-delete",
        "never",
        "Okta never sends DELETE /Users; it deactivates users.",
        evidence(
            Documented,
            "2026-08",
            &["REF20"],
            "src/okta/plan/tests/properties.rs a_random_life_keeps_okta_s_rules",
        ),
    ),
    fact(
        "lookup-first",
        "always",
        "Okta looks up userName before every create. It links a single match without comparing its userName, and stops at several.",
        evidence(Captured, "2026-09", &["AZLAB-3", "REF20", "KB-HRMOS"], "features/okta/create.feature new"),
    ),
    fact(
        "get-before-put",
        "always",
        "A PUT is the edited response to the preceding GET; keys keep the server's order.",
        evidence(Captured, "2026-09", &["AZLAB-6", "FIREZONE", "DOC2018", "SID697"], "tests/it/okta.rs puts_of_users"),
    ),
    fact(
        "deactivate-put",
        "echo",
        "A deactivation by a wizard app changes active and no other attribute.",
        evidence(
            Captured,
            "2026-09",
            &["AZLAB-4", "FIREZONE"],
            "src/okta/plan/tests/users.rs a_deactivation_put_echoes_the_server_s_document",
        ),
    ),
    fact(
        "deactivation-keeps-memberships",
        "nothing",
        "A deactivation sends nothing about groups. The inactive user stays in the pushed groups until the next push of a wizard app, or Push now.",
        evidence(
            Captured,
            "2026-09",
            &["AZLAB-4", "AZLAB-18", "ATLASSIAN"],
            "src/okta/plan/tests/recorded.rs azlab_4_an_unassigned_member_stays_in_the_group",
        ),
    ),
    fact(
        "failed-deactivation",
        "once",
        "A deactivation that fails is not tried again and has no Retry, so the account stays active in the target. 502 is recorded; no response and other errors but 404 and 429 are inferred.",
        evidence(
            Captured,
            "2026-09",
            &["AZLAB-14"],
            "src/okta/plan/tests/recorded.rs azlab_14_a_failed_deactivation_is_tried_once",
        ),
    ),
    fact(
        "lost-user",
        "task",
        "If the target lost a user, a profile push stops after the GET with a task, an unassignment ends quietly after it, and a new assignment creates the user.",
        evidence(
            Captured,
            "2026-09",
            &["AZLAB-5"],
            "src/okta/plan/tests/recorded.rs azlab_5_the_app_has_lost_the_user",
        ),
    ),
    partly_recorded(
        fact(
            "failed-link",
            "no id",
            "If the profile push after a match fails, Okta keeps no ID: the next unassignment sends nothing, the account stays active, and pushed groups do not get the person.",
            evidence(
                Inferred,
                "undated",
                &["DEVF7207"],
                "src/okta/plan/tests/failures.rs a_failed_link_leaves_an_account_that_okta_lost_track_of",
            ),
        ),
        "A retry for a user after a job that failed in part.",
    ),
    partly_recorded(
        fact(
            "reactivation",
            "lookup",
            "A person who is assigned again is looked up; a catalog app activates the inactive match by PATCH, then sends GET and PUT.",
            evidence(
                Documented,
                "2026-08",
                &["REF20", "GROWTHBOOK1680", "FLEET53446"],
                "src/okta/plan/tests/users.rs unassigning_deactivates_and_assigning_again_reactivates",
            ),
        ),
        "The body of the PATCH that sets active to true.",
    ),
    partly_recorded(
        fact(
            "password-push",
            "To App",
            "A new password is sent only with Sync Password: by PATCH in a catalog app, by GET and PUT in a wizard app.",
            evidence(
                Documented,
                "2026-08",
                &["REF20"],
                "src/okta/plan/tests/users.rs a_password_is_sent_only_with_sync_password",
            ),
        ),
        "A Sync Password body.",
    ),
    fact(
        "create-password",
        "random",
        "Every POST /Users has a password of 8 random characters, also with Sync Password off. A PUT has none, unless the GET before it showed one.",
        evidence(Captured, "2026-09", &["AZLAB-3", "AZLAB-12", "REF20", "ROSTR"], "tests/it/okta.rs creates"),
    ),
    fact(
        "create-groups",
        "[]",
        "Every POST /Users and profile PUT contains groups: [].",
        evidence(Captured, "2026-09", &["AZLAB-3", "REF20", "ROSTR"], "tests/it/okta.rs creates"),
    ),
    fact(
        "create-key-order",
        "extension before externalId",
        "The keys of POST /Users: schemas, userName, mapped attributes, extensions, externalId, groups, password, active.",
        evidence(
            Captured,
            "2026-09",
            &["AZLAB-3", "REF20"],
            "src/okta/mapping/document.rs the_keys_of_a_create_have_the_recorded_order",
        ),
    ),
    fact(
        "custom-lists",
        "strings",
        "A list in a custom attribute is an array of strings. An external name roles.^[type=='X'].value makes the array element {type, value}.",
        evidence(
            Documented,
            "2026",
            &["KBROLES"],
            "src/okta/mapping/document.rs custom_core_attributes_are_under_the_urn_or_at_the_top",
        ),
    ),
    fact(
        "group-external-id",
        "none",
        "Groups have no externalId; Okta identifies them by displayName.",
        evidence(Documented, "2026-08", &["REF20", "WORKOSDOC"], "tests/it/okta.rs first_pushes_and_deletions"),
    ),
    fact(
        "group-cache",
        "import groups",
        "With Import Groups on, saving To App and Refresh App Groups read the target's groups, and a push creates or links by that list without a lookup. A group that is missing in the list is created again.",
        evidence(
            Captured,
            "2026-09",
            &["AZLAB-2", "AZLAB-7"],
            "src/okta/plan/tests/recorded.rs azlab_7_a_push_with_cached_groups_sends_no_lookup",
        ),
    ),
    fact(
        "member-display",
        "userName",
        "Members have value and display, never type or $ref; a wizard app echoes the server's display, or null if there is none.",
        evidence(Captured, "2026-09", &["AZLAB-8", "SCIMSDK419", "SCIMGW95"], "tests/it/okta.rs puts_of_groups"),
    ),
    fact(
        "pushed-members",
        "people with the app",
        "Only people who are assigned to the app and provisioned are pushed. A push creates no users.",
        evidence(Captured, "2026-09", &["AZLAB-8", "REF20"], "features/okta/push-groups.feature by-name"),
    ),
    fact(
        "connection-test",
        "one GET",
        "GET /Users?startIndex=1&count=2 on Test API Credentials and on each save; with Import Groups also GET /Groups?startIndex=1&count=100.",
        evidence(
            Captured,
            "2026-09",
            &["AZLAB-1", "AZLAB-2", "REF11", "ROSTR"],
            "features/okta/connect.feature test-credentials",
        ),
    ),
    fact(
        "schema-read",
        "oiw",
        "An app of the OIN Wizard (oiw) reads the target's schemas when its connection is saved. The request is not shown; GET /Schemas is inferred.",
        evidence(Inferred, "2026", &["OIW"], "src/okta/plan/tests/clients.rs an_oin_wizard_app_reads_the_schemas"),
    ),
    fact(
        "import-page",
        "100",
        "Imports read pages of 100 resources without a filter.",
        evidence(Captured, "2026-09", &["AZLAB-19", "REF20"], "src/okta/plan/tests/imports.rs an_import_reads_pages"),
    ),
    fact(
        "import-groups",
        "only with Import Groups",
        "An import reads the target's groups only with Import Groups on.",
        evidence(Captured, "2026", &["ROSTR"], "src/okta/plan/tests/imports.rs an_import_reads_pages"),
    ),
    fact(
        "import-email",
        "primary",
        "Of several e-mail addresses of an imported user, Okta takes the one with primary: true.",
        evidence(
            Documented,
            "2026",
            &["CONNECT"],
            "src/okta/plan/tests/imports.rs the_matching_rules_decide_who_is_linked",
        ),
    ),
    fact(
        "import-matching",
        "in Okta",
        "Okta itself matches imported users to people, by the rules of the app, and sends nothing for it.",
        evidence(
            Captured,
            "2026",
            &["ROSTR"],
            "src/okta/plan/tests/imports.rs the_matching_rules_decide_who_is_linked",
        ),
    ),
    fact(
        "import-safeguard",
        "20 %",
        "An import that would take the app from more than 20 % of its users stops, if the app has more than 100 users. The percentage is a setting.",
        evidence(
            Documented,
            "2026",
            &["CONNECT", "HELP-usgp-import-safeguard"],
            "src/okta/plan/tests/imports.rs the_safeguard_stops_an_import_that_would_unassign_too_many",
        ),
    ),
    fact(
        "import-inactive",
        "removed",
        "Inactive users of the target are counted as removed and not imported.",
        evidence(
            Captured,
            "2026-09",
            &["AZLAB-19", "CONCEPT"],
            "src/okta/plan/tests/imports.rs inactive_users_count_as_removed",
        ),
    ),
    fact(
        "import-pushed-groups",
        "left out",
        "Groups that Okta pushed are not imported.",
        evidence(
            Captured,
            "2026-09",
            &["AZLAB-20"],
            "src/okta/plan/tests/imports.rs groups_that_okta_pushed_are_not_imported",
        ),
    ),
    fact(
        "import-confirmation",
        "nothing",
        "Confirming an import sends nothing. Pushed groups get the people with Push now or the next membership change.",
        evidence(
            Captured,
            "2026-09",
            &["AZLAB-21"],
            "src/okta/plan/tests/recorded.rs azlab_21_confirming_an_import_sends_nothing",
        ),
    ),
    fact(
        "import-new-users",
        "staged",
        "A user whom no person matches becomes a new person when the import is confirmed, by an administrator or by the setting Auto-confirm new users. The person has no password and is staged, unless the confirmation activates it, and is linked to the user without a request.",
        evidence(
            Documented,
            "2026",
            &["KBIMPORT", "AZLAB-21"],
            "src/okta/plan/tests/new_people.rs an_imported_user_becomes_a_person_who_is_linked_without_a_request",
        ),
    ),
    fact(
        "provisioning-off",
        "nothing",
        "With provisioning switched off Okta sends nothing, group pushes included.",
        evidence(
            Documented,
            "2026-08",
            &["test plan C9339"],
            "src/okta/plan/tests/recorded.rs nothing_is_sent_with_provisioning_off",
        ),
    ),
    fact(
        "lookup-404",
        "no match",
        "A lookup that returns 404 with a SCIM error has no match; a 404 without one is a failure.",
        evidence(
            Documented,
            "2026-08",
            &["REF20"],
            "src/okta/plan/tests/failures.rs an_unusable_lookup_response_is_a_task",
        ),
    ),
    fact(
        "unmapped-change",
        "nothing",
        "A change of unmapped attributes sends nothing.",
        evidence(
            Documented,
            "2026-08",
            &["HELP-lcm-provision-application", "CONNECT"],
            "features/okta/update.feature unmapped",
        ),
    ),
    fact(
        "to-app-off",
        "nothing",
        "Updates and deactivations whose To App switch is off send nothing.",
        evidence(Documented, "2026-08", &["CONNECT"], "features/okta/to-app.feature update-off"),
    ),
    fact(
        "deletion",
        "nothing",
        "Deleting a deactivated person sends nothing.",
        evidence(Documented, "2026-08", &["CONCEPT"], "features/okta/deactivate.feature deleted-in-okta"),
    ),
    fact(
        "activation-alone",
        "nothing",
        "Reactivating a person who is not assigned sends nothing.",
        evidence(
            Captured,
            "2026-09",
            &["AZLAB-23", "test plan C9293", "FIREZONE"],
            "features/okta/reactivate.feature reactivation-alone",
        ),
    ),
    fact(
        "second-assignment",
        "counts",
        "A person who leaves an assigned group but is also assigned directly keeps the app.",
        evidence(Documented, "2026-08", &["test plan"], "features/okta/group-assignment.feature two-ways"),
    ),
    fact(
        "several-matches",
        "stop",
        "A lookup with several matches stops the job.",
        evidence(Documented, "2026", &["KB-HRMOS"], "features/okta/create-stopped.feature several"),
    ),
    fact(
        "unlink-leave",
        "nothing",
        "Unlinking a pushed group and leaving it in the target sends nothing.",
        evidence(Documented, "2026-08", &["test plan C9321"], "features/okta/push-groups.feature unlink-leave"),
    ),
    fact(
        "push-paused",
        "nothing",
        "A deactivated group push sends no changes. Activating it pushes all members.",
        evidence(
            Documented,
            "2026-08",
            &["test plan C9319", "test plan C9320"],
            "features/okta/push-groups.feature paused",
        ),
    ),
    fact(
        "time-out",
        "60 s",
        "Okta closes the connection if a response does not arrive within 60 seconds.",
        evidence(
            Documented,
            "2026-08",
            &["FAQ", "SUBMIT"],
            "src/okta/plan/tests/failures.rs an_unusable_lookup_response_is_a_task",
        ),
    ),
    fact(
        "counters",
        "integers",
        "totalResults, startIndex or itemsPerPage as a string fails the job.",
        evidence(
            Captured,
            "2026",
            &["REF20", "KB"],
            "src/okta/plan/tests/failures.rs an_unusable_lookup_response_is_a_task",
        ),
    ),
    fact(
        "other-errors",
        "task",
        "Any other 4xx, a 5xx or no response ends the job with a task, which an administrator retries.",
        evidence(
            Captured,
            "2026-09",
            &["AZLAB-13", "DEVF22746", "ROSTR"],
            "src/okta/plan/tests/failures.rs a_failed_create_stops_the_job_and_a_retry_sends_it_again",
        ),
    ),
    fact(
        "redirects",
        "not followed",
        "A 3xx is an error.",
        evidence(Inferred, "undated", &["none"], "tests/it/wire.rs a_redirect_is_a_response"),
    ),
];

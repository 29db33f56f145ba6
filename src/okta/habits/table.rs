//! The table of habits. One row yields the switch, its validation and its entry in `scimulate habits`.
//!
//! "Catalog app" is an app from the Okta Integration Network (OIN); "wizard app" is an app created with the App
//! Integration Wizard (AIW). Okta has a different provisioning client for each.

use super::habit::{Confidence, Habit, Values};
use Confidence::{Captured, Documented, Hearsay, Inferred, ThirdParty};
use Values::{Fixed, Number, OneOf};

/// Names of the habits that have a switch.
pub mod names {
    pub const SPACE: &str = "space";
    pub const PROFILE_UPDATE: &str = "profile-update";
    pub const RENAME: &str = "rename";
    pub const RENAME_ORDER: &str = "rename-order";
    pub const POST_GROUP_MEMBERS: &str = "post-group-members";
    pub const LINK_ROUNDS: &str = "link-rounds";
    pub const LINK_GROUP: &str = "link-group";
    pub const UNSET_ATTRIBUTES: &str = "unset-attributes";
    pub const GROUP_PATCH_BATCH: &str = "group-patch-batch";
    pub const REPLACE_MEMBERS: &str = "replace-members";
    pub const SUSPEND: &str = "suspend";
    pub const SAME_GROUP_LEAVE: &str = "same-group-leave";
    pub const INACTIVE_MEMBERS: &str = "inactive-members";
    pub const PUSH_ORDER: &str = "push-order";
    pub const TOO_MANY_REQUESTS: &str = "too-many-requests";
    pub const PARALLEL_JOBS: &str = "parallel-jobs";
    pub const CALL_GAP_MS: &str = "call-gap-ms";
    pub const LOOKUP_404: &str = "lookup-404";
    pub const PATCH_501: &str = "patch-501";
    pub const CREATE_CONFLICT: &str = "create-conflict";
    pub const EXTERNAL_ID: &str = "external-id";
    pub const SEVERAL_MATCHES: &str = "several-matches";
    pub const UNMAPPED_CHANGE: &str = "unmapped-change";
    pub const TO_APP_OFF: &str = "to-app-off";
    pub const DELETION: &str = "deletion";
    pub const REACTIVATION: &str = "reactivation";
    pub const SECOND_ASSIGNMENT: &str = "second-assignment";
    pub const UNLINK_LEAVE: &str = "unlink-leave";
    pub const PUSH_PAUSED: &str = "push-paused";
}

const fn row(
    name: &'static str,
    values: Values,
    default: &'static str,
    about: &'static str,
    source: &'static str,
    confidence: Confidence,
) -> Habit {
    Habit { name, values, default, about, source, confidence }
}

/// Every known behavior; those with a switch come first.
pub const TABLE: &[Habit] = &[
    row(
        names::SPACE,
        OneOf(&["%20", "+"]),
        "%20",
        "encoding of a space in a filter",
        "REF20, KB-HRMOS (%20); DOC2018 (+)",
        Documented,
    ),
    row(
        names::PROFILE_UPDATE,
        OneOf(&["put", "patch"]),
        "put",
        "catalog app (OIN): a profile change is sent as GET and PUT, or as one PATCH with all mapped attributes",
        "REF20 (put); FAQ, OINW (patch)",
        Documented,
    ),
    row(
        names::RENAME,
        OneOf(&["always", "changed", "never"]),
        "always",
        "catalog app (OIN): a PATCH of the group's name is sent with every membership update, only after a rename, or never",
        "REF20, GOSCIM57",
        Captured,
    ),
    row(
        names::RENAME_ORDER,
        OneOf(&["last", "first"]),
        "last",
        "the PATCH of the group's name is sent after or before the membership PATCH",
        "GOSCIM57 (last); SCIMGW112 (first)",
        Captured,
    ),
    row(
        names::POST_GROUP_MEMBERS,
        OneOf(&["by-client", "empty", "full"]),
        "by-client",
        "members in POST /Groups; by-client means full for a wizard app (AIW) and empty for a catalog app (OIN)",
        "ROSTR (full); REF20, SID247 (empty)",
        Captured,
    ),
    row(
        names::LINK_ROUNDS,
        Number(1, 2),
        "1",
        "number of GET and PUT rounds when Okta links an existing user",
        "FIREZONE, ROSTR (1); DEVF-27262 (2)",
        Captured,
    ),
    row(
        names::LINK_GROUP,
        OneOf(&["add", "replace"]),
        "add",
        "linking a pushed group to an existing group adds members to it, or replaces its members",
        "test plan C9315, C9322, C9330 (add); HELP (replace)",
        Documented,
    ),
    row(
        names::UNSET_ATTRIBUTES,
        OneOf(&["omit", "empty", "null"]),
        "omit",
        "mapped attributes without a value in Okta are omitted, sent as empty strings, or sent as null",
        "ROSTR, WORKOSSPEC (omit); QUIRKS-RS (empty); HELP-lcm (null)",
        Captured,
    ),
    row(
        names::GROUP_PATCH_BATCH,
        Number(1, 1000),
        "100",
        "maximum number of membership changes in one PATCH",
        "SUBMIT: 100 to 1000",
        Documented,
    ),
    row(
        names::REPLACE_MEMBERS,
        OneOf(&["path", "value", "value-with-name"]),
        "path",
        "form of a full push: path \"members\", a value object with members, or one with members, id and displayName",
        "REF20 (path); TEALIUM (value); SCIMGW113 (value-with-name)",
        Documented,
    ),
    row(
        names::SUSPEND,
        OneOf(&["nothing", "deactivate"]),
        "nothing",
        "suspending a person sends nothing, or deactivates the user",
        "REF20, JACKSON (nothing); REF20 before 2021-07 (deactivate)",
        Documented,
    ),
    row(
        names::SAME_GROUP_LEAVE,
        OneOf(&["deactivate-only", "remove-then-deactivate", "deactivate-then-remove"]),
        "deactivate-only",
        "requests when a person leaves a group that both assigns the app and is pushed",
        "ATLASSIAN, WORKOSDOC (deactivate-only); OPTI, test plan C9333 (both)",
        ThirdParty,
    ),
    row(
        names::INACTIVE_MEMBERS,
        OneOf(&["leave-out", "include"]),
        "leave-out",
        "membership pushes omit or include people who are no longer assigned to the app",
        "REF20 (leave-out); ATLASSIAN (include)",
        Documented,
    ),
    row(
        names::PUSH_ORDER,
        OneOf(&["after-users", "before-users"]),
        "after-users",
        "a membership push waits for the users that the same action provisions, or runs first and lacks them until the next push",
        "test plan C9332 (after); TFOKTA1164, FLEET50724 (before)",
        Documented,
    ),
    row(
        names::TOO_MANY_REQUESTS,
        OneOf(&["reschedule", "task"]),
        "reschedule",
        "after 429: up to 10 attempts, first after Retry-After seconds (5 minutes if it is not an integer), then doubling; or a task at once",
        "CONCEPT",
        Documented,
    ),
    row(
        names::PARALLEL_JOBS,
        Number(1, 64),
        "1",
        "number of jobs of one action that run in parallel; requests of one job never overlap",
        "ROSTR: seven within a second; the limit is unknown",
        Inferred,
    ),
    row(
        names::CALL_GAP_MS,
        Number(0, 10_000),
        "0",
        "pause between two requests of a job, in ms; 195 to 285 ms were observed, and the default of 0 saves the time",
        "ROSTR",
        Captured,
    ),
    row(
        names::LOOKUP_404,
        OneOf(&["none", "error"]),
        "none",
        "a lookup that returns 404 with a SCIM error counts as no match, or as a failure",
        "REF20 (none)",
        Documented,
    ),
    row(
        names::PATCH_501,
        OneOf(&["task", "put"]),
        "task",
        "a PATCH that returns 501 fails with a task, or Okta sends the same change as GET and PUT",
        "PR #1956 review (task); DOC2018 (put)",
        Hearsay,
    ),
    row(
        names::CREATE_CONFLICT,
        OneOf(&["stop", "again"]),
        "stop",
        "409 on create stops the job, or Okta retries after 30 minutes (simulated once)",
        "REF20 (stop); LIGHTDASH22402 (again)",
        Documented,
    ),
    row(
        names::EXTERNAL_ID,
        OneOf(&["sent", "left-out"]),
        "sent",
        "POST /Users carries the Okta user ID as externalId, or no externalId",
        "REF20, ROSTR (sent); REF20's second sample (left-out)",
        Captured,
    ),
    // Situations in which Okta sends nothing or stops, and no source disagrees. The second value exists for tests: it
    // proves that a spec that asserts "Okta sends nothing" fails when something is sent.
    row(
        names::SEVERAL_MATCHES,
        OneOf(&["stop", "first"]),
        "stop",
        "a lookup with several matches stops the job (first: use the first match; no source, for tests)",
        "KB-HRMOS (stop)",
        Documented,
    ),
    row(
        names::UNMAPPED_CHANGE,
        OneOf(&["nothing", "sent"]),
        "nothing",
        "a change of unmapped attributes sends nothing (sent: no source, for tests)",
        "HELP-lcm-provision-application, CONNECT (nothing)",
        Documented,
    ),
    row(
        names::TO_APP_OFF,
        OneOf(&["nothing", "sent"]),
        "nothing",
        "updates and deactivations whose To App switch is off send nothing (sent: no source, for tests)",
        "CONNECT (nothing)",
        Documented,
    ),
    row(
        names::DELETION,
        OneOf(&["nothing", "deactivate"]),
        "nothing",
        "deleting a deactivated person sends nothing (deactivate: no source, for tests)",
        "CONCEPT (nothing)",
        Documented,
    ),
    row(
        names::REACTIVATION,
        OneOf(&["nothing", "activate"]),
        "nothing",
        "reactivating a person who is not assigned sends nothing (activate: no source, for tests)",
        "test plan C9293, FIREZONE (nothing)",
        Documented,
    ),
    row(
        names::SECOND_ASSIGNMENT,
        OneOf(&["counts", "ignored"]),
        "counts",
        "a person who leaves an assigned group but is also assigned directly keeps the app (ignored: no source, for tests)",
        "test plan: de-provisioned only when the assignment is lost (counts)",
        Documented,
    ),
    row(
        names::UNLINK_LEAVE,
        OneOf(&["nothing", "delete"]),
        "nothing",
        "unlinking a pushed group without deleting it in the target sends nothing (delete: no source, for tests)",
        "test plan C9321 (nothing)",
        Documented,
    ),
    row(
        names::PUSH_PAUSED,
        OneOf(&["nothing", "sent"]),
        "nothing",
        "a deactivated group push sends no changes; activating it pushes all members (sent: no source, for tests)",
        "test plan C9319, C9320 (nothing)",
        Documented,
    ),
    row("user-delete", Fixed, "never", "Okta never sends DELETE /Users; it deactivates users", "REF20", Documented),
    row(
        "lookup-first",
        Fixed,
        "always",
        "Okta looks up userName before every create; it links a single match without comparing its userName, and stops at several",
        "REF20, KB-HRMOS",
        Documented,
    ),
    row(
        "get-before-put",
        Fixed,
        "always",
        "a PUT is the edited response to the preceding GET; keys keep the server's order",
        "FIREZONE, DOC2018, SID697",
        Captured,
    ),
    row(
        "deactivate-put",
        Fixed,
        "echo",
        "wizard app (AIW): a deactivation changes active and no other attribute",
        "FIREZONE",
        Captured,
    ),
    row(
        "create-password",
        Fixed,
        "random",
        "every POST /Users has a password of 8 random characters, even without Sync Password",
        "REF20, ROSTR",
        Captured,
    ),
    row(
        "create-groups",
        Fixed,
        "[]",
        "every POST /Users and profile PUT contains groups: []",
        "REF20, ROSTR",
        Captured,
    ),
    row(
        "group-external-id",
        Fixed,
        "none",
        "groups have no externalId; Okta identifies them by displayName",
        "REF20, WORKOSDOC",
        Documented,
    ),
    row(
        "member-display",
        Fixed,
        "userName",
        "members have value and display, never type or $ref; a wizard app (AIW) echoes the server's display, or null if there is none",
        "SCIMSDK419, SCIMGW95",
        Captured,
    ),
    row(
        "connection-test",
        Fixed,
        "one GET",
        "GET /Users?startIndex=1&count=2 on Test API Credentials and on each save; with Import Groups also GET /Groups with count=100",
        "REF11, ROSTR",
        Captured,
    ),
    row("import-page", Fixed, "100", "imports read pages of 100 resources without a filter", "REF20", Documented),
    row(
        "counters",
        Fixed,
        "integers",
        "totalResults, startIndex or itemsPerPage as a string fails the job",
        "REF20, KB",
        Captured,
    ),
    row(
        "other-errors",
        Fixed,
        "task",
        "any other 4xx, a 5xx or no response fails with a task that an administrator retries",
        "DEVF-22746, ROSTR",
        Captured,
    ),
    row(
        "redirects",
        Fixed,
        "not followed",
        "a 3xx is an error (our assumption: no source describes it)",
        "none",
        Inferred,
    ),
];

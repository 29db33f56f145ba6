//! The table: one row yields the switch, its check, `scimulate habits` and its documentation.

use super::{Confidence, Habit, Values};
use Confidence::{Captured, Documented, Hearsay, Inferred, ThirdParty};
use Values::{Fixed, Number, OneOf};

/// Names of the switches, for those who ask.
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
    does: &'static str,
    source: &'static str,
    confidence: Confidence,
) -> Habit {
    Habit { name, values, default, does, source, confidence }
}

/// Every behaviour, first those that can be switched.
pub const TABLE: &[Habit] = &[
    row(
        names::SPACE,
        OneOf(&["%20", "+"]),
        "%20",
        "how a blank in a filter is encoded",
        "REF20, KB-HRMOS (%20); DOC2018 (+)",
        Documented,
    ),
    row(
        names::PROFILE_UPDATE,
        OneOf(&["put", "patch"]),
        "put",
        "catalogue app: a changed profile goes out as GET and PUT, or as one PATCH with the mapped attributes",
        "REF20 (put); FAQ, OINW (patch)",
        Documented,
    ),
    row(
        names::RENAME,
        OneOf(&["always", "changed", "never"]),
        "always",
        "catalogue app: a rename PATCH with each membership update, only when the name changed, or never",
        "REF20, GOSCIM57",
        Captured,
    ),
    row(
        names::RENAME_ORDER,
        OneOf(&["last", "first"]),
        "last",
        "the rename PATCH after or before the members",
        "GOSCIM57 (last); SCIMGW112 (first)",
        Captured,
    ),
    row(
        names::POST_GROUP_MEMBERS,
        OneOf(&["by-client", "empty", "full"]),
        "by-client",
        "members in POST /Groups: by-client is full for the wizard app, empty for the catalogue app",
        "ROSTR (full); REF20, SID247 (empty)",
        Captured,
    ),
    row(
        names::LINK_ROUNDS,
        Number(1, 2),
        "1",
        "rounds of GET and PUT when an existing user is linked",
        "FIREZONE, ROSTR (1); DEVF-27262 (2)",
        Captured,
    ),
    row(
        names::LINK_GROUP,
        OneOf(&["add", "replace"]),
        "add",
        "linking to a group that exists adds members, or overwrites them",
        "test plan C9315, C9322, C9330 (add); HELP (replace)",
        Documented,
    ),
    row(
        names::UNSET_ATTRIBUTES,
        OneOf(&["omit", "empty", "null"]),
        "omit",
        "mapped attributes that have no value in Okta",
        "ROSTR, WORKOSSPEC (omit); QUIRKS-RS (empty); HELP-lcm (null)",
        Captured,
    ),
    row(
        names::GROUP_PATCH_BATCH,
        Number(1, 1000),
        "100",
        "most membership changes in one PATCH",
        "SUBMIT: 100 to 1000",
        Documented,
    ),
    row(
        names::REPLACE_MEMBERS,
        OneOf(&["path", "value", "value-with-name"]),
        "path",
        "form of a full push: path members, a value object, or a value object with id and name",
        "REF20 (path); TEALIUM (value); SCIMGW113 (value-with-name)",
        Documented,
    ),
    row(
        names::SUSPEND,
        OneOf(&["nothing", "deactivate"]),
        "nothing",
        "what suspending a person sends",
        "REF20, JACKSON (nothing); REF20 before 2021-07 (deactivate)",
        Documented,
    ),
    row(
        names::SAME_GROUP_LEAVE,
        OneOf(&["deactivate-only", "remove-then-deactivate", "deactivate-then-remove"]),
        "deactivate-only",
        "a person leaves a group that both assigns and is pushed",
        "ATLASSIAN, WORKOSDOC (deactivate-only); OPTI, test plan C9333 (both)",
        ThirdParty,
    ),
    row(
        names::INACTIVE_MEMBERS,
        OneOf(&["leave-out", "include"]),
        "leave-out",
        "people who lost the app in membership pushes",
        "REF20 (leave-out); ATLASSIAN (include)",
        Documented,
    ),
    row(
        names::PUSH_ORDER,
        OneOf(&["after-users", "before-users"]),
        "after-users",
        "a membership push that one action causes runs after the users it needs, or loses them until the next push",
        "test plan C9332 (after); TFOKTA1164, FLEET50724 (before)",
        Documented,
    ),
    row(
        names::TOO_MANY_REQUESTS,
        OneOf(&["reschedule", "task"]),
        "reschedule",
        "after 429: wait Retry-After seconds (no integer there: 5 minutes), doubling, 10 attempts; or a task at once",
        "CONCEPT",
        Documented,
    ),
    row(
        names::PARALLEL_JOBS,
        Number(1, 64),
        "1",
        "how many jobs of one action run at once; calls of one job never overlap",
        "ROSTR: seven within a second; the number is unknown",
        Inferred,
    ),
    row(
        names::CALL_GAP_MS,
        Number(0, 10_000),
        "0",
        "pause between two calls of a job; 195 to 285 ms were seen, and cost only time here",
        "ROSTR",
        Captured,
    ),
    row(
        names::LOOKUP_404,
        OneOf(&["none", "error"]),
        "none",
        "a lookup answered 404 with a SCIM error counts as no match, or as a failure",
        "REF20 (none)",
        Documented,
    ),
    row(
        names::PATCH_501,
        OneOf(&["task", "put"]),
        "task",
        "a PATCH that is not implemented: a task, or the same change by GET and PUT",
        "PR #1956 review (task); DOC2018 (put)",
        Hearsay,
    ),
    row(
        names::CREATE_CONFLICT,
        OneOf(&["stop", "again"]),
        "stop",
        "409 on create stops the job, or is tried again after 30 minutes (once here)",
        "REF20 (stop); LIGHTDASH22402 (again)",
        Documented,
    ),
    row(
        names::EXTERNAL_ID,
        OneOf(&["sent", "left-out"]),
        "sent",
        "externalId in POST /Users is the Okta user id",
        "REF20, ROSTR (sent); REF20's second sample (left-out)",
        Captured,
    ),
    // Where Okta keeps still, or stops, and no source says otherwise. The other value is there so that a spec which says
    // so can be seen to notice.
    row(
        names::SEVERAL_MATCHES,
        OneOf(&["stop", "first"]),
        "stop",
        "a lookup with several matches stops the job; first takes the first one (no source: for tests)",
        "KB-HRMOS (stop)",
        Documented,
    ),
    row(
        names::UNMAPPED_CHANGE,
        OneOf(&["nothing", "sent"]),
        "nothing",
        "a profile change that no mapping row carries (sent: no source, for tests)",
        "HELP-lcm-provision-application, CONNECT (nothing)",
        Documented,
    ),
    row(
        names::TO_APP_OFF,
        OneOf(&["nothing", "sent"]),
        "nothing",
        "updates and deactivations whose To App switch is off (sent: no source, for tests)",
        "CONNECT (nothing)",
        Documented,
    ),
    row(
        names::DELETION,
        OneOf(&["nothing", "deactivate"]),
        "nothing",
        "deleting a person who is deactivated already (deactivate: no source, for tests)",
        "CONCEPT (nothing)",
        Documented,
    ),
    row(
        names::REACTIVATION,
        OneOf(&["nothing", "activate"]),
        "nothing",
        "reactivating a person who is not assigned (activate: no source, for tests)",
        "test plan C9293, FIREZONE (nothing)",
        Documented,
    ),
    row(
        names::SECOND_ASSIGNMENT,
        OneOf(&["counts", "ignored"]),
        "counts",
        "a person who leaves an assigned group and is assigned directly keeps the app (ignored: no source, for tests)",
        "test plan: de-provisioned only when the assignment is lost (counts)",
        Documented,
    ),
    row(
        names::UNLINK_LEAVE,
        OneOf(&["nothing", "delete"]),
        "nothing",
        "unlinking a pushed group that is left in the target (delete: no source, for tests)",
        "test plan C9321 (nothing)",
        Documented,
    ),
    row(
        names::PUSH_PAUSED,
        OneOf(&["nothing", "sent"]),
        "nothing",
        "a deactivated group push holds changes back; activating it pushes in full (sent: no source, for tests)",
        "test plan C9319, C9320 (nothing)",
        Documented,
    ),
    row("user-delete", Fixed, "never", "no DELETE /Users: people are deactivated", "REF20", Documented),
    row(
        "lookup-first",
        Fixed,
        "always",
        "userName eq before every create; one match is linked, several stop the job, no check that the match is the one asked for",
        "REF20, KB-HRMOS",
        Documented,
    ),
    row(
        "get-before-put",
        Fixed,
        "always",
        "a PUT is the server's own GET answer, edited; its keys keep their order",
        "FIREZONE, DOC2018, SID697",
        Captured,
    ),
    row(
        "deactivate-put",
        Fixed,
        "echo",
        "the wizard app's deactivation flips active and refreshes nothing else",
        "FIREZONE",
        Captured,
    ),
    row(
        "create-password",
        Fixed,
        "random",
        "8 random characters in every create, also without Sync Password",
        "REF20, ROSTR",
        Captured,
    ),
    row("create-groups", Fixed, "[]", "groups: [] in every user POST and profile PUT", "REF20, ROSTR", Captured),
    row("group-external-id", Fixed, "none", "groups are known by displayName alone", "REF20, WORKOSDOC", Documented),
    row(
        "member-display",
        Fixed,
        "userName",
        "members carry value and display, never type or $ref; the wizard app echoes the server's display, null where there is none",
        "SCIMSDK419, SCIMGW95",
        Captured,
    ),
    row(
        "connection-test",
        Fixed,
        "one GET",
        "GET /Users?startIndex=1&count=2 on test and on each save; with Import Groups also /Groups with count=100",
        "REF11, ROSTR",
        Captured,
    ),
    row("import-page", Fixed, "100", "imports read pages of 100 without a filter", "REF20", Documented),
    row(
        "counters",
        Fixed,
        "integers",
        "totalResults, startIndex and itemsPerPage as strings fail the job",
        "REF20, KB",
        Captured,
    ),
    row(
        "other-errors",
        Fixed,
        "task",
        "other 4xx, 5xx and no answer: a task that is retried by hand",
        "DEVF-22746, ROSTR",
        Captured,
    ),
    row(
        "redirects",
        Fixed,
        "not followed",
        "a 3xx is an error; nothing is known of Okta's client here",
        "none",
        Inferred,
    ),
];

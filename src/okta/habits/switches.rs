//! The habits with a switch: the behaviors on which sources disagree.
//!
//! The form of a row: name, field, type and description; confidence and date of the default's evidence; optionally the
//! part that no recording shows; a test or scenario that shows the behavior; then the values, the default first, each
//! with its word, its meaning and its sources. Where a recording exists, its value is the default.
//!
//! "Catalog app" is an app from the Okta Integration Network (OIN); "wizard app" is an app created with the App
//! Integration Wizard (AIW). Okta has a different provisioning client for each.

use super::define::switches;
use super::habit::{Confidence, Habit, Value, Values};

switches! {
    choices {
        "space" space: Space, "Encoding of a space in the filter of a lookup.",
        Documented "2026-08", shown_by "tests/it/okta.rs creates" {
            Percent20 "%20" "The space is sent as `%20`." ["REF20", "KB-HRMOS"],
            Plus "+" "The space is sent as `+`." ["DOC2018"],
        }
        "profile-update" profile_update: ProfileUpdate, "Request for a profile change of a catalog app.",
        Documented "2026-08", shown_by "src/okta/plan/tests/users.rs only_a_mapped_change_is_pushed" {
            Put "put" "GET and PUT of the whole user." ["REF20"],
            Patch "patch" "One PATCH with all mapped attributes." ["FAQ", "OINW"],
        }
        "catalog-writes" catalog_writes: CatalogWrites, "Method of a catalog app for activation, passwords and groups.",
        Documented "2026-08", shown_by "src/okta/plan/tests/clients.rs a_catalog_app_without_patch_writes_by_get_and_put" {
            Patch "patch" "PATCH." ["REF20", "FAQ"],
            Put "put" "GET and PUT, because Okta switched PATCH off for this app." ["PR1956", "FAQ"],
        }
        "rename" rename: Rename, "PATCH of the group's name of a catalog app.",
        Captured "2026-08", shown_by "src/okta/plan/tests/groups.rs a_first_push_creates_the_group" {
            Always "always" "Sent with every membership update, also if the name is unchanged." ["REF20", "GOSCIM57"],
            Changed "changed" "Sent only after a rename, as help.okta.com describes the setting for renaming app groups." ["HELP"],
            Never "never" "Not sent, as with that setting off." ["HELP"],
        }
        "rename-order" rename_order: RenameOrder, "Order of the name PATCH and the membership PATCH of a catalog app.",
        Captured "undated", unrecorded "A complete log of a catalog app's group push.",
        shown_by "src/okta/plan/tests/switches.rs each_switch_changes_the_traffic" {
            Last "last" "The membership is sent first." ["GOSCIM57"],
            First "first" "The name is sent first." ["SCIMGW112"],
        }
        "post-group-members" post_group_members: PostGroupMembers, "Members in `POST /Groups`.",
        Captured "2026-09", shown_by "tests/it/okta.rs first_pushes_and_deletions" {
            ByClient "by-client" "All members for a wizard app, none for a catalog app." ["AZLAB-7", "ROSTR", "REF20", "SID247"],
            Empty "empty" "None." ["REF20", "SID247"],
            Full "full" "All members." ["AZLAB-7", "ROSTR"],
        }
        "group-put" group_put: GroupPut, "Members in the group PUT of a wizard app.",
        Captured "2026-09", shown_by "src/okta/plan/tests/recorded.rs azlab_18_a_group_put_is_okta_s_own_list" {
            OwnList "own-list" "Okta's own list of provisioned, active members. Inactive and foreign members of the target's group drop out." ["AZLAB-18"],
            Merge "merge" "The target's members, with the changes of this push." ["test plan C9315", "test plan C9322", "test plan C9330"],
        }
        "group-rounds" group_rounds: GroupRounds, "GET and PUT of a wizard app after a membership change.",
        Captured "2026-09", unrecorded "The GETs of a removal, of which AZLAB-16 prints only the PUTs; removals and additions in one change.",
        shown_by "src/okta/plan/tests/recorded.rs azlab_16_a_removal_sends_the_old_list_first" {
            Two "two" "Two rounds. The first PUT of a removal still has the old list." ["AZLAB-9", "AZLAB-15", "AZLAB-16"],
            One "one" "One round." ["REF20", "SID697"],
        }
        "push-now" push_now: PushNow, "Requests of Push now in a wizard app.",
        Captured "2026-09", shown_by "src/okta/plan/tests/recorded.rs azlab_17_push_now_reads_twice" {
            ReadsFirst "reads-first" "GET, GET, PUT of the old list, PUT of the new list." ["AZLAB-17"],
            Paired "paired" "GET, PUT of the old list, GET, PUT of the new list." ["AZLAB-16"],
            One "one" "GET, PUT of the new list." ["REF20", "DOC2018"],
        }
        "empty-sync" empty_sync: EmptySync, "Membership change of a pushed group that changes nothing in the target, because the person does not have the app.",
        Captured "2026-09", unrecorded "A catalog app in this situation. Its name PATCH alone is inferred from REF20.",
        shown_by "src/okta/plan/tests/recorded.rs azlab_15_a_member_without_the_app_causes_a_sync" {
            Sync "sync" "The group is pushed with an unchanged list; a catalog app sends the PATCH of the name." ["AZLAB-15", "REF20"],
            Nothing "nothing" "Nothing is sent: REF20 describes only changes of people who have the app." ["REF20"],
        }
        "return-to-groups" return_to_groups: ReturnToGroups, "Pushed groups of a person who gets the app again or is provisioned late.",
        Captured "2026-09", shown_by "src/okta/plan/tests/recorded.rs azlab_11_a_returning_person_is_back_in_the_pushed_groups" {
            Pushed "pushed" "A group push follows the user, and the member is back." ["AZLAB-9", "AZLAB-11"],
            ByHand "by-hand" "Nothing until an administrator uses Push now." ["HELPPRE"],
        }
        "link-group" link_group: LinkGroup, "Members of an existing group that Okta links to.",
        Documented "2026-08", shown_by "src/okta/plan/tests/groups.rs linking_adds_members_to_the_existing_group" {
            Add "add" "Okta's members are added. A wizard app does so only with group-put=merge." ["test plan C9315", "test plan C9322", "test plan C9330"],
            Replace "replace" "Okta's members replace them." ["HELP"],
        }
        "unset-attributes" unset_attributes: UnsetAttributes, "Mapped attributes without a value in Okta.",
        Captured "2026-09", shown_by "src/okta/plan/tests/switches.rs each_switch_changes_the_traffic" {
            Omit "omit" "They are left out." ["AZLAB-3", "ROSTR", "WORKOSSPEC"],
            Empty "empty" "They are sent as empty strings." ["QUIRKS-RS"],
            Null "null" "They are sent as null." ["HELP-lcm-provision-application"],
        }
        "multi-valued" multi_valued: MultiValued, "`emails`, `phoneNumbers` and `addresses` in a profile PUT.",
        Documented "2026-08", unrecorded "Further elements in the response of the target.",
        shown_by "tests/it/okta.rs puts_of_users_from_reconstructed_responses" {
            Merge "merge" "Okta changes the mapped sub-attributes of the primary (else the first) element; others, such as `display`, and further elements stay." ["REF20", "FIREZONE"],
            Replace "replace" "Okta's single element replaces all." ["FIREZONE"],
        }
        "core-custom" core_custom: CoreCustom, "Place of a custom attribute whose external namespace is the core schema.",
        Documented "2026", unrecorded "A custom attribute that has one value, and a profile PUT.",
        shown_by "src/okta/mapping/document.rs custom_core_attributes_are_under_the_urn_or_at_the_top" {
            UnderUrn "under-urn" "In an object under the core URN. A PUT changes it at the top level if the target returned it there." ["KBROLES"],
            Top "top" "At the top level." ["KBROLES"],
        }
        "replace-members" replace_members: ReplaceMembers, "Form of a full push of a catalog app.",
        Captured "2026-08", shown_by "tests/it/okta.rs full_pushes_and_renames" {
            Path "path" "A replace of the path `members`." ["REF20", "SCIMSDK757"],
            Value "value" "A replace without path; the value holds the members." ["METATAVU101", "TEALIUM"],
            ValueWithName "value-with-name" "A replace without path; the value holds members, id and displayName." ["SCIMGW113"],
        }
        "suspend" suspend: Suspend, "Suspension of a person.",
        Documented "2026-08", shown_by "features/okta/suspend.feature suspend" {
            Nothing "nothing" "Nothing is sent." ["REF20", "JACKSON"],
            Deactivate "deactivate" "The user is deactivated, and activated when the suspension ends. REF20 said so until 2021-07." ["REF20"],
        }
        "same-group-leave" same_group_leave: SameGroupLeave, "A person leaves a group that both assigns the app and is pushed.",
        ThirdParty "2026-08", unrecorded "A log of this situation.",
        shown_by "src/okta/plan/tests/groups.rs leaving_a_group_that_assigns_and_is_pushed_does_not_remove_the_member" {
            DeactivateOnly "deactivate-only" "The user is deactivated; the group is not pushed." ["ATLASSIAN", "WORKOSDOC"],
            RemoveThenDeactivate "remove-then-deactivate" "The member is removed, then the user is deactivated." ["OPTI", "test plan C9333"],
            DeactivateThenRemove "deactivate-then-remove" "The user is deactivated, then the member is removed." ["OPTI", "test plan C9333"],
        }
        "inactive-members" inactive_members: InactiveMembers, "Members of a pushed group who are no longer assigned to the app.",
        Captured "2026-09", shown_by "src/okta/plan/tests/switches.rs each_switch_changes_the_traffic" {
            LeaveOut "leave-out" "Membership pushes leave them out." ["AZLAB-18", "REF20"],
            Include "include" "Membership pushes contain them." ["ATLASSIAN"],
        }
        "push-order" push_order: PushOrder, "Order of users and groups that one action provisions.",
        Captured "2026-09", shown_by "src/okta/plan/tests/recorded.rs azlab_9_an_assigned_member_of_a_pushed_group_is_created_and_then_pushed" {
            AfterUsers "after-users" "A group push waits for the users." ["AZLAB-9", "test plan C9332"],
            BeforeUsers "before-users" "A group push runs first and lacks the new users until the next push." ["TFOKTA1164", "FLEET50724"],
        }
        "reactivation-put" reactivation_put: ReactivationPut, "The value of `active` in the profile PUT of a reactivation.",
        Captured "2026-09", shown_by "src/okta/plan/tests/users.rs a_stale_put_leaves_the_user_inactive" {
            Active "active" "true." ["AZLAB-10", "REF20"],
            Stale "stale" "The value of the GET before the activation, false: the user ends inactive." ["DEVF14380"],
        }
        "too-many-requests" too_many_requests: TooManyRequests, "429 of the target.",
        Documented "2026-08", shown_by "src/okta/plan/tests/failures.rs okta_waits_longer_after_each_429" {
            Reschedule "reschedule" "Up to 10 attempts: the first after Retry-After seconds (5 minutes if it is not an integer), then after twice the last wait." ["CONCEPT"],
            Task "task" "A task at once, as for other errors." ["KB", "DEVF22746"],
        }
        "patch-501" patch_501: Patch501, "A PATCH of a user that returns 501.",
        Hearsay "2018", shown_by "src/okta/plan/tests/failures.rs a_patch_that_returns_501_is_a_task_or_a_put" {
            Task "task" "A task." ["PR1956"],
            Put "put" "Okta sends the same change as GET and PUT." ["DOC2018"],
        }
        "create-conflict" create_conflict: CreateConflict, "A create that returns 409.",
        Documented "2026-08", shown_by "src/okta/plan/tests/failures.rs a_failed_create_stops_the_job_and_a_retry_sends_it_again" {
            Stop "stop" "The job stops with a task." ["REF20"],
            Again "again" "Okta tries again after 30 minutes (simulated once)." ["LIGHTDASH22402"],
        }
        "external-id" external_id: ExternalId, "`externalId` in `POST /Users` and in a profile PUT.",
        Captured "2026-09", shown_by "tests/it/okta.rs creates" {
            Sent "sent" "The Okta user ID." ["AZLAB-3", "REF20", "ROSTR"],
            LeftOut "left-out" "Left out, as in the second sample of a create and the sample of a profile PUT in REF20." ["REF20"],
        }
    }
    numbers {
        "link-rounds" link_rounds: 1..=2 = 1, "Number of GET and PUT rounds when Okta links an active user.",
        Captured "2026-10", shown_by "src/okta/plan/tests/users.rs an_existing_user_is_linked", ["FIREZONE", "ROSTR", "DEVF27262"],
        "reactivate-rounds" reactivate_rounds: 1..=2 = 2, "Number of GET and PUT rounds of a wizard app when Okta links an inactive user and activates it. The log of AZLAB-10 shows 2, the summary 1.",
        Captured "2026-09", shown_by "src/okta/plan/tests/recorded.rs azlab_10_a_returning_person_is_activated_in_two_rounds", ["AZLAB-10"],
        "group-patch-batch" group_patch_batch: 1..=1000 = 100, "Maximum number of membership changes in one PATCH. The submission form offers 100 to 1000.",
        Documented "2023-12", shown_by "src/okta/plan/tests/switches.rs large_memberships_are_sent_in_batches", ["SUBMIT"],
        "parallel-jobs" parallel_jobs: 1..=64 = 1, "Number of jobs of one action that run in parallel. Requests of one job never overlap. ROSTR shows seven within a second; the limit is unknown.",
        Inferred "2026-10", shown_by "src/okta/agent/tests.rs the_habit_parallel_jobs_limits_the_requests_in_flight", ["ROSTR"],
        "call-gap-ms" call_gap_ms: 0..=10_000 = 0, "Pause between two requests of a job in ms. 195 to 285 ms were observed; the default of 0 saves the time.",
        Captured "2026-10", shown_by "src/okta/plan/tests/switches.rs each_switch_changes_the_traffic", ["ROSTR"],
    }
}

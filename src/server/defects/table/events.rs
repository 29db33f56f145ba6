//! Defects of events.

use super::super::events;
use super::super::row::{Defect, Rewrite};

pub(super) static ROWS: &[Defect] = defects! {
    "user-change-events-missing": Rewrite::EditResponse(events::user_changes_missing),
        "a changed user causes no event", "workos-dsync 2.3",
        violates ["events/users"];
    "membership-events-missing": Rewrite::EditResponse(events::memberships_missing),
        "joining and leaving a group cause no event", "workos-dsync 2.3",
        violates ["events/memberships"];
    "group-events-missing": Rewrite::EditResponse(events::groups_missing),
        "a new, changed or deleted group causes no event", "workos-dsync 2.3",
        violates ["events/groups"];
    "created-event-inactive": Rewrite::EditResponse(events::created_inactive),
        "the event of a new user says that it is inactive", "workos-dsync 1.3",
        violates ["events/users"];
    "events-without-directory": Rewrite::EditResponse(events::without_directory),
        "events have no directory_id", "workos-dsync 3.3",
        violates ["events/envelope"];
    "created-users-cause-no-event": Rewrite::EditResponse(events::created_users_missing),
        "a new user causes no event", "workos-dsync 3.3",
        violates ["events/complete"];
};

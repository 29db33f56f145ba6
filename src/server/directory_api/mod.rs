//! The Events API: `GET /events` as WorkOS defines it (events reference; research note workos-dsync sections 3.2 to 3.4),
//! so that WorkOS client libraries can read the event log.

mod events;
mod params;

pub(super) use events::events;

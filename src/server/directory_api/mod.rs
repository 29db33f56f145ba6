//! The Events API: `GET /events` in the shape of WorkOS (events reference; research note workos-dsync sections 3.2 to
//! 3.4), so that a client library of WorkOS can read the reference's log.

mod events;
mod params;

pub(super) use events::events;

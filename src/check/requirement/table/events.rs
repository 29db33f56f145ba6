//! Requirements on directory sync events, and on the simulated Okta itself.

macro_rules! events {
    ($later:tt $($earlier:tt)*) => { collect! { $later $($earlier)*
        UserEvents "events/users" Both Events [Dsync Must "workos-dsync 2.3"]
            "Each change of a user emits its event, and nothing else does."
            "Consumers of events miss the change, or act on one that never was."
            "Emit one event for each committed change.";
        GroupEvents "events/groups" Both Events [Dsync Must "workos-dsync 2.3"]
            "Each change of a group emits its event, and nothing else does."
            "Consumers of events miss the change, or act on one that never was."
            "Emit one event for each committed change.";
        MembershipEvents "events/memberships" Both Events [Dsync Must "workos-dsync 2.3"]
            "Each user that joins or leaves a group emits its event, and nothing else does."
            "Consumers of events miss the change, or act on one that never was."
            "Emit one event for each committed membership change.";
        EventEnvelope "events/envelope" Both Events [Dsync Must "workos-dsync 3.3"]
            "An event has `object`, `id`, `event`, `created_at` and `data.directory_id`."
            "Consumers cannot tell events apart or order them."
            "Return every part of the envelope.";
        EventLogComplete "events/complete" Both Events [Dsync Must "workos-dsync 3.3"]
            "The log shows the event of a change soon after the change."
            "Consumers never learn of it."
            "Write the event in the transaction of the change.";

        // The simulated Okta itself. This row is judged in the project's own tests only.
        Simulation "sim/requests" Both Users [Okta Okta "REF20"]
            "The simulated Okta sends the requests, and shows the errors, that the scenario says."
            "A simulation that sends something else judges servers by the wrong requests."
            "Correct the scenario or the simulation.";
    } };
}
